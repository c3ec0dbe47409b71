// IP addresses as text: dotted quads, and RFC 4291 section 2.2 read, RFC 5952 written.
#include <algorithm>
#include <charconv>

#include "postopolis/dns/record.hpp"

namespace postopolis::dns {
namespace {

std::optional<unsigned> number(std::string_view text, int base, unsigned largest) {
    unsigned value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || code != std::errc{} || end != text.data() + text.size() || value > largest)
        return std::nullopt;
    return value;
}

/// Reads "a:b:c" or "a:b:1.2.3.4" into groups; an empty text is no group. False if it is no such list.
bool read_groups(std::string_view text, std::vector<unsigned>& groups) {
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const std::string_view part = text.substr(0, colon);
        if (colon == std::string_view::npos && part.find('.') != std::string_view::npos) {
            const std::optional<Ipv4> quad = Ipv4::parse(part);
            if (!quad) return false;
            groups.push_back(quad->octets[0] * 256U + quad->octets[1]);
            groups.push_back(quad->octets[2] * 256U + quad->octets[3]);
            return true;
        }
        const std::optional<unsigned> group = part.size() <= 4 ? number(part, 16, 0xffff) : std::nullopt;
        if (!group) return false;
        groups.push_back(*group);
        if (colon == std::string_view::npos) return true;
        text.remove_prefix(colon + 1);
        if (text.empty()) return false; // ends with a single colon
    }
    return true;
}

/// The longest run of two or more zero groups, the first among equals (RFC 5952 section 4.2).
std::pair<std::size_t, std::size_t> longest_zero_run(const std::array<unsigned, 8>& groups) {
    std::size_t best = 0;
    std::size_t best_length = 1;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        std::size_t length = 0;
        while (i + length < groups.size() && groups[i + length] == 0)
            ++length;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
    }
    return {best, best_length > 1 ? best_length : 0};
}

} // namespace

std::optional<Ipv4> Ipv4::parse(std::string_view text) {
    Ipv4 address;
    for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t dot = text.find('.');
        if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
        const std::string_view part = text.substr(0, dot);
        const std::optional<unsigned> octet = number(part, 10, 255);
        if (!octet || (part.size() > 1 && part[0] == '0')) // a leading zero would mean octal to some
            return std::nullopt;
        address.octets[i] = static_cast<std::uint8_t>(*octet);
        text.remove_prefix(i == 3 ? text.size() : dot + 1);
    }
    return address;
}

std::string Ipv4::to_string() const {
    std::string text;
    for (std::size_t i = 0; i < 4; ++i)
        text += (i > 0 ? "." : "") + std::to_string(octets[i]);
    return text;
}

std::optional<Ipv6> Ipv6::parse(std::string_view text) {
    std::vector<unsigned> head;
    std::vector<unsigned> tail;
    const std::size_t gap = text.find("::");
    if (text.empty() || !read_groups(text.substr(0, gap), head)) return std::nullopt;
    if (gap == std::string_view::npos) {
        if (head.size() != 8) return std::nullopt;
    } else if (text.substr(0, gap).find('.') != std::string_view::npos ||
               !read_groups(text.substr(gap + 2), tail) || head.size() + tail.size() > 7) {
        return std::nullopt;
    }
    std::array<unsigned, 8> groups{};
    std::copy(head.begin(), head.end(), groups.begin());
    std::copy(tail.rbegin(), tail.rend(), groups.rbegin());
    Ipv6 address;
    for (std::size_t i = 0; i < 8; ++i) {
        address.octets[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
        address.octets[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
    }
    return address;
}

std::string Ipv6::to_string() const {
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i)
        groups[i] = octets[2 * i] * 256U + octets[2 * i + 1];
    const auto [zeros, length] = longest_zero_run(groups);
    std::string text;
    for (std::size_t i = 0; i < 8;) {
        if (length > 0 && i == zeros) {
            text += "::";
            i += length;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        std::array<char, 4> digits{};
        const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16);
        text.append(digits.data(), result.ptr);
        ++i;
    }
    return text;
}

} // namespace postopolis::dns
