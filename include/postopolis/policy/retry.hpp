// When a queued message is tried again, and when its sender hears of it.
//
// Promises: pure functions of the message's age and history; all instants are ages (time since the message
// arrived). An attempt that fails at an age of at least the lifetime is the last one, as in Postfix
// (qmgr_active.c), Exim (retry.c) and qmail (qmail-send.c). Fails: presets and Exim rules that do not exist
// give nothing and say why. Not modelled: retry data kept per host rather than per message.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace postopolis::policy {

using Nanoseconds = std::chrono::nanoseconds;

/// Waits once more as long as the message is old, within limits (Postfix: minimal_backoff_time,
/// maximal_backoff_time). Counts whole seconds, and a queue scan takes what is due within the next second.
struct AgeBackoff {
    Nanoseconds minimum{std::chrono::seconds(300)};
    Nanoseconds maximum{std::chrono::seconds(4000)};
};
struct FixedInterval {
    Nanoseconds interval{};
};
/// Attempts at these ages (ascending), then every `then_every` (zero: given up after the list).
struct AgeList {
    std::vector<Nanoseconds> ages;
    Nanoseconds then_every{};
};
/// Gaps of initial, initial*factor, ... up to `maximum`; each then varied by up to +-jitter (0..1) of itself.
struct ExponentialBackoff {
    Nanoseconds initial{};
    double factor = 2.0;
    Nanoseconds maximum{};
    double jitter = 0.0;
};
/// Attempt k (from 0) at coefficient * k^2 (qmail-send.c: 20^2 = 400 s for remote, 10^2 = 100 s for local).
struct QuadraticBackoff {
    Nanoseconds coefficient{std::chrono::seconds(400)};
};
/// Exim's retry rule: the first segment with age < until decides.
struct EximSegment {
    char kind = 'F';                        // F: fixed, G: geometric
    Nanoseconds until{};                    // since the first failure; here the age
    Nanoseconds interval{};                 // F: the gap, G: the smallest gap
    std::int64_t factor_thousandths = 1000; // G: multiplies the gap before
    bool operator==(const EximSegment&) const = default;
};
struct EximRule {
    std::vector<EximSegment> segments;
};
/// Courier: groups of `group` attempts `within` apart; between groups between*2^n, n growing up to
/// max_doublings (courier(8): retryalpha, retrybeta, retrygamma, retrymaxdelta).
struct GroupedBackoff {
    Nanoseconds within{};
    int group = 3;
    Nanoseconds between{};
    int max_doublings = 3;
};

using Backoff = std::variant<AgeBackoff, FixedInterval, AgeList, ExponentialBackoff, QuadraticBackoff,
                             EximRule, GroupedBackoff>;

/// What is known when an attempt has failed.
struct FailedAttempt {
    Nanoseconds age{};          // now
    int attempts_made = 1;      // this one included
    Nanoseconds previous_gap{}; // between the last two attempts; zero after the first
    Nanoseconds scan_phase{};   // the age of any one queue scan: the grid is scan_phase + n * scan_interval
    bool null_sender = false;   // a bounce: bounce_lifetime counts
    double uniform = 0.5;       // a draw from (0, 1], used by jitter only
};

struct RetrySchedule {
    Backoff backoff = AgeBackoff{};
    Nanoseconds scan_interval{}; // zero: tried when due, without waiting for a queue scan
    Nanoseconds lifetime{std::chrono::hours(120)};
    Nanoseconds bounce_lifetime{std::chrono::hours(120)};
    Nanoseconds delay_warning{}; // zero: none

    /// The age of the next attempt, later than failed.age; nothing when the message is given up now.
    std::optional<Nanoseconds> next_attempt(const FailedAttempt& failed) const;
    /// True when the sender is to be told now that the message is late: once, and never about bounces.
    bool warning_due(const FailedAttempt& failed, bool warned_before) const;
    /// Empty if the numbers make sense; else what is wrong (a zero gap that would retry for ever at once).
    std::string check() const;
};

struct RetryPreset {
    std::string_view name;
    std::string_view source; // where the numbers stand
    RetrySchedule schedule;
};
/// All presets, sorted by name; "postfix" is the default of the project.
std::span<const RetryPreset> retry_presets();
const RetryPreset* find_retry_preset(std::string_view name);

struct RuleError {
    std::size_t position = 0;
    std::string what;
};
/// Reads Exim's notation, such as "F,2h,15m; G,16h,1h,1.5; F,4d,6h" (Exim specification, chapter 32). The
/// schedule's lifetime is the last segment's end.
std::optional<RetrySchedule> parse_exim_rule(std::string_view text, RuleError* error = nullptr);

} // namespace postopolis::policy
