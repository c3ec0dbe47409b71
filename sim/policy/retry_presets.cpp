// The retry schedules that mail servers come with. Each row names the document that its numbers stand in.
#include <algorithm>
#include <array>

#include "postopolis/policy/retry.hpp"

namespace postopolis::policy {
namespace {

using namespace std::chrono_literals;
constexpr Nanoseconds day = 24h;

std::vector<EximSegment> exim_default() {
    return {{'F', 2h, 15min, 1000}, {'G', 16h, 1h, 1500}, {'F', 4 * day, 6h, 1000}};
}

/// Glitch retries: 4, a minute apart; transient failure retries: 6, five minutes apart; then every 10.
AgeList exchange_ages() {
    AgeList list;
    for (int i = 1; i <= 4; ++i)
        list.ages.push_back(i * 1min);
    for (int i = 1; i <= 6; ++i)
        list.ages.push_back(4min + i * 5min);
    list.then_every = 10min;
    return list;
}

const std::array<RetryPreset, 9>& table() {
    static const std::array<RetryPreset, 9> presets{{
        // backoff, scan interval, lifetime, lifetime of bounces, delay warning
        {"courier",
         "courier(8): retryalpha 5m, retrybeta 3, retrygamma 15m, retrymaxdelta 3, queuetime 1w, warntime 4h",
         {GroupedBackoff{5min, 3, 15min, 3}, 0s, 7 * day, 7 * day, 4h}},
        {"exchange",
         "Exchange 2010 transport service: glitch retry 4 x 60 s, transient failure retry 6 x 5 min, "
         "outbound "
         "connection failure retry 10 min, expiration 2 d, delay DSN 4 h",
         {exchange_ages(), 0s, 2 * day, 2 * day, 4h}},
        {"exim",
         "Exim's default configuration: * * F,2h,15m; G,16h,1h,1.5; F,4d,6h, with an ideal queue runner; "
         "delay_warning 24h",
         {EximRule{exim_default()}, 0s, 4 * day, 4 * day, 24h}},
        {"exim-30m",
         "Exim's default configuration with Debian's queue runner every 30 minutes (QUEUEINTERVAL)",
         {EximRule{exim_default()}, 30min, 4 * day, 4 * day, 24h}},
        {"nullmailer",
         "nullmailer-send(8): pausetime 60 s, doubled up to maxpause 1 d; queuelifetime 7 d",
         {ExponentialBackoff{60s, 2.0, day, 0.0}, 0s, 7 * day, 7 * day, 0s}},
        {"opensmtpd",
         "smtpd.conf(5): expiry 4 d, warning 4 h; scheduler.c: transfer attempts at 400 k^2 s",
         {QuadraticBackoff{400s}, 0s, 4 * day, 4 * day, 4h}},
        {"postfix",
         "postconf(5): minimal_backoff_time 300s, maximal_backoff_time 4000s, queue_run_delay 300s, "
         "maximal_queue_lifetime 5d, bounce_queue_lifetime 5d, delay_warning_time 0h",
         {AgeBackoff{300s, 4000s}, 300s, 5 * day, 5 * day, 0s}},
        {"qmail",
         "qmail-send.c and qmail-send(8): remote attempts at 400 k^2 s, queuelifetime 604800",
         {QuadraticBackoff{400s}, 0s, 7 * day, 7 * day, 0s}},
        {"sendmail",
         "Sendmail Installation and Operation Guide: -q30m, queuereturn 5d, queuewarn 4h",
         {FixedInterval{30min}, 0s, 5 * day, 5 * day, 4h}},
    }};
    return presets;
}

} // namespace

std::span<const RetryPreset> retry_presets() {
    return table();
}

const RetryPreset* find_retry_preset(std::string_view name) {
    const auto found = std::find_if(table().begin(), table().end(),
                                    [name](const RetryPreset& preset) { return preset.name == name; });
    return found == table().end() ? nullptr : &*found;
}

} // namespace postopolis::policy
