// The service extensions a server offers in its EHLO reply (RFC 5321 section 4.1.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/smtp/reply.hpp"

namespace postopolis::smtp {

// SASL mechanisms this module can do: RFC 4616, the LOGIN that nobody standardised and everybody speaks, and RFC 2195.
struct AuthMechanisms {
    bool plain = false;
    bool login = false;
    bool cram_md5 = false;

    bool any() const { return plain || login || cram_md5; }
    friend bool operator==(const AuthMechanisms&, const AuthMechanisms&) = default;
};

struct Extensions {
    bool pipelining = false;            // RFC 2920
    bool eightbitmime = false;          // RFC 6152
    bool enhanced_status_codes = false; // RFC 2034
    bool starttls = false;              // RFC 3207
    bool dsn = false;                   // RFC 3461
    bool smtputf8 = false;               // RFC 6531
    bool chunking = false;               // RFC 3030
    bool binarymime = false;             // RFC 3030; only with chunking
    std::optional<std::uint64_t> size{}; // RFC 1870: offered; 0 means no fixed limit
    AuthMechanisms auth{};               // RFC 4954
    std::vector<std::string> others{};   // further lines as they stand, such as "HELP"

    friend bool operator==(const Extensions&, const Extensions&) = default;
};

// What most servers of today offer: PIPELINING, SIZE, ENHANCEDSTATUSCODES, 8BITMIME.
Extensions usual_extensions(std::uint64_t size_limit);

// The 250 reply to EHLO; the first line is the host's name and the greeting after it, if any.
Reply ehlo_reply(std::string_view host_name, std::string_view greeting, const Extensions& extensions);

// Reads a 250 reply to EHLO. Keywords compare without case; what cannot be read goes to `others`.
Extensions parse_extensions(const Reply& reply);

} // namespace postopolis::smtp
