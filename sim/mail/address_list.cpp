// The address-list of RFC 5322 sections 3.4 and 4.4: tolerant, for header fields that anybody may have
// written.
#include "postopolis/mail/address.hpp"

#include "mail/chars.hpp"

#include <optional>

namespace postopolis::mail {
namespace {

class ListReader {
public:
    explicit ListReader(std::string_view text) : text_(text) {}

    std::variant<std::vector<HeaderAddress>, AddressError> read() {
        bool in_group = false;
        for (skip(); !error_ && at_ < text_.size(); skip()) {
            if (take(',')) continue; // obs-addr-list: empty elements
            if (in_group && take(';')) {
                in_group = false;
                end_of_address(in_group);
                continue;
            }
            one_address(in_group);
        }
        if (in_group) fail("';' at the end of the group");
        if (error_) return *error_;
        return std::move(found_);
    }

private:
    /// A mailbox, or the name of a group, which opens it.
    void one_address(bool& in_group) {
        std::string words;       // What may turn out a display name or a local part,
        bool dotted_only = true; // the latter only if dots join its words.
        read_words(words, dotted_only);
        if (error_) return;
        if (take('<')) {
            angle_address(std::move(words));
        } else if (peek() == '@' && dotted_only && !words.empty()) {
            ++at_;
            Address address{std::move(words), domain()};
            found_.push_back({"", std::move(address)});
        } else if (!in_group && !words.empty() && take(':')) {
            in_group = true;
            return;
        } else {
            return fail(words.empty() ? "an address" : "'<' or '@'");
        }
        end_of_address(in_group);
    }

    void end_of_address(bool in_group) {
        skip();
        if (error_ || at_ == text_.size() || peek() == ',' || (in_group && peek() == ';')) return;
        fail(in_group ? "',' or ';'" : "','");
    }

    /// Atoms, quoted strings and dots. Words parted by white space keep one space between them.
    void read_words(std::string& words, bool& dotted_only) {
        bool after_dot = true;
        for (;;) {
            const std::size_t before = at_;
            skip();
            const bool gap = at_ != before;
            const char c = peek();
            if (c == '.') {
                ++at_;
                words += '.';
                after_dot = true;
                continue;
            }
            if (c != '"' && !is_word_char(c)) return;
            if (!words.empty() && !after_dot) dotted_only = false;
            if (!words.empty() && gap && !(after_dot && dotted_only && next_is_address())) words += ' ';
            c == '"' ? quoted_string(words) : atom(words);
            if (error_) return;
            after_dot = false;
        }
    }

    /// "Joe Q. Public <a@b>" keeps its space after the dot, "john . doe@b" (obsolete) loses it: look ahead.
    bool next_is_address() const {
        const std::size_t stop = text_.find_first_of("@<,;:", at_);
        return stop != std::string_view::npos && text_[stop] == '@';
    }

    void angle_address(std::string display_name) {
        skip();
        if (peek() == '@') { // obs-route
            const std::size_t colon = text_.find(':', at_);
            if (colon == std::string_view::npos) return fail("':' after the source route");
            at_ = colon + 1;
        }
        Address address;
        bool dotted_only = true;
        read_words(address.local, dotted_only);
        if (error_) return;
        if (address.local.empty() || !dotted_only) return fail("a local part");
        if (!take('@')) return fail("'@' and a domain");
        address.domain = domain();
        skip();
        if (!error_ && !take('>')) fail("'>'");
        found_.push_back({std::move(display_name), std::move(address)});
    }

    std::string domain() {
        skip();
        std::string name;
        if (peek() == '[') {
            const std::size_t close = text_.find(']', at_);
            if (close == std::string_view::npos) {
                fail("']' at the end of the domain literal");
                return name;
            }
            for (; at_ <= close; ++at_)
                if (!is_space(text_[at_]) && !is_control(text_[at_])) name += text_[at_];
            return name;
        }
        for (;;) { // obs-domain: comments and white space around the dots
            const std::size_t begin = name.size();
            atom(name);
            if (name.size() == begin) {
                fail("a domain");
                return name;
            }
            const std::size_t after = at_;
            skip();
            if (!take('.')) {
                at_ = after;
                return name;
            }
            name += '.';
            skip();
        }
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

    /// Octets above 127 are what RFC 6532 allows and old software sent unencoded.
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
    std::vector<HeaderAddress> found_;
    std::optional<AddressError> error_;
};

} // namespace

std::variant<std::vector<HeaderAddress>, AddressError> parse_address_list(std::string_view text) {
    return ListReader(text).read();
}

} // namespace postopolis::mail
