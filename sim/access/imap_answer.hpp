// What a command of an IMAP session comes to.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "postopolis/access/imap_server.hpp"

namespace postopolis::access {

struct ImapServer::Answer {
    std::string_view word = "OK"; ///< or "NO" or "BAD"
    std::string text{};           ///< with its response code; empty: "FETCH completed"
    ImapOutput untagged{};

    static Answer ok(std::string text = {}, ImapOutput untagged = {}) {
        return {"OK", std::move(text), std::move(untagged)};
    }
    static Answer no(std::string text, ImapOutput untagged = {}) {
        return {"NO", std::move(text), std::move(untagged)};
    }
    static Answer bad(std::string text) { return {"BAD", std::move(text), {}}; }
};

} // namespace postopolis::access
