// Whether a run came out as its scenario expects.
//
// The judge listens only for what the expectations ask about and reads the rest off the ledger at the end. It
// always tells what was the case, not only whether it was as expected. What it counts:
// - fates and letters' conditions: copies of letters and replies, duplicates too, not reports (bounces,
// warnings);
// - a delay: from the author's click to the mailbox, of delivered copies; one that does not exist holds
// nothing;
// - a cause: of letters' and replies' copies whatever became of them, up to the end of their account;
// - an event: each one once, however many copies it concerns;
// - attempts: tries of the last host that had the copy to send, the one that succeeded included (a mailbox
// server
//   that files the copy at the first go did not have it to send).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "postopolis/metrics/summary.hpp"
#include "postopolis/scenario/scenario.hpp"
#include "postopolis/trace/bus.hpp"
#include "postopolis/trace/ledger.hpp"

namespace postopolis::metrics {

struct Verdict {
    std::string written; ///< the expectation as in the file
    std::string pointer; ///< its JSON pointer
    bool held = false;
    std::string actual; ///< "delivered: expected 3, was 2"
};

class Judge final : public trace::Observer {
public:
    /// The scenario must be complete and outlive the judge; `letters` has the ids of its letters once they
    /// have been written (scenario::BuiltTown::letters). To be added to the bus before anything happens.
    Judge(const scenario::Scenario& scenario, std::shared_ptr<const std::vector<trace::LetterId>> letters);

    trace::KindMask listens_for() const override { return mask_; }
    void on_event(const trace::Event& event) override;

    /// One per expectation, in their order, once the run has ended.
    std::vector<Verdict> verdicts(const trace::Ledger& ledger, const Summary& summary) const;

    /// The servers that a copy came by, and how often each of them put it off.
    struct Visit {
        std::string host;
        int deferrals = 0;
    };
    using Way = std::vector<Visit>;

private:
    struct Counted {
        const scenario::ExpectEvent* expected;
        std::size_t kind;
        std::uint64_t count = 0;
    };
    void count(Counted& c, const trace::What& what) const;
    bool watched(trace::LetterId letter) const;
    void follow(const trace::What& what);
    void keep_recipients(const trace::What& what);
    Verdict judge(const scenario::ExpectFate& e, const trace::Ledger& ledger, const Summary& summary) const;
    Verdict judge(const scenario::ExpectTotal& e, const trace::Ledger& ledger, const Summary& summary) const;
    Verdict judge(const scenario::ExpectEvent& e, const trace::Ledger& ledger, const Summary& summary) const;
    Verdict judge(const scenario::ExpectDelay& e, const trace::Ledger& ledger, const Summary& summary) const;
    Verdict judge(const scenario::ExpectCause& e, const trace::Ledger& ledger, const Summary& summary) const;
    Verdict judge(const scenario::ExpectLetter& e, const trace::Ledger& ledger, const Summary& summary) const;

    const scenario::Scenario& scenario_;
    std::shared_ptr<const std::vector<trace::LetterId>> letters_;
    trace::KindMask mask_ = 0;
    std::vector<Counted> counted_;     ///< expectations of events, in their order
    std::vector<std::size_t> watched_; ///< indices of letters whose ways are kept
    bool keeps_recipients_ = false;    ///< for events to a recipient
    std::uint64_t connections_ = 0;
    std::unordered_map<trace::CopyId, Way> ways_;               ///< of watched letters
    std::unordered_map<trace::CopyId, std::string> recipients_; ///< of all copies, if kept
    std::map<trace::LetterId, std::string> reports_;            ///< bounces of watched letters, as sent
};

} // namespace postopolis::metrics
