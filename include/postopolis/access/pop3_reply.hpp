// A POP3 response as a value (RFC 1939 section 3): status, text, and what its lines mean. A message travels
// as it is in the simulation and becomes bytes only when somebody looks; the size on the wire is exact all
// the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "postopolis/mail/message.hpp"

namespace postopolis::access {

struct Pop3Stat { // "+OK 2 320"
    std::uint32_t count = 0;
    std::uint64_t octets = 0;
    friend bool operator==(const Pop3Stat&, const Pop3Stat&) = default;
};

struct Pop3Scan { // a scan listing (LIST): "1 120"
    std::uint32_t number = 0;
    std::uint64_t octets = 0;
    friend bool operator==(const Pop3Scan&, const Pop3Scan&) = default;
};

struct Pop3Uid { // a unique-id listing (UIDL): "1 whqtswO00WBw418f9t5JxYwZ"
    std::uint32_t number = 0;
    std::string uid;
    friend bool operator==(const Pop3Uid&, const Pop3Uid&) = default;
};

struct Pop3Capabilities { // CAPA, one each line
    std::vector<std::string> lines;
};

struct Pop3Message { // RETR
    mail::Message message;
    std::uint64_t octets = 0; // of the message
    std::uint64_t leading_dots =
        0; // lines of it that begin with a dot, each of which grows by one on the wire
};

struct Pop3Text { // TOP: header and first lines, ending in CRLF
    std::string text;
};

struct Pop3Reply {
    using Body = std::variant<std::monostate, Pop3Stat, Pop3Scan, Pop3Uid, std::vector<Pop3Scan>,
                              std::vector<Pop3Uid>, Pop3Capabilities, Pop3Message, Pop3Text>;
    bool ok = false;
    bool continues = false; // "+ text": the client goes on with its AUTH (RFC 5034)
    std::string text{}; // after "+OK " or "-ERR "; with a Pop3Stat, Pop3Scan or Pop3Uid, after its numbers
    Body body{};        // from the vectors on: a multi-line response
};

Pop3Reply pop3_ok(std::string_view text);
Pop3Reply pop3_error(std::string_view text);

// Octets on the wire, CRLFs and the final dot included: exactly what render appends.
std::uint64_t wire_size(const Pop3Reply& reply);
void render(const Pop3Reply& reply, std::string& out);

// Lines of the text that begin with a dot and must be stuffed (RFC 1939 section 3).
std::uint64_t leading_dots(std::string_view text);

} // namespace postopolis::access
