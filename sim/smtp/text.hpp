// Small things about ASCII that command and reply parsing share.
#pragma once

#include <string_view>

namespace postopolis::smtp {

constexpr char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

constexpr bool same_keyword(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (to_upper(a[i]) != to_upper(b[i])) return false;
    }
    return true;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_alphanumeric(char c) {
    return is_digit(c) || (to_upper(c) >= 'A' && to_upper(c) <= 'Z');
}
constexpr bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

// Takes the first word off the text, and the one blank after it.
constexpr std::string_view take_word(std::string_view& text) {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

} // namespace postopolis::smtp
