// Who somebody says they are, as SASL PLAIN carries it (RFC 4616).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postopolis::smtp {

struct Credentials {
    std::string user; // the authentication identity
    std::string password;

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

// NUL user NUL password: no authorization identity, so that the server takes the user for it.
std::string plain_message(const Credentials& credentials);
// Nothing unless it is [authzid] NUL authcid NUL passwd with a user and a password (RFC 4616 section 2). An
// authorization identity other than the user is refused too: acting for somebody else is not modelled.
std::optional<Credentials> parse_plain_message(std::string_view message);

} // namespace postopolis::smtp
