// Who somebody says they are, as SASL PLAIN (RFC 4616) and CRAM-MD5 (RFC 2195) carry it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postopolis::smtp {

struct Credentials {
    std::string user; // the authentication identity
    std::string password;    // CRAM-MD5: the digest instead
    std::string challenge{}; // CRAM-MD5: of what, keyed with the password

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

// NUL user NUL password: no authorization identity, so that the server takes the user for it.
std::string plain_message(const Credentials& credentials);
// Nothing unless it is [authzid] NUL authcid NUL passwd with a user and a password (RFC 4616 section 2). An
// authorization identity other than the user is refused too: acting for somebody else is not modelled.
std::optional<Credentials> parse_plain_message(std::string_view message);
// "user digest": the answer to a challenge. Reading gives no password, but what `proves` needs.
std::string cram_md5_message(const Credentials& credentials, std::string_view challenge);
std::optional<Credentials> parse_cram_md5_message(std::string_view message, std::string_view challenge);
// Whether whoever gave these knows the password.
bool proves(const Credentials& given, std::string_view password);

} // namespace postopolis::smtp
