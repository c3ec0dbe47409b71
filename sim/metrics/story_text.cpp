// The story as people read it.
#include <algorithm>
#include <set>
#include <tuple>

#include "metrics/story_dialogue.hpp"
#include "metrics/story_headers.hpp"
#include "metrics/story_voice.hpp"
#include "metrics/story_way.hpp"
#include "postopolis/metrics/chart.hpp"

namespace postopolis::metrics {
namespace {

using kernel::human_text;
using trace::CopyRecord;
using trace::Event;
using trace::Fate;

constexpr int kTimeColumns = 28; // "08:00:01.234  +23 h 59 min  "
constexpr int kLabelColumns = 26;
constexpr int kChartWidth = 100; // longer bars say no more

class Telling {
public:
    Telling(const StoryRecord& record, const StoryOptions& options)
        : r_(record)
        , options_(options)
        , width_(std::max(60, options.width))
        , voice_(record, options.postal ? Register::postal : Register::plain, options.start_unix_seconds)
        , paint_{options.colour} {}

    std::string all() {
        for (LetterId id : r_.selected)
            tell(*r_.tale(id), false);
        return options_.ascii ? layout::ascii_only(out_) : std::move(out_);
    }

private:
    void tell(const Tale& tale, bool is_report) {
        const trace::LetterRecord letter = *r_.ledger.letter(tale.id);
        if (!out_.empty()) out_ += '\n';
        say(is_report ? Phrase::report_title : Phrase::title,
            {{"number", std::to_string(tale.number)}, {"subject", layout::printable(letter.subject)}}, true);
        if (!letter.message_id.empty()) out_ += paint_.dim("Message-ID <" + letter.message_id + ">") + '\n';
        const Way way(r_, tale);
        if (way.abridged())
            say(Phrase::representatives,
                {{"n", layout::count(letter.copies.size())}, {"names", voice_.names(way.followed())}}, false);
        tell_way(tale, way);
        tell_copies(tale, way);
        if (options_.headers) out_ += header_text(r_, tale, voice_, width_, paint_);
        for (LetterId report : tale.reports)
            tell(*r_.tale(report), true);
    }

    void say(Phrase phrase, Fillings fillings, bool bold) {
        const std::string lines =
            layout::wrapped(metrics::say(phrase, voice_.words(), fillings), width_, "", "");
        out_ += bold ? paint_.bold(std::string_view(lines).substr(0, lines.size() - 1)) + "\n" : lines;
    }

    void tell_way(const Tale& tale, const Way& way) {
        const Time click = tale.composed.event().time;
        std::optional<std::int64_t> day;
        std::optional<Time> last;
        std::set<ConnectionId> told;
        for (const Step& step : way.steps()) {
            const Event& e = *step.event;
            std::optional<std::string> text = voice_.say(tale, e);
            const auto* alone = std::get_if<trace::Passed>(&e.what);
            if (alone != nullptr) text = voice_.say_stage(*alone, e.time - alone->begin);
            if (!text) continue;
            if (!step.whole) *text += " (" + voice_.names(step.copies) + ")";
            if (day != voice_.calendar().day(e.time)) {
                day = voice_.calendar().day(e.time);
                out_ += '\n' + paint_.bold(voice_.calendar().date(e.time)) + '\n';
                last.reset();
            }
            std::string time;
            if (last != e.time)
                time = voice_.calendar().clock(e.time) + "  " +
                       layout::pad_left("+" + human_text(e.time - click), 12);
            last = e.time;
            line(layout::pad_right(std::move(time), kTimeColumns), *text, e);
            for (const trace::Passed* p : step.stages)
                if (const auto stage = voice_.say_stage(*p, e.time - p->begin))
                    out_ += dim(layout::wrapped(*stage, width_, std::string(kTimeColumns, ' '),
                                                std::string(kTimeColumns, ' ')));
            if (options_.dialogue && step.milestone)
                out_ += dialogue_text(r_, tale, voice_, e.time, told, width_, paint_);
        }
        if (options_.dialogue) out_ += dialogue_text(r_, tale, voice_, Time::max(), told, width_, paint_);
    }

    std::string dim(const std::string& lines) const {
        return paint_.dim(lines.substr(0, lines.size() - 1)) + "\n";
    }

    void line(const std::string& time, const std::string& text, const Event& e) {
        const std::string lines =
            layout::wrapped(text, width_, std::string(kTimeColumns, ' '), std::string(kTimeColumns, ' '));
        const std::string said = lines.substr(kTimeColumns, lines.size() - kTimeColumns - 1);
        const bool good = std::holds_alternative<trace::Delivered>(e.what) ||
                          std::holds_alternative<trace::Fetched>(e.what);
        const bool delay = std::holds_alternative<trace::Deferred>(e.what) ||
                           std::holds_alternative<trace::ConnectFailed>(e.what);
        const bool bad = std::holds_alternative<trace::Bounced>(e.what) ||
                         std::holds_alternative<trace::Rejected>(e.what) ||
                         std::holds_alternative<trace::Lost>(e.what);
        out_ += paint_.dim(time);
        out_ += good ? paint_.green(said) : delay ? paint_.yellow(said) : bad ? paint_.red(said) : said;
        out_ += '\n';
    }

    void tell_copies(const Tale& tale, const Way& way) {
        out_ += '\n';
        say(Phrase::copies_title, {}, true);
        const trace::LetterRecord letter = *r_.ledger.letter(tale.id);
        if (way.abridged()) {
            group_lines(letter);
        } else {
            for (CopyId id : letter.copies)
                copy_line(*r_.ledger.copy(id));
        }
        std::set<std::string> seen; // copies that went together had the same delays
        for (CopyId id : way.followed()) {
            const trace::Found<CopyRecord> c = r_.ledger.copy(id);
            if (!c || c->spent.total().count() == 0) continue;
            std::string chart = causes(*c);
            if (seen.insert(chart).second) out_ += chart;
        }
    }

    void copy_line(const CopyRecord& c) {
        std::string why;
        if (c.fate == Fate::delivered && c.fetched)
            why = metrics::say(Phrase::read_by, voice_.words(), {{"took", human_text(c.read - c.composed)}});
        else if (c.fate != Fate::delivered && c.fate != Fate::junk && c.fate != Fate::expanded &&
                 c.reason != 0)
            why = "; " + layout::printable(r_.ledger.text(c.reason));
        if (c.duplicate) why += "; a duplicate";
        const Time until = c.fate == Fate::in_transit ? c.accounted : c.settled;
        const std::string recipient = c.recipient ? c.recipient->text() : "?";
        const std::string place = c.place == 0 ? tale_place(c) : r_.ledger.text(c.place);
        const std::string took = human_text(until - c.composed);
        why += ".";
        const bool there = c.fate == Fate::in_transit;
        const Fillings fillings{{"recipient", recipient},
                                {"fate", fate_words(c.fate, voice_.words())},
                                {"took", took},
                                {"place", place},
                                {"why", why}};
        out_ += layout::wrapped(
            metrics::say(there ? Phrase::still_there : Phrase::came_to, voice_.words(), fillings), width_,
            "  ", "    ");
    }

    /// Where a copy is that no host has taken: where it was written.
    static std::string tale_place(const CopyRecord& c) {
        return trace::is_report(c.kind) ? "the host that wrote it" : "its author's";
    }

    /// So many copies met the same fate, in so much time.
    void group_lines(const trace::LetterRecord& letter) {
        struct Group {
            std::uint64_t n = 0;
            trace::Duration least = trace::Duration::max(), most;
        };
        std::map<std::tuple<Fate, std::string, std::string>, Group> groups;
        for (CopyId id : letter.copies) {
            const CopyRecord c = *r_.ledger.copy(id);
            const bool arrived =
                c.fate == Fate::delivered || c.fate == Fate::junk || c.fate == Fate::expanded;
            Group& g = groups[{c.fate, r_.ledger.text(c.place), arrived ? "" : r_.ledger.text(c.reason)}];
            const trace::Duration d = (c.fate == Fate::in_transit ? c.accounted : c.settled) - c.composed;
            ++g.n;
            g.least = std::min(g.least, d);
            g.most = std::max(g.most, d);
        }
        for (const auto& [key, g] : groups) {
            const auto& [fate, place, reason] = key;
            std::string took = human_text(g.least);
            if (human_text(g.most) != took) took += " – " + human_text(g.most);
            out_ += layout::wrapped(
                metrics::say(
                    Phrase::came_to, voice_.words(),
                    {{"recipient", layout::count(g.n, "copy", "copies")},
                     {"fate", fate_words(fate, voice_.words())},
                     {"took", took},
                     {"place", place.empty() ? "its author's" : place},
                     {"why", (reason.empty() ? "" : "; " + layout::printable(reason)) + std::string(".")}}),
                width_, "  ", "    ");
        }
    }

    std::string causes(const CopyRecord& c) const {
        std::vector<ChartRow> rows;
        for (std::size_t i = 0; i < trace::kCauses; ++i) {
            const auto cause = static_cast<trace::Cause>(i);
            const trace::Duration d = c.spent.spent(cause);
            if (d.count() > 0)
                rows.push_back(
                    {std::string(cause_words(cause, voice_.words())), d.to_seconds(), human_text(d)});
        }
        const std::string_view end = c.fetched                    ? "to the reader's hands"
                                     : c.fate == Fate::in_transit ? "until now"
                                                                  : "to the end";
        std::string title = metrics::say(Phrase::delay_title, voice_.words(),
                                         {{"took", human_text(c.spent.total())}, {"end", end}});
        if (r_.ledger.letter(c.letter)->copies.size() > 1 && c.recipient) title += ", " + c.recipient->text();
        return "\n" + title + ":\n" +
               bar_chart(rows, {.width = std::min(width_, kChartWidth),
                                .indent = 2,
                                .label_width = kLabelColumns,
                                .unicode = !options_.ascii,
                                .colour = options_.colour});
    }

    const StoryRecord& r_;
    const StoryOptions& options_;
    int width_;
    StoryVoice voice_;
    layout::Paint paint_;
    std::string out_;
};

} // namespace

std::string StoryTeller::tell(const StoryOptions& options) const {
    return Telling(*record_, options).all();
}

} // namespace postopolis::metrics
