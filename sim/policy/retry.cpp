// The arithmetic of retry schedules. Every schedule answers "when is the next attempt due"; the queue scan
// grid and the lifetime are common to all.
#include "postopolis/policy/retry.hpp"

#include <algorithm>
#include <cmath>

namespace postopolis::policy {
namespace {

using std::chrono::seconds;

Nanoseconds whole_seconds(Nanoseconds value) {
    return std::chrono::floor<seconds>(value);
}

/// The scan on the grid that is the first at or after `earliest` and later than `now`.
Nanoseconds next_scan(Nanoseconds earliest, Nanoseconds now, Nanoseconds phase, Nanoseconds interval) {
    const Nanoseconds from = std::max(earliest, now + Nanoseconds(1));
    Nanoseconds offset = (phase - from) % interval; // in (-interval, interval)
    if (offset < Nanoseconds::zero()) offset += interval;
    return from + offset;
}

Nanoseconds scaled(Nanoseconds value, double factor) {
    constexpr double longest = 9.0e18;
    return Nanoseconds(
        static_cast<std::int64_t>(std::clamp(static_cast<double>(value.count()) * factor, 0.0, longest)));
}

struct Due {
    const FailedAttempt& failed;

    std::optional<Nanoseconds> operator()(const AgeBackoff& backoff) const {
        // Postfix stamps the queue file with event_time() + delay, both in whole seconds (qmgr_active.c).
        const Nanoseconds age = whole_seconds(failed.age);
        return age + std::min(std::max(age, backoff.minimum), backoff.maximum);
    }
    std::optional<Nanoseconds> operator()(const FixedInterval& fixed) const {
        return failed.age + fixed.interval;
    }

    std::optional<Nanoseconds> operator()(const AgeList& list) const {
        const auto later = std::upper_bound(list.ages.begin(), list.ages.end(), failed.age);
        if (later != list.ages.end()) return *later;
        if (list.then_every <= Nanoseconds::zero()) return std::nullopt;
        const Nanoseconds last = list.ages.empty() ? Nanoseconds::zero() : list.ages.back();
        return last + ((failed.age - last) / list.then_every + 1) * list.then_every;
    }

    std::optional<Nanoseconds> operator()(const ExponentialBackoff& backoff) const {
        // Repeated multiplication instead of std::pow: IEEE arithmetic gives the same bits everywhere.
        double gap = static_cast<double>(backoff.initial.count());
        const double longest = static_cast<double>(backoff.maximum.count());
        for (int k = 1; k < failed.attempts_made && gap < longest && backoff.factor > 1.0; ++k)
            gap *= backoff.factor;
        const double varied = 1.0 + backoff.jitter * (2.0 * failed.uniform - 1.0);
        return failed.age + scaled(Nanoseconds(static_cast<std::int64_t>(std::min(gap, longest))), varied);
    }

    std::optional<Nanoseconds> operator()(const QuadraticBackoff& quadratic) const {
        // qmail-send.c, nextretry(): the next square after the age, not after the number of attempts.
        const double ratio =
            static_cast<double>(failed.age.count()) / static_cast<double>(quadratic.coefficient.count());
        auto k = static_cast<std::int64_t>(std::sqrt(std::max(ratio, 0.0)));
        while (quadratic.coefficient * (k * k) <= failed.age)
            ++k;
        return quadratic.coefficient * (k * k);
    }

    std::optional<Nanoseconds> operator()(const EximRule& rule) const {
        const auto segment =
            std::find_if(rule.segments.begin(), rule.segments.end(),
                         [this](const EximSegment& candidate) { return failed.age < candidate.until; });
        if (segment == rule.segments.end()) return std::nullopt;
        if (segment->kind == 'F' || failed.previous_gap < segment->interval)
            return failed.age + segment->interval;
        // retry.c computes in whole seconds and thousandths.
        const std::int64_t gap = std::chrono::floor<seconds>(failed.previous_gap).count();
        return failed.age + seconds(gap * segment->factor_thousandths / 1000);
    }

    std::optional<Nanoseconds> operator()(const GroupedBackoff& grouped) const {
        if (failed.attempts_made % grouped.group != 0) return failed.age + grouped.within;
        const int doublings = std::min(failed.attempts_made / grouped.group - 1, grouped.max_doublings);
        return failed.age + grouped.between * (std::int64_t{1} << std::max(doublings, 0));
    }
};

struct Check {
    static std::string positive(Nanoseconds value, const char* what) {
        return value > Nanoseconds::zero() ? "" : std::string(what) + " must be longer than zero";
    }
    std::string operator()(const AgeBackoff& backoff) const {
        if (backoff.maximum < backoff.minimum) return "the maximal back-off is shorter than the minimal one";
        return positive(backoff.minimum, "the minimal back-off");
    }
    std::string operator()(const FixedInterval& fixed) const {
        return positive(fixed.interval, "the interval");
    }
    std::string operator()(const AgeList& list) const {
        for (std::size_t i = 0; i < list.ages.size(); ++i) {
            if (list.ages[i] <= (i > 0 ? list.ages[i - 1] : Nanoseconds::zero()))
                return "the ages of the attempts must be above zero and ascend";
        }
        return list.then_every < Nanoseconds::zero() ? "the interval after the list is negative" : "";
    }
    std::string operator()(const ExponentialBackoff& backoff) const {
        if (!(backoff.factor >= 1.0) || backoff.factor > 1e6)
            return "the factor must be between 1 and 1000000";
        if (!(backoff.jitter >= 0.0 && backoff.jitter < 1.0))
            return "the jitter must be at least 0 and below 1";
        if (backoff.maximum < backoff.initial) return "the maximal back-off is shorter than the initial one";
        return positive(backoff.initial, "the initial back-off");
    }
    std::string operator()(const QuadraticBackoff& quadratic) const {
        return positive(quadratic.coefficient, "the coefficient");
    }
    std::string operator()(const EximRule& rule) const {
        for (std::size_t i = 0; i < rule.segments.size(); ++i) {
            const EximSegment& segment = rule.segments[i];
            if (segment.interval < seconds(1)) return "an interval must be at least a second";
            if (segment.factor_thousandths < 1000) return "a factor must be at least 1";
            if (segment.kind != 'F' && segment.kind != 'G') return "a rule is of kind F or G";
            if (i > 0 && segment.until <= rule.segments[i - 1].until)
                return "the ends of the rules must ascend";
        }
        return rule.segments.empty() ? "there must be at least one rule" : "";
    }
    std::string operator()(const GroupedBackoff& grouped) const {
        if (grouped.group < 1 || grouped.max_doublings < 0 || grouped.max_doublings > 30)
            return "a group has at least one attempt, and there are 0 to 30 doublings";
        const std::string within = positive(grouped.within, "the interval within a group");
        return within.empty() ? positive(grouped.between, "the interval between groups") : within;
    }
};

} // namespace

std::optional<Nanoseconds> RetrySchedule::next_attempt(const FailedAttempt& failed) const {
    if (failed.age >= (failed.null_sender ? bounce_lifetime : lifetime)) return std::nullopt;
    std::optional<Nanoseconds> due = std::visit(Due{failed}, backoff);
    if (!due) return std::nullopt;
    due = std::max(*due, failed.age + Nanoseconds(1));
    if (scan_interval <= Nanoseconds::zero()) return due;
    if (!std::holds_alternative<AgeBackoff>(backoff))
        return next_scan(*due, failed.age, failed.scan_phase, scan_interval);
    // Postfix skips files stamped later than a second from now (qmgr_active_feed()), in whole seconds: an
    // attempt that took part of a second does not miss the scan that it would have met if it had taken none.
    return next_scan(whole_seconds(*due) - seconds(1), failed.age, failed.scan_phase, scan_interval);
}

bool RetrySchedule::warning_due(const FailedAttempt& failed, bool warned_before) const {
    return delay_warning > Nanoseconds::zero() && !warned_before && !failed.null_sender &&
           failed.age >= delay_warning && failed.age < lifetime;
}

std::string RetrySchedule::check() const {
    if (lifetime < Nanoseconds::zero() || bounce_lifetime < Nanoseconds::zero())
        return "the lifetime is negative";
    if (scan_interval < Nanoseconds::zero() || delay_warning < Nanoseconds::zero())
        return "the scan interval and the delay warning cannot be negative";
    return std::visit(Check{}, backoff);
}

} // namespace postopolis::policy
