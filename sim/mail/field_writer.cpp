// Header fields: folding, encoded words, address lists. No line break of a value reaches the output.
#include "mail/encode.hpp"

#include "mail/chars.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

constexpr std::size_t line_limit = 78; // RFC 5322 section 2.1.1
constexpr std::size_t encoded_text_limit =
    52; // keeps "Subject: " and a whole encoded word within 76 (RFC 2047)

/// Words of printable ASCII, one space between any two: nothing has to be done to it.
bool is_plain(std::string_view text) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
    char before = 'x';
    for (const char c : text) {
        if (c < ' ' || c > '~' || (c == ' ' && before == ' ')) return false;
        before = c;
    }
    return true;
}

/// Each run of control characters becomes one space; none at the ends.
std::string without_controls(std::string_view text) {
    std::string out;
    bool after_control = false;
    for (const char c : text) {
        if (!is_control(c))
            out += c;
        else if (!after_control)
            out += ' ';
        after_control = is_control(c);
    }
    return std::string(trimmed(out));
}

std::string with_single_spaces(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' || !out.ends_with(' ')) out += c;
    return out;
}

bool has_long_word(std::string_view text, std::size_t limit) {
    while (!text.empty()) {
        const std::size_t space = text.find(' ');
        if (std::min(space, text.size()) > limit) return true;
        if (space == std::string_view::npos) break;
        text.remove_prefix(space + 1);
    }
    return false;
}

/// Whether text that is otherwise fit for a header must be encoded: octets above 127, what looks like an
/// encoded word already, and what folding would change.
bool needs_encoding(std::string_view text, HeaderText as) {
    return (as == HeaderText::encoded && !is_ascii(text)) || text.find("=?") != std::string_view::npos ||
           text.find("  ") != std::string_view::npos || has_long_word(text, line_limit - 12);
}

/// Only what may stand literally in a phrase (RFC 2047 section 5, rule 3).
std::string q_encoded(std::string_view octets) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : octets) {
        if (is_alnum(c) || std::string_view("!*+-/").find(c) != std::string_view::npos) {
            out += c;
        } else if (c == ' ') {
            out += '_';
        } else {
            out += '=';
            out += hex[static_cast<unsigned char>(c) >> 4U];
            out += hex[static_cast<unsigned char>(c) & 15U];
        }
    }
    return out;
}

std::string b_encoded(std::string_view octets) {
    std::string out;
    append_base64(out, octets);
    std::erase_if(out, is_space);
    return out;
}

std::size_t character_length(char lead) {
    const auto octet = static_cast<unsigned char>(lead);
    return octet >= 0xf0 ? 4 : octet >= 0xe0 ? 3 : octet >= 0xc0 ? 2 : 1;
}

/// As many encoded words as needed, each with whole characters (RFC 2047 section 5). `utf8` is valid.
void put_encoded(FieldWriter& field, std::string_view utf8) {
    const bool use_q = q_encoded(utf8).size() <= utf8.size() * 4 / 3;
    const auto encoded = [&](std::string_view octets) {
        return use_q ? q_encoded(octets) : b_encoded(octets);
    };
    while (!utf8.empty()) {
        std::size_t taken = 0;
        for (;;) {
            const std::size_t more = taken == utf8.size() ? 0 : character_length(utf8[taken]);
            if (more == 0 || encoded(utf8.substr(0, taken + more)).size() > encoded_text_limit) break;
            taken += more;
        }
        std::string word = use_q ? "=?utf-8?Q?" : "=?utf-8?B?";
        word += encoded(utf8.substr(0, taken));
        word += "?=";
        field.word(word);
        utf8.remove_prefix(taken);
    }
}

/// A phrase: atoms as they are, else a quoted string (which may be folded at its spaces), else encoded words.
void put_display_name(FieldWriter& field, std::string_view name, HeaderText as) {
    if (needs_encoding(name, as)) return put_encoded(field, name);
    if (std::all_of(name.begin(), name.end(), [](char c) { return is_atext(c) || is_high(c) || c == ' '; }))
        return field.words(name);
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    field.words(quoted += '"');
}

} // namespace

FieldWriter::FieldWriter(std::string& out, std::string_view name) : out_(out), column_(name.size() + 1) {
    out_ += name;
    out_ += ':';
}

void FieldWriter::word(std::string_view text) {
    // The first word stays beside the name: a first line of only blanks would be obsolete syntax.
    if (begun_ && column_ + 1 + text.size() > line_limit) {
        out_ += "\r\n";
        column_ = 0;
    }
    begun_ = true;
    out_ += ' ';
    out_ += text;
    column_ += 1 + text.size();
}

void FieldWriter::words(std::string_view text) {
    for (;;) {
        const std::size_t space = text.find(' ');
        word(text.substr(0, space));
        if (space == std::string_view::npos) return;
        text.remove_prefix(space + 1);
    }
}

void append_plain_field(std::string& out, std::string_view name, std::string_view body) {
    if (is_plain(body)) {
        FieldWriter field(out, name);
        field.words(body);
        return field.end();
    }
    std::string clean = with_single_spaces(without_controls(body));
    for (char& c : clean)
        if (is_high(c)) c = '?';
    if (clean.empty()) return;
    FieldWriter field(out, name);
    field.words(clean);
    field.end();
}

void append_text_field(std::string& out, std::string_view name, std::string_view utf8, HeaderText as) {
    const std::string clean = is_plain(utf8) ? std::string(utf8) : without_controls(valid_utf8(utf8));
    FieldWriter field(out, name);
    if (needs_encoding(clean, as))
        put_encoded(field, clean);
    else
        field.words(clean);
    field.end();
}

void append_address_field(std::string& out, std::string_view name, std::span<const NamedAddress> list,
                          std::string_view empty_group, HeaderText as) {
    const auto last = std::find_if(list.rbegin(), list.rend(), [](const NamedAddress& a) { return a.address; });
    FieldWriter field(out, name);
    if (last == list.rend()) field.word(empty_group);
    for (const NamedAddress& entry : list) {
        if (!entry.address) continue;
        std::string shown;
        if (!entry.name.empty()) shown = with_single_spaces(without_controls(valid_utf8(entry.name)));
        if (!shown.empty()) put_display_name(field, shown, as);
        std::string address = shown.empty() ? entry.address->text() : path_text(entry.address);
        if (&entry != &*last) address += ',';
        field.word(address);
    }
    field.end();
}

void append_id_field(std::string& out, std::string_view name, std::span<const std::string> ids) {
    std::string joined;
    for (const std::string& id : ids) {
        const std::size_t begin = joined.size();
        joined += joined.empty() ? "<" : " <";
        const std::size_t opened = joined.size();
        for (const char c : id)
            if (c > ' ' && c < 0x7f && c != '<' && c != '>') joined += c;
        if (joined.size() == opened)
            joined.resize(begin);
        else
            joined += '>';
    }
    if (joined.empty()) return;
    FieldWriter field(out, name);
    field.words(joined);
    field.end();
}

} // namespace postopolis::mail
