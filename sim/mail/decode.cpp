// Decoders of MIME encodings and encoded words. They never fail: what cannot be read is passed over or left.
#include "postopolis/mail/parse.hpp"

#include "mail/chars.hpp"
#include "mail/charset.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (is_digit(c)) return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

char octet_of(std::string_view two_digits) {
    return static_cast<char>(hex_value(two_digits[0]) * 16 + hex_value(two_digits[1]));
}

bool is_escape(std::string_view text) { // "=XX"
    return text.size() >= 3 && text[0] == '=' && is_hex(text[1]) && is_hex(text[2]);
}

std::string decode_q(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_escape(text.substr(i))) {
            out += octet_of(text.substr(i + 1, 2));
            i += 2;
        } else {
            out += text[i] == '_' ? ' ' : text[i];
        }
    }
    return out;
}

struct EncodedWord {
    std::string decoded;
    std::size_t length; ///< Octets of its encoded form.
};

/// "=?charset*language?Q?text?=" at the front of the text (RFC 2047, RFC 2231 section 5).
std::optional<EncodedWord> leading_encoded_word(std::string_view text) {
    if (!text.starts_with("=?")) return std::nullopt;
    const std::size_t first = text.find('?', 2);
    const std::size_t second = first == std::string_view::npos ? first : text.find('?', first + 1);
    if (second != first + 2 || second == std::string_view::npos) return std::nullopt;
    const std::size_t end = text.find("?=", second + 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view charset = text.substr(2, first - 2);
    charset = charset.substr(0, charset.find('*'));
    const std::string_view payload = text.substr(second + 1, end - second - 1);
    if (std::any_of(payload.begin(), payload.end(), [](char c) { return is_space(c) || c == '?'; }))
        return std::nullopt;
    const char encoding = to_lower(text[first + 1]);
    if (encoding != 'q' && encoding != 'b') return std::nullopt;
    auto decoded = to_utf8(charset, encoding == 'q' ? decode_q(payload) : decode_base64(payload));
    if (!decoded) return std::nullopt;
    return EncodedWord{std::move(*decoded), end + 2};
}

} // namespace

std::string decode_rfc2047(std::string_view value) {
    std::string out;
    std::size_t blanks_after_word = std::string::npos; // where, in `out`, blanks after an encoded word begin
    while (!value.empty()) {
        if (const auto word = leading_encoded_word(value)) {
            if (blanks_after_word != std::string::npos) out.resize(blanks_after_word); // section 6.2
            out += word->decoded;
            blanks_after_word = out.size();
            value.remove_prefix(word->length);
            continue;
        }
        if (!is_space(value.front())) blanks_after_word = std::string::npos;
        out += value.front();
        value.remove_prefix(1);
    }
    return out;
}

std::string decode_base64(std::string_view text) {
    std::string out;
    out.reserve(text.size() / 4 * 3);
    unsigned bits = 0;
    int held = 0;
    for (const char c : text) {
        if (c == '=') break;
        const int value = base64_value(c);
        if (value < 0) continue; // RFC 2045 section 6.8: other characters are ignored
        bits = (bits << 6U | static_cast<unsigned>(value)) & 0xffffU;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>(bits >> static_cast<unsigned>(held) & 255U);
    }
    return out;
}

std::string decode_quoted_printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
            continue;
        }
        if (is_escape(text.substr(i))) {
            out += octet_of(text.substr(i + 1, 2));
            i += 2;
            continue;
        }
        // A soft line break, perhaps with blanks that transport added; else leave what is no escape.
        const std::size_t after = text.find_first_not_of(" \t\r", i + 1);
        if (after == std::string_view::npos) return out;
        if (text[after] == '\n')
            i = after;
        else
            out += '=';
    }
    return out;
}

} // namespace postopolis::mail
