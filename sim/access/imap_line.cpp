// Pieces of text are joined where they can be, so that a response without a message is one string.
#include "postopolis/access/imap_line.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "postopolis/mail/parse.hpp"

namespace postopolis::access {
namespace {

// Longer strings are easier on readers as literals.
constexpr std::size_t longest_quoted = 1000;

bool fits_quotes(std::string_view value) {
    return value.size() <= longest_quoted && std::all_of(value.begin(), value.end(), [](char c) {
               const auto octet = static_cast<unsigned char>(c);
               return octet >= ' ' && octet < 127;
           });
}

/// The size that a line announces at its end, as in "{320}" or "{320+}" (RFC 7888).
struct Announced {
    bool found = false;
    bool waits = true; ///< for a go-ahead
    std::uint64_t octets = 0;
    std::size_t begin = 0; ///< of the announcement
};

Announced announced(std::string_view text) {
    Announced none;
    if (!text.ends_with('}')) return none;
    const auto open = text.rfind('{');
    if (open == std::string_view::npos) return none;
    std::string_view digits = text.substr(open + 1, text.size() - open - 2);
    Announced result{true, true, 0, open};
    if (digits.ends_with('+')) {
        result.waits = false;
        digits.remove_suffix(1);
    }
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.octets);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return none;
    if (result.begin > 0 && text[result.begin - 1] == '~') --result.begin; // literal8 (RFC 3516)
    return result;
}

} // namespace

mail::Message ImapPiece::as_message() const {
    return message.empty() ? mail::Message(mail::content_from_bytes(text)) : message;
}

ImapOutput& ImapOutput::add(std::string_view text) {
    if (text.empty()) return *this;
    if (pieces_.empty() || !pieces_.back().message.empty()) pieces_.emplace_back();
    pieces_.back().text += text;
    return *this;
}

ImapOutput& ImapOutput::add(const mail::Message& message) {
    pieces_.push_back({{}, message});
    return *this;
}

ImapOutput& ImapOutput::add(const ImapOutput& other) {
    for (const auto& piece : other.pieces_)
        if (piece.message.empty())
            add(piece.text);
        else
            add(piece.message);
    return *this;
}

ImapOutput& ImapOutput::number(std::uint64_t value) {
    return add(std::to_string(value));
}

ImapOutput& ImapOutput::string(std::string_view value) {
    if (!fits_quotes(value)) return literal(value);
    std::string quoted = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return add(quoted += '"');
}

ImapOutput& ImapOutput::literal(std::string_view value) {
    return add("{").number(value.size()).add("}\r\n").add(value);
}

ImapOutput& ImapOutput::literal(const mail::Message& message) {
    return add("{").number(message.size()).add("}\r\n").add(message);
}

ImapOutput& ImapOutput::nil_or_string(std::string_view value) {
    return value.empty() ? add("NIL") : string(value);
}

std::uint64_t ImapOutput::size() const {
    std::uint64_t sum = 0;
    for (const auto& piece : pieces_)
        sum += piece.size();
    return sum;
}

void ImapOutput::render(std::string& out) const {
    for (const auto& piece : pieces_)
        if (piece.message.empty())
            out += piece.text;
        else
            piece.message.render(out);
}

std::string ImapOutput::text() const {
    std::string out;
    render(out);
    return out;
}

void ImapReader::feed(std::string_view bytes) {
    if (bytes.empty()) return;
    if (input_.empty() || !input_.back().message.empty()) input_.emplace_back();
    input_.back().text += bytes;
}

void ImapReader::feed(const ImapOutput& output) {
    for (const auto& piece : output.pieces())
        if (piece.message.empty())
            feed(piece.text);
        else
            input_.push_back(piece);
}

ImapReader::Found ImapReader::next() {
    for (;;) {
        if (too_long_) return Found::too_long;
        if (waits_) return Found::wants_literal;
        if (in_literal_ ? !take_literal() : !take_text()) return too_long_ ? Found::too_long : Found::nothing;
        if (in_literal_) continue;
        if (line_.texts.size() > line_.literals.size()) return too_large_ ? Found::too_large : Found::line;
        line_.texts.emplace_back(); // a literal has ended; the text goes on
    }
}

// Up to the end of a text: that of the line, or the announcement of a literal.
bool ImapReader::take_text() {
    if (input_.empty()) return false;
    // A message where text should be is the text that it is.
    if (!input_.front().message.empty()) input_.front() = {input_.front().message.text(), {}};
    std::string& text = input_.front().text;
    const auto feed = text.find('\n');
    const bool whole = feed != std::string::npos;
    const std::size_t end = whole ? feed : text.size();
    text_octets_ += end;
    if (text_octets_ > limits_.line) {
        too_long_ = true;
        return false;
    }
    std::string& into = line_.texts.back();
    into.append(text, 0, end);
    text.erase(0, whole ? feed + 1 : end);
    if (text.empty()) input_.pop_front();
    if (!whole) return false;
    if (into.ends_with('\r')) into.pop_back();
    begin_literal();
    return true;
}

void ImapReader::begin_literal() {
    std::string& text = line_.texts.back();
    const Announced size = announced(text);
    if (!size.found) return;
    text.erase(size.begin);
    literal_octets_ += std::min(size.octets, limits_.literal + 1); // no overflow
    if (literal_octets_ > limits_.literal) {
        too_large_ = true;
        if (size.waits && side_ == Side::server) return; // the client will not send it
    }
    in_literal_ = true;
    waits_ = size.waits && side_ == Side::server;
    literal_left_ = size.octets;
    literal_ = {};
}

bool ImapReader::take_literal() {
    while (literal_left_ > 0) {
        if (input_.empty()) return false;
        ImapPiece& first = input_.front();
        if (!first.message.empty() && first.size() == literal_left_ && literal_.text.empty()) {
            if (!too_large_) literal_ = std::move(first);
            input_.pop_front();
            literal_left_ = 0;
            break;
        }
        if (!first.message.empty()) first = {first.message.text(), {}};
        const std::size_t taken = std::min<std::uint64_t>(literal_left_, first.text.size());
        if (!too_large_) literal_.text.append(first.text, 0, taken);
        first.text.erase(0, taken);
        literal_left_ -= taken;
        if (first.text.empty()) input_.pop_front();
    }
    line_.literals.push_back(std::exchange(literal_, {}));
    in_literal_ = false;
    return true;
}

ImapLine ImapReader::take_line() {
    too_large_ = false;
    text_octets_ = 0;
    literal_octets_ = 0;
    return std::exchange(line_, ImapLine());
}

void ImapReader::refuse_literal() {
    in_literal_ = waits_ = false;
    take_line();
}

} // namespace postopolis::access
