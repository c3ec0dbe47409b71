// Driving a run. See driver.hpp.
#include "driver.hpp"

#include <algorithm>
#include <cmath>

#include "commands.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "terminal.hpp"

namespace postopolis::tools {
namespace {

// Some ten milliseconds: short enough for ^C and a moving line, long enough to cost nothing, though threads meet and
// part again at its end.
constexpr std::uint64_t kChunk = 100'000;
constexpr int kBarColumns = 24;

std::string progress_text(const experiment::RunProgress& p) {
    std::string text;
    if (p.fraction) {
        const double share = std::clamp(*p.fraction, 0.0, 1.0);
        const auto filled = static_cast<std::size_t>(std::floor(share * kBarColumns));
        text = "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '.') + "] " +
               std::to_string(static_cast<int>(share * 100)) + " %  ";
    }
    return text + kernel::human_text(p.now.since_start()) + " in the town, " + std::to_string(p.letters) +
           " letters, " + std::to_string(p.events) + " events";
}

} // namespace

experiment::RunOutcome drive(experiment::Run& run, bool show_progress, std::uint64_t most_events) {
    const Interruption interruption;
    ProgressLine line(show_progress);
    std::uint64_t left = most_events;
    while (left > 0 && !Interruption::wanted() && run.advance(std::min(left, kChunk))) {
        left -= std::min(left, kChunk);
        if (line.due()) line.draw(progress_text(run.progress()));
    }
    line.clear();
    experiment::RunOutcome outcome = run.finish();
    if (Interruption::wanted() && outcome.interrupted)
        complain("interrupted after " + kernel::human_text(outcome.summary.facts.end.since_start()) +
                 " in the town; what was done until then is kept");
    if (!outcome.error.empty()) complain(outcome.error);
    for (const std::string& broken : outcome.audit)
        complain("a law is broken, this is a defect of Postopolis: " + broken);
    return outcome;
}

int exit_code_of(const experiment::RunOutcome& outcome) {
    if (!outcome.audit.empty()) return kDefect;
    if (!outcome.error.empty()) return kInputOutput;
    if (outcome.interrupted) return kInterrupted;
    return outcome.as_expected() ? kFine : kNotAsExpected;
}

std::optional<std::string> unknown_exporter(const std::vector<std::string>& names) {
    std::vector<std::string_view> known;
    for (const metrics::ExporterInfo& info : metrics::exporters())
        known.push_back(info.name);
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const std::string near = scenario::nearest(name, known);
        return "--export " + name + ": there is no such exporter; " +
               (near.empty() ? "there are " + scenario::one_of(known) : "did you mean " + near + "?");
    }
    return std::nullopt;
}

} // namespace postopolis::tools
