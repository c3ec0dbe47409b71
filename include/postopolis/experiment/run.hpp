// One run of a scenario from opening to results: a value that its owner drives.
//
//     auto opened = experiment::Run::open(scenario, {});
//     if (auto* error = std::get_if<std::string>(&opened)) ...
//     auto& run = std::get<experiment::Run>(opened);
//     while (run.advance(100'000)) { /* show run.progress(), stop early if asked to */ }
//     experiment::RunOutcome outcome = run.finish();
//
// The laws are kept in every run: the ledgers are strict while it goes on (a breach aborts, as the state can
// no longer be trusted) and are audited at its end. What fails outside the model (a full disk) ends the run
// and is told in `error`; results that are whole by then are kept. Many runs may live side by side, one
// thread each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/metrics/exporter.hpp"
#include "postopolis/metrics/judge.hpp"
#include "postopolis/metrics/summary.hpp"
#include "postopolis/nodes/town.hpp"
#include "postopolis/scenario/scenario.hpp"

namespace postopolis::experiment {

struct RunOptions {
    std::uint32_t replication = 0;
    std::optional<std::uint64_t> seed;       ///< instead of the scenario's
    std::optional<kernel::Time> until;       ///< the clock stops here, if the run does not end before
    unsigned threads = 1;                    ///< that compute the run, which is the same on any number
    std::string name;                        ///< of the run where the scenario has no title
    nodes::Dialogues dialogues = nodes::Dialogues::automatic;
    std::vector<std::string> exports;        ///< names of exporters (metrics::exporters)
    metrics::ExportOptions output;           ///< `directory` and `force`; the rest is filled in
    std::vector<trace::Observer*> observers; ///< must outlive the run
};

struct RunProgress {
    kernel::Time now, end; ///< the run may well be over before `end`
    std::uint64_t events = 0;
    std::uint64_t letters = 0; ///< composed so far, with replies and reports
    std::uint64_t copies = 0;
    /// Of the run's length, where that is known beforehand: not where it goes on until the town is quiet.
    std::optional<double> fraction;
};

struct RunOutcome {
    metrics::Summary summary;
    /// One per expectation of the scenario, in its order; none if the run was interrupted or has failed.
    std::vector<metrics::Verdict> verdicts;
    std::vector<std::string> files; ///< results that are whole, by their final names
    std::string error;              ///< of the world outside (input, output); empty if none
    bool interrupted = false;       ///< finished by its owner before it was over
    bool quiet = false;             ///< nothing was left to happen
    std::vector<std::string> audit; ///< laws that do not hold: defects of the simulator; empty in a sound run
    double wall_seconds = 0;        ///< spent in advance()

    bool sound() const { return error.empty() && audit.empty(); }
    /// True if it was judged at all and every expectation holds.
    bool as_expected() const;
};

class Run {
public:
    /// Builds the town and opens the exports; nothing has happened then. Gives the text of an error that a
    /// person can act upon. The scenario must be complete, as loading leaves it, and outlive the run.
    static std::variant<Run, std::string> open(const scenario::Scenario& scenario, RunOptions options);
    Run(Run&&) noexcept;
    Run& operator=(Run&&) noexcept;
    ~Run();

    /// Processes so many events at most, or few more on several threads. False when the run is over: its end is reached, nothing is left to
    /// happen, or an export has failed.
    bool advance(std::uint64_t max_events);
    RunProgress progress() const;
    nodes::Town& town();
    const nodes::Town& town() const;
    /// By index into Scenario::letters: its id once it has been written, 0 before.
    const std::vector<trace::LetterId>& letters() const;

    /// Once: completes the exports, audits the ledgers and judges the expectations. The town is still there
    /// to be looked at, but cannot be advanced.
    RunOutcome finish();

private:
    struct State;
    explicit Run(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Opens, runs to the end and finishes. An error of opening is `error` of the outcome.
RunOutcome run_to_end(const scenario::Scenario& scenario, RunOptions options);

} // namespace postopolis::experiment
