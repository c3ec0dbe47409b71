#include "scenario/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace postopolis::scenario {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = lower(c);
    return result;
}

bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::string number_text(double value) {
    std::array<char, 40> buffer;
    char* end = nullptr;
    // Plain decimals where they are short: to_chars alone would write 1e+05.
    if (std::abs(value) < 1e15 && (value == 0 || std::abs(value) >= 1e-6))
        end =
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
    else
        end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return std::string(buffer.data(), end);
}

namespace {

struct Unit {
    std::string_view name;
    double factor;
};

/// Splits "10 MB" into a number that isn't negative and the unit after it.
std::optional<std::pair<double, std::string_view>> split(std::string_view text) {
    text = trimmed(text);
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
    return std::pair{value, trimmed(text.substr(static_cast<std::size_t>(end - text.data())))};
}

template<std::size_t N>
std::optional<double> factor(std::string_view unit, const std::array<Unit, N>& units) {
    for (const Unit& u : units)
        if (u.name == unit) return u.factor;
    return std::nullopt;
}

constexpr std::array<Unit, 16> size_units{{{"GB", 1e9},
                                           {"GiB", 1073741824.0},
                                           {"MB", 1e6},
                                           {"MiB", 1048576.0},
                                           {"kB", 1e3},
                                           {"KB", 1e3},
                                           {"KiB", 1024.0},
                                           {"kiB", 1024.0},
                                           {"TB", 1e12},
                                           {"TiB", 1099511627776.0},
                                           {"B", 1},
                                           {"bytes", 1},
                                           {"byte", 1},
                                           {"G", 1e9},
                                           {"M", 1e6},
                                           {"k", 1e3}}};

constexpr std::array<Unit, 16> rate_units{{{"s", 1},
                                           {"min", 60},
                                           {"h", 3600},
                                           {"day", 86400},
                                           {"week", 604800},
                                           {"sec", 1},
                                           {"second", 1},
                                           {"m", 60},
                                           {"minute", 60},
                                           {"hour", 3600},
                                           {"d", 86400},
                                           {"w", 604800},
                                           {"month", 2592000},
                                           {"year", 31536000},
                                           {"ms", 1e-3},
                                           {"hr", 3600}}};

constexpr std::array<Unit, 16> bandwidth_units{{{"Gbit/s", 1e9},
                                                {"Mbit/s", 1e6},
                                                {"kbit/s", 1e3},
                                                {"bit/s", 1},
                                                {"Gbps", 1e9},
                                                {"Mbps", 1e6},
                                                {"kbps", 1e3},
                                                {"bps", 1},
                                                {"Gb/s", 1e9},
                                                {"Mb/s", 1e6},
                                                {"kb/s", 1e3},
                                                {"b/s", 1},
                                                {"MB/s", 8e6},
                                                {"kB/s", 8e3},
                                                {"GB/s", 8e9},
                                                {"Kbit/s", 1e3}}};

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    auto parts = split(text);
    if (!parts) return std::nullopt;
    auto unit = factor(parts->second, size_units);
    if (!unit) return std::nullopt;
    double bytes = std::round(parts->first * *unit);
    if (bytes > 9007199254740992.0) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<std::pair<std::uint64_t, const char*>, 6> units{{{1'000'000'000, "GB"},
                                                                          {1U << 30U, "GiB"},
                                                                          {1'000'000, "MB"},
                                                                          {1U << 20U, "MiB"},
                                                                          {1000, "kB"},
                                                                          {1024, "KiB"}}};
    for (auto [factor, name] : units)
        if (bytes >= factor && bytes % factor == 0) return std::to_string(bytes / factor) + name;
    return std::to_string(bytes) + "B";
}

std::optional<double> parse_rate(std::string_view text) {
    auto parts = split(text);
    if (!parts) return std::nullopt;
    std::string_view unit = parts->second;
    if (unit.starts_with('/'))
        unit = trimmed(unit.substr(1));
    else if (unit.starts_with("per "))
        unit = trimmed(unit.substr(4));
    else
        return std::nullopt;
    auto seconds = factor(unit, rate_units);
    if (!seconds) return std::nullopt;
    return parts->first / *seconds;
}

std::string rate_text(double per_second) {
    std::string best = number_text(per_second) + "/s";
    for (std::size_t i = 1; i < 5; ++i) {
        std::string candidate =
            number_text(per_second * rate_units[i].factor) + "/" + std::string(rate_units[i].name);
        if (candidate.size() < best.size() && parse_rate(candidate) == per_second) best = candidate;
    }
    return best;
}

std::optional<double> parse_bandwidth(std::string_view text) {
    auto parts = split(text);
    if (!parts) return std::nullopt;
    auto unit = factor(parts->second, bandwidth_units);
    if (!unit) return std::nullopt;
    return parts->first * *unit;
}

std::string bandwidth_text(double bits_per_second) {
    std::string best = number_text(bits_per_second) + "bit/s";
    for (std::size_t i = 0; i < 3; ++i) {
        if (bits_per_second < bandwidth_units[i].factor) continue;
        std::string candidate =
            number_text(bits_per_second / bandwidth_units[i].factor) + std::string(bandwidth_units[i].name);
        if (candidate.size() < best.size() && parse_bandwidth(candidate) == bits_per_second) best = candidate;
    }
    return best;
}

std::optional<double> parse_probability(std::string_view text) {
    text = trimmed(text);
    if (!text.ends_with('%')) return parse_number(text);
    auto percent = parse_number(trimmed(text.substr(0, text.size() - 1)));
    if (!percent) return std::nullopt;
    return *percent / 100;
}

namespace {

// Howard Hinnant's days_from_civil and its inverse (chrono-compatible low-level date algorithms).
std::int64_t days_from_civil(std::int64_t y, std::int64_t m, std::int64_t d) {
    y -= m <= 2 ? 1 : 0;
    std::int64_t era = y / 400, yoe = y - era * 400;
    std::int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

std::string padded(std::int64_t n, std::size_t width) {
    std::string text = std::to_string(n);
    return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
}

} // namespace

std::optional<std::int64_t> parse_instant(std::string_view text) {
    // Positions of digits in "2026-01-05T08:00:00"; what may be left off is left off from the end.
    if (text.ends_with('Z')) text.remove_suffix(1);
    if (text.size() != 10 && text.size() != 16 && text.size() != 19) return std::nullopt;
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        bool fits = form[i] == 'd' ? digit : text[i] == form[i] || (form[i] == 'T' && text[i] == ' ');
        if (!fits) return std::nullopt;
    }
    auto part = [&](std::size_t from, std::size_t count) {
        std::int64_t n = 0;
        for (std::size_t i = from; i < from + count && i < text.size(); ++i)
            n = n * 10 + (text[i] - '0');
        return n;
    };
    std::int64_t y = part(0, 4), m = part(5, 2), d = part(8, 2), h = part(11, 2), min = part(14, 2),
                 s = part(17, 2);
    if (y < 1970 || y > 2200 || m < 1 || m > 12 || d < 1 || h > 23 || min > 59 || s > 59) return std::nullopt;
    std::int64_t next = m == 12 ? days_from_civil(y + 1, 1, 1) : days_from_civil(y, m + 1, 1);
    if (d > next - days_from_civil(y, m, 1)) return std::nullopt;
    return days_from_civil(y, m, d) * 86400 + h * 3600 + min * 60 + s;
}

std::string instant_text(std::int64_t unix_seconds) {
    std::int64_t z = unix_seconds / 86400 + 719468, rest = unix_seconds % 86400;
    std::int64_t era = z / 146097, doe = z - era * 146097;
    std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    std::int64_t mp = (5 * doy + 2) / 153, d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
    std::int64_t y = yoe + era * 400 + (m <= 2 ? 1 : 0);
    return padded(y, 4) + "-" + padded(m, 2) + "-" + padded(d, 2) + "T" + padded(rest / 3600, 2) + ":" +
           padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2) + "Z";
}

} // namespace postopolis::scenario
