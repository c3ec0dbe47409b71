// A POP3 command as a value (RFC 1939; CAPA: RFC 2449, STLS: RFC 2595, AUTH: RFC 5034), its exact size on the
// wire, its bytes, and the parser for bytes that come from strangers. Whether a command fits the state is the
// session's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "postopolis/access/pop3_reply.hpp"

namespace postopolis::access {

enum class Pop3Verb : std::uint8_t {
    user,
    pass,
    apop,
    stat,
    list,
    uidl,
    retr,
    dele,
    noop,
    rset,
    top,
    capa,
    stls,
    auth,
    quit,
    unknown, // argument holds the whole line
};

std::string_view to_string(Pop3Verb verb); // "USER"; empty for unknown

struct Pop3Command {
    Pop3Verb verb = Pop3Verb::unknown;
    std::string argument{};   // USER: name; PASS: password, blanks and all; APOP: name, blank, digest
                              // AUTH: mechanism, blank, initial response; or less
    std::uint32_t number = 0; // message number of LIST, UIDL (0: all), RETR, DELE, TOP
    std::uint32_t lines = 0;  // TOP

    friend bool operator==(const Pop3Command&, const Pop3Command&) = default;
};

// RFC 2449 section 4: 255 octets with CRLF.
inline constexpr std::size_t pop3_command_line = 255;

// Octets on the wire, CRLF included: exactly what render appends.
std::size_t wire_size(const Pop3Command& command);
void render(const Pop3Command& command, std::string& out);

// Takes one line, with or without its CRLF. Gives the command or the -ERR reply that refuses it.
std::variant<Pop3Command, Pop3Reply> parse_pop3_command(std::string_view line);

} // namespace postopolis::access
