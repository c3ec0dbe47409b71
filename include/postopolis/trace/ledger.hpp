// The two ledgers, kept in every run: where each recipient copy is, and what its delay was made of.
//
// Laws 1 and 2 are checked as the events come in: a copy is created once, has one fate, is not moved after it, its
// stages join without a gap, and the causes of each stage add up to it. A breach is a defect of the simulator
// and aborts (`strict`), or is kept in `breaches()` for tests.
//
// The books are kept packed: what is a record here is put together when somebody reads it, by value. A copy on its
// way takes some 500 octets, one that has met its fate some 130 with its letter's share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/trace/bus.hpp"

namespace postopolis::trace {

/// What changes while a copy is on its way.
struct CopyState {
    LetterId report = 0;          ///< the bounce, where the fate is `bounced`
    RecipientKind recipient_kind = RecipientKind::to;
    Fate fate = Fate::in_transit;
    bool duplicate = false;       ///< came into being because a client did not hear a 250
    bool fetched = false;
    std::uint16_t code = 0;       ///< last reply code that refused or deferred it
    std::uint16_t deferrals = 0;
    std::uint16_t transfers = 0;  ///< hosts that took responsibility for it
    Time accounted;               ///< end of its last stage
    Time settled;                 ///< its fate's instant (filing, for delivered)
    Time read;                    ///< fetched by the reader
    Account spent;                ///< from `composed` to `accounted`
    Account spent_to_fate;        ///< from `composed` to `settled`
    Time offered;                 ///< where its last transfer began, and the account up to there: a client that does
    Account spent_when_offered;   ///< not learn of the transfer's success goes on from that point
    std::uint32_t reason = 0;     ///< for Ledger::text
    std::uint32_t place = 0;      ///< for Ledger::text: the host or person that has it (or had it last)
};

struct CopyRecord : CopyState {
    CopyId id = 0;
    LetterId letter = 0;
    mail::AddressPtr recipient;
    LetterKind kind = LetterKind::letter;
    Time composed;
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

/// A record that was looked for, or none.
template <class Record>
class Found {
public:
    Found() = default;
    explicit Found(Record record) : record_(std::move(record)) {}
    explicit operator bool() const { return record_.has_value(); }
    bool operator==(std::nullptr_t) const { return !record_; }
    const Record* operator->() const { return &*record_; }
    const Record& operator*() const& { return *record_; }
    Record operator*() && { return std::move(*record_); }

private:
    std::optional<Record> record_;
};

class LedgerBooks;

class Ledger final : public Observer {
public:
    enum class Mode { strict, collect };
    explicit Ledger(Mode mode = Mode::strict);
    ~Ledger() override;
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    KindMask listens_for() const override;
    void on_event(const Event& event) override;

    /// Records by their place in an order, which are put together as they are asked for.
    template <class Record, Record (Ledger::*kRecordAt)(std::size_t) const>
    class Range {
    public:
        class Iterator {
        public:
            Iterator(const Ledger& ledger, std::size_t at) : ledger_(&ledger), at_(at) {}
            Record operator*() const { return (ledger_->*kRecordAt)(at_); }
            Iterator& operator++() {
                ++at_;
                return *this;
            }
            bool operator==(const Iterator& other) const { return at_ == other.at_; }

        private:
            const Ledger* ledger_;
            std::size_t at_;
        };
        Range(const Ledger& ledger, std::size_t size) : ledger_(&ledger), size_(size) {}
        std::size_t size() const { return size_; }
        bool empty() const { return size_ == 0; }
        Record operator[](std::size_t i) const { return (ledger_->*kRecordAt)(i); }
        Record front() const { return (*this)[0]; }
        Iterator begin() const { return {*ledger_, 0}; }
        Iterator end() const { return {*ledger_, size_}; }

    private:
        const Ledger* ledger_;
        std::size_t size_;
    };
    CopyRecord copy_at(std::size_t index) const;
    LetterRecord letter_at(std::size_t index) const;

    /// In the order in which they came into being (ties: the telling node's order).
    Range<CopyRecord, &Ledger::copy_at> copies() const { return {*this, copy_count()}; }
    Range<LetterRecord, &Ledger::letter_at> letters() const { return {*this, letter_count()}; }
    Found<CopyRecord> copy(CopyId id) const;
    Found<LetterRecord> letter(LetterId id) const;
    bool has_copy(CopyId id) const;
    /// A letter's number in the order of writing, from 1; 0 if there is no such letter.
    std::uint64_t letter_number(LetterId id) const;
    const std::string& text(std::uint32_t index) const; ///< stays where it is while the ledger lives

    std::array<std::uint64_t, kFates> fates() const;
    std::array<std::uint64_t, kLetterKinds> letter_kinds() const;
    const std::vector<std::string>& breaches() const { return breaches_; }
    /// What does not add up once the run has ended: copies without exactly one fate, accounts that are off.
    std::vector<std::string> audit() const;

private:
    struct Entry; ///< a copy that can be written in
    std::size_t copy_count() const;
    std::size_t letter_count() const;
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
    void settle(const Event& e, CopyId id, Fate fate, std::string_view by, std::string_view why, std::uint16_t code,
                LetterId report);
    Entry live(const Event& e, CopyId id);
    void check_unfiled(const Event& e, CopyId id, Fate fate, std::string_view happens);

    Mode mode_;
    std::unique_ptr<LedgerBooks> books_;
    std::vector<std::string> breaches_;
};

} // namespace postopolis::trace
