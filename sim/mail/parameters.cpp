// See the header. Pieces of a value (RFC 2231 section 3) are put together in the order of their numbers.
#include "mail/parameters.hpp"

#include "mail/chars.hpp"
#include "mail/charset.hpp"
#include "mail/encode.hpp"

#include <algorithm>
#include <map>

namespace postopolis::mail {
namespace {

constexpr std::size_t longest_piece = 60;
constexpr int most_pieces = 1000;

bool is_token_char(char c) { // RFC 2045 section 5.1
    return c > ' ' && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

/// A text that loses its front piece by piece.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool at_end() const { return at_ >= text_.size(); }
    bool take(char c) {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    /// Up to one of `stops` that is not in a comment; comments left out, no blanks at the ends. A parenthesis within a
    /// word opens no comment: file names have some, and their writers no quotes.
    std::string plain(std::string_view stops) {
        std::string out;
        while (!at_end() && stops.find(text_[at_]) == std::string_view::npos) {
            if (text_[at_] == '(' && (out.empty() || is_space(out.back())))
                comment();
            else
                out += text_[at_++];
        }
        return std::string(trimmed(out));
    }
    void blanks() {
        while (!at_end() && (is_space(text_[at_]) || text_[at_] == '(')) {
            if (text_[at_] == '(')
                comment();
            else
                ++at_;
        }
    }
    std::string value() {
        blanks();
        if (!take('"')) return plain(";");
        std::string out;
        for (; !at_end() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
            out += text_[at_];
        }
        static_cast<void>(take('"'));
        static_cast<void>(plain(";"));
        return out;
    }

private:
    void comment() {
        int depth = 0;
        for (; !at_end(); ++at_) {
            const char c = text_[at_];
            if (c == '\\' && at_ + 1 < text_.size()) ++at_;
            if (c == '(') ++depth;
            if (c == ')' && --depth == 0) {
                ++at_;
                return;
            }
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// "%41" of RFC 2231 section 4.
std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

struct Piece {
    std::string value;
    bool is_encoded = false;
};
using Pieces = std::map<int, Piece>;

/// The number in "*12"; 0 for none, -1 for what is no number.
int piece_number(std::string_view text) {
    if (text.empty()) return 0;
    int number = 0;
    if (text.size() > 4) return -1;
    for (const char c : text.substr(1)) {
        if (!is_digit(c)) return -1;
        number = number * 10 + (c - '0');
    }
    return text.size() > 1 && number < most_pieces ? number : -1;
}

/// Pieces without a gap from 0 on, decoded.
std::string joined(const Pieces& pieces) {
    std::string out, charset = "us-ascii";
    int next = 0;
    bool any_encoded = false;
    for (const auto& [number, piece] : pieces) {
        if (number != next++) break;
        std::string_view value = piece.value;
        if (piece.is_encoded && number == 0) { // charset'language'text
            const std::size_t first = value.find('\'');
            const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
            if (second != std::string_view::npos) {
                if (first > 0) charset = value.substr(0, first);
                value.remove_prefix(second + 1);
            }
        }
        out += piece.is_encoded ? percent_decoded(value) : std::string(value);
        any_encoded = any_encoded || piece.is_encoded;
    }
    if (!any_encoded) return out;
    return to_utf8(charset, out).value_or(out);
}

} // namespace

ParameterizedValue parse_parameterized(std::string_view field_body) {
    const std::string line = unfold(field_body);
    Reader reader(line);
    ParameterizedValue found;
    found.value = lower_text(reader.plain(";"));
    std::map<std::string, Pieces> in_pieces;
    while (reader.take(';')) {
        std::string name = lower_text(reader.plain("=;"));
        if (!reader.take('=')) continue;
        std::string value = reader.value();
        const bool is_encoded = name.size() > 1 && name.ends_with('*');
        if (is_encoded) name.pop_back();
        const std::size_t star = name.find('*');
        const int number = star == std::string::npos ? 0 : piece_number(std::string_view(name).substr(star));
        if (name.empty() || star == 0 || number < 0) continue;
        if (star == std::string::npos && !is_encoded) {
            const bool known = std::any_of(found.parameters.begin(), found.parameters.end(),
                                           [&](const auto& p) { return p.first == name; });
            if (!known) found.parameters.emplace_back(std::move(name), std::move(value));
            continue;
        }
        in_pieces[name.substr(0, star)].try_emplace(number, Piece{std::move(value), is_encoded});
    }
    // Where a value is given in both ways, the one of RFC 2231 is meant (RFC 6266 section 4.3 says so of file names).
    for (const auto& [name, pieces] : in_pieces) {
        const std::string& key = name;
        std::erase_if(found.parameters, [&](const auto& p) { return p.first == key; });
        found.parameters.emplace_back(name, joined(pieces));
    }
    return found;
}

std::vector<std::string> parameter_texts(std::string_view name, std::string_view utf8) {
    std::string value;
    for (const char c : valid_utf8(utf8))
        if (!is_control(c)) value += c;
    const std::string key(name);
    if (is_ascii(value) && value.size() <= longest_piece) {
        if (!value.empty() && std::all_of(value.begin(), value.end(), is_token_char)) return {key + '=' + value};
        std::string quoted = key + "=\"";
        for (const char c : value) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        return {quoted += '"'};
    }
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::vector<std::string> encoded{"utf-8''"};
    for (std::size_t i = 0; i < value.size();) {
        std::string character; // whole, as some readers decode each piece by itself
        do {
            const char c = value[i++];
            if (is_alnum(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
                character += c;
                continue;
            }
            const auto octet = static_cast<unsigned char>(c);
            character += {'%', hex[octet >> 4U], hex[octet & 15U]};
        } while (i < value.size() && (static_cast<unsigned char>(value[i]) & 0xc0U) == 0x80);
        if (encoded.back().size() + character.size() > longest_piece) encoded.emplace_back();
        encoded.back() += character;
    }
    if (encoded.size() == 1) return {key + "*=" + encoded.front()};
    for (std::size_t i = 0; i < encoded.size(); ++i)
        encoded[i] = key + '*' + std::to_string(i) + "*=" + encoded[i];
    return encoded;
}

} // namespace postopolis::mail
