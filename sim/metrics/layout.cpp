// Text layout. See layout.hpp for the promises.
#include "metrics/layout.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

namespace postopolis::metrics::layout {
namespace {

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The octets of the character at `i`; broken UTF-8 counts octet by octet.
std::size_t character_length(std::string_view s, std::size_t i) {
    std::size_t n = 1;
    while (n < 4 && i + n < s.size() && continues(s[i + n]))
        ++n;
    return n;
}

int columns_of(std::string_view character) {
    if (character.size() < 3) return 1;
    unsigned code = 0;
    if (character.size() == 3)
        code = (static_cast<unsigned char>(character[0]) & 0x0FU) << 12U |
               (static_cast<unsigned char>(character[1]) & 0x3FU) << 6U |
               (static_cast<unsigned char>(character[2]) & 0x3FU);
    else
        return 2; // beyond the basic plane: emoji and rare ideographs
    const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
                      (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
                      (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60);
    return wide ? 2 : 1;
}

} // namespace

int display_width(std::string_view utf8) {
    int width = 0;
    for (std::size_t i = 0; i < utf8.size();) {
        const std::size_t n = character_length(utf8, i);
        width += columns_of(utf8.substr(i, n));
        i += n;
    }
    return width;
}

std::string fit(std::string_view utf8, int width, bool unicode) {
    if (display_width(utf8) <= width) return std::string(utf8);
    if (width <= 0) return {};
    int used = 0;
    std::size_t i = 0;
    while (i < utf8.size()) {
        const std::size_t n = character_length(utf8, i);
        const int columns = columns_of(utf8.substr(i, n));
        if (used + columns > width - 1) break;
        used += columns;
        i += n;
    }
    return std::string(utf8.substr(0, i)) + (unicode ? "…" : "~");
}

std::string pad_right(std::string text, int width) {
    const int missing = width - display_width(text);
    if (missing > 0) text.append(static_cast<std::size_t>(missing), ' ');
    return text;
}

std::string pad_left(std::string text, int width) {
    const int missing = width - display_width(text);
    if (missing > 0) text.insert(0, static_cast<std::size_t>(missing), ' ');
    return text;
}

std::string wrapped(std::string_view text, int width, std::string_view first, std::string_view rest) {
    std::string out;
    std::string line(first);
    int used = display_width(first);
    bool empty = true;
    std::size_t i = 0;
    while (i < text.size()) {
        const std::size_t end = std::min(text.find(' ', i), text.size());
        const std::string_view word = text.substr(i, end - i);
        i = end + 1;
        if (word.empty()) continue;
        const int columns = display_width(word);
        if (!empty && used + 1 + columns > width) {
            out += line;
            out += '\n';
            line = rest;
            used = display_width(rest);
            empty = true;
        }
        if (!empty) {
            line += ' ';
            ++used;
        }
        line += word;
        used += columns;
        empty = false;
    }
    out += line;
    out += '\n';
    return out;
}

std::string printable(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
    return out;
}

std::string ascii_only(std::string_view utf8) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kForms{{{"“", "\""},
                                                                                           {"”", "\""},
                                                                                           {"’", "'"},
                                                                                           {"‘", "'"},
                                                                                           {"–", "-"},
                                                                                           {"—", "-"},
                                                                                           {"…", "..."},
                                                                                           {"·", "|"},
                                                                                           {"→", "->"},
                                                                                           {"✓", "OK"},
                                                                                           {"✗", "XX"},
                                                                                           {"│", "|"},
                                                                                           {"┌", "+"},
                                                                                           {"└", "+"},
                                                                                           {"≈", "~"},
                                                                                           {"×", "x"}}};
    std::string out;
    for (std::size_t i = 0; i < utf8.size();) {
        const std::size_t n = character_length(utf8, i);
        const std::string_view c = utf8.substr(i, n);
        i += n;
        if (n == 1) {
            out += static_cast<unsigned char>(c[0]) < 128 ? c[0] : '?';
            continue;
        }
        const auto form =
            std::find_if(kForms.begin(), kForms.end(), [&](const auto& f) { return f.first == c; });
        out += form == kForms.end() ? std::string_view("?") : form->second;
    }
    return out;
}

std::string count(std::uint64_t n) {
    std::string digits = std::to_string(n);
    for (std::size_t i = digits.size(); i > 3; i -= 3)
        digits.insert(i - 3, 1, ',');
    return digits;
}

std::string count(std::uint64_t n, std::string_view one, std::string_view many) {
    std::string out = count(n);
    out += ' ';
    out += n == 1 ? one : many;
    return out;
}

std::string size_text(std::uint64_t octets) {
    static constexpr std::array<const char*, 4> kUnits{"kB", "MB", "GB", "TB"};
    if (octets < 1000) return count(octets, "octet", "octets");
    double value = static_cast<double>(octets) / 1000;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    std::array<char, 48> buffer{};
    std::snprintf(buffer.data(), buffer.size(), value >= 9.95 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
    return buffer.data();
}

std::string percent(double share) {
    std::array<char, 48> buffer{};
    const double p = share * 100;
    if (p > 0 && p < 0.1) return "<0.1 %";
    const bool whole = p == 0 || p >= 99.95 || (p >= 9.95 && p < 99);
    std::snprintf(buffer.data(), buffer.size(), whole ? "%.0f %%" : "%.1f %%", p);
    return buffer.data();
}

bool contains_without_case(std::string_view text, std::string_view part) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [&](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

namespace {

struct Moment {
    std::chrono::year_month_day date;
    unsigned weekday;
    std::int64_t second_of_day;
    std::int64_t milliseconds;
};

Moment moment(std::int64_t start, kernel::Time t) {
    const std::int64_t ns = t.since_start().count();
    const std::int64_t seconds = start + ns / 1'000'000'000; // virtual time is never negative
    const std::int64_t day = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400;
    const std::chrono::sys_days days{std::chrono::days(day)};
    return {std::chrono::year_month_day(days), std::chrono::weekday(days).c_encoding(), seconds - day * 86400,
            ns % 1'000'000'000 / 1'000'000};
}

std::string two_digits(std::int64_t n) {
    return (n < 10 ? "0" : "") + std::to_string(n);
}

std::string seconds_text(const Moment& m) {
    return two_digits(m.second_of_day / 3600) + ":" + two_digits(m.second_of_day / 60 % 60) + ":" +
           two_digits(m.second_of_day % 60);
}

} // namespace

std::string Calendar::date(kernel::Time t) const {
    static constexpr std::array<const char*, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};
    static constexpr std::array<const char*, 12> kMonths{"January",   "February", "March",    "April",
                                                         "May",       "June",     "July",     "August",
                                                         "September", "October",  "November", "December"};
    const Moment m = moment(start_, t);
    return std::string(kDays[m.weekday]) + " " + std::to_string(static_cast<unsigned>(m.date.day())) + " " +
           kMonths[static_cast<unsigned>(m.date.month()) - 1] + " " +
           std::to_string(static_cast<int>(m.date.year()));
}

std::string Calendar::clock(kernel::Time t) const {
    const Moment m = moment(start_, t);
    std::string thousandths = std::to_string(m.milliseconds);
    thousandths.insert(0, 3 - thousandths.size(), '0');
    return seconds_text(m) + "." + thousandths;
}

std::string Calendar::date_and_clock(kernel::Time t) const {
    const Moment m = moment(start_, t);
    return std::to_string(static_cast<int>(m.date.year())) + "-" +
           two_digits(static_cast<unsigned>(m.date.month())) + "-" +
           two_digits(static_cast<unsigned>(m.date.day())) + " " + seconds_text(m);
}

std::int64_t Calendar::day(kernel::Time t) const {
    const std::int64_t seconds = start_ + t.since_start().count() / 1'000'000'000;
    return seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400;
}

std::string Paint::wrap(std::string_view code, std::string_view s) const {
    if (!on) return std::string(s);
    return "\x1b[" + std::string(code) + "m" + std::string(s) + "\x1b[0m";
}

} // namespace postopolis::metrics::layout
