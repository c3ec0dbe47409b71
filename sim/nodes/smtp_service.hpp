// The receiving side of SMTP on a host: an MTA's server at port 25, an MSA's at 587 (RFC 6409) or 465 (RFC 8314), or the
// LMTP of an MDA (RFC 2033).
//
// The protocol is smtp::ServerSession's; here are the slots, the service times, and what is policy: who may relay,
// which recipients exist, when responsibility is taken. Each connection has random streams of its own, so that what
// one of them meets does not depend on the others.
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "nodes/payloads.hpp"
#include "postopolis/kernel/semaphore.hpp"
#include "postopolis/nodes/directory.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/queue_entry.hpp"
#include "postopolis/smtp/server.hpp"

namespace postopolis::nodes {

class SmtpService final : public net::Acceptor {
public:
    enum class Door : std::uint8_t { smtp, submission, submissions, lmtp };
    SmtpService(MailHost& host, const SmtpConfig& config, Door door);

    void on_connection(std::unique_ptr<net::Socket> socket) override;

    /// One connection's dialogue.
    struct Session {
        Session(SmtpService& service, net::Socket& its_socket, Duration waited_for_slot);
        net::Socket& socket;
        smtp::ServerSession protocol;
        kernel::Stream draws; ///< service times and faults
        Duration worked;      ///< since the last reply
        Duration waited;      ///< for a slot, before the greeting
        trace::EventId cause = 0;
        bool over = false;
        std::optional<smtp::tls::Version> sealed; ///< TLS is spoken

        std::uint64_t on_wire(std::uint64_t octets) const {
            return sealed ? smtp::tls::sealed_size(*sealed, octets) : octets;
        }
    };
    /// A message whose content has come, and all that is needed to take responsibility for it.
    struct Taking {
        mail::Message message;
        Offer offer;
        mail::AddressPtr reverse_path;
        std::vector<mail::AddressPtr> recipients;
        std::vector<std::shared_ptr<const smtp::DsnRequest>> dsn; ///< none at all, or one for each recipient
        mail::Hop hop;         ///< without what is known when it is taken only: id and date
        mail::SharedText helo; ///< where the client called itself by another name than its own
        trace::EventId cause = 0;
    };

    // What the server does and says at an instant of the connection, which may lie ahead of the clock:
    /// How long the work takes that comes next.
    Duration work(Session& s, const Distribution& d) const;
    /// Null: the client is greeted.
    smtp::ReplyPtr refuse_client(Session& s, Time when) const;
    smtp::ReplyPtr answer(Session& s, const smtp::Command& command, Time when) const;
    /// Null: the content is looked at. `last_chunk`: the BDAT that it came with.
    smtp::ReplyPtr refuse_content(Session& s, const mail::Message& message, const smtp::Command* last_chunk = nullptr) const;
    /// A client's part of a TLS handshake: the number of the server's that answers it, if one does.
    std::optional<std::size_t> next_flight(Session& s, smtp::tls::Version version, std::size_t flight) const;
    /// The newest version that both know.
    smtp::tls::Version common_version(smtp::tls::Version of_client) const;
    /// The verdict after the work on a message; null: it is taken, and `accepted` is the reply.
    smtp::ReplyPtr refuse_message(Session& s, const mail::Message& message, Time when) const;
    Taking prepare(const Session& s, mail::Message message, Offer offer);
    smtp::ReplyPtr accepted(Session& s) const;
    /// Now, on the clock. Gives the Accepted event.
    trace::EventId take(Taking taking, const net::Socket& socket);

    MailHost& host() const { return host_; }
    const SmtpConfig& config() const { return config_; }

private:
    class Presence;
    /// Made for the first session. Hosts are many, and most of them rest most of the time: only a busy one keeps it.
    const std::shared_ptr<const smtp::ServerProfile>& profile();
    bool is_busy() const { return served_ >= 100; }
    kernel::Task<void> serve(std::unique_ptr<net::Socket> socket);
    void reply(Session& s, smtp::ReplyPtr reply);
    void finish_content(Session& s, mail::Message message, Offer offer);
    kernel::Task<void> take_content(Session& s, mail::Message message, Offer offer, const smtp::Command* last_chunk);
    kernel::Task<void> shake_hands(Session& s, TlsPayload& flight);
    kernel::Task<void> file_for_each(Session& s, mail::Message message, Offer offer, smtp::ReplyPtr for_all);
    smtp::ReplyPtr judge(Session& s, const smtp::Step& step, Time when) const;
    smtp::ReplyPtr judge_recipient(Session& s, Time when) const;
    smtp::ReplyPtr judge_who(std::string_view who) const;
    smtp::ReplyPtr judge_message(Session& s, const mail::Message& message, Time when) const;
    smtp::ReplyPtr judge_credentials(Session& s, Time when) const;
    smtp::ReplyPtr faulty(Session& s, Time when, smtp::Stage stage, const mail::Address* recipient = nullptr) const;
    bool is_trusted(const net::Socket& socket) const;
    QueueEntry received(Taking& taking);
    mail::Message with_received(Taking& taking, const std::string& queue_id) const;
    /// What Received fields say of a client, shared by all that it sends.
    std::shared_ptr<const mail::Passage> passage_from(const net::Host& peer);

    MailHost& host_;
    const SmtpConfig& config_;
    Door door_;
    std::shared_ptr<const smtp::ServerProfile> profile_;
    std::uint32_t sessions_ = 0; ///< now
    std::uint64_t served_ = 0;   ///< ever
    kernel::Semaphore slots_;
    using Names = std::unordered_set<std::string, CaselessHash, CaselessEqual>;
    std::unique_ptr<const Names> trusted_hosts_; ///< a relay may have thousands; null for none
    std::shared_ptr<const mail::Passage> from_nameless_; ///< from computers that have no name in the DNS
    using Passages = std::unordered_map<kernel::NodeId, std::shared_ptr<const mail::Passage>>;
    std::unique_ptr<Passages> from_hosts_; ///< of a very busy one; looked up, never iterated
};

} // namespace postopolis::nodes
