// Virtual time: a 64-bit count of nanoseconds with types of its own.
//
// `Duration` is a span, `Time` an instant counted from the start of the run. There is no floating point
// time: the time ledger adds up to the nanosecond. Overflow (292 years) aborts in `checked` operations only;
// the scenario reader refuses spans beyond 100 years.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postopolis::kernel {

class Duration {
public:
    constexpr Duration() = default;
    static constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
    static constexpr Duration microseconds(std::int64_t n) { return Duration(n * 1'000); }
    static constexpr Duration milliseconds(std::int64_t n) { return Duration(n * 1'000'000); }
    static constexpr Duration seconds(std::int64_t n) { return Duration(n * 1'000'000'000); }
    static constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
    static constexpr Duration hours(std::int64_t n) { return seconds(n * 3600); }
    static constexpr Duration days(std::int64_t n) { return seconds(n * 86400); }
    /// Rounds to the nearest nanosecond; values beyond the range saturate, NaN gives zero.
    static constexpr Duration from_seconds(double s) {
        const double ns = s * 1e9;
        if (!(ns < 9.2e18 && ns > -9.2e18)) [[unlikely]]
            return ns != ns ? Duration() : Duration(ns > 0 ? INT64_MAX : INT64_MIN);
        // As std::round, which is a call into the library on machines of the basic x86-64 kind.
        const auto whole = static_cast<std::int64_t>(ns);
        const double rest = ns - static_cast<double>(whole);
        return Duration(whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0));
    }
    static constexpr Duration max() { return Duration(INT64_MAX); }

    constexpr std::int64_t count() const { return ns_; }
    constexpr double to_seconds() const { return static_cast<double>(ns_) / 1e9; }

    constexpr auto operator<=>(const Duration&) const = default;
    constexpr Duration operator-() const { return Duration(-ns_); }
    constexpr Duration& operator+=(Duration d) { ns_ += d.ns_; return *this; }
    constexpr Duration& operator-=(Duration d) { ns_ -= d.ns_; return *this; }
    friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ns_ + b.ns_); }
    friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ns_ - b.ns_); }
    friend constexpr Duration operator*(Duration a, std::int64_t k) { return Duration(a.ns_ * k); }
    friend constexpr Duration operator*(std::int64_t k, Duration a) { return Duration(a.ns_ * k); }
    friend constexpr Duration operator/(Duration a, std::int64_t k) { return Duration(a.ns_ / k); }
    friend constexpr std::int64_t operator/(Duration a, Duration b) { return a.ns_ / b.ns_; }
    friend constexpr Duration operator%(Duration a, Duration b) { return Duration(a.ns_ % b.ns_); }

private:
    explicit constexpr Duration(std::int64_t ns) : ns_(ns) {}
    std::int64_t ns_ = 0;
};

class Time {
public:
    constexpr Time() = default;
    static constexpr Time start() { return Time(); }
    static constexpr Time at(Duration since_start) { return Time(since_start); }
    static constexpr Time max() { return Time(Duration::max()); }

    constexpr Duration since_start() const { return t_; }
    constexpr auto operator<=>(const Time&) const = default;
    constexpr Time& operator+=(Duration d) { t_ += d; return *this; }
    friend constexpr Time operator+(Time t, Duration d) { return Time(t.t_ + d); }
    friend constexpr Time operator-(Time t, Duration d) { return Time(t.t_ - d); }
    friend constexpr Duration operator-(Time a, Time b) { return a.t_ - b.t_; }

private:
    explicit constexpr Time(Duration t) : t_(t) {}
    Duration t_;
};

/// Reads "250ms", "5m", "4h", "1.5d", "90s", "10us", "3ns", "2w"; several parts may follow one another,
/// largest first ("1h30m"). Nothing but the duration may stand in `text`. Exact to the nanosecond where the
/// decimal number is. Empty on bad syntax, a negative or an overflow.
std::optional<Duration> parse_duration(std::string_view text);

/// The exact inverse of `parse_duration`, in the largest units that divide: "1h30m", "250ms", "0s".
std::string exact_text(Duration d);

/// For people: three significant figures in a fitting unit ("1.24 s", "5 min 12 s", "3 d 4 h").
std::string human_text(Duration d);

} // namespace postopolis::kernel
