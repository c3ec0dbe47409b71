// The figures of one run: what became of all mail, how long it took, and why.
//
// Read off the ledgers once the run has ended. `copies` and `fates` count every recipient copy, those of
// bounces and warnings too; `by_kind` takes them apart. Delays are those of delivered copies of letters and
// replies: reports are left out, as they would make a town with many bounces look fast.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/metrics/statistics.hpp"
#include "postopolis/trace/bus.hpp"
#include "postopolis/trace/ledger.hpp"

namespace postopolis::metrics {

/// How often each kind of event was told, and how many copies came into being by which way: the other side of
/// the balance. Does not listen for `Spoke`, so it costs no rendering.
class EventCounts final : public trace::Observer {
public:
    trace::KindMask listens_for() const override { return trace::kMailLevel; }
    void on_event(const trace::Event& event) override;

    template<class T>
    std::uint64_t of() const {
        return counts_[trace::kind_index<T>()];
    }
    std::uint64_t at(std::size_t kind) const { return counts_[kind]; }
    std::uint64_t composed() const { return composed_; }           ///< copies made by authors and reporters
    std::uint64_t expanded_into() const { return expanded_into_; } ///< copies made by aliases and lists
    std::uint64_t cache_hits() const { return cache_hits_; }       ///< look-ups answered from a cache

private:
    std::array<std::uint64_t, std::variant_size_v<trace::What>> counts_{};
    std::uint64_t composed_ = 0;
    std::uint64_t expanded_into_ = 0;
    std::uint64_t cache_hits_ = 0;
};

/// What a run's owner knows about it and the ledgers do not.
struct RunFacts {
    std::string scenario; ///< its title, or else its file's name
    std::uint64_t seed = 1;
    std::uint32_t replication = 0;
    std::string fingerprint;
    std::int64_t start_unix_seconds = 0; ///< calendar instant of virtual time 0
    Time end;                            ///< where the clock stopped
    std::uint64_t events = 0;            ///< that the kernel processed
    bool interrupted = false;            ///< stopped by its owner, so that less happened than would have
    const EventCounts* counts = nullptr; ///< if it listened
};

/// The nine families of causes of delay, in the order in which they are written everywhere.
inline constexpr std::array<std::string_view, 9> kFamilies{"transit", "service", "filter", "dns",   "queue",
                                                           "backoff", "timeout", "held",   "pickup"};
/// Index into kFamilies.
std::size_t family_index(trace::Cause cause);
/// Why a back-off was: "greylisted", "refused", "no_answer", "dns", "quota", "throttled".
inline constexpr std::array<std::string_view, 6> kBackoffReasons{"greylisted", "refused", "no_answer",
                                                                 "dns",        "quota",   "throttled"};
/// A name as files and programs have it: "in_transit", where people read "in transit".
std::string_view key(trace::Fate fate);
std::string_view key(trace::LetterKind kind);
/// "backoff_no_answer", ...
std::string_view key(trace::Cause cause);

/// In seconds. The causes are means over all `count` copies and add up to the mean (to the rounding of
/// doubles).
struct DelayFigures {
    std::uint64_t count = 0; ///< > 0
    double mean = 0, p50 = 0, p95 = 0, p99 = 0, min = 0, max = 0;
    std::array<double, kFamilies.size()> causes{};
    std::array<double, kBackoffReasons.size()> backoff{};
};

using FateCounts = std::array<std::uint64_t, trace::kFates>; ///< by trace::Fate

struct KindFigures {
    std::uint64_t messages = 0;
    std::uint64_t copies = 0;
    FateCounts fates{};
};

/// Copies that were not delivered (or not yet) for one reason.
struct NonDelivery {
    trace::Fate fate = trace::Fate::lost;
    std::uint16_t code = 0; ///< SMTP reply code; 0 where none was had
    std::string reason;
    std::uint64_t count = 0;
};

/// Law 1 as a sum: composed + expanded_into + duplicates = accounted, the total of all fates.
struct Balance {
    std::uint64_t composed = 0, expanded_into = 0, duplicates = 0, accounted = 0;
    bool independent = false;        ///< the left side was counted from events, not read off the ledger
    std::vector<std::string> faults; ///< what the ledgers' audit found; empty in a sound run
    bool balanced = false;
};

struct Summary {
    RunFacts facts;             ///< without `counts`
    std::uint64_t letters = 0;  ///< letters and replies
    std::uint64_t messages = 0; ///< with bounces and warnings
    std::uint64_t copies = 0;   ///< of all messages
    std::uint64_t duplicates = 0;
    std::uint64_t transfers = 0; ///< times that a host took responsibility for a copy
    std::uint64_t deferrals = 0; ///< times that a copy had to wait for another try
    std::uint64_t fetched = 0;   ///< delivered copies that are in the readers' hands
    FateCounts fates{};
    std::array<KindFigures, trace::kLetterKinds> by_kind; ///< by trace::LetterKind
    /// From the author's click to the end of the account: in the reader's hands if fetched, else in the
    /// inbox.
    std::optional<DelayFigures> delay;
    std::optional<DelayFigures> to_inbox;   ///< to the filing, of all delivered copies
    std::optional<DelayFigures> to_reader;  ///< to the reader's hands, of those fetched
    std::optional<trace::CopyId> slowest;   ///< of the letters and replies that were delivered: the first with most delay
    std::vector<NonDelivery> not_delivered; ///< by fate, then the most frequent first
    std::vector<std::pair<std::string, std::uint64_t>>
        happened; ///< kind of event -> count; empty if not counted
    std::uint64_t cache_hits = 0;
    Balance balance;

    std::uint64_t fate(trace::Fate f) const { return fates[static_cast<std::size_t>(f)]; }
    const KindFigures& kind(trace::LetterKind k) const { return by_kind[static_cast<std::size_t>(k)]; }
    /// Of letters and replies only.
    FateCounts letter_fates() const;
};

Summary summarize(const trace::Ledger& ledger, const RunFacts& facts);

/// One JSON object on several lines, without a line break at the end. A figure that does not exist is null.
/// Text that is not UTF-8 is written with U+FFFD. The same summary gives the same bytes.
std::string summary_json(const Summary& summary);

} // namespace postopolis::metrics
