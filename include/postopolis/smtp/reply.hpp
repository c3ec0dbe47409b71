// An SMTP reply (RFC 5321 section 4.2) as a value: code, enhanced status code (RFC 3463, carried as RFC 2034
// says) and lines of text. Replies are immutable and shared; the constants of the protocol are not even
// counted. ReplyParser reads what a stranger's server says and calls a reply that cannot be understood an
// error, once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/mail/status.hpp"

namespace postopolis::smtp {

struct Extensions;

struct Reply {
    std::uint16_t code = 0;          // 200 to 599
    mail::EnhancedStatus enhanced{}; // may be none
    std::vector<std::string>
        lines{}; // text without code, enhanced code and CRLF; no line at all is one empty line
    // Of a reply to EHLO that was made here: what parse_extensions would find in it.
    std::shared_ptr<const Extensions> offered{};

    // By the first digit alone (RFC 5321 section 4.3.2).
    bool positive() const { return code / 100 == 2; }
    bool intermediate() const { return code / 100 == 3; }
    bool transient() const { return code / 100 == 4; }
    bool permanent() const { return code / 100 == 5; }

    friend bool operator==(const Reply& a, const Reply& b) {
        return a.code == b.code && a.enhanced == b.enhanced && a.lines == b.lines;
    }
};

using ReplyPtr = std::shared_ptr<const Reply>;

// Text is split at LF into lines; CR goes, other control characters become '?', so that no text can forge a
// reply. A line too long for RFC 5321 section 4.5.3.1.5 is cut.
ReplyPtr make_reply(std::uint16_t code, mail::EnhancedStatus enhanced, std::string_view text);
ReplyPtr make_reply(std::uint16_t code, std::string_view text);

// The reply as a pointer that counts no references: for replies that live as long as the program.
inline ReplyPtr shared_constant(const Reply& reply) {
    return ReplyPtr(ReplyPtr{}, &reply);
}

// The same reply without its enhanced code, as for a server that does not offer them (RFC 2034 section 4).
ReplyPtr without_enhanced(const ReplyPtr& reply);

// Octets on the wire, each line's CRLF included: exactly what render appends.
std::size_t wire_size(const Reply& reply);
void render(const Reply& reply, std::string& out);

// "550 5.1.1 No such user here": all lines joined by blanks, as logs and Diagnostic-Code fields show it.
std::string to_string(const Reply& reply);

// Takes bytes as they come, in pieces of any size, and yields whole replies in order. A line that ends in a
// bare LF is taken, as clients generally do. After the first line that is no reply line, one that is too
// long, or a reply whose lines disagree about the code, nothing more is read: failed() is true and error()
// says why.
class ReplyParser {
public:
    void feed(std::string_view bytes);
    std::optional<Reply> next(); // the oldest whole reply not yet taken
    bool failed() const { return !error_.empty(); }
    const std::string& error() const { return error_; }
    bool idle() const { return line_.empty() && !partial_ && ready_.empty(); } // nothing begun, nothing left

private:
    void take_line(std::string_view line);
    void finish();

    std::string line_;
    std::optional<Reply> partial_;
    std::deque<Reply> ready_;
    std::string error_;
};

} // namespace postopolis::smtp
