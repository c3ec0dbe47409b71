// The receiving side of SMTP on a host: an MTA's server at port 25, or an MSA's at 587 (RFC 6409).
//
// The protocol is smtp::ServerSession's; here are the slots, the service times, and what is policy: who may relay,
// which recipients exist, when responsibility is taken.
#pragma once

#include <memory>
#include <unordered_map>

#include "nodes/payloads.hpp"
#include "postopolis/kernel/semaphore.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/smtp/server.hpp"

namespace postopolis::nodes {

class SmtpService final : public net::Acceptor {
public:
    SmtpService(MailHost& host, const SmtpConfig& config, bool submission);

    void on_connection(std::unique_ptr<net::Socket> socket) override;

private:
    struct Session;
    class Presence;
    /// Made for the first session, forgotten after the last: hosts are many, and most of them rest most of the time.
    const std::shared_ptr<const smtp::ServerProfile>& profile();
    void rest();
    kernel::Task<void> serve(std::unique_ptr<net::Socket> socket);
    void take_command(Session& s, const smtp::Command& command);
    /// True if it is refused (and that has been said) without being looked at.
    bool refuse_content(Session& s, ContentPayload& payload);
    void take_content(Session& s, ContentPayload& payload);
    /// How long the work takes that comes next: the caller sleeps for it.
    Duration work(Session& s, const Distribution& d);
    void reply(Session& s, smtp::ReplyPtr reply);
    smtp::ReplyPtr judge(Session& s, const smtp::Step& step);
    smtp::ReplyPtr judge_recipient(const Session& s) const;
    smtp::ReplyPtr judge_who(std::string_view who) const;
    smtp::ReplyPtr judge_credentials(const Session& s) const;
    smtp::ReplyPtr faulty(smtp::Stage stage, const mail::Address* recipient = nullptr) const;
    bool is_trusted(const net::Socket& socket) const;
    /// What Received fields say of a client, shared by all that it sends.
    struct PeerTexts {
        mail::SharedText helo, name, ip;
    };
    const PeerTexts& texts_of(const Session& s);
    mail::Received received_field(const Session& s, const std::string& queue_id);
    void take(Session& s, ContentPayload& payload);

    MailHost& host_;
    const SmtpConfig& config_;
    bool submission_;
    std::shared_ptr<const smtp::ServerProfile> profile_;
    std::uint32_t sessions_ = 0;
    kernel::Semaphore slots_;
    kernel::Stream service_;
    std::unordered_map<kernel::NodeId, PeerTexts> peers_; ///< looked up, never iterated
};

} // namespace postopolis::nodes
