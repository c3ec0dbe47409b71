#include <doctest/doctest.h>

#include "postopolis/policy/retry.hpp"

using namespace postopolis::policy;
using namespace std::chrono_literals;

namespace {
/// The ages in seconds of all attempts, each failing after `takes`.
std::vector<std::int64_t> attempts(const RetrySchedule& schedule, Nanoseconds takes = 0s,
                                   Nanoseconds phase = 0s, std::size_t most = 1000) {
    std::vector<std::int64_t> ages{0};
    FailedAttempt failed;
    failed.scan_phase = phase;
    Nanoseconds started{};
    while (ages.size() < most) {
        failed.age = started + takes;
        const auto next = schedule.next_attempt(failed);
        if (!next) break;
        CHECK(*next > failed.age);
        failed.previous_gap = *next - started;
        ++failed.attempts_made;
        started = *next;
        ages.push_back(std::chrono::floor<std::chrono::seconds>(started).count());
    }
    return ages;
}

std::vector<std::int64_t> first(std::vector<std::int64_t> ages, std::size_t count) {
    ages.resize(std::min(ages.size(), count));
    return ages;
}

const RetrySchedule& preset(std::string_view name) {
    const RetryPreset* found = find_retry_preset(name);
    REQUIRE(found);
    return found->schedule;
}

RuleError error_of(std::string_view text) {
    RuleError error;
    CHECK_FALSE(parse_exim_rule(text, &error).has_value());
    return error;
}
using Ages = std::vector<std::int64_t>;
} // namespace

TEST_CASE("Postfix's instants with the queue scan aligned to the arrival") {
    // Measured on Postfix 3.7 with its default parameters.
    const Ages measured{0, 300, 600, 1200, 2400, 4800, 9000, 13200, 17400};
    const Ages all = attempts(preset("postfix"));
    CHECK(first(all, measured.size()) == measured);
    // From 4800 s on every 4200 s: 13200 + 100 * 4200 is the first at or after 5 d = 432000 s, and the last.
    CHECK(all.back() == 433'200);
    CHECK(all.size() == 8 + 100);
}

TEST_CASE("Postfix counts whole seconds: attempts of part of a second change no instant") {
    CHECK(attempts(preset("postfix"), 700ms) == attempts(preset("postfix")));
    // An attempt of 30 s misses the next scan: due at 30 + 300 = 330, so 600; then 630 + 630 = 1260, so 1500.
    CHECK(first(attempts(preset("postfix"), 30s), 4) == Ages{0, 600, 1500, 3300});
}

TEST_CASE("a scan out of phase delays each attempt by less than one scan interval") {
    // Scans at 100, 400, 700, ...: due at 300 -> 400; due at 800 -> 1000; 2000 -> 2200; 4400 -> 4600.
    CHECK(first(attempts(preset("postfix"), 0s, 100s), 5) == Ages{0, 400, 1000, 2200, 4600});
    CHECK(attempts(preset("postfix"), 0s, 100s) == attempts(preset("postfix"), 0s, -200s));
    CHECK(attempts(preset("postfix"), 0s, 100s) == attempts(preset("postfix"), 0s, 30'100s));
}

TEST_CASE("Exim's default rule as measured on 4.96") {
    const Ages all = attempts(preset("exim"));
    CHECK(first(all, 3) == Ages{0, 900, 1800});
    const Ages later{7200, 10800, 16200, 24300, 36450, 54675, 82012, 82012 + 21600};
    CHECK(Ages(all.begin() + 8, all.begin() + 16) == later);
    CHECK(all[all.size() - 2] < 345'600);
    CHECK(all.back() >= 345'600);
    CHECK(all.back() < 345'600 + 21'600);
    for (const std::int64_t age : attempts(preset("exim-30m")))
        CHECK(age % 1800 == 0);
}

TEST_CASE("qmail: 39 attempts within the lifetime, the last at 577600 s, and the dying one") {
    const Ages all = attempts(preset("qmail"));
    CHECK(first(all, 8) == Ages{0, 400, 1600, 3600, 6400, 10000, 14400, 19600});
    REQUIRE(all.size() == 40);
    CHECK(all[38] == 577'600);
    CHECK(all[39] == 400 * 39 * 39);
    const RetrySchedule local{QuadraticBackoff{100s}, 0s, 168h, 168h, 0s};
    CHECK(first(attempts(local), 4) == Ages{0, 100, 400, 900});
}

TEST_CASE("nullmailer doubles, Courier makes groups, Exchange has three paces") {
    CHECK(first(attempts(preset("nullmailer")), 6) == Ages{0, 60, 180, 420, 900, 1860});
    const Ages null = attempts(preset("nullmailer"));
    CHECK(null.back() - null[null.size() - 2] == 86400);
    // Three attempts 5 min apart, then 15 min, three more, then 30 min, 60, 120, 120, ...
    CHECK(first(attempts(preset("courier")), 14) ==
          Ages{0, 300, 600, 1500, 1800, 2100, 3900, 4200, 4500, 8100, 8400, 8700, 15900, 16200});
    CHECK(first(attempts(preset("exchange")), 14) ==
          Ages{0, 60, 120, 180, 240, 540, 840, 1140, 1440, 1740, 2040, 2640, 3240, 3840});
    CHECK(attempts(preset("exchange")).back() == 172'800 + 240);
}

TEST_CASE("lists of ages, fixed intervals, jitter") {
    CHECK(attempts({AgeList{{10s, 1min, 1h}, 0s}, 0s, 120h, 120h, 0s}) == Ages{0, 10, 60, 3600});
    CHECK(first(attempts({AgeList{{10s, 60s}, 100s}, 0s, 120h, 120h, 0s}), 5) == Ages{0, 10, 60, 160, 260});
    CHECK(attempts({FixedInterval{40s}, 0s, 100s, 100s, 0s}) == Ages{0, 40, 80, 120});
    RetrySchedule jitter{ExponentialBackoff{100s, 2.0, 1000s, 0.5}, 0s, 120h, 120h, 0s};
    FailedAttempt failed;
    failed.uniform = 1.0;
    CHECK(jitter.next_attempt(failed) == Nanoseconds(150s));
    failed.uniform = 0.25;
    failed.attempts_made = 2;
    CHECK(jitter.next_attempt(failed) == Nanoseconds(150s)); // 200 s * 0.75
    failed.uniform = 0.5;
    failed.attempts_made = 1'000'000'000;
    CHECK(jitter.next_attempt(failed) == Nanoseconds(1000s));
}

TEST_CASE("bounces have a lifetime of their own; the warning comes once, and not for bounces") {
    RetrySchedule schedule = preset("postfix");
    schedule.bounce_lifetime = 1h;
    schedule.delay_warning = 4h;
    FailedAttempt failed;
    failed.age = 2h;
    CHECK(schedule.next_attempt(failed));
    CHECK_FALSE(schedule.warning_due(failed, false));
    failed.null_sender = true;
    CHECK_FALSE(schedule.next_attempt(failed));
    failed.age = 4h;
    CHECK_FALSE(schedule.warning_due(failed, false));
    failed.null_sender = false;
    CHECK(schedule.warning_due(failed, false));
    CHECK_FALSE(schedule.warning_due(failed, true));
    CHECK_FALSE(preset("postfix").warning_due(failed, false)); // off by default
    failed.age = 120h;
    CHECK_FALSE(schedule.next_attempt(failed));
    CHECK_FALSE(schedule.warning_due(failed, false)); // it bounces instead
}

TEST_CASE("every preset makes sense, ends and names its source") {
    std::string_view before;
    for (const RetryPreset& row : retry_presets()) {
        CAPTURE(row.name);
        CHECK(row.schedule.check() == "");
        CHECK(row.name > before);
        CHECK(row.source.size() > 10);
        CHECK(attempts(row.schedule, 0s, 0s, 5000).size() < 5000);
        before = row.name;
    }
    CHECK(find_retry_preset("postfix")->schedule.lifetime == Nanoseconds(432'000s));
    CHECK_FALSE(find_retry_preset("sendmial"));
}

TEST_CASE("schedules that would never end or start are refused") {
    CHECK(RetrySchedule{FixedInterval{0s}}.check() != "");
    CHECK(RetrySchedule{AgeBackoff{300s, 200s}}.check() != "");
    CHECK(RetrySchedule{AgeList{{20s, 10s}, 0s}}.check() != "");
    CHECK(RetrySchedule{ExponentialBackoff{60s, 0.5, 100s, 0.0}}.check() != "");
    CHECK(RetrySchedule{GroupedBackoff{5min, 0, 15min, 3}}.check() != "");
    CHECK(RetrySchedule{EximRule{}}.check() != "");
}

TEST_CASE("Exim's notation is read, and mistakes have a place") {
    const auto schedule = parse_exim_rule("F,2h,15m; G,16h,1h,1.5; F,4d,6h");
    REQUIRE(schedule);
    CHECK(std::get<EximRule>(schedule->backoff).segments ==
          std::get<EximRule>(preset("exim").backoff).segments);
    CHECK(schedule->lifetime == Nanoseconds(345'600s));
    CHECK(std::get<EximRule>(parse_exim_rule("G, 1d2h, 90s, 1.0625")->backoff).segments ==
          std::vector<EximSegment>{{'G', 26h, 90s, 1062}});
    CHECK(parse_exim_rule("F,1h,5m;"));
    CHECK(error_of("").position == 0);
    CHECK(error_of("X,2h,15m").position == 0);
    CHECK(error_of("F 2h,15m").position == 2);
    CHECK(error_of("F,2h").position == 4);
    CHECK(error_of("F,2,15m").position == 3);
    CHECK(error_of("F,2h,0m").position == 5);
    CHECK(error_of("F,2h,15m G").position == 9);
    CHECK(error_of("G,2h,15m").position == 8);
    CHECK(error_of("G,2h,15m,0.5").position == 9);
    CHECK(error_of("F,2h,15m; F,1h,15m").position == 10);
    CHECK(error_of("F,99999999999999999999h,1m").position == 2);
    CHECK(error_of("F,9223372036854775807w,1m").position == 2);
}
