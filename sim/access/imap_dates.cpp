// Dates as IMAP writes them (RFC 9051 section 9: date-time, date), by way of those of RFC 5322.
#include <algorithm>

#include "postopolis/access/imap_fetch.hpp"

namespace postopolis::access {
namespace {

/// "17-Jul-1996" and what may follow it, as RFC 5322 has it; empty if that is not where the hyphens are.
std::string with_blanks(std::string_view text) {
    std::string out(text);
    const auto first = out.find('-');
    if (first == std::string::npos || first == 0 || first > 2 || out.size() < first + 9 ||
        out[first + 4] != '-')
        return {};
    out[first] = out[first + 4] = ' ';
    for (std::size_t i = first + 5; i < first + 9; ++i) // four digits: no years of old
        if (out[i] < '0' || out[i] > '9') return {};
    return out;
}

} // namespace

std::string imap_date_time(mail::Date date) {
    // "Mon, 05 Jan 2026 08:00:00 +0000"
    std::string text = mail::rfc5322_text(date).substr(5);
    text[2] = text[6] = '-';
    return text;
}

std::optional<mail::Date> parse_imap_date_time(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    const std::string blanks = with_blanks(text);
    if (blanks.empty()) return std::nullopt;
    return mail::parse_date(blanks);
}

std::int64_t imap_day(mail::Date date) {
    constexpr std::int64_t minute = 60'000'000'000;
    constexpr std::int64_t day = 1440 * minute;
    const std::int64_t local = date.unix_nanoseconds + date.offset_minutes * minute;
    return local >= 0 ? local / day : -((-local + day - 1) / day);
}

std::optional<std::int64_t> parse_imap_day(std::string_view text) {
    if (text.size() < 10 || text.size() > 11) return std::nullopt;
    const auto date = mail::parse_date(with_blanks(text) + " 00:00:00 +0000");
    if (!date) return std::nullopt;
    return imap_day(*date);
}

} // namespace postopolis::access
