// Modified UTF-7 (RFC 3501 section 5.1.3): printable US-ASCII stands for itself, "&-" for "&", and the rest
// is UTF-16 in base64 without padding and with ',' for '/', between '&' and '-'.
#include <cstdint>

#include "postopolis/access/imap_account.hpp"

namespace postopolis::access {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// One character of UTF-8, taken off the text; U+FFFD for what is none.
char32_t take_utf8(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    bool good = length <= text.size() && (lead < 0x80 || (lead >= 0xC2 && lead <= 0xF4));
    for (std::size_t i = 1; good && i < length; ++i) {
        const auto octet = static_cast<unsigned char>(text[i]);
        good = (octet & 0xC0U) == 0x80;
        c = c << 6 | (octet & 0x3FU);
    }
    text.remove_prefix(good ? length : 1);
    return good ? c : U'\xFFFD';
}

void put_utf8(std::string& out, char32_t c) {
    auto put = [&](char32_t octet) { out += static_cast<char>(octet); };
    if (c < 0x80) return put(c);
    if (c < 0x800) {
        put(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
    }
    put(0x80 | (c & 0x3F));
}

bool direct(char32_t c) {
    return c >= 0x20 && c <= 0x7E;
}

/// The characters between '&' and '-'.
std::optional<std::u32string> decode_shifted(std::string_view text) {
    std::u32string out;
    std::uint32_t bits = 0;
    int count = 0;
    char32_t high = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 16) continue;
        count -= 16;
        const char32_t unit = bits >> count & 0xFFFF;
        if (high != 0) {
            if (unit < 0xDC00 || unit > 0xDFFF) return std::nullopt;
            out += 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00);
            high = 0;
        } else if (unit >= 0xD800 && unit <= 0xDBFF) {
            high = unit;
        } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
            return std::nullopt;
        } else {
            out += unit;
        }
    }
    if (high != 0 || count >= 6) return std::nullopt;
    return out;
}

} // namespace

std::string to_modified_utf7(std::string_view utf8) {
    std::string out;
    while (!utf8.empty()) {
        if (direct(static_cast<unsigned char>(utf8.front()))) {
            out += utf8.front();
            if (utf8.front() == '&') out += '-';
            utf8.remove_prefix(1);
            continue;
        }
        out += '&';
        std::uint32_t bits = 0;
        int count = 0;
        auto unit = [&](char32_t u) {
            bits = bits << 16 | u;
            for (count += 16; count >= 6; count -= 6)
                out += alphabet[bits >> (count - 6) & 63];
        };
        while (!utf8.empty() && !direct(static_cast<unsigned char>(utf8.front()))) {
            const char32_t c = take_utf8(utf8);
            if (c >= 0x10000) {
                unit(0xD800 + ((c - 0x10000) >> 10));
                unit(0xDC00 + (c & 0x3FF));
            } else {
                unit(c);
            }
        }
        if (count > 0) out += alphabet[bits << (6 - count) & 63];
        out += '-';
    }
    return out;
}

std::optional<std::string> from_modified_utf7(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const char c = text.front();
        if (!direct(static_cast<unsigned char>(c))) return std::nullopt;
        text.remove_prefix(1);
        if (c != '&') {
            out += c;
            continue;
        }
        const auto end = text.find('-');
        if (end == std::string_view::npos) return std::nullopt;
        if (end == 0) out += '&';
        const auto decoded = decode_shifted(text.substr(0, end));
        if (!decoded) return std::nullopt;
        for (const char32_t u : *decoded)
            put_utf8(out, u);
        text.remove_prefix(end + 1);
    }
    return out;
}

} // namespace postopolis::access
