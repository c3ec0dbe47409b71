// The IMAP server of a mailbox host (RFC 9051, RFC 3501). A user's folders and flags come into being when the user first
// logs in; INBOX is the mailbox that local delivery and POP3 know, and both see what becomes of it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nodes/payloads.hpp"
#include "postopolis/access/imap_server.hpp"
#include "postopolis/kernel/semaphore.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {

class ImapService final : public net::Acceptor {
public:
    explicit ImapService(MailHost& host);
    ~ImapService() override;
    void on_connection(std::unique_ptr<net::Socket> socket) override;

    /// Somebody else has changed the mailbox: tells those who wait in IDLE.
    void changed(const std::string& mailbox);
    /// Whether somebody is logged in to it.
    bool watched(const std::string& mailbox) const;

private:
    struct Session;
    /// What IMAP adds to a mailbox; on disk, so that it outlives a crash.
    struct Folders {
        Folders(std::string n, std::uint32_t uid_validity) : name(std::move(n)), account(uid_validity) {}
        std::string name;
        access::ImapAccount account;
        std::uint64_t expunges_seen = 0; ///< of INBOX, that the mailbox store has been told
    };

    kernel::Task<void> serve(std::unique_ptr<net::Socket> socket);
    kernel::Task<void> answer(Session& s, const access::ImapLine& line, bool& over);
    kernel::Task<void> work(Session& s, const Distribution& d);
    void send(Session& s, access::ImapOutput output, std::vector<access::ImapOriginPtr> origins = {});
    access::ImapOutput log_in(Session& s);
    Folders& folders_of(const std::string& name);
    void read_store(Folders& folders);
    void write_store(Folders& folders);
    void push(const Folders& folders, const Session* except);

    MailHost& host_;
    kernel::Semaphore slots_;
    kernel::Stream service_;
    std::map<std::string, std::unique_ptr<Folders>> folders_;
    std::vector<Session*> sessions_; ///< as they came
};

} // namespace postopolis::nodes
