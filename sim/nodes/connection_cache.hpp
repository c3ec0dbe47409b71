// Connections that a client keeps open for a while, in case that more mail goes the same way: what Postfix's connection
// cache does. They save the handshakes and EHLO; while they wait they take a slot of the server's.
//
// A connection belongs to the task that ends it when its time is over, so that it dies with its host's tasks.
#pragma once

#include <memory>
#include <vector>

#include "nodes/conversation.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {

class ConnectionCache {
public:
    explicit ConnectionCache(MailHost& host) : host_(host) {}

    /// The one to that port that was kept last; null if there is none.
    std::unique_ptr<OpenConnection> take(std::uint32_t address, std::uint16_t port);
    /// Its dialogue is idle.
    void keep(std::uint32_t address, std::uint16_t port, std::unique_ptr<OpenConnection> connection);
    /// The host goes down, and its tasks with it.
    void forget() { kept_.clear(); }

private:
    struct Kept {
        std::uint64_t number;
        std::uint32_t address;
        std::uint16_t port;
        std::unique_ptr<OpenConnection>* connection; ///< in the frame of its task
    };
    kernel::Task<void> hold(std::uint64_t number, std::uint32_t address, std::uint16_t port,
                            std::unique_ptr<OpenConnection> mine);

    MailHost& host_;
    std::vector<Kept> kept_; ///< in the order in which they came
    std::uint64_t numbers_ = 0;
};

} // namespace postopolis::nodes
