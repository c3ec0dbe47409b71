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

private:
    struct Session;
    kernel::Task<void> serve(std::unique_ptr<net::Socket> socket);
    kernel::Task<void> work(Session& s, const Distribution& d);
    void reply(Session& s, access::Pop3Reply reply);
    access::Pop3Reply log_in(Session& s);
    void remove_deleted(Session& s);

    MailHost& host_;
    kernel::Semaphore slots_;
    kernel::Stream service_;
};

} // namespace postopolis::nodes
