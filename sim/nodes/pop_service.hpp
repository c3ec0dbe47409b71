// The POP3 server of a mailbox host (RFC 1939).
#pragma once

#include "nodes/payloads.hpp"
#include "postopolis/access/pop3_server.hpp"
#include "postopolis/kernel/semaphore.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {

class PopService final : public net::Acceptor {
public:
    explicit PopService(MailHost& host);
    void on_connection(std::unique_ptr<net::Socket> socket) override;

    /// One connection's dialogue.
    struct Session {
        Session(const MailHost& host, std::unique_ptr<net::Socket> its_socket, MailStore& mail_store);
        Session(const Session&) = delete;
        ~Session() { unlock(); }
        void unlock();
        std::unique_ptr<net::Socket> socket;
        MailStore& store;
        access::Pop3Server protocol;
        kernel::Stream draws; ///< of its own, so that it does not depend on other connections
        std::string mailbox;  ///< locked by this session; empty: none
        std::vector<StoredMessage> snapshot;
        Duration worked; ///< since the last reply
        Duration waited; ///< for a slot, before the greeting
    };

    // What the server does and says at an instant of the connection, which may lie ahead of the clock:
    /// How long the work takes that comes next.
    Duration work(Session& s, const Distribution& d) const;
    const Distribution& work_on(const access::Pop3Command& command) const;
    std::unique_ptr<PopReplyPayload> payload(Session& s, access::Pop3Reply reply) const;
    /// The reply to a command, with what belongs to the message that it retrieves.
    std::unique_ptr<PopReplyPayload> payload(Session& s, access::Pop3Reply reply,
                                             const access::Pop3Command& command) const;
    MailHost& host() const { return host_; }
    const ServiceTimes& times() const { return host_.config().pop.service; }

private:
    kernel::Task<void> serve(std::unique_ptr<net::Socket> socket);
    kernel::Task<void> play_out(Session& s, access::Pop3Reply first);
    void send(Session& s, std::unique_ptr<PopReplyPayload> payload) const;
    // Now, on the clock:
    access::Pop3Reply log_in(Session& s);
    void remove_deleted(Session& s);

    MailHost& host_;
    kernel::Semaphore slots_;
};

} // namespace postopolis::nodes
