// Base64, quoted-printable and line ends of bodies. See the header; header fields are in field_writer.cpp.
#include "mail/encode.hpp"

#include "mail/chars.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

/// Octets of the valid UTF-8 sequence at the front of the text; 0 if there is none (RFC 3629 section 4).
std::size_t sequence_length(std::string_view text) {
    const auto octet = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(text[i]));
    };
    const unsigned lead = octet(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((octet(i) & 0xc0U) != 0x80) return 0;
    const unsigned second = octet(1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0; // overlong, surrogate
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0; // overlong, too large
    return length;
}

bool has_long_line(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        if (std::min(end, text.size()) > 998) return true; // RFC 5322 section 2.1.1
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 2);
    }
    return false;
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void append_base64_group(std::string& out, std::string_view octets) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
        bits = bits << 8U | (i < octets.size() ? static_cast<unsigned char>(octets[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
        out += i <= octets.size() ? base64_alphabet[bits >> (18 - 6 * i) & 63U] : '=';
}

} // namespace

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), is_high);
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length > 0)
            out += text.substr(0, length);
        else
            out += "\xef\xbf\xbd";
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string crlf_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32 + 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r' && text[i] != '\n') {
            out += text[i];
            continue;
        }
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
        out += "\r\n";
    }
    if (!text.empty() && !out.ends_with("\r\n")) out += "\r\n";
    return out;
}

void append_base64(std::string& out, std::string_view octets) {
    while (!octets.empty()) {
        std::string_view line = octets.substr(0, base64_line_octets);
        octets.remove_prefix(line.size());
        for (; !line.empty(); line.remove_prefix(std::min<std::size_t>(3, line.size())))
            append_base64_group(out, line.substr(0, 3));
        out += "\r\n";
    }
}

std::uint64_t base64_size(std::uint64_t octets) {
    const std::uint64_t lines = (octets + base64_line_octets - 1) / base64_line_octets;
    return (octets + 2) / 3 * 4 + lines * 2;
}

std::string quoted_printable(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (text.substr(i, 2) == "\r\n") {
            out += "\r\n";
            column = 0;
            ++i;
            continue;
        }
        const bool ends_line = i + 1 == text.size() || text.substr(i + 1, 2) == "\r\n";
        const bool literal = is_blank(c) ? !ends_line : c > ' ' && c < 0x7f && c != '=';
        const std::size_t width = literal ? 1 : 3;
        if (column + width > (ends_line ? 76U : 75U)) { // 76 characters with the "=" of a soft line break
            out += "=\r\n";
            column = 0;
        }
        if (literal) {
            out += c;
        } else {
            const auto octet = static_cast<unsigned char>(c);
            out += '=';
            out += hex[octet >> 4U];
            out += hex[octet & 15U];
        }
        column += width;
    }
    return out;
}

EncodedText encode_text(std::string text, TextEncoding wanted) {
    EncodedText encoded;
    encoded.is_utf8 = !is_ascii(text);
    const bool fits_lines = text.find('\0') == std::string::npos && !has_long_line(text);
    const bool as_it_is = fits_lines && (encoded.is_utf8 ? wanted == TextEncoding::eight_bit
                                                         : wanted == TextEncoding::automatic ||
                                                               wanted == TextEncoding::eight_bit);
    if (as_it_is) {
        encoded.encoding = encoded.is_utf8 ? "8bit" : "7bit";
        encoded.octets = std::move(text);
        return encoded;
    }
    if (wanted != TextEncoding::base64) {
        encoded.encoding = "quoted-printable";
        encoded.octets = quoted_printable(text);
        // Being legible without a decoder is worth some octets.
        if (wanted == TextEncoding::quoted_printable || encoded.octets.size() <= text.size() * 2) return encoded;
    }
    encoded.encoding = "base64";
    encoded.octets.clear();
    append_base64(encoded.octets, text);
    return encoded;
}

std::string boundary_for(std::string_view message_id, std::uint64_t salt) {
    std::uint64_t hash = 14695981039346656037U ^ salt; // FNV-1a
    for (const char c : message_id)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    std::string boundary = "=_";
    for (int shift = 60; shift >= 0; shift -= 4)
        boundary += "0123456789abcdef"[hash >> shift & 15U];
    return boundary;
}

} // namespace postopolis::mail
