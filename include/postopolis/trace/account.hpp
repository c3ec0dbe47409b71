// The causes of delay, and an account of how much of a span each of them took.
//
// Law 2: the causes of a copy's delay add up to the delay, to the nanosecond. So whoever holds a copy keeps an
// account from the instant that it took it, and hands it on when the copy moves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "postopolis/kernel/time.hpp"

namespace postopolis::trace {

using kernel::Duration;
using kernel::Time;

enum class Cause : std::uint8_t {
    transit,            ///< on a link: propagation, transmission, TCP's retransmissions
    service,            ///< a server working on it
    filter,             ///< a filter working on it
    dns,                ///< waiting for a resolver
    queue,              ///< waiting for a free slot
    backoff_greylisted, ///< waiting for the next try: greylisted,
    backoff_refused,    ///<   a 4xx reply,
    backoff_no_answer,  ///<   no connection or no answer,
    backoff_dns,        ///<   a DNS failure,
    backoff_quota,      ///<   a full mailbox,
    backoff_throttled,  ///<   told to come back later
    timeout,            ///< waiting for an answer that never came
    held,               ///< kept back by an operator or a moderator
    pickup,             ///< in the mailbox, waiting for the reader
};
inline constexpr std::size_t kCauses = static_cast<std::size_t>(Cause::pickup) + 1;

/// "transit", "backoff: no answer", ...
std::string_view name(Cause cause);
/// The cause without its reason: every back-off is "backoff".
std::string_view family(Cause cause);
bool is_backoff(Cause cause);

class Account {
public:
    void add(Cause cause, Duration d) { spent_[static_cast<std::size_t>(cause)] += d; }
    Duration spent(Cause cause) const { return spent_[static_cast<std::size_t>(cause)]; }
    Duration total() const {
        Duration sum;
        for (Duration d : spent_) sum += d;
        return sum;
    }
    Account& operator+=(const Account& other) {
        for (std::size_t i = 0; i < kCauses; ++i) spent_[i] += other.spent_[i];
        return *this;
    }
    bool operator==(const Account&) const = default;

private:
    std::array<Duration, kCauses> spent_{};
};

/// An account that follows the clock: every instant since its start belongs to exactly one cause.
class Meter {
public:
    Meter() = default;
    Meter(Time start, Cause first) : start_(start), last_(start), cause_(first) {}

    /// From `now` on the time goes to `cause`.
    void turn(Time now, Cause cause) {
        settle(now);
        cause_ = cause;
    }
    /// Charges what has passed up to `now`, of which `work` went to service and `waited` to waiting for a slot (what
    /// a server did while its client waited for the reply).
    void settle_reply(Time now, Duration work, Duration waited) {
        const Duration passed = now - last_;
        work = work < passed ? work : passed;
        waited = waited < passed - work ? waited : passed - work;
        account_.add(Cause::service, work);
        account_.add(Cause::queue, waited);
        account_.add(cause_, passed - work - waited);
        last_ = now;
    }
    void settle(Time now) {
        account_.add(cause_, now - last_);
        last_ = now;
    }
    /// Charges what has passed up to `now` to `cause`, whatever was expected (a wait that ended as a time-out).
    void settle_as(Time now, Cause cause) {
        account_.add(cause, now - last_);
        last_ = now;
    }
    Time start() const { return start_; }
    Time last() const { return last_; }
    Cause cause() const { return cause_; }
    const Account& account() const { return account_; }

private:
    Time start_;
    Time last_;
    Cause cause_ = Cause::queue;
    Account account_;
};

} // namespace postopolis::trace
