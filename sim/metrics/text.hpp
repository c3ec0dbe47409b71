// How the exporters write numbers, instants and foreign text: in integers and always the same way.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "postopolis/kernel/time.hpp"

namespace postopolis::metrics {

template<class Integer>
void append_integer(std::string& out, Integer value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

/// Seconds with nine decimals, exactly: "-0.000000001".
void append_seconds(std::string& out, kernel::Duration d);

/// `text` as it is if it is UTF-8, else `scratch` with U+FFFD for every octet that is not part of it. NUL is
/// replaced too, as many readers stop there.
std::string_view utf8(std::string_view text, std::string& scratch);

/// A JSON string with its quotes. Octets that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// "2026-01-05T08:00:00Z"
std::string calendar_text(std::int64_t unix_seconds);

} // namespace postopolis::metrics
