// The client's side of a POP3 session over a connection, for a server that may play it ahead of the clock (see
// pop_ahead.hpp). Then the client only waits for what it would have learned: each message as it comes in, and the
// farewell.
#pragma once

#include <utility>

#include "postopolis/access/pop3_client.hpp"
#include "postopolis/net/socket.hpp"
#include "postopolis/trace/account.hpp"

namespace postopolis::nodes {

struct Retrieval final : net::Counterpart {
    Retrieval(access::Pop3ClientConfig settings, access::SeenUids seen, kernel::Time began)
        : known(std::move(seen)), client(std::move(settings), known), meter(began, trace::Cause::transit) {}
    Retrieval(const Retrieval&) = delete;
    Retrieval& operator=(const Retrieval&) = delete;

    access::SeenUids known;
    access::Pop3Client client;
    trace::Meter meter;
    net::Socket* socket = nullptr; ///< from the instant of the connection on
    /// Played ahead up to here and then no further: when the last command was sent, from which its time-out counts.
    kernel::Time asked;
};

} // namespace postopolis::nodes
