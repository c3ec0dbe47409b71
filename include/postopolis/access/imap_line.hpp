// What IMAP sends, in pieces, and the reader that puts commands and responses together again (RFC 9051
// sections 2.2 and 4.3). A message travels as it is in the simulation and becomes bytes only when somebody
// looks; its size is exact all the same. A line is text with literals between: each "{320}" at the end of a
// text is taken off, and the string that it announced is the literal of the same index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/mail/message.hpp"

namespace postopolis::access {

/// Octets: text, or a whole message.
struct ImapPiece {
    std::string text{};
    mail::Message message{};

    std::uint64_t size() const { return message.empty() ? text.size() : message.size(); }
    std::string bytes() const { return message.empty() ? text : message.text(); }
    /// A whole message: this one, or one made of the text.
    mail::Message as_message() const;
};

/// To be sent: one or more lines, or a part of one.
class ImapOutput {
public:
    ImapOutput() = default;
    explicit ImapOutput(std::string_view text) { add(text); }

    ImapOutput& add(std::string_view text);
    ImapOutput& add(const mail::Message& message);
    ImapOutput& add(const ImapOutput& other);
    ImapOutput& number(std::uint64_t value);
    /// A string as nstring or astring has it: quoted where it can be, else a literal (section 4.3).
    ImapOutput& string(std::string_view value);
    ImapOutput& literal(std::string_view value); ///< "{n}" CRLF and the octets
    ImapOutput& literal(const mail::Message& message);
    ImapOutput& nil_or_string(std::string_view value); ///< NIL if it is empty

    bool empty() const { return pieces_.empty(); }
    std::uint64_t size() const; ///< octets on the wire: exactly what render appends
    void render(std::string& out) const;
    std::string text() const;
    const std::vector<ImapPiece>& pieces() const { return pieces_; }

private:
    std::vector<ImapPiece> pieces_;
};

/// One command or response, without its CRLF. There is one text more than there are literals.
struct ImapLine {
    std::vector<std::string> texts{std::string()};
    std::vector<ImapPiece> literals{};
};

struct ImapLimits {
    std::size_t line = 8192;             ///< octets of a command without its literals (RFC 7162 section 4)
    std::uint64_t literal = 64ULL << 20; ///< octets
};

/// Puts lines together. Give it bytes with feed(), then call next() until it wants more.
class ImapReader {
public:
    enum class Found : std::uint8_t {
        nothing,       ///< the bytes end within a line
        line,          ///< take_line()
        wants_literal, ///< a client waits for "+": accept_literal() or refuse_literal()
        too_long,      ///< the line is beyond the limit; what follows cannot be understood
        too_large, ///< a literal is beyond the limit; the line was passed over, and take_line() has its tag
    };
    enum class Side : std::uint8_t { server, client }; ///< who reads: a client's literals wait for a go-ahead
    explicit ImapReader(Side side = Side::server, ImapLimits limits = {}) : side_(side), limits_(limits) {}

    void feed(std::string_view bytes);
    void feed(const ImapOutput& output);

    Found next();
    ImapLine take_line();
    /// Octets of the literal that a client wants to send.
    std::uint64_t wanted() const { return literal_left_; }
    void accept_literal() { waits_ = false; }
    /// The command is forgotten; the client goes on with another (section 4.3).
    void refuse_literal();

private:
    bool take_text();
    bool take_literal();
    void begin_literal();

    Side side_;
    ImapLimits limits_;
    std::deque<ImapPiece> input_;
    ImapLine line_;
    std::size_t text_octets_ = 0; ///< of the line so far
    std::uint64_t literal_octets_ = 0;
    bool in_literal_ = false;
    bool waits_ = false;
    bool too_long_ = false;
    bool too_large_ = false;
    std::uint64_t literal_left_ = 0;
    ImapPiece literal_;
};

} // namespace postopolis::access
