// The text of a lesson. See lesson.hpp.
#include "postopolis/metrics/lesson.hpp"

#include <algorithm>
#include <functional>

#include "metrics/layout.hpp"

namespace postopolis::metrics {
namespace {

constexpr int kMargin = 2;
constexpr int kLabel = 22; ///< columns for the names of the figures

std::string shown(std::string text, const ReportOptions& options) {
    return options.ascii ? layout::ascii_only(text) : text;
}

std::string paragraph(std::string_view text, const ReportOptions& options, int indent = kMargin) {
    const std::string blanks(static_cast<std::size_t>(indent), ' ');
    return layout::wrapped(text, options.width, blanks, blanks);
}

std::string number(int n) {
    return std::to_string(n) + ". ";
}

struct Figure {
    std::string_view name;
    std::function<std::string(const Summary&)> text;
    bool always = false; ///< shown even where all runs agree
};

std::string fate_count(const Summary& s, trace::Fate fate) {
    const FateCounts fates = s.letter_fates();
    return layout::count(fates[static_cast<std::size_t>(fate)]);
}

std::string delay_text(const Summary& s, double DelayFigures::*which) {
    if (!s.delay) return "-";
    return kernel::human_text(kernel::Duration::from_seconds((*s.delay).*which));
}

std::uint64_t happened(const Summary& s, std::string_view kind) {
    const auto found = std::find_if(s.happened.begin(), s.happened.end(), [&](const auto& h) { return h.first == kind; });
    return found == s.happened.end() ? 0 : found->second;
}

std::vector<Figure> figures() {
    using trace::Fate;
    return {
        {"letters' copies", [](const Summary& s) {
             return layout::count(s.kind(trace::LetterKind::letter).copies + s.kind(trace::LetterKind::reply).copies);
         }},
        {"delivered", [](const Summary& s) { return fate_count(s, Fate::delivered); }, true},
        {"bounced", [](const Summary& s) { return fate_count(s, Fate::bounced); }},
        {"lost", [](const Summary& s) { return fate_count(s, Fate::lost); }},
        {"still under way", [](const Summary& s) { return fate_count(s, Fate::in_transit); }},
        {"deferrals", [](const Summary& s) { return layout::count(s.deferrals); }},
        {"connections", [](const Summary& s) { return layout::count(happened(s, "Connected")); }},
        {"mean delay", [](const Summary& s) { return delay_text(s, &DelayFigures::mean); }, true},
        {"half within", [](const Summary& s) { return delay_text(s, &DelayFigures::p50); }},
        {"95 % within", [](const Summary& s) { return delay_text(s, &DelayFigures::p95); }},
        {"longest", [](const Summary& s) { return delay_text(s, &DelayFigures::max); }},
    };
}

} // namespace

std::string lesson_question(const scenario::Scenario& scenario, const ReportOptions& options) {
    const layout::Paint paint{options.colour};
    const scenario::Lesson& lesson = scenario.lesson.value();
    std::string text = paint.bold(scenario.title) + "\n" + paragraph(scenario.description, options) + "\n";
    text += paint.bold("Question") + "\n" + paragraph(lesson.question, options);
    for (std::size_t i = 0; i < lesson.choices.size(); ++i)
        text += layout::wrapped(lesson.choices[i], options.width, "    " + number(static_cast<int>(i) + 1), "       ");
    return shown(std::move(text), options);
}

std::string lesson_comparison(const std::vector<LessonRun>& runs, const ReportOptions& options) {
    if (runs.size() < 2) return {};
    const layout::Paint paint{options.colour};
    std::string text = paint.bold("Side by side") + "\n";
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::string letter(1, static_cast<char>('A' + i));
        text += layout::wrapped(runs[i].what, options.width, "  " + letter + "  ", "     ");
    }
    const int room = options.width - kMargin - kLabel;
    const int column = std::clamp(room / static_cast<int>(runs.size()), 6, 16);
    text += std::string(kMargin + kLabel, ' ');
    for (std::size_t i = 0; i < runs.size(); ++i)
        text += layout::pad_left(std::string(1, static_cast<char>('A' + i)), column);
    text += "\n";
    for (const Figure& figure : figures()) {
        std::vector<std::string> values;
        for (const LessonRun& run : runs) values.push_back(figure.text(run.summary));
        const bool same = std::all_of(values.begin(), values.end(), [&](const auto& v) { return v == values.front(); });
        if (same && !figure.always) continue;
        text += "  " + layout::pad_right(std::string(figure.name), kLabel);
        for (std::string& v : values) text += layout::pad_left(std::move(v), column);
        text += "\n";
    }
    return shown(std::move(text), options);
}

std::string lesson_answer(const scenario::Lesson& lesson, std::optional<int> predicted, const ReportOptions& options) {
    const layout::Paint paint{options.colour};
    const std::string right = number(lesson.answer);
    std::string text = paint.bold("Answer") + "\n";
    text += layout::wrapped(lesson.choices.at(static_cast<std::size_t>(lesson.answer - 1)), options.width, "    " + right, "       ");
    if (predicted)
        text += paragraph(*predicted == lesson.answer ? "As you predicted." : "You predicted " + std::to_string(*predicted) + ".", options, 7);
    text += "\n" + paint.bold("Why") + "\n" + paragraph(lesson.reason, options);
    return shown(std::move(text), options);
}

} // namespace postopolis::metrics
