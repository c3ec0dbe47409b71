// The address-list of RFC 5322 sections 3.4 and 4.4, read in one pass and in linear time. Words and dots are collected
// first: what follows them tells whether they were a display name, a local part or the name of a group.
#include "postopolis/mail/address_entry.hpp"

#include "mail/chars.hpp"
#include "mail/encode.hpp"

#include <algorithm>
#include <optional>

namespace postopolis::mail {
namespace {

/// An atom, a quoted string without its quotes, or a dot.
struct Token {
    std::string text;
    std::size_t at;
    bool is_dot;
    bool after_gap; ///< White space or a comment stands before it.
};
using Tokens = std::vector<Token>;

/// Words as they are said: one space where there was any gap.
std::string phrase(const Tokens& tokens) {
    std::string out;
    for (const Token& token : tokens) {
        if (token.after_gap && !out.empty()) out += ' ';
        out += token.text;
    }
    return out;
}

class ListReader {
public:
    explicit ListReader(std::string_view text) : text_(text) {}

    std::variant<std::vector<AddressEntry>, AddressError> read() {
        for (skip(); !error_ && at_ < text_.size(); skip()) {
            if (take(',')) continue; // obs-addr-list: empty elements
            if (in_group_ && take(';')) {
                in_group_ = false;
                end_of_address();
                continue;
            }
            one_address();
        }
        if (in_group_) fail("';' at the end of the group");
        if (error_) return *error_;
        return std::move(found_);
    }

private:
    /// A mailbox, or the name of a group, which opens it.
    void one_address() {
        const Tokens tokens = words();
        if (error_) return;
        if (peek() == '@') {
            HeaderAddress mailbox;
            mailbox.address = addr_spec(tokens);
            add(std::move(mailbox));
        } else if (peek() == '<') {
            if (!tokens.empty() && tokens.front().is_dot)
                return fail_at(tokens.front().at, "a word before the dot");
            ++at_;
            add({phrase(tokens), angle_address()});
        } else if (tokens.empty()) {
            return fail("an address");
        } else if (peek() == ':') {
            if (in_group_) return fail("'<' or '@', as groups do not nest");
            if (tokens.front().is_dot) return fail_at(tokens.front().at, "a word before the dot");
            ++at_;
            in_group_ = true;
            found_.push_back({true, phrase(tokens), {}});
            return;
        } else {
            return fail("'<' or '@'");
        }
        end_of_address();
    }

    void add(HeaderAddress mailbox) {
        if (error_) return;
        if (!in_group_) found_.push_back({});
        found_.back().mailboxes.push_back(std::move(mailbox));
    }

    void end_of_address() {
        skip();
        if (error_ || at_ == text_.size() || peek() == ',' || (in_group_ && peek() == ';')) return;
        fail(in_group_ ? "',' or ';'" : "','");
    }

    Tokens words() {
        Tokens tokens;
        for (;;) {
            const std::size_t before = at_;
            skip();
            Token token{{}, at_, peek() == '.', at_ != before};
            if (error_ || !(token.is_dot || peek() == '"' || is_word_char(peek()))) return tokens;
            if (token.is_dot)
                token.text += text_[at_++];
            else if (peek() == '"')
                quoted_string(token.text);
            else
                atom(token.text);
            tokens.push_back(std::move(token));
        }
    }

    /// What stands before '@' and then the domain. Words and dots take turns: blanks around the dots are obsolete.
    Address addr_spec(const Tokens& tokens) {
        Address address;
        bool wants_word = true;
        for (const Token& token : tokens) {
            if (token.is_dot && wants_word)
                fail_at(token.at, &token == &tokens.front() ? "a word before the dot" : "a word after the dot");
            if (!token.is_dot && !wants_word) fail_at(token.at, "'.' or '@'");
            demand_utf8(token.text, token.at);
            address.local += token.text;
            wants_word = token.is_dot;
        }
        if (wants_word) fail(tokens.empty() ? "a local part" : "a word after the dot");
        if (error_) return address;
        if (!take('@')) {
            fail("'@' and a domain");
            return address;
        }
        address.domain = domain();
        return address;
    }

    Address angle_address() {
        skip();
        if (peek() == '@' || peek() == ',') route();
        const Tokens tokens = words();
        Address address;
        if (!error_) address = addr_spec(tokens);
        skip();
        if (!error_ && !take('>')) fail("'>'");
        return address;
    }

    /// obs-route: domains, each after '@', parted by commas (some without a domain), and a colon. It is dropped.
    void route() {
        for (; !error_; skip()) {
            if (take(',')) continue;
            if (take(':')) return;
            if (!take('@')) return fail("',' or ':' in the source route");
            static_cast<void>(domain());
        }
    }

    std::string domain() {
        skip();
        std::string name;
        const std::size_t begin = at_;
        if (peek() == '[') {
            domain_literal(name);
            return name;
        }
        for (;;) { // obs-domain: comments and white space around the dots
            const std::size_t length = name.size();
            atom(name);
            if (name.size() == length) {
                fail(length == 0 ? "a domain" : "a word after the dot");
                return name;
            }
            const std::size_t after = at_;
            skip();
            if (!take('.')) {
                at_ = after;
                break;
            }
            name += '.';
            skip();
        }
        demand_utf8(name, begin);
        return name;
    }

    /// Brackets included; white space within is folding. A quoted pair (obsolete) stays one.
    void domain_literal(std::string& out) {
        const std::size_t opened = at_;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '[' && at_ != opened) return fail("']'");
            const bool pair = c == '\\' && at_ + 1 < text_.size();
            if (pair) ++at_;
            if (!is_space(text_[at_]) && !is_control(text_[at_])) {
                if (pair) out += c;
                out += text_[at_];
            }
            if (c == ']') {
                ++at_;
                return demand_utf8(out, opened);
            }
        }
        fail("']' at the end of the domain literal");
    }

    void atom(std::string& out) {
        while (is_word_char(peek()))
            out += text_[at_++];
    }

    void quoted_string(std::string& out) {
        for (++at_; at_ < text_.size(); ++at_) {
            char c = text_[at_];
            if (c == '"') {
                ++at_;
                return;
            }
            if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
            if (!is_control(c)) out += c; // line breaks are folding, other control characters are obsolete
        }
        fail("'\"' at the end of the quoted string");
    }

    /// CFWS: white space and nested comments.
    void skip() {
        int depth = 0;
        std::size_t opened = at_;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '(' && depth++ == 0) opened = at_;
            if (depth == 0 && !is_space(c)) return;
            if (c == ')') --depth;
            if (c == '\\' && at_ + 1 < text_.size()) ++at_;
        }
        if (depth > 0) fail_at(opened, "')' at the end of the comment");
    }

    /// A display name may be what old software sent unencoded; an address is UTF-8 (RFC 6532 section 3.2) or nothing.
    void demand_utf8(std::string_view said, std::size_t position) {
        if (!is_ascii(said) && valid_utf8(said) != said) fail_at(position, "UTF-8");
    }

    static bool is_word_char(char c) { return is_atext(c) || is_high(c); }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void fail(std::string expected) { fail_at(at_, std::move(expected)); }
    void fail_at(std::size_t position, std::string expected) {
        if (!error_) error_ = AddressError{position, std::move(expected)};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool in_group_ = false;
    std::vector<AddressEntry> found_;
    std::optional<AddressError> error_;
};

void append_phrase(std::string& out, std::string_view words) {
    std::string clean;
    for (const char c : words)
        if (!is_control(c)) clean += c;
    const auto plain = [](char c) { return is_atext(c) || is_high(c); };
    if (!clean.empty() && std::all_of(clean.begin(), clean.end(), plain)) {
        out += clean;
        return;
    }
    out += '"';
    for (const char c : clean) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

void append_mailbox(std::string& out, const HeaderAddress& mailbox) {
    if (mailbox.display_name.empty()) return append_text(out, mailbox.address);
    append_phrase(out, mailbox.display_name);
    out += " <";
    append_text(out, mailbox.address);
    out += '>';
}

} // namespace

std::variant<std::vector<AddressEntry>, AddressError> parse_address_entries(std::string_view text) {
    return ListReader(text).read();
}

std::variant<std::vector<HeaderAddress>, AddressError> parse_address_list(std::string_view text) {
    auto parsed = parse_address_entries(text);
    if (auto* error = std::get_if<AddressError>(&parsed)) return std::move(*error);
    std::vector<HeaderAddress> all;
    for (AddressEntry& entry : std::get<std::vector<AddressEntry>>(parsed))
        std::move(entry.mailboxes.begin(), entry.mailboxes.end(), std::back_inserter(all));
    return all;
}

std::string text(const std::vector<AddressEntry>& list) {
    std::string out;
    for (const AddressEntry& entry : list) {
        if (!out.empty()) out += ", ";
        if (entry.is_group) {
            append_phrase(out, entry.group);
            out += ':';
        }
        for (const HeaderAddress& mailbox : entry.mailboxes) {
            if (&mailbox != &entry.mailboxes.front()) out += ',';
            if (entry.is_group) out += ' ';
            append_mailbox(out, mailbox);
        }
        if (entry.is_group) out += ';';
    }
    return out;
}

} // namespace postopolis::mail
