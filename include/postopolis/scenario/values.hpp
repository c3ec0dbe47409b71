// The small values a scenario is made of: lines, rates, services, retry rules, conditions.
//
// Plain data with the defaults that the schema states. Delays are distributions in seconds, sizes are in
// bytes, bandwidth is in bits per second, rates are in events per second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/kernel/distribution.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::scenario {

using kernel::Distribution;
using kernel::Duration;

/// A line between two places, one direction; both directions are alike.
struct Line {
    Distribution delay = Distribution::constant(Duration::milliseconds(10)); ///< seconds, one way
    double bandwidth = 100e6;                                                ///< bit/s
    double loss = 0;                                                         ///< of each packet, 0..1
};

/// How long a server works; everything in seconds of one session's time.
struct Service {
    Distribution per_connection = Distribution::constant(Duration::milliseconds(2));
    Distribution per_command = Distribution::constant(Duration::milliseconds(1));
    Distribution per_message = Distribution::constant(Duration::milliseconds(20));
};

/// When a deferred message is tried again. Exactly one of the four forms is in force.
struct RetrySpec {
    enum class Form {
        Preset,  ///< `preset` names a mail server whose schedule is known
        Backoff, ///< Postfix's rule with own numbers: `minimal`, `maximal`, `scan`
        Ages,    ///< at the ages in `at`, then, if given, every `every`
        Exim     ///< the text of an Exim retry rule in `rule`
    };
    Form form = Form::Preset;
    std::string preset = "postfix";
    Duration minimal = Duration::seconds(300);
    Duration maximal = Duration::seconds(4000);
    Duration scan = Duration::seconds(300);
    bool scan_at_arrival = false; ///< the scans are counted from each message's arrival, not on the host's own grid
    std::vector<Duration> at;
    std::optional<Duration> every;
    std::string rule;
    /// Give up at this age; for Exim's rule and for presets without a value, the schedule's own.
    std::optional<Duration> lifetime;
};

/// A stretch of virtual time: from `from`, until `until` (absent: to the end of the run).
struct Span {
    Duration from;
    std::optional<Duration> until;
};

/// A number that a result is compared with: "3", ">= 2", "10 .. 20" (both ends belong to it).
struct Condition {
    enum class Op { Equal, NotEqual, Less, AtMost, AtLeast, More, Within };
    Op op = Op::Equal;
    double value = 0;
    double upper = 0; ///< of Within only
    bool holds(double actual) const;
};

/// The same for a span of time: "< 10s", "5m .. 6m". Exact to the nanosecond.
struct DurationCondition {
    Condition::Op op = Condition::Op::Equal;
    Duration value;
    Duration upper; ///< of Within only
    bool holds(Duration actual) const;
};

/// "< 10s" and so on, as one would write it in a scenario.
std::string text(const Condition& condition);
std::string text(const DurationCondition& condition);

} // namespace postopolis::scenario
