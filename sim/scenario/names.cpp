// The syntax of host names, mail addresses and IP addresses.
#include <algorithm>
#include <array>

#include "scenario/units.hpp"

namespace postopolis::scenario {

std::optional<std::string> host_name_problem(std::string_view name) {
    if (name.empty()) return "a name is empty";
    if (name.size() > 253) return "a name has at most 253 characters (RFC 1035 section 2.3.4)";
    std::size_t start = 0;
    while (start <= name.size()) {
        std::size_t dot = std::min(name.find('.', start), name.size());
        std::string_view label = name.substr(start, dot - start);
        if (label.empty()) return "two dots in a row, or a dot at an end";
        if (label.size() > 63)
            return "a label between dots has at most 63 characters (RFC 1035 section 2.3.4)";
        if (label.front() == '-' || label.back() == '-') return "a label begins or ends with a hyphen";
        for (char c : label) {
            bool good =
                (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
            if (!good)
                return std::string(c == ' '                              ? "a space"
                                   : static_cast<unsigned char>(c) > 126 ? "a character beyond ASCII"
                                                                         : "the character ") +
                       (c > ' ' && c < 127 ? std::string(1, c) : std::string()) +
                       " is not allowed; letters, digits, hyphens and dots are (RFC 1123 section 2.1)" +
                       (c == '{' ? "; many of a kind are made by /generate" : "");
        }
        start = dot + 1;
    }
    return std::nullopt;
}

std::optional<std::string> local_part_problem(std::string_view local) {
    if (local.empty()) return "nothing stands before the @";
    if (local.size() > 64)
        return "the part before the @ has at most 64 characters (RFC 5321 section 4.5.3.1.1)";
    if (local.size() >= 2 && local.front() == '"' && local.back() == '"') {
        for (std::size_t i = 1; i + 1 < local.size(); ++i) {
            if (local[i] == '\\' && i + 2 < local.size())
                ++i;
            else if (local[i] == '"' || local[i] < ' ' || local[i] > '~')
                return "a quoted name holds a character that it may not (RFC 5321 section 4.1.2)";
        }
        return std::nullopt;
    }
    if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
        return "a name doesn't begin or end with a dot, nor has two in a row (RFC 5321 section 4.1.2)";
    for (char c : local) {
        bool good = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
                    std::string_view(".!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
        if (!good)
            return c == ' ' ? "a space is not allowed"
                            : std::string("a character that is not allowed (RFC 5321 section 4.1.2)");
    }
    return std::nullopt;
}

std::optional<std::string> address_problem(std::string_view address) {
    std::size_t at = address.rfind('@');
    if (at == std::string_view::npos) return "an address has an @, such as alice@company.example";
    if (auto problem = local_part_problem(address.substr(0, at))) return problem;
    return host_name_problem(address.substr(at + 1));
}

namespace {

std::optional<std::array<unsigned, 4>> parse_v4(std::string_view text) {
    std::array<unsigned, 4> bytes{};
    std::size_t i = 0;
    for (std::size_t part = 0; part < 4; ++part) {
        if (part > 0 && (i >= text.size() || text[i++] != '.')) return std::nullopt;
        std::size_t start = i;
        for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && i - start < 4; ++i)
            bytes[part] = bytes[part] * 10 + static_cast<unsigned>(text[i] - '0');
        if (i == start || bytes[part] > 255 || (i - start > 1 && text[start] == '0')) return std::nullopt;
    }
    if (i != text.size()) return std::nullopt;
    return bytes;
}

std::optional<std::array<unsigned, 8>> parse_v6(std::string_view text) {
    std::array<unsigned, 8> groups{};
    std::size_t count = 0, gap = 9, i = 0;
    if (text.starts_with("::")) {
        gap = 0;
        i = 2;
    }
    while (i < text.size()) {
        if (count == 8) return std::nullopt;
        unsigned group = 0;
        std::size_t start = i;
        for (; i < text.size() && text[i] != ':'; ++i) {
            char c = lower(text[i]);
            bool digit = c >= '0' && c <= '9';
            if ((!digit && !(c >= 'a' && c <= 'f')) || i - start == 4) return std::nullopt;
            group = group * 16 + static_cast<unsigned>(digit ? c - '0' : c - 'a' + 10);
        }
        if (i == start) return std::nullopt;
        groups[count++] = group;
        if (i == text.size()) break;
        ++i;
        if (i < text.size() && text[i] == ':') {
            if (gap != 9) return std::nullopt;
            gap = count;
            ++i;
        } else if (i == text.size()) {
            return std::nullopt;
        }
    }
    if (gap == 9) return count == 8 ? std::optional(groups) : std::nullopt;
    if (count > 7) return std::nullopt;
    std::array<unsigned, 8> full{};
    for (std::size_t k = 0; k < gap; ++k)
        full[k] = groups[k];
    for (std::size_t k = gap; k < count; ++k)
        full[8 - count + k] = groups[k];
    return full;
}

/// RFC 5952 section 4: lower case, no leading zeros, the longest run of two or more zeros as "::", the first
/// of equals.
std::string v6_text(const std::array<unsigned, 8>& groups) {
    std::size_t best = 0, length = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t n = 0;
        while (i + n < 8 && groups[i + n] == 0)
            ++n;
        if (n > length) {
            best = i;
            length = n;
        }
    }
    std::string result;
    for (std::size_t i = 0; i < 8; ++i) {
        if (length >= 2 && i == best) {
            result += "::";
            i += length - 1;
            continue;
        }
        if (!result.empty() && result.back() != ':') result += ':';
        bool leading = true;
        for (unsigned shift = 16; shift > 0; shift -= 4) {
            unsigned digit = groups[i] >> (shift - 4) & 15U;
            if (digit == 0 && leading && shift > 4) continue;
            leading = false;
            result += "0123456789abcdef"[digit];
        }
    }
    return result;
}

} // namespace

std::optional<std::string> canonical_ip(std::string_view text) {
    if (parse_v4(text)) return std::string(text);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
    if (auto groups = parse_v6(text)) return v6_text(*groups);
    return std::nullopt;
}

bool is_network(std::string_view text) {
    std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || !canonical_ip(text.substr(0, slash))) return false;
    auto length = parse_number(text.substr(slash + 1));
    double most = text.find(':') == std::string_view::npos ? 32 : 128;
    return length && *length >= 0 && *length <= most &&
           *length == static_cast<double>(static_cast<int>(*length));
}

} // namespace postopolis::scenario
