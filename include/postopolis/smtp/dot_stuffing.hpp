// The transparency of DATA (RFC 5321 section 4.5.2), over streams in pieces of any size. Lines end in CRLF
// and in nothing else (section 2.3.8): a dot after a bare CR or LF is neither stuffed nor unstuffed and ends
// nothing, so that two servers cannot disagree about where a message ends ("SMTP smuggling"). The same coding
// serves POP3's multi-line responses (RFC 1939 section 3), whose last line is the same dot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postopolis::smtp {

class DotStuffer {
public:
    void write(std::string_view piece, std::string& out);
    // The final dot; a CRLF before it if the content did not end in one. The next message may follow.
    void finish(std::string& out);

private:
    enum class At : std::uint8_t { line_start, within, after_cr };
    At at_ = At::line_start;
};

class DotUnstuffer {
public:
    // Appends the content of the piece to out. Returns the octets it consumed: all of them, unless the final
    // dot's CRLF came, where it stops and done() is true.
    std::size_t read(std::string_view piece, std::string& out);
    bool done() const { return state_ == State::done; }
    // A CR without its LF, or an LF without its CR, was seen; RFC 5321 section 2.3.8 forbids both. Kept as
    // content.
    bool bare_line_end() const { return bare_; }

private:
    enum class State : std::uint8_t { line_start, within, after_cr, dot, dot_cr, done };
    void take(char c, std::string& out);

    State state_ = State::line_start;
    bool bare_ = false;
};

// Octets of the content as DATA sends it, the final ".CRLF" (and the CRLF before it if it must be added)
// included.
std::uint64_t stuffed_size(std::string_view content);

} // namespace postopolis::smtp
