// Laying out text for people: columns, wrapping, numbers, clock and calendar, colours.
//
// All widths are columns of a terminal with a fixed font: code points, of which East Asian wide ones take
// two.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "postopolis/kernel/time.hpp"

namespace postopolis::metrics::layout {

int display_width(std::string_view utf8);
/// At most `width` columns, cut with an ellipsis (or with '~', which ASCII can show in one column).
std::string fit(std::string_view utf8, int width, bool unicode = true);
std::string pad_right(std::string text, int width);
std::string pad_left(std::string text, int width);
/// Breaks at blanks into lines of at most `width` columns (a longer word stands alone), the first one opened
/// by `first`, the others by `rest`; each ended by '\n'.
std::string wrapped(std::string_view text, int width, std::string_view first, std::string_view rest);
/// Control characters, which could move a terminal's cursor, become spaces.
std::string printable(std::string_view text);
/// Typographic characters in their ASCII form; any other that is not ASCII becomes '?'.
std::string ascii_only(std::string_view utf8);

std::string count(std::uint64_t n); ///< "1,234,567"
/// "1 copy", "2 copies".
std::string count(std::uint64_t n, std::string_view one, std::string_view many);
std::string size_text(std::uint64_t octets);                              ///< "1.2 kB", decimal
std::string percent(double share);                                        ///< "0.3 %", "12 %"
bool contains_without_case(std::string_view text, std::string_view part); ///< ASCII case

/// Virtual time as a calendar in UTC shows it; `start` is virtual time 0 in Unix seconds.
class Calendar {
public:
    explicit Calendar(std::int64_t start) : start_(start) {}
    std::string date(kernel::Time t) const;           ///< "Monday 5 January 2026"
    std::string clock(kernel::Time t) const;          ///< "08:00:01.234"
    std::string date_and_clock(kernel::Time t) const; ///< "2026-01-05 08:00:01"
    std::int64_t day(kernel::Time t) const;           ///< equal for instants of one day

private:
    std::int64_t start_;
};

/// ANSI colours, or nothing.
struct Paint {
    bool on = false;
    std::string bold(std::string_view s) const { return wrap("1", s); }
    std::string dim(std::string_view s) const { return wrap("2", s); }
    std::string red(std::string_view s) const { return wrap("31", s); }
    std::string green(std::string_view s) const { return wrap("32", s); }
    std::string yellow(std::string_view s) const { return wrap("33", s); }
    std::string cyan(std::string_view s) const { return wrap("36", s); }

private:
    std::string wrap(std::string_view code, std::string_view s) const;
};

} // namespace postopolis::metrics::layout
