// Calendar times as mail writes them: RFC 5322 section 3.3 dates and the asctime form of mbox files.
// The nearest this module comes to a clock: the caller says what time it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postopolis::mail {

/// An instant with the offset of the zone in which it was written. Header fields carry whole seconds, so
/// writing cuts the nanoseconds (towards the past).
struct Date {
    std::int64_t unix_nanoseconds = 0;
    int offset_minutes = 0; ///< East of UTC; written as at most +/-99:59, as four digits can hold.
    bool operator==(const Date&) const = default;
};

/// "Mon, 05 Jan 2026 08:00:00 +0000": always rfc5322_date_size octets.
std::string rfc5322_text(Date date);
inline constexpr std::size_t rfc5322_date_size = 31;
void append_rfc5322_text(std::string& out, Date date);

/// "Mon Jan  5 08:00:00 2026" in UTC, as the From_ line of an mbox file has it (RFC 4155).
std::string asctime_text(Date date);

/// Reads an RFC 5322 date-time with comments and the obsolete forms of section 4.3 (two-digit years, named
/// zones, missing seconds). Nothing if the text is no date, or one that 64-bit nanoseconds cannot hold.
std::optional<Date> parse_date(std::string_view text);

} // namespace postopolis::mail
