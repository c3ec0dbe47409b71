// See run_report.hpp.
#include "run_report.hpp"

namespace postopolis::tools {
namespace {

std::string verdicts_text(const std::vector<metrics::Verdict>& verdicts) {
    std::string text;
    std::size_t held = 0;
    for (const metrics::Verdict& v : verdicts) {
        held += v.held ? 1 : 0;
        if (!v.held) text += "\n  not met: " + v.written + "\n           " + v.actual;
    }
    if (verdicts.empty()) return text;
    return "Expected    " + std::to_string(held) + " of " + std::to_string(verdicts.size()) +
           (verdicts.size() == 1 ? " expectation met." : " expectations met.") + text + "\n";
}

} // namespace

std::string run_report(const experiment::Run& run, const experiment::RunOutcome& outcome,
                       const metrics::ReportOptions& options) {
    std::string text =
        metrics::report_text(outcome.summary, run.town().ledger(), options) + verdicts_text(outcome.verdicts);
    if (!outcome.files.empty()) {
        text += "Results     ";
        for (std::size_t i = 0; i < outcome.files.size(); ++i)
            text += (i == 0 ? "" : "            ") + outcome.files[i] + "\n";
    }
    return text;
}

} // namespace postopolis::tools
