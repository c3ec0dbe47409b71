// The receiving side of SMTP on a host: an MTA's server at port 25, or an MSA's at 587 (RFC 6409).
//
// The protocol is smtp::ServerSession's; here are the slots, the service times, and what is policy: who may relay,
// which recipients exist, when responsibility is taken.
#pragma once

#include <memory>

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
    kernel::Task<void> serve(std::unique_ptr<net::Socket> socket);
    kernel::Task<void> command(Session& s, const smtp::Command& command);
    kernel::Task<void> content(Session& s, ContentPayload& payload);
    kernel::Task<void> work(Session& s, const Distribution& d);
    void reply(Session& s, smtp::ReplyPtr reply);
    smtp::ReplyPtr judge(Session& s, const smtp::Step& step);
    smtp::ReplyPtr judge_recipient(const Session& s) const;
    smtp::ReplyPtr judge_credentials(const Session& s) const;
    smtp::ReplyPtr faulty(smtp::Stage stage, std::string_view recipient = {});
    bool is_trusted(const net::Socket& socket) const;
    mail::Received received_field(const Session& s, const std::string& queue_id) const;
    void take(Session& s, ContentPayload& payload);

    MailHost& host_;
    const SmtpConfig& config_;
    bool submission_;
    std::shared_ptr<const smtp::ServerProfile> profile_;
    kernel::Semaphore slots_;
    kernel::Stream service_;
};

} // namespace postopolis::nodes
