// The report of a run. See report.hpp for the promises.
#include "postopolis/metrics/report.hpp"

#include <algorithm>
#include <vector>

#include "metrics/layout.hpp"
#include "postopolis/metrics/chart.hpp"
#include "postopolis/metrics/words.hpp"

namespace postopolis::metrics {
namespace {

using kernel::Duration;
using kernel::human_text;
using layout::count;
using trace::Cause;
using trace::Fate;
using trace::LetterKind;

constexpr int kHeading = 12; // columns of the headings at the left

class Report {
public:
    Report(const Summary& summary, const trace::Ledger& ledger, const ReportOptions& options)
        : s_(summary)
        , ledger_(ledger)
        , options_(options)
        , paint_{options.colour}
        , width_(std::max(40, options.width)) {}

    std::string text() {
        title();
        sent();
        fates();
        balance();
        delays();
        causes();
        slowest();
        reasons();
        run();
        return options_.ascii ? layout::ascii_only(out_) : std::move(out_);
    }

private:
    /// A heading, and the text beside it.
    void entry(std::string_view heading, std::string_view text) {
        if (text.empty()) {
            out_ += paint_.bold(heading) + '\n';
            return;
        }
        const std::string padded = layout::pad_right(std::string(heading), kHeading);
        std::string lines = layout::wrapped(text, width_, padded, std::string(kHeading, ' '));
        // Painted afterwards: colours have no width.
        if (!heading.empty()) lines.replace(0, heading.size(), paint_.bold(heading));
        out_ += lines;
    }
    void entry(std::string_view heading, std::string_view text,
               std::string (layout::Paint::*colour)(std::string_view) const) {
        std::string lines =
            layout::wrapped(text, width_, std::string(kHeading, ' '), std::string(kHeading, ' '));
        const std::string beside = lines.substr(kHeading, lines.size() - kHeading - 1);
        out_ +=
            paint_.bold(layout::pad_right(std::string(heading), kHeading)) + (paint_.*colour)(beside) + '\n';
    }

    void title() {
        if (!s_.facts.scenario.empty()) out_ += paint_.bold(layout::printable(s_.facts.scenario)) + '\n';
        if (!options_.question.empty())
            out_ += layout::wrapped(layout::printable(options_.question), width_, "  ", "  ");
        if (!out_.empty()) out_ += '\n';
    }

    void sent() {
        std::vector<std::string> parts;
        const auto add = [&](LetterKind kind, std::string_view one, std::string_view many) {
            if (const std::uint64_t n = s_.kind(kind).messages; n > 0) parts.push_back(count(n, one, many));
        };
        add(LetterKind::letter, "letter", "letters");
        add(LetterKind::reply, "reply", "replies");
        std::string text = joined(parts);
        if (parts.empty()) text = "nothing";
        const std::uint64_t copies = s_.kind(LetterKind::letter).copies + s_.kind(LetterKind::reply).copies;
        if (copies > 0) text += ", " + count(copies, "recipient's copy", "recipients' copies");
        parts.clear();
        add(LetterKind::bounce, "bounce", "bounces");
        add(LetterKind::warning, "delay warning", "delay warnings");
        add(LetterKind::confirmation, "confirmation", "confirmations");
        if (!parts.empty()) text += "; about them, the mail system wrote " + joined(parts);
        entry("Sent", text + ".");
    }

    /// Of what people wrote: what became of the reports about it stands in the ledger's line.
    void fates() {
        const FateCounts fates = s_.letter_fates();
        const std::uint64_t delivered = fates[static_cast<std::size_t>(Fate::delivered)];
        const std::uint64_t fetched = s_.to_reader ? s_.to_reader->count : 0;
        std::vector<ChartRow> rows;
        for (const Fate fate : {Fate::delivered, Fate::junk, Fate::expanded, Fate::bounced, Fate::rejected,
                                Fate::discarded, Fate::lost, Fate::in_transit}) {
            const std::uint64_t n = fates[static_cast<std::size_t>(fate)];
            if (n == 0) continue;
            rows.push_back(
                {std::string(fate_words(fate, Register::plain)), static_cast<double>(n), count(n)});
        }
        if (rows.empty()) return;
        if (rows.size() == 1) {
            std::string in_hands;
            if (fetched > 0)
                in_hands = fetched == delivered ? ", and in the readers' hands"
                                                : ", of which " + count(fetched) + " in the readers' hands";
            entry("Became", rows[0].value_text + " " + rows[0].label + in_hands + ".");
            return;
        }
        entry("Became", "");
        chart(rows);
        if (fetched > 0)
            entry("", "Of those delivered, " + count(fetched) + (fetched == 1 ? " is" : " are") +
                          " in the readers' hands.");
    }

    void balance() {
        const Balance& b = s_.balance;
        const std::uint64_t reports = s_.kind(LetterKind::bounce).copies + s_.kind(LetterKind::warning).copies +
                                      s_.kind(LetterKind::confirmation).copies;
        std::string sum = count(b.composed > reports ? b.composed - reports : 0, "copy sent", "copies sent");
        if (reports > 0) sum += " + " + count(reports, "copy of a report", "copies of reports");
        if (b.expanded_into > 0) sum += " + " + count(b.expanded_into) + " made by lists and aliases";
        if (b.duplicates > 0) sum += " + " + count(b.duplicates, "duplicate", "duplicates");
        std::string fates;
        for (const Fate fate : {Fate::delivered, Fate::junk, Fate::expanded, Fate::bounced, Fate::rejected,
                                Fate::discarded, Fate::lost, Fate::in_transit}) {
            if (s_.fate(fate) == 0) continue;
            fates += fates.empty() ? "" : " + ";
            fates += count(s_.fate(fate)) + " " + std::string(trace::name(fate));
        }
        sum += " = " + (fates.empty() ? "0" : fates);
        if (b.balanced) return entry("Ledger", sum + " ✓", &layout::Paint::green);
        entry("Ledger", sum + " ✗ THIS DOES NOT BALANCE: a defect of the simulator", &layout::Paint::red);
        for (std::size_t i = 0; i < b.faults.size() && i < options_.reasons; ++i)
            entry("", b.faults[i]);
        if (b.faults.size() > options_.reasons)
            entry("", "… and " + count(b.faults.size() - options_.reasons) + " more");
    }

    static std::string seconds(double s) { return human_text(Duration::from_seconds(s)); }

    void delays() {
        if (!s_.to_inbox) return;
        if (s_.to_inbox->count == 1) {
            std::string text = seconds(s_.to_inbox->max) + " to the inbox";
            if (s_.to_reader) text += ", " + seconds(s_.to_reader->max) + " to the reader's hands";
            return entry("Delay", text + ".");
        }
        static constexpr int kColumn = 13;
        static constexpr int kLabel = 15;
        const bool narrow = width_ < kLabel + 5 * kColumn;
        std::vector<std::string_view> heads{"mean", "median", "95 %", "99 %", "slowest"};
        if (narrow) heads = {"mean", "95 %", "slowest"};
        const int column = std::min(kColumn, (width_ - kLabel) / static_cast<int>(heads.size()));
        std::string line = paint_.bold("Delay") + std::string(static_cast<std::size_t>(kLabel) - 5, ' ');
        for (std::string_view head : heads)
            line += layout::pad_left(std::string(head), column);
        out_ += line + '\n';
        const auto row = [&](std::string_view label, const DelayFigures& f) {
            std::vector<double> values{f.mean, f.p50, f.p95, f.p99, f.max};
            if (narrow) values = {f.mean, f.p95, f.max};
            std::string cells = layout::pad_right(std::string(label), kLabel);
            for (double v : values)
                cells += layout::pad_left(seconds(v), column);
            out_ += cells + '\n';
        };
        row("  to the inbox", *s_.to_inbox);
        if (s_.to_reader) row("  to the reader", *s_.to_reader);
    }

    void causes() {
        if (!s_.delay || s_.delay->mean <= 0) return;
        const DelayFigures& f = *s_.delay;
        std::vector<ChartRow> rows;
        const auto add = [&](Cause cause, double mean) {
            if (mean > 0)
                rows.push_back({std::string(cause_words(cause, Register::plain)), mean, seconds(mean)});
        };
        for (std::size_t i = 0; i < trace::kCauses; ++i) {
            const auto cause = static_cast<Cause>(i);
            add(cause, trace::is_backoff(cause)
                           ? f.backoff[i - static_cast<std::size_t>(Cause::backoff_greylisted)]
                           : f.causes[family_index(cause)]);
        }
        const std::string end = s_.fetched == 0                         ? "to the inbox:"
                                : s_.fetched < s_.fate(Fate::delivered) ? "to the reader (or the inbox):"
                                                                        : "to the reader:";
        entry("Why", f.count == 1 ? "where its time went, from the click " + end
                                  : "where a delivered copy's time went on average, click " + end);
        chart(rows);
    }

    void slowest() {
        const trace::Found<trace::CopyRecord> slowest =
            s_.slowest ? ledger_.copy(*s_.slowest) : trace::Found<trace::CopyRecord>();
        const bool alone = s_.messages == 1;
        // Where nothing arrived, the first message is the one to ask about.
        if (ledger_.letters().empty()) return;
        const trace::LetterRecord letter = slowest ? *ledger_.letter(slowest->letter) : ledger_.letters().front();
        const std::string number = std::to_string(ledger_.letter_number(letter.id));
        std::string text;
        if (!alone && slowest)
            text = "message " + number + ", “" + layout::fit(layout::printable(letter.subject), 40) +
                   "”, to " + (slowest->recipient ? slowest->recipient->text() : std::string("nobody")) +
                   ": " + human_text((slowest->fetched ? slowest->accounted : slowest->settled) - slowest->composed) + ".";
        if (!text.empty()) entry("Slowest", text);
        if (options_.explain_command.empty()) return;
        entry(alone || !slowest ? "Its story" : "",
              paint_.cyan(options_.explain_command + " " + number));
    }

    void reasons() {
        std::vector<const NonDelivery*> rows;
        std::uint64_t silent = 0;
        for (const NonDelivery& n : s_.not_delivered) {
            if (n.reason.empty() && n.code == 0)
                silent += n.count;
            else
                rows.push_back(&n);
        }
        if (rows.empty()) return;
        std::stable_sort(rows.begin(), rows.end(),
                         [](const NonDelivery* a, const NonDelivery* b) { return a->count > b->count; });
        const std::size_t shown = std::min(rows.size(), options_.reasons);
        entry("Not delivered", "");
        int digits = 1;
        for (std::size_t i = 0; i < shown; ++i)
            digits = std::max(digits, layout::display_width(count(rows[i]->count)));
        for (std::size_t i = 0; i < shown; ++i) {
            const NonDelivery& n = *rows[i];
            std::string start = "  " + layout::pad_left(count(n.count), digits) + "  ";
            start += layout::pad_right(std::string(fate_words(n.fate, Register::plain)), 10) + "  ";
            std::string why = layout::printable(n.reason);
            const std::string code = n.code == 0 ? "" : std::to_string(n.code);
            if (!code.empty() && why.compare(0, code.size(), code) != 0) why.insert(0, code + " ");
            out_ += layout::wrapped(why, width_, start,
                                    std::string(static_cast<std::size_t>(layout::display_width(start)), ' '));
        }
        if (rows.size() > shown)
            out_ += "  … and " + count(rows.size() - shown, "more reason", "more reasons") + "\n";
        if (silent > 0)
            out_ += "  and " + count(silent, "copy", "copies") + " on the way without trouble so far\n";
    }

    void run() {
        const layout::Calendar calendar(s_.facts.start_unix_seconds);
        out_ += '\n';
        if (s_.facts.interrupted)
            entry("Interrupted", "the run was stopped before its end; less happened than would have.",
                  &layout::Paint::yellow);
        const kernel::Time start = kernel::Time::start();
        std::string end = calendar.date_and_clock(s_.facts.end);
        if (calendar.day(start) == calendar.day(s_.facts.end)) end.erase(0, end.find(' ') + 1);
        entry("Run", human_text(s_.facts.end.since_start()) + " of virtual time (" +
                         calendar.date_and_clock(start) + " – " + end + "), " +
                         count(s_.facts.events, "event", "events") + ", seed " +
                         std::to_string(s_.facts.seed) + ", replication " +
                         std::to_string(s_.facts.replication) + ".");
        if (!s_.facts.fingerprint.empty()) entry("Fingerprint", s_.facts.fingerprint);
    }

    void chart(const std::vector<ChartRow>& rows) {
        out_ += bar_chart(rows, {.width = std::min(width_, 100),
                                 .indent = 2,
                                 .label_width = 26,
                                 .unicode = !options_.ascii,
                                 .colour = options_.colour});
    }

    static std::string joined(const std::vector<std::string>& parts) {
        std::string out;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i > 0) out += i + 1 == parts.size() ? " and " : ", ";
            out += parts[i];
        }
        return out;
    }

    const Summary& s_;
    const trace::Ledger& ledger_;
    const ReportOptions& options_;
    layout::Paint paint_;
    int width_;
    std::string out_;
};

} // namespace

std::string report_text(const Summary& summary, const trace::Ledger& ledger, const ReportOptions& options) {
    return Report(summary, ledger, options).text();
}

} // namespace postopolis::metrics
