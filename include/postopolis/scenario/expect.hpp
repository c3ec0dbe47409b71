// What the author of a scenario expects of it: assertions that decide the exit code.
//
// Names of fates: delivered, junk, bounced, rejected, discarded, lost, expanded, in_transit.
// Names of causes: transit, service, filter, dns, queue, backoff, timeout, held, pickup.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

/// How many recipient copies (of letters; bounces and warnings not counted) met the fate.
struct ExpectFate {
    std::string fate;
    Condition count;
};

/// A total of the run: "letters", "messages" (with bounces and warnings), "copies", "transfers", "bounces",
/// "warnings", "deferrals", "connections".
struct ExpectTotal {
    std::string of;
    Condition count;
};

/// How often an event of the trace happened ("Deferred"), at a host and to a recipient if these aren't empty.
struct ExpectEvent {
    std::string event;
    std::string host, to; ///< patterns; empty: any
    Condition count{Condition::Op::AtLeast, 1, 0};
};

/// A statistic ("mean", "p50", "p95", "p99", "max", "min") of the delay of delivered copies, author to
/// mailbox.
struct ExpectDelay {
    std::string statistic;
    DurationCondition delay;
};

/// Time that a cause took of all copies' delays: its mean per copy, or its sum.
struct ExpectCause {
    std::string cause;
    bool total = false;
    DurationCondition time;
};

/// What became of one letter, or of one of its copies.
struct ExpectLetter {
    std::size_t letter = 0;                       ///< index into Scenario::letters
    std::string to;                               ///< one recipient, or empty for each of them
    std::string fate;                             ///< or empty
    std::optional<std::vector<std::string>> path; ///< the servers in order
    std::optional<DurationCondition> delay;       ///< author to fate
    std::optional<Condition> attempts;            ///< deliveries tried by the last host that had it
    std::optional<Condition> hops;                ///< number of servers on its path
    std::vector<std::pair<std::string, DurationCondition>> causes;
    std::string bounce_contains; ///< text of the bounce; case-sensitive
};

struct Expectation {
    std::string written; ///< as in the file, on one line, for the report
    std::string pointer; ///< JSON pointer, for the report
    std::variant<ExpectFate, ExpectTotal, ExpectEvent, ExpectDelay, ExpectCause, ExpectLetter> what;
};

} // namespace postopolis::scenario
