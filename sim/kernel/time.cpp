// Reading and writing durations. See time.hpp for the promises.
#include "postopolis/kernel/time.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace postopolis::kernel {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};

// Largest first: printing takes the first that fits, parsing demands descending order.
constexpr std::array<Unit, 8> kUnits{{{"w", 604'800'000'000'000},
                                      {"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};

__extension__ using Int128 = __int128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whole and fraction of a decimal number times `unit`, in integers so that "0.1s" is exact.
std::optional<std::int64_t> scaled(std::string_view number, std::int64_t unit) {
    std::int64_t whole = 0;
    std::size_t i = 0;
    for (; i < number.size() && is_digit(number[i]); ++i) {
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, number[i] - '0', &whole))
            return std::nullopt;
    }
    std::int64_t total = 0;
    if (__builtin_mul_overflow(whole, unit, &total)) return std::nullopt;
    if (i == number.size()) return total;
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;
    for (++i; i < number.size() && denominator < 1'000'000'000'000'000'000; ++i) {
        numerator = numerator * 10 + (number[i] - '0');
        denominator *= 10;
    }
    auto fraction = (static_cast<Int128>(numerator) * unit + denominator / 2) / denominator;
    if (__builtin_add_overflow(total, static_cast<std::int64_t>(fraction), &total)) return std::nullopt;
    return total;
}

} // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    std::int64_t total = 0;
    std::int64_t last_unit = INT64_MAX;
    std::size_t i = 0;
    if (text.empty()) return std::nullopt;
    while (i < text.size()) {
        std::size_t start = i;
        while (i < text.size() && is_digit(text[i])) ++i;
        if (i == start) return std::nullopt;
        if (i < text.size() && text[i] == '.') {
            std::size_t dot = i++;
            while (i < text.size() && is_digit(text[i])) ++i;
            if (i == dot + 1) return std::nullopt;
        }
        std::string_view number = text.substr(start, i - start);
        while (i < text.size() && text[i] == ' ') ++i;
        std::size_t unit_start = i;
        while (i < text.size() && text[i] >= 'a' && text[i] <= 'z') ++i;
        std::string_view name = text.substr(unit_start, i - unit_start);
        if (name == "min") name = "m";
        const Unit* unit = nullptr;
        for (const Unit& u : kUnits)
            if (u.name == name) unit = &u;
        if (unit == nullptr || unit->nanoseconds >= last_unit) return std::nullopt;
        last_unit = unit->nanoseconds;
        std::optional<std::int64_t> part = scaled(number, unit->nanoseconds);
        if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
        while (i < text.size() && text[i] == ' ') ++i;
    }
    return Duration::nanoseconds(total);
}

std::string exact_text(Duration d) {
    if (d.count() == 0) return "0s";
    std::string out;
    std::int64_t left = d.count();
    if (left < 0) out += '-';
    // Weeks are read but not written: "14d" says more than "2w" in a table of days.
    std::uint64_t magnitude = left < 0 ? 0 - static_cast<std::uint64_t>(left) : static_cast<std::uint64_t>(left);
    for (const Unit& u : kUnits) {
        if (u.name == "w") continue;
        std::uint64_t n = magnitude / static_cast<std::uint64_t>(u.nanoseconds);
        if (n == 0) continue;
        out += std::to_string(n);
        out += u.name;
        magnitude %= static_cast<std::uint64_t>(u.nanoseconds);
    }
    return out;
}

std::string human_text(Duration d) {
    double s = d.to_seconds();
    std::string sign = s < 0 ? "-" : "";
    s = std::fabs(s);
    std::array<char, 64> buffer{};
    auto print = [&](double value, const char* unit) {
        int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        std::snprintf(buffer.data(), buffer.size(), "%.*f %s", decimals, value, unit);
        return sign + buffer.data();
    };
    auto two = [&](std::int64_t big, const char* big_unit, std::int64_t small, const char* small_unit) {
        if (small == 0) return sign + std::to_string(big) + " " + big_unit;
        return sign + std::to_string(big) + " " + big_unit + " " + std::to_string(small) + " " + small_unit;
    };
    if (s == 0) return "0 s";
    if (s < 1e-6) return print(s * 1e9, "ns");
    if (s < 0.9995e-3) return print(s * 1e6, "us");
    if (s < 0.9995) return print(s * 1e3, "ms");
    if (s < 99.95) return print(s, "s");
    auto rounded = static_cast<std::int64_t>(std::llround(s));
    if (rounded < 3600) return two(rounded / 60, "min", rounded % 60, "s");
    std::int64_t minutes = (rounded + 30) / 60;
    if (minutes < 24 * 60) return two(minutes / 60, "h", minutes % 60, "min");
    std::int64_t hours = (minutes + 30) / 60;
    return two(hours / 24, "d", hours % 24, "h");
}

} // namespace postopolis::kernel
