// The stub resolver of a host: asks the host's resolver, waits, asks again, gives up (as resolv.conf's defaults say:
// 5 s, twice).
#pragma once

#include <coroutine>
#include <map>
#include <optional>

#include "nodes/payloads.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {

/// Answers to numbered datagrams, for coroutines that wait for them.
class PendingAnswers {
public:
    class Wait : private kernel::Deadline {
    public:
        Wait(PendingAnswers& pending, kernel::Node& node, std::uint32_t number, Duration timeout)
            : pending_(pending), node_(node), number_(number), timeout_(timeout) {}
        ~Wait() override { pending_.waits_.erase(number_); }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> h) {
            waiter_ = h;
            pending_.waits_[number_] = this;
            arm(node_, timeout_);
        }
        /// Null when the time ran out.
        std::unique_ptr<DnsResponsePayload> await_resume() { return std::move(answer_); }

    private:
        friend class PendingAnswers;
        void expired() override { std::exchange(waiter_, {}).resume(); }
        PendingAnswers& pending_;
        kernel::Node& node_;
        std::uint32_t number_;
        Duration timeout_;
        std::coroutine_handle<> waiter_;
        std::unique_ptr<DnsResponsePayload> answer_;
    };

    std::uint32_t new_number() { return ++numbers_; }
    Wait wait(kernel::Node& node, std::uint32_t number, Duration timeout) { return Wait(*this, node, number, timeout); }
    /// Answers that nobody waits for any more are ignored, as they come from somebody slow.
    void arrived(std::unique_ptr<DnsResponsePayload> answer);

private:
    std::uint32_t numbers_ = 0;
    std::map<std::uint32_t, Wait*> waits_;
};

class DnsClient {
public:
    explicit DnsClient(MailHost& host) : host_(host) {}

    using Answer = std::shared_ptr<const dns::Response>;
    /// What this host knows without asking anybody, at once; null for nothing. Tells `LookedUp` if it is something.
    Answer known(const dns::Question& question, trace::EventId cause);
    /// For what is not `known`. Null when no answer came. Tells `LookedUp`.
    kernel::Task<Answer> look_up(dns::Question question, trace::EventId cause);
    PendingAnswers& pending() { return pending_; }

private:
    void tell(const dns::Question& question, const dns::Response* answer, bool from_cache, Time start,
              trace::EventId cause) const;
    MailHost& host_;
    PendingAnswers pending_;
};

} // namespace postopolis::nodes
