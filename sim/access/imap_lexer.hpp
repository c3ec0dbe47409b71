// Walks over a line and its literals, token by token (RFC 9051 section 9). Each take_ gives nothing, and
// stays where it is or anywhere after, when what it takes is not there: its caller gives the line up then.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "postopolis/access/imap_line.hpp"

namespace postopolis::access {

constexpr char imap_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
inline std::string imap_upper(std::string_view text) {
    std::string upper(text);
    for (char& c : upper)
        c = imap_upper(c);
    return upper;
}
constexpr bool imap_same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (imap_upper(a[i]) != imap_upper(b[i])) return false;
    return true;
}

/// atom-specials, but for ']' which astring, text of a section and tags have each their own view of.
constexpr bool is_atom_char(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet > ' ' && octet < 127 && std::string_view("(){%*\"\\").find(c) == std::string_view::npos;
}

class ImapLexer {
public:
    explicit ImapLexer(const ImapLine& line) : line_(&line) {}

    /// The next character; '\0' at a literal or at the end (a line that holds one cannot be read).
    char peek() const {
        const std::string& text = line_->texts[index_];
        return at_ < text.size() ? text[at_] : '\0';
    }
    bool at_literal() const { return at_ >= line_->texts[index_].size() && index_ < line_->literals.size(); }
    bool at_end() const { return at_ >= line_->texts[index_].size() && index_ >= line_->literals.size(); }
    bool take(char c) {
        if (c == '\0' || peek() != c) return false;
        ++at_;
        return true;
    }
    bool space() { return take(' '); }

    /// One or more characters that satisfy the predicate.
    template<class Predicate>
    std::optional<std::string> take_while(Predicate is) {
        const std::string& text = line_->texts[index_];
        const std::size_t begin = at_;
        while (at_ < text.size() && is(text[at_]))
            ++at_;
        if (at_ == begin) return std::nullopt;
        return text.substr(begin, at_ - begin);
    }
    std::optional<std::string> take_atom() {
        return take_while([](char c) { return is_atom_char(c) && c != ']'; });
    }
    /// An atom in upper case: a keyword.
    std::optional<std::string> take_word() {
        auto atom = take_atom();
        if (atom) *atom = imap_upper(*atom);
        return atom;
    }
    std::optional<std::uint64_t> take_number() {
        const auto digits = take_while([](char c) { return c >= '0' && c <= '9'; });
        std::uint64_t value = 0;
        if (!digits) return std::nullopt;
        const auto [end, error] = std::from_chars(digits->data(), digits->data() + digits->size(), value);
        if (error != std::errc{} || value > (std::uint64_t{1} << 63) - 1) return std::nullopt;
        return value;
    }
    std::optional<std::string> take_quoted() {
        if (!take('"')) return std::nullopt;
        std::string value;
        for (;;) {
            const char c = peek();
            if (c == '\0' || c == '\r') return std::nullopt;
            ++at_;
            if (c == '"') return value;
            if (c == '\\') {
                if (peek() != '"' && peek() != '\\') return std::nullopt;
                value += peek();
                ++at_;
            } else {
                value += c;
            }
        }
    }
    /// Null if there is none here.
    const ImapPiece* take_literal() {
        if (!at_literal()) return nullptr;
        const ImapPiece& literal = line_->literals[index_];
        ++index_;
        at_ = 0;
        return &literal;
    }
    std::optional<std::string> take_string() {
        if (const ImapPiece* literal = take_literal()) return literal->bytes();
        return take_quoted();
    }
    std::optional<std::string> take_astring() {
        if (at_literal() || peek() == '"') return take_string();
        return take_while([](char c) { return is_atom_char(c); });
    }
    /// list-mailbox: an astring in which '%' and '*' may stand.
    std::optional<std::string> take_list_mailbox() {
        if (at_literal() || peek() == '"') return take_string();
        return take_while([](char c) { return is_atom_char(c) || c == '%' || c == '*'; });
    }
    std::string take_rest() {
        std::string rest = line_->texts[index_].substr(std::min(at_, line_->texts[index_].size()));
        at_ = line_->texts[index_].size();
        return rest;
    }

private:
    const ImapLine* line_;
    std::size_t index_ = 0;
    std::size_t at_ = 0;
};

} // namespace postopolis::access
