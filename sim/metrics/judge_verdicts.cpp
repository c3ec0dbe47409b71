// The judge's verdicts: each says what was the case, in words.
#include <algorithm>

#include "postopolis/metrics/judge.hpp"
#include "postopolis/metrics/statistics.hpp"

namespace postopolis::metrics {

namespace {

using kernel::Duration;
using trace::CopyRecord;
using trace::Fate;

/// "3" for "== 3", which is how people say it.
template<class C>
std::string expected_text(const C& condition) {
    std::string words = scenario::text(condition);
    return words.starts_with("== ") ? words.substr(3) : words;
}

/// "1h30m", or where that is long, with what people would say: "62.005034001s (1 min 2 s)".
std::string duration_text(Duration d) {
    std::string exact = kernel::exact_text(d);
    return exact.size() <= 12 ? exact : exact + " (" + kernel::human_text(d) + ")";
}

Verdict number_verdict(const std::string& what, const scenario::Condition& expected, std::uint64_t actual) {
    Verdict v;
    v.held = expected.holds(static_cast<double>(actual));
    v.actual = what + ": expected " + expected_text(expected) + ", was " + std::to_string(actual);
    return v;
}

Verdict duration_verdict(const std::string& what, const scenario::DurationCondition& expected,
                         std::optional<Duration> actual, std::string_view why_none) {
    Verdict v;
    v.held = actual && expected.holds(*actual);
    v.actual = what + ": expected " + expected_text(expected) + ", " +
               (actual ? "was " + duration_text(*actual) : std::string(why_none));
    return v;
}

bool is_report(const CopyRecord& c) {
    return trace::is_report(c.kind);
}

Duration time_of(const trace::Account& account, std::string_view family) {
    Duration sum;
    for (std::size_t i = 0; i < trace::kCauses; ++i)
        if (kFamilies[family_index(static_cast<trace::Cause>(i))] == family)
            sum += account.spent(static_cast<trace::Cause>(i));
    return sum;
}

/// What one copy of a letter did, against what was expected of it: collects what does not hold, and what
/// does.
class CopyCheck {
public:
    explicit CopyCheck(std::string who) : who_(std::move(who)) {}

    void note(bool held, const std::string& words) { (held ? good_ : bad_).push_back(words); }
    void note(const Verdict& v) { note(v.held, v.actual); }
    bool held() const { return bad_.empty(); }
    /// What does not hold, or if all does, everything.
    std::string words() const {
        std::string out = who_;
        const std::vector<std::string>& listed = held() ? good_ : bad_;
        for (std::size_t i = 0; i < listed.size(); ++i)
            out += (i == 0 ? ": " : ", and ") + listed[i];
        return out;
    }

private:
    std::string who_;
    std::vector<std::string> good_, bad_;
};

std::string path_text(const std::vector<std::string>& hosts) {
    std::string out;
    for (const std::string& host : hosts)
        out += (out.empty() ? "" : " -> ") + host;
    return out.empty() ? "no server at all" : out;
}

void check_path(CopyCheck& check, const std::vector<std::string>& expected, const Judge::Way& way) {
    std::vector<std::string> hosts;
    for (const Judge::Visit& visit : way)
        hosts.push_back(visit.host);
    const bool held =
        std::equal(expected.begin(), expected.end(), hosts.begin(), hosts.end(),
                   [](const std::string& e, const std::string& h) { return scenario::matches(e, h); });
    check.note(held, "path: expected " + path_text(expected) + ", was " + path_text(hosts));
}

std::uint64_t attempts(const CopyRecord& copy, const Judge::Way& way) {
    if (way.empty()) return 0;
    const bool filed = copy.fate == Fate::delivered || copy.fate == Fate::junk;
    const bool at_once = filed && way.back().deferrals == 0 && way.size() >= 2;
    const Judge::Visit& last = at_once ? way[way.size() - 2] : way.back();
    // Each deferral was a try; what ended the copy's stay was one more.
    return static_cast<std::uint64_t>(last.deferrals) + (copy.fate == Fate::in_transit ? 0 : 1);
}

void check_bounce(CopyCheck& check, const std::string& expected, const CopyRecord& copy,
                  const std::map<trace::LetterId, std::string>& reports) {
    const auto report = reports.find(copy.report);
    if (copy.report == 0 || report == reports.end())
        check.note(false, "bounce: expected one with \"" + expected + "\", there was none");
    else if (report->second.find(expected) == std::string::npos)
        check.note(false, "bounce: expected \"" + expected + "\" in it, it has not");
    else
        check.note(true, "bounce: has \"" + expected + "\"");
}

void check_copy(CopyCheck& check, const scenario::ExpectLetter& e, const CopyRecord& c,
                const Judge::Way& way) {
    if (!e.fate.empty())
        check.note(key(c.fate) == e.fate, "fate: expected " + e.fate + ", was " + std::string(key(c.fate)));
    if (e.path) check_path(check, *e.path, way);
    if (e.delay) {
        std::optional<Duration> delay;
        if (c.fate != Fate::in_transit) delay = c.settled - c.composed;
        check.note(duration_verdict("delay", *e.delay, delay, "but it is still in transit"));
    }
    if (e.attempts) check.note(number_verdict("attempts", *e.attempts, attempts(c, way)));
    if (e.hops) check.note(number_verdict("hops", *e.hops, way.size()));
    for (const auto& [cause, condition] : e.causes)
        check.note(duration_verdict(cause, condition, time_of(c.spent, cause), ""));
}

} // namespace

Verdict Judge::judge(const scenario::ExpectFate& e, const trace::Ledger&, const Summary& summary) const {
    const FateCounts fates = summary.letter_fates();
    std::uint64_t actual = 0;
    for (std::size_t i = 0; i < fates.size(); ++i)
        if (key(static_cast<Fate>(i)) == e.fate) actual = fates[i];
    return number_verdict(e.fate, e.count, actual);
}

Verdict Judge::judge(const scenario::ExpectTotal& e, const trace::Ledger&, const Summary& s) const {
    std::uint64_t actual = 0;
    if (e.of == "letters") actual = s.letters;
    if (e.of == "messages") actual = s.messages;
    if (e.of == "copies") actual = s.copies;
    if (e.of == "transfers") actual = s.transfers;
    if (e.of == "deferrals") actual = s.deferrals;
    if (e.of == "connections") actual = connections_;
    if (e.of == "bounces") actual = s.kind(trace::LetterKind::bounce).messages;
    if (e.of == "warnings") actual = s.kind(trace::LetterKind::warning).messages;
    return number_verdict(e.of, e.count, actual);
}

Verdict Judge::judge(const scenario::ExpectEvent& e, const trace::Ledger&, const Summary&) const {
    const auto counted =
        std::find_if(counted_.begin(), counted_.end(), [&](const Counted& c) { return c.expected == &e; });
    std::string what = e.event;
    if (!e.host.empty()) what += " at " + e.host;
    if (!e.to.empty()) what += " to " + e.to;
    return number_verdict(what, e.count, counted == counted_.end() ? 0 : counted->count);
}

Verdict Judge::judge(const scenario::ExpectDelay& e, const trace::Ledger& ledger, const Summary&) const {
    Durations delays;
    for (const CopyRecord& c : ledger.copies())
        if (c.fate == Fate::delivered && !is_report(c)) delays.add(c.settled - c.composed);
    std::optional<Duration> actual;
    if (e.statistic == "mean") {
        if (const std::optional<double> mean = delays.mean_seconds()) actual = Duration::from_seconds(*mean);
    } else if (e.statistic == "min") {
        actual = delays.min();
    } else {
        const std::uint32_t per_mille = e.statistic == "p50"   ? 500
                                        : e.statistic == "p95" ? 950
                                        : e.statistic == "p99" ? 990
                                                               : 1000;
        actual = delays.quantile(per_mille);
    }
    return duration_verdict("delay " + e.statistic, e.delay, actual, "but nothing was delivered");
}

Verdict Judge::judge(const scenario::ExpectCause& e, const trace::Ledger& ledger, const Summary&) const {
    DurationSum sum;
    std::uint64_t copies = 0;
    for (const CopyRecord& c : ledger.copies()) {
        if (is_report(c)) continue;
        ++copies;
        sum.add(time_of(c.spent, e.cause));
    }
    std::optional<Duration> actual;
    if (copies > 0) actual = Duration::from_seconds(sum.mean_seconds(e.total ? 1 : copies));
    return duration_verdict(e.cause + (e.total ? " in total" : " per copy"), e.time, actual,
                            "but there were no copies");
}

Verdict Judge::judge(const scenario::ExpectLetter& e, const trace::Ledger& ledger, const Summary&) const {
    Verdict result;
    const trace::LetterId id = e.letter < letters_->size() ? (*letters_)[e.letter] : 0;
    const trace::Found<trace::LetterRecord> letter = ledger.letter(id);
    const std::string name = "\"" + scenario_.letters.at(e.letter).id + "\"";
    if (letter == nullptr) {
        result.actual = name + " was not written before the clock stopped";
        return result;
    }
    std::string good, bad;
    for (trace::CopyId copy_id : letter->copies) {
        const CopyRecord c = *ledger.copy(copy_id);
        const std::string to = c.recipient->text();
        // What became other copies has left the matter to them, unless it is asked for.
        if (e.to.empty() ? c.fate == Fate::expanded && e.fate != "expanded" : !scenario::matches(e.to, to))
            continue;
        static const Way nowhere;
        const auto way = ways_.find(copy_id);
        CopyCheck check(name + " to " + to);
        check_copy(check, e, c, way == ways_.end() ? nowhere : way->second);
        if (!e.bounce_contains.empty()) check_bounce(check, e.bounce_contains, c, reports_);
        std::string& words = check.held() ? good : bad;
        words += (words.empty() ? "" : "; ") + check.words();
    }
    if (good.empty() && bad.empty()) bad = name + " has no copy" + (e.to.empty() ? "" : " to " + e.to);
    result.held = bad.empty();
    result.actual = result.held ? std::move(good) : std::move(bad);
    return result;
}

std::vector<Verdict> Judge::verdicts(const trace::Ledger& ledger, const Summary& summary) const {
    std::vector<Verdict> all;
    for (const scenario::Expectation& expectation : scenario_.expect) {
        Verdict v = std::visit([&](const auto& e) { return judge(e, ledger, summary); }, expectation.what);
        v.written = expectation.written;
        v.pointer = expectation.pointer;
        all.push_back(std::move(v));
    }
    return all;
}

} // namespace postopolis::metrics
