// An SMTP command as a value (RFC 5321 section 4.1), its exact size on the wire, its bytes, and the parser
// for bytes that come from strangers. The grammar is kept to the letter: what it does not allow is answered
// with the reply a server sends. Whether a command makes sense now, and whether its parameters were offered,
// is the session's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "postopolis/mail/address.hpp"
#include "postopolis/smtp/reply.hpp"

namespace postopolis::smtp {

enum class Verb : std::uint8_t {
    ehlo,
    helo,
    mail,
    rcpt,
    data,
    rset,
    noop,
    quit,
    auth,
    vrfy,
    expn,
    help,
    starttls,
    bdat, // its octets follow the line (RFC 3030)
    lhlo, // RFC 2033
    response, // a line that answers a 334 challenge (RFC 4954 section 4): no verb on the wire, never parsed
    unknown,  // argument holds the whole line
};

std::string_view to_string(Verb verb); // "EHLO"; empty for response and unknown

// An ESMTP parameter other than SIZE. Keywords compare without case.
struct Parameter {
    std::string keyword;
    std::optional<std::string> value{}; // nothing: no "=" was there

    friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct Command {
    Verb verb = Verb::unknown;
    // EHLO, HELO, LHLO: domain or address literal. AUTH: mechanism, then a blank and the initial response if there
    // is one. VRFY, EXPN, HELP, NOOP: the string, which may be empty where the grammar lets it. Others:
    // empty.
    std::string argument{};
    mail::AddressPtr path{};             // MAIL (empty for "<>") and RCPT
    std::optional<std::uint64_t> size{}; // MAIL SIZE= (RFC 1870); octets of a BDAT
    bool last = false;                   // BDAT: the message ends with these octets
    std::vector<Parameter> parameters{}; // of MAIL and RCPT, in their order
};

// The value of a parameter ("" if it has none), or nothing if the command does not carry it.
std::optional<std::string_view> parameter(const Command& command, std::string_view keyword);

// Octets on the wire, CRLF included: exactly what render appends.
std::size_t wire_size(const Command& command);
void render(const Command& command, std::string& out);

// Takes one line, with or without its CRLF. Gives the command, or the 500 or 501 reply that refuses it. A
// line whose verb is not known gives Verb::unknown; the session answers it.
std::variant<Command, Reply> parse_command(std::string_view line);

} // namespace postopolis::smtp
