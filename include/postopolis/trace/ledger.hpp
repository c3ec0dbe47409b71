// The two ledgers, kept in every run: where each recipient copy is, and what its delay was made of.
//
// Laws 1 and 2 are checked as the events come in: a copy is created once, has one fate, is not moved after it, its
// stages join without a gap, and the causes of each stage add up to it. A breach is a defect of the simulator
// and aborts (`strict`), or is kept in `breaches()` for tests.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "postopolis/trace/bus.hpp"

namespace postopolis::trace {

struct CopyRecord {
    CopyId id = 0;
    LetterId letter = 0;
    LetterId report = 0;          ///< the bounce, where the fate is `bounced`
    mail::AddressPtr recipient;
    RecipientKind recipient_kind = RecipientKind::to;
    LetterKind kind = LetterKind::letter;
    Fate fate = Fate::in_transit;
    bool duplicate = false;       ///< came into being because a client did not hear a 250
    bool fetched = false;
    std::uint16_t code = 0;       ///< last reply code that refused or deferred it
    std::uint16_t deferrals = 0;
    std::uint16_t transfers = 0;  ///< hosts that took responsibility for it
    Time composed;
    Time accounted;               ///< end of its last stage
    Time settled;                 ///< its fate's instant (filing, for delivered)
    Time read;                    ///< fetched by the reader
    Account spent;                ///< from `composed` to `accounted`
    Account spent_to_fate;        ///< from `composed` to `settled`
    Time offered;                 ///< where its last transfer began, and the account up to there: a client that does
    Account spent_when_offered;   ///< not learn of the transfer's success goes on from that point
    std::uint32_t reason = 0;     ///< index into Ledger::texts
    std::uint32_t place = 0;      ///< index into Ledger::texts: the host or person that has it (or had it last)
};

struct LetterRecord {
    LetterId id = 0;
    LetterId about = 0;
    LetterKind kind = LetterKind::letter;
    Time composed;
    mail::AddressPtr sender;
    std::string subject;
    std::string message_id;
    std::uint64_t size = 0;
    std::vector<CopyId> copies; ///< as composed; duplicates and expansions are appended
};

class Ledger final : public Observer {
public:
    enum class Mode { strict, collect };
    explicit Ledger(Mode mode = Mode::strict) : mode_(mode) {}

    KindMask listens_for() const override;
    void on_event(const Event& event) override;

    /// In the order in which they came into being (ties: the telling node's order).
    const std::vector<CopyRecord>& copies() const { return copies_; }
    const std::vector<LetterRecord>& letters() const { return letters_; }
    const CopyRecord* copy(CopyId id) const;
    const LetterRecord* letter(LetterId id) const;
    const std::string& text(std::uint32_t index) const { return texts_[index]; }

    std::array<std::uint64_t, kFates> fates() const;
    const std::vector<std::string>& breaches() const { return breaches_; }
    /// What does not add up once the run has ended: copies without exactly one fate, accounts that are off.
    std::vector<std::string> audit() const;

private:
    void breach(const Event& event, std::string what);
    void handle(const Event& e, const Composed& c);
    void handle(const Event& e, const Passed& p);
    void handle(const Event& e, const Accepted& a);
    void handle(const Event& e, const Deferred& d);
    void handle(const Event& e, const Doubted& d);
    void handle(const Event& e, const Expanded& x);
    void handle(const Event& e, const Fetched& f);
    void handle(const Event& e, const Delivered& d);
    void handle(const Event& e, const Bounced& b);
    void handle(const Event& e, const Rejected& r);
    void handle(const Event& e, const Discarded& d);
    void handle(const Event& e, const Lost& l);
    CopyRecord& append(CopyRecord record);
    void settle(const Event& e, CopyId id, Fate fate, std::string_view by, std::string_view why, std::uint16_t code,
                LetterId report);
    CopyRecord* live(const Event& e, CopyId id);
    CopyRecord* find(CopyId id);
    std::uint32_t intern(std::string_view text);

    Mode mode_;
    std::vector<CopyRecord> copies_;
    std::vector<LetterRecord> letters_;
    std::unordered_map<CopyId, std::uint32_t> by_copy_;
    std::unordered_map<LetterId, std::uint32_t> by_letter_;
    /// Ids under which a client offered copies and then went on under others: the record as it was then, should
    /// the peer turn out to have taken them.
    std::unordered_map<CopyId, CopyRecord> doubted_;
    std::vector<std::string> texts_{std::string()};
    std::unordered_map<std::string, std::uint32_t> text_index_;
    std::vector<std::string> breaches_;
};

} // namespace postopolis::trace
