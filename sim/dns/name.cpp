// Names are kept as text because text is what logs, tables and people want; labels are taken apart only for
// the wire and for the canonical order.
#include "postopolis/dns/name.hpp"

#include <cstdio>
#include <cstdlib>

namespace postopolis::dns {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool fail(NameError* error, std::size_t position, std::string what) {
    if (error) *error = {position, std::move(what)};
    return false;
}

/// Reads one escape or plain character at text[at]; moves `at` behind it.
bool read_octet(std::string_view text, std::size_t& at, char& octet, NameError* error) {
    const char c = text[at];
    if (c != '\\') {
        const auto code = static_cast<unsigned char>(c);
        if (code <= ' ' || code == 127)
            return fail(error, at, "spaces and control characters must be written as \\DDD");
        if (code > 127) return fail(error, at, "not ASCII: write the A-label (xn--...) instead");
        octet = c;
        ++at;
        return true;
    }
    if (at + 1 >= text.size()) return fail(error, at, "the name ends within an escape");
    if (!is_digit(text[at + 1])) {
        octet = text[at + 1];
        at += 2;
        return true;
    }
    if (at + 3 >= text.size() || !is_digit(text[at + 2]) || !is_digit(text[at + 3]))
        return fail(error, at, "an escape by number needs three digits");
    const int value = (text[at + 1] - '0') * 100 + (text[at + 2] - '0') * 10 + (text[at + 3] - '0');
    if (value > 255) return fail(error, at, "an escape by number is at most \\255");
    octet = static_cast<char>(value);
    at += 4;
    return true;
}

/// Where the dot at or after `from` that ends a label is; npos if none.
std::size_t label_end(std::string_view text, std::size_t from) {
    for (std::size_t i = from; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i; // in "\DDD" the digits that remain are no dots, so skipping one character is enough
        else if (text[i] == '.')
            return i;
    }
    return std::string_view::npos;
}

bool escaped(std::string_view text, std::size_t position) {
    std::size_t backslashes = 0;
    while (backslashes < position && text[position - 1 - backslashes] == '\\')
        ++backslashes;
    return backslashes % 2 == 1;
}

/// Where the last label of text[0, end) starts.
std::size_t last_label_start(std::string_view text, std::size_t end) {
    for (std::size_t i = end; i > 0; --i) {
        if (text[i - 1] == '.' && !escaped(text, i - 1)) return i;
    }
    return 0;
}

std::strong_ordering compare_labels(std::string_view a, std::string_view b) {
    if (a.find('\\') == std::string_view::npos && b.find('\\') == std::string_view::npos)
        return a.compare(b) <=> 0;
    std::string raw_a, raw_b;
    take_label(a, raw_a);
    take_label(b, raw_b);
    return raw_a.compare(raw_b) <=> 0;
}

} // namespace

void append_label(std::string& text, std::string_view raw) {
    for (const char c : raw) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '.' || c == '\\') {
            text += '\\';
            text += c;
        } else if (code <= ' ' || code >= 127) {
            text += '\\';
            text += static_cast<char>('0' + code / 100);
            text += static_cast<char>('0' + code / 10 % 10);
            text += static_cast<char>('0' + code % 10);
        } else {
            text += lower(c);
        }
    }
}

bool take_label(std::string_view& rest, std::string& raw) {
    raw.clear();
    if (rest.empty()) return false;
    std::size_t at = 0;
    while (at < rest.size() && rest[at] != '.') {
        char octet = 0;
        if (!read_octet(rest, at, octet, nullptr)) octet = rest[at++];
        raw += octet;
    }
    rest.remove_prefix(at < rest.size() ? at + 1 : at);
    return true;
}

std::optional<Name> Name::parse(std::string_view text, NameError* error) {
    if (text == ".") return Name();
    std::string canonical;
    canonical.reserve(text.size());
    std::string label;
    std::size_t octets = 1; // the root's zero
    std::size_t at = 0;
    std::size_t label_start = 0;
    auto finish_label = [&]() -> bool {
        if (label.empty()) return fail(error, label_start, text.empty() ? "empty name" : "empty label");
        octets += 1 + label.size();
        if (octets > max_name_octets) return fail(error, label_start, "the name is longer than 255 octets");
        if (!canonical.empty()) canonical += '.';
        append_label(canonical, label);
        label.clear();
        return true;
    };
    while (at < text.size()) {
        if (text[at] == '.') {
            if (!finish_label()) return std::nullopt;
            label_start = ++at;
            if (at == text.size()) return Name(std::move(canonical));
            continue;
        }
        char octet = 0;
        const std::size_t here = at;
        if (!read_octet(text, at, octet, error)) return std::nullopt;
        if (label.size() == max_label_octets) {
            fail(error, here, "the label is longer than 63 octets");
            return std::nullopt;
        }
        label += octet;
    }
    if (!finish_label()) return std::nullopt;
    return Name(std::move(canonical));
}

Name Name::literal(std::string_view text) {
    NameError error;
    std::optional<Name> name = parse(text, &error);
    if (!name) {
        std::fprintf(stderr, "not a domain name: \"%.*s\": %s\n", static_cast<int>(text.size()), text.data(),
                     error.what.c_str());
        std::abort();
    }
    return *name;
}

std::size_t Name::wire_size() const {
    if (!text_) return 1;
    const std::string& text = *text_;
    std::size_t octets = 2; // one length more than there are dots, and the root
    for (std::size_t i = 0; i < text.size(); ++i, ++octets) {
        if (text[i] == '\\') i += is_digit(text[i + 1]) ? 3U : 1U;
    }
    return octets;
}

std::size_t Name::label_count() const {
    if (!text_) return 0;
    std::size_t count = 1;
    for (std::size_t dot = label_end(*text_, 0); dot != std::string::npos; dot = label_end(*text_, dot + 1))
        ++count;
    return count;
}

Name Name::parent() const {
    if (!text_) return *this;
    const std::size_t dot = label_end(*text_, 0);
    return dot == std::string::npos ? Name() : Name(text_->substr(dot + 1));
}

bool Name::is_subdomain_of(const Name& ancestor) const {
    if (ancestor.is_root() || text_ == ancestor.text_) return true;
    if (!text_) return false;
    const std::string_view mine = *text_;
    const std::string_view other = *ancestor.text_;
    if (!mine.ends_with(other)) return false;
    if (mine.size() == other.size()) return true;
    const std::size_t dot = mine.size() - other.size() - 1;
    return dot < mine.size() && mine[dot] == '.' && !escaped(mine, dot);
}

std::optional<Name> Name::child(std::string_view label) const {
    std::string text;
    append_label(text, label);
    if (label.empty() || label.size() > max_label_octets || wire_size() + 1 + label.size() > max_name_octets)
        return std::nullopt;
    if (text_) {
        text += '.';
        text += *text_;
    }
    return Name(std::move(text));
}

std::strong_ordering Name::operator<=>(const Name& other) const {
    if (text_ == other.text_) return std::strong_ordering::equal;
    const std::string_view a = text_ ? std::string_view(*text_) : std::string_view();
    const std::string_view b = other.text_ ? std::string_view(*other.text_) : std::string_view();
    std::size_t end_a = a.size();
    std::size_t end_b = b.size();
    bool more_a = end_a > 0;
    bool more_b = end_b > 0;
    while (more_a && more_b) {
        const std::size_t start_a = last_label_start(a, end_a);
        const std::size_t start_b = last_label_start(b, end_b);
        const auto order =
            compare_labels(a.substr(start_a, end_a - start_a), b.substr(start_b, end_b - start_b));
        if (order != 0) return order;
        more_a = start_a > 0;
        more_b = start_b > 0;
        end_a = more_a ? start_a - 1 : 0;
        end_b = more_b ? start_b - 1 : 0;
    }
    return more_a <=> more_b;
}

std::size_t Name::hash() const {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text()) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3ULL;
    }
    return static_cast<std::size_t>(hash);
}

} // namespace postopolis::dns
