// Driving a run: in pieces or at once, to its end or not, with results and what fails of them.
#include <doctest/doctest.h>
#include <filesystem>
#include <unistd.h>

#include "postopolis/experiment/record.hpp"
#include "postopolis/experiment/run.hpp"
#include "postopolis/scenario/load.hpp"

using namespace postopolis;
using experiment::Run;
using experiment::RunOptions;
using experiment::RunOutcome;
namespace fs = std::filesystem;

namespace {

constexpr const char* kTown = R"({"postopolis": 1, "title": "A town",
    "domains": {"a.example": {"people": ["ann"]}, "b.example": {"people": ["ben"]}},
    "letters": [{"from": "ann@a.example", "to": "ben@b.example", "subject": "One"},
                {"from": "ben@b.example", "to": "ann@a.example", "subject": "Two", "at": "1h"}],
    "expect": [{"fate": {"delivered": 2}}, {"count": {"letters": 3}}]})";

scenario::Scenario town(const char* text = kTown) {
    scenario::LoadResult loaded = scenario::load_text(text);
    REQUIRE(loaded.scenario);
    return std::move(*loaded.scenario);
}

Run opened(const scenario::Scenario& s, RunOptions options = {}) {
    auto result = Run::open(s, std::move(options));
    REQUIRE(std::holds_alternative<Run>(result));
    return std::get<Run>(std::move(result));
}

struct Folder {
    fs::path path = fs::temp_directory_path() / ("postopolis-run-test-" + std::to_string(getpid()));
    Folder() { fs::remove_all(path); }
    ~Folder() { fs::remove_all(path); }
};

} // namespace

TEST_CASE("event by event it is the same run") {
    const scenario::Scenario s = town();
    const RunOutcome at_once = experiment::run_to_end(s, {});
    Run run = opened(s);
    std::uint64_t steps = 0;
    while (run.advance(1))
        ++steps;
    const RunOutcome piecewise = run.finish();
    CHECK(piecewise.summary.facts.fingerprint == at_once.summary.facts.fingerprint);
    CHECK(steps == at_once.summary.facts.events);
    CHECK(metrics::summary_json(piecewise.summary) == metrics::summary_json(at_once.summary));
    CHECK(at_once.quiet);
    CHECK(at_once.sound());
}

TEST_CASE("expectations are judged at the end, and only there") {
    const scenario::Scenario s = town();
    const RunOutcome outcome = experiment::run_to_end(s, {});
    REQUIRE(outcome.verdicts.size() == 2);
    CHECK(outcome.verdicts[0].held);
    CHECK_FALSE(outcome.verdicts[1].held); // two letters, not three
    CHECK_FALSE(outcome.as_expected());

    Run run = opened(s);
    CHECK(run.advance(20));
    const RunOutcome stopped = run.finish();
    CHECK(stopped.interrupted);
    CHECK(stopped.verdicts.empty());
    CHECK(stopped.sound());
    CHECK_FALSE(stopped.as_expected());
    CHECK(stopped.summary.facts.events == 20);
    CHECK(stopped.summary.balance.balanced);
    CHECK_FALSE(run.advance(1)); // a finished run stays finished
}

TEST_CASE("the clock stops where it is told to") {
    const scenario::Scenario s = town();
    RunOptions options;
    options.until = kernel::Time::at(kernel::Duration::minutes(30));
    const RunOutcome outcome = experiment::run_to_end(s, options);
    CHECK(outcome.summary.facts.end == *options.until);
    CHECK_FALSE(outcome.interrupted);
    CHECK_FALSE(outcome.quiet);
    CHECK(outcome.summary.letters == 1); // the second one is written after an hour

    scenario::Scenario long_run = town();
    long_run.run.length = kernel::Duration::days(2);
    CHECK(experiment::run_to_end(long_run, {}).summary.facts.end ==
          kernel::Time::at(kernel::Duration::days(2)));
}

TEST_CASE("seed and replication make the run; the scenario's seed is only a default") {
    const scenario::Scenario s = town();
    RunOptions other;
    other.seed = 2;
    RunOptions replicated;
    replicated.replication = 1;
    const auto fingerprint = [&](const RunOptions& o) {
        return experiment::run_to_end(s, o).summary.facts.fingerprint;
    };
    CHECK(fingerprint(other) != fingerprint({}));
    CHECK(fingerprint(replicated) != fingerprint({}));
    scenario::Scenario reseeded = town();
    reseeded.seed = 2;
    CHECK(experiment::run_to_end(reseeded, {}).summary.facts.fingerprint == fingerprint(other));
}

TEST_CASE("a directory keeps what it takes to play the run again") {
    const Folder folder;
    const scenario::Scenario s = town();
    RunOptions options;
    options.exports = {"csv"};
    options.output.directory = folder.path;
    options.replication = 4;
    const RunOutcome outcome = experiment::run_to_end(s, options);
    REQUIRE(outcome.error == "");
    CHECK(outcome.files.size() == 3);
    const auto read = experiment::read_record(folder.path);
    REQUIRE(std::holds_alternative<experiment::RunRecord>(read));
    const auto& record = std::get<experiment::RunRecord>(read);
    CHECK(record.scenario == "A town");
    CHECK(record.seed == 1);
    CHECK(record.replication == 4);
    CHECK(record.fingerprint == outcome.summary.facts.fingerprint);
    CHECK(record.files == std::vector<std::string>{"copies.csv"});
    const auto kept = scenario::load_file((folder.path / experiment::kScenarioFile).string());
    REQUIRE(kept.scenario);
    RunOptions again;
    again.seed = record.seed;
    again.replication = record.replication;
    CHECK(experiment::run_to_end(*kept.scenario, again).summary.facts.fingerprint == record.fingerprint);

    // Another run does not get in, and changes nothing, unless it is let in.
    CHECK(std::holds_alternative<std::string>(Run::open(s, options)));
    CHECK(fs::exists(folder.path / "copies.csv"));
    options.output.force = true;
    CHECK(experiment::run_to_end(s, options).error == "");
}

TEST_CASE("what cannot be opened is an error and not a run") {
    const scenario::Scenario s = town();
    RunOptions options;
    options.exports = {"no-such-exporter"};
    options.output.directory = fs::temp_directory_path();
    CHECK(experiment::run_to_end(s, options).error.find("no-such-exporter") != std::string::npos);
    options.exports = {"csv"};
    options.output.directory = "/proc/no/such/place";
    CHECK(experiment::run_to_end(s, options).error.find("/proc") != std::string::npos);
}
