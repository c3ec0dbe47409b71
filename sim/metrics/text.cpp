// Text of the exporters: UTF-8 by RFC 3629, JSON strings by RFC 8259 section 7.
#include "metrics/text.hpp"

#include <chrono>

namespace postopolis::metrics {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

unsigned octet(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

/// Octets of the well-formed UTF-8 character at `i`, or 0 (the table of RFC 3629 section 4).
std::size_t character_size(std::string_view text, std::size_t i) {
    const unsigned lead = octet(text, i);
    if (lead < 0x80) return 1;
    std::size_t size = 0;
    unsigned low = 0x80, high = 0xbf; // of the second octet: keeps out overlong forms, surrogates, > U+10FFFF
    if (lead >= 0xc2 && lead <= 0xdf) {
        size = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        size = 3;
        if (lead == 0xe0) low = 0xa0;
        if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        size = 4;
        if (lead == 0xf0) low = 0x90;
        if (lead == 0xf4) high = 0x8f;
    } else {
        return 0;
    }
    if (i + size > text.size()) return 0;
    if (octet(text, i + 1) < low || octet(text, i + 1) > high) return 0;
    for (std::size_t k = 2; k < size; ++k)
        if (octet(text, i + k) < 0x80 || octet(text, i + k) > 0xbf) return 0;
    return size;
}

std::size_t clean_prefix(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const std::size_t size = text[i] == '\0' ? 0 : character_size(text, i);
        if (size == 0) break;
        i += size;
    }
    return i;
}

void append_escaped(std::string& out, char c) {
    static constexpr char kHex[] = "0123456789abcdef";
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        break;
    }
    const unsigned code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7f) {
        out += c;
        return;
    }
    out += "\\u00";
    out += kHex[code >> 4];
    out += kHex[code & 15];
}

} // namespace

void append_seconds(std::string& out, kernel::Duration d) {
    std::int64_t ns = d.count();
    if (ns < 0) {
        out += '-';
        ns = -ns;
    }
    append_integer(out, ns / 1'000'000'000);
    char decimals[10];
    decimals[0] = '.';
    std::int64_t rest = ns % 1'000'000'000;
    for (int i = 9; i > 0; --i) {
        decimals[i] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    out.append(decimals, sizeof decimals);
}

std::string_view utf8(std::string_view text, std::string& scratch) {
    std::size_t clean = clean_prefix(text);
    if (clean == text.size()) return text;
    scratch.clear();
    while (true) {
        scratch.append(text.substr(0, clean));
        if (clean == text.size()) return scratch;
        scratch += kReplacement;
        text.remove_prefix(clean + 1);
        clean = clean_prefix(text);
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t size = character_size(text, i);
        if (size == 1)
            append_escaped(out, text[i]);
        else if (size == 0)
            out += kReplacement;
        else
            out.append(text, i, size);
        i += size == 0 ? 1 : size;
    }
    out += '"';
}

std::string calendar_text(std::int64_t unix_seconds) {
    using namespace std::chrono;
    const sys_seconds instant{seconds(unix_seconds)};
    const auto day = floor<days>(instant);
    const year_month_day date(day);
    const hh_mm_ss clock(instant - day);
    auto two = [](std::string& out, std::int64_t n) {
        if (n < 10) out += '0';
        append_integer(out, n);
    };
    std::string out;
    append_integer(out, static_cast<int>(date.year()));
    out += '-';
    two(out, static_cast<unsigned>(date.month()));
    out += '-';
    two(out, static_cast<unsigned>(date.day()));
    out += 'T';
    two(out, clock.hours().count());
    out += ':';
    two(out, clock.minutes().count());
    out += ':';
    two(out, clock.seconds().count());
    out += 'Z';
    return out;
}

} // namespace postopolis::metrics
