// Numbers with units as a scenario writes them, read and written; and the syntax of names.
//
// Every reader gives nothing on bad syntax, and every writer gives text that its reader takes back exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "postopolis/kernel/time.hpp"

namespace postopolis::scenario {

inline char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
std::string lower(std::string_view text);
bool same_name(std::string_view a, std::string_view b); ///< without regard to ASCII case
std::string_view trimmed(std::string_view text);

/// A whole text as a number, in decimal notation without sign or with a minus.
std::optional<double> parse_number(std::string_view text);
/// The shortest text that reads back as the same number.
std::string number_text(double value);

/// Bytes: "10MB" (10^6), "10MiB" (2^20), "512B", "1.5kB". Up to 2^53.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::string size_text(std::uint64_t bytes);

/// Per second: "3/min", "0.5/s", "100/day", "2 per hour".
std::optional<double> parse_rate(std::string_view text);
std::string rate_text(double per_second);

/// Bit per second: "100Mbit/s", "2.4kbps", "1Gb/s", "56kbit/s".
std::optional<double> parse_bandwidth(std::string_view text);
std::string bandwidth_text(double bits_per_second);

/// "5%" or "0.05"; any number, the range is the caller's to check.
std::optional<double> parse_probability(std::string_view text);

/// ISO 8601, UTC: "2026-01-05", "2026-01-05T08:00", "2026-01-05T08:00:00Z". Unix seconds; years 1970..2200.
std::optional<std::int64_t> parse_instant(std::string_view text);
std::string instant_text(std::int64_t unix_seconds);

/// A DNS host name (RFC 1123 section 2.1), at least one label, at most 253 characters. What is wrong with it,
/// or nothing.
std::optional<std::string> host_name_problem(std::string_view name);
/// A mail address with a dot-string or quoted local part (RFC 5321 4.1.2) of at most 64 bytes (4.5.3.1.1).
std::optional<std::string> address_problem(std::string_view address);
std::optional<std::string> local_part_problem(std::string_view local_part);

/// IPv4 (dotted decimal) or IPv6 (RFC 4291 2.2) in its canonical form (RFC 5952); nothing if it is neither.
std::optional<std::string> canonical_ip(std::string_view text);
/// "192.0.2.0/24" and the like.
bool is_network(std::string_view text);

} // namespace postopolis::scenario
