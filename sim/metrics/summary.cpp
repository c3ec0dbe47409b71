// Reads the ledgers once and adds up.
#include "postopolis/metrics/summary.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace postopolis::metrics {

using trace::Cause;
using trace::CopyRecord;
using trace::Fate;
using trace::LetterKind;

void EventCounts::on_event(const trace::Event& event) {
    ++counts_[event.what.index()];
    if (const auto* composed = std::get_if<trace::Composed>(&event.what))
        composed_ += composed->copies.size();
    else if (const auto* expanded = std::get_if<trace::Expanded>(&event.what))
        expanded_into_ += expanded->into.size();
    else if (const auto* answer = std::get_if<trace::LookedUp>(&event.what))
        cache_hits_ += answer->from_cache ? 1 : 0;
}

std::size_t family_index(Cause cause) {
    constexpr std::size_t kFirst = static_cast<std::size_t>(Cause::backoff_greylisted);
    const std::size_t index = static_cast<std::size_t>(cause);
    if (trace::is_backoff(cause)) return kFirst;
    return index < kFirst ? index : index - (kBackoffReasons.size() - 1);
}

std::string_view key(Fate fate) {
    return fate == Fate::in_transit ? "in_transit" : trace::name(fate);
}
std::string_view key(LetterKind kind) {
    return trace::name(kind);
}

std::string_view key(Cause cause) {
    static constexpr std::array<std::string_view, trace::kCauses> kKeys{"transit",
                                                                        "service",
                                                                        "filter",
                                                                        "dns",
                                                                        "queue",
                                                                        "backoff_greylisted",
                                                                        "backoff_refused",
                                                                        "backoff_no_answer",
                                                                        "backoff_dns",
                                                                        "backoff_quota",
                                                                        "backoff_throttled",
                                                                        "timeout",
                                                                        "held",
                                                                        "pickup"};
    return kKeys[static_cast<std::size_t>(cause)];
}

namespace {

/// Collects the delays of one kind (to the inbox, to the reader) and what they were made of.
class DelayCollector {
public:
    explicit DelayCollector(std::size_t most) { delays_.reserve(most); }
    void add(const trace::Account& spent) {
        delays_.add(spent.total());
        for (std::size_t i = 0; i < trace::kCauses; ++i)
            sums_[i].add(spent.spent(static_cast<Cause>(i)));
    }

    std::optional<DelayFigures> figures() {
        if (delays_.count() == 0) return std::nullopt;
        DelayFigures f;
        f.count = delays_.count();
        f.mean = *delays_.mean_seconds();
        f.p50 = delays_.quantile(500)->to_seconds();
        f.p95 = delays_.quantile(950)->to_seconds();
        f.p99 = delays_.quantile(990)->to_seconds();
        f.min = delays_.min()->to_seconds();
        f.max = delays_.max()->to_seconds();
        for (std::size_t i = 0; i < trace::kCauses; ++i) {
            const auto cause = static_cast<Cause>(i);
            const double mean = sums_[i].mean_seconds(f.count);
            f.causes[family_index(cause)] += mean;
            if (trace::is_backoff(cause))
                f.backoff[i - static_cast<std::size_t>(Cause::backoff_greylisted)] = mean;
        }
        return f;
    }

private:
    Durations delays_;
    std::array<DurationSum, trace::kCauses> sums_;
};

void count_messages(Summary& s, const trace::Ledger& ledger) {
    const auto kinds = ledger.letter_kinds();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        s.messages += kinds[i];
        if (!is_report(static_cast<LetterKind>(i))) s.letters += kinds[i];
        s.by_kind[i].messages += kinds[i];
    }
}

void count_copy(Summary& s, const CopyRecord& c) {
    const auto fate = static_cast<std::size_t>(c.fate);
    KindFigures& kind = s.by_kind[static_cast<std::size_t>(c.kind)];
    ++s.copies;
    ++s.fates[fate];
    ++kind.copies;
    ++kind.fates[fate];
    s.duplicates += c.duplicate ? 1 : 0;
    s.transfers += c.transfers;
    s.deferrals += c.deferrals;
    s.fetched += c.fetched ? 1 : 0;
}

/// Why copies were not delivered, or not yet.
class ReasonCollector {
public:
    void add(const CopyRecord& c) {
        if (c.fate != Fate::delivered && c.fate != Fate::expanded) ++counts_[{c.fate, c.code, c.reason}];
    }
    std::vector<NonDelivery> reasons(const trace::Ledger& ledger) const {
        std::map<std::tuple<Fate, std::uint16_t, std::string>, std::uint64_t> by_text;
        for (const auto& [what, count] : counts_)
            by_text[{std::get<0>(what), std::get<1>(what), ledger.text(std::get<2>(what))}] += count;
        std::vector<NonDelivery> all;
        for (const auto& [what, count] : by_text)
            all.push_back({std::get<0>(what), std::get<1>(what), std::get<2>(what), count});
        std::stable_sort(all.begin(), all.end(), [](const NonDelivery& a, const NonDelivery& b) {
            return a.fate != b.fate ? a.fate < b.fate : a.count > b.count;
        });
        return all;
    }

private:
    std::map<std::tuple<Fate, std::uint16_t, std::uint32_t>, std::uint64_t> counts_;
};

void count_copies(Summary& s, const trace::Ledger& ledger) {
    const std::size_t most = ledger.copies().size();
    DelayCollector whole(most), to_inbox(most), to_reader(most);
    kernel::Duration longest;
    ReasonCollector reasons;
    for (const CopyRecord& c : ledger.copies()) {
        count_copy(s, c);
        reasons.add(c);
        if (c.fate != Fate::delivered || is_report(c.kind)) continue;
        const kernel::Duration delay = (c.fetched ? c.accounted : c.settled) - c.composed;
        if (!s.slowest || delay > longest) {
            s.slowest = c.id;
            longest = delay;
        }
        whole.add(c.fetched ? c.spent : c.spent_to_fate);
        to_inbox.add(c.spent_to_fate);
        if (c.fetched) to_reader.add(c.spent);
    }
    s.delay = whole.figures();
    s.to_inbox = to_inbox.figures();
    s.to_reader = to_reader.figures();
    s.not_delivered = reasons.reasons(ledger);
}

template<std::size_t... I>
constexpr auto kind_names(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{std::variant_alternative_t<I, trace::What>::kName...};
}

void take_counts(Summary& s, const EventCounts& counts) {
    constexpr auto kKindNames = kind_names(std::make_index_sequence<std::variant_size_v<trace::What>>());
    for (std::size_t i = 0; i < kKindNames.size(); ++i)
        if ((trace::kMailLevel >> i & 1) != 0) s.happened.emplace_back(kKindNames[i], counts.at(i));
    s.cache_hits = counts.cache_hits();
}

void balance(Summary& s, const trace::Ledger& ledger, const EventCounts* counts) {
    Balance& b = s.balance;
    for (std::uint64_t n : s.fates)
        b.accounted += n;
    b.independent = counts != nullptr;
    b.composed = counts != nullptr ? counts->composed() : s.copies - s.duplicates;
    b.expanded_into = counts != nullptr ? counts->expanded_into() : 0;
    b.duplicates = s.duplicates;
    // What a duplicate is expanded into is marked as duplicate too, but it is counted as expanded.
    const std::uint64_t made = b.composed + b.expanded_into;
    if (b.expanded_into > 0 && b.accounted >= made) b.duplicates = std::min(b.duplicates, b.accounted - made);
    b.faults = ledger.audit();
    b.balanced = made + b.duplicates == b.accounted && b.faults.empty();
}

} // namespace

FateCounts Summary::letter_fates() const {
    FateCounts sum{};
    for (LetterKind k : {LetterKind::letter, LetterKind::reply})
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += kind(k).fates[i];
    return sum;
}

Summary summarize(const trace::Ledger& ledger, const RunFacts& facts) {
    Summary s;
    s.facts = facts;
    s.facts.counts = nullptr;
    count_messages(s, ledger);
    count_copies(s, ledger);
    if (facts.counts != nullptr) take_counts(s, *facts.counts);
    balance(s, ledger, facts.counts);
    return s;
}

} // namespace postopolis::metrics
