// ASCII case folding for domains (RFC 5321 section 2.4: domains are compared without regard to case).
#pragma once

#include <string>
#include <string_view>

namespace postopolis::policy {

inline std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

} // namespace postopolis::policy
