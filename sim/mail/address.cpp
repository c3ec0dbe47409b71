// Writing, comparing and classifying addresses. See the header; the parsers are in path.cpp and
// address_list.cpp.
#include "postopolis/mail/address.hpp"

#include "mail/chars.hpp"

#include <algorithm>

namespace postopolis::mail {
namespace {

/// Dot-string of RFC 5321 section 4.1.2. Octets above 127 count as atext, as RFC 6531 has it, so that text
/// made from them at least keeps them.
bool is_dot_string(std::string_view local) {
    if (local.empty() || local.front() == '.' || local.back() == '.') return false;
    char before = 'a';
    for (const char c : local) {
        if (c == '.' ? before == '.' : !is_atext(c) && !is_high(c)) return false;
        before = c;
    }
    return true;
}

void append_printable(std::string& out, std::string_view text) {
    for (const char c : text)
        if (!is_control(c)) out += c;
}

std::size_t printable_size(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_control(c); }));
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && is_alnum(label.front()) && is_alnum(label.back()) &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

std::size_t fold_into(std::size_t hash, std::string_view text, bool fold_case) {
    for (const char c : text) { // FNV-1a
        hash ^= static_cast<unsigned char>(fold_case ? to_lower(c) : c);
        hash *= 1099511628211U;
    }
    return hash;
}

/// Groups of up to four hexadecimal digits parted by single colons; the count, or -1 if it is no such text.
/// An IPv4 address at the end counts as two groups.
int count_groups(std::string_view text) {
    if (text.empty()) return 0;
    int groups = 0;
    for (;;) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && is_ipv4_address(group)) return groups + 2;
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex)) return -1;
        ++groups;
        if (colon == std::string_view::npos) return groups;
        text.remove_prefix(colon + 1);
    }
}

} // namespace

bool Address::operator==(const Address& other) const {
    return same_domain(domain, other.domain) &&
           (local == other.local || (is_postmaster(local) && is_postmaster(other.local)));
}

std::string Address::text() const {
    std::string out;
    out.reserve(local.size() + domain.size() + 1);
    append_text(out, *this);
    return out;
}

void append_text(std::string& out, const Address& address) {
    if (is_dot_string(address.local)) {
        out += address.local;
    } else {
        out += '"';
        for (const char c : address.local) {
            if (is_control(c)) continue;
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    if (address.domain.empty()) return;
    out += '@';
    append_printable(out, address.domain);
}

std::size_t text_size(const Address& address) {
    std::size_t size = address.local.size();
    if (!is_dot_string(address.local)) {
        const auto escaped = std::count_if(address.local.begin(), address.local.end(),
                                           [](char c) { return c == '"' || c == '\\'; });
        size = printable_size(address.local) + static_cast<std::size_t>(escaped) + 2;
    }
    return address.domain.empty() ? size : size + 1 + printable_size(address.domain);
}

std::string path_text(const AddressPtr& address) {
    std::string out = "<";
    if (address) append_text(out, *address);
    return out += '>';
}

std::size_t AddressHash::operator()(const Address& address) const {
    const std::size_t hash = fold_into(14695981039346656037U, address.local, is_postmaster(address.local));
    return fold_into((hash ^ '@') * 1099511628211U, address.domain, true);
}

bool same_domain(std::string_view a, std::string_view b) {
    return same_text(a, b);
}
std::string to_lower_domain(std::string_view domain) {
    return lower_text(domain);
}
bool is_postmaster(std::string_view local) {
    return same_text(local, "postmaster");
}

bool is_domain_name(std::string_view text) {
    if (text.size() > 255) return false;
    for (;;) {
        const std::size_t dot = text.find('.');
        if (!is_label(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_ipv4_address(std::string_view text) {
    for (int part = 0;; ++part) {
        const std::string_view number = text.substr(0, text.find('.'));
        if (number.empty() || number.size() > 3 || !std::all_of(number.begin(), number.end(), is_digit))
            return false;
        int value = 0;
        for (const char c : number)
            value = value * 10 + (c - '0');
        if (value > 255) return false;
        if (number.size() == text.size()) return part == 3;
        if (part == 3) return false;
        text.remove_prefix(number.size() + 1);
    }
}

bool is_ipv6_address(std::string_view text) {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return count_groups(text) == 8;
    const std::string_view before = text.substr(0, gap);
    if (before.find('.') != std::string_view::npos) return false; // IPv4 stands at the end only.
    const int head = count_groups(before);
    const int tail = count_groups(text.substr(gap + 2));
    return head >= 0 && tail >= 0 && head + tail <= 6; // "::" stands for at least two groups (section 4.1.3).
}

bool is_address_literal(std::string_view text) {
    if (text.size() < 3 || text.size() > 255 || text.front() != '[' || text.back() != ']') return false;
    text = text.substr(1, text.size() - 2);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return is_ipv4_address(text);
    const std::string_view tag = text.substr(0, colon);
    const std::string_view content = text.substr(colon + 1);
    if (same_text(tag, "IPv6")) return is_ipv6_address(content);
    const auto is_dcontent = [](char c) { return c > ' ' && c < 0x7f && c != '[' && c != '\\' && c != ']'; };
    return is_label(tag) && !content.empty() && std::all_of(content.begin(), content.end(), is_dcontent);
}

} // namespace postopolis::mail
