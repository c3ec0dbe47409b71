// Batches: the same files on any number of threads and after any interruption, and nothing lost.
#include "fixture.hpp"

#include <atomic>
#include <cmath>
#include <map>
#include <sstream>

#include "postopolis/experiment/batch.hpp"

using namespace postopolis;
using experiment::BatchOptions;
using experiment::BatchOutcome;
using experiment::Experiment;
using experiment_test::contents;
using experiment_test::Folder;

namespace {

constexpr const char* kTwoPoints =
    R"(, "replications": 4, "grid": { "every": ["1h", "2h"] }, "metrics": ["delay.mean", "delay.causes.pickup", "fates"])";

BatchOptions in(const std::filesystem::path& directory, unsigned threads = 1) {
    BatchOptions options;
    options.directory = directory;
    options.threads = threads;
    options.program = "a test";
    return options;
}

using Table = std::vector<std::map<std::string, std::string>>;

/// No field of these has a comma or a line break in it.
Table read_csv(const std::filesystem::path& path) {
    std::istringstream lines(contents(path));
    std::vector<std::string> names;
    Table table;
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> fields;
        std::istringstream in_line(line);
        for (std::string field; std::getline(in_line, field, ',');)
            fields.push_back(field);
        if (names.empty()) {
            names = fields;
            continue;
        }
        fields.resize(names.size());
        auto& row = table.emplace_back();
        for (std::size_t i = 0; i < names.size(); ++i)
            row[names[i]] = fields[i];
    }
    return table;
}

/// Runs only some, as a batch that is stopped does.
BatchOutcome run_some(const Experiment& e, BatchOptions options, std::uint64_t most) {
    std::atomic<bool> enough = false;
    options.progress = [&](const experiment::BatchProgress& p) { enough = enough || p.done >= most; };
    options.stop = [&] { return enough.load(); };
    return experiment::run_batch(e, options);
}

} // namespace

TEST_CASE("all runs are kept, and both files have the same bytes on one thread and on two") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, kTwoPoints);
    const BatchOutcome one = experiment::run_batch(e, in(folder.path / "one", 1));
    const BatchOutcome two = experiment::run_batch(e, in(folder.path / "two", 2));
    REQUIRE(one.error.empty());
    REQUIRE(two.error.empty());
    CHECK(one.done == 8);
    CHECK(one.ran_now == 8);
    CHECK(one.failed == 0);
    CHECK(one.unexpected == 0);
    CHECK(one.files.size() == 3);
    CHECK(one.summary.size() == 2 * e.metrics.size());
    for (const char* name : {"runs.csv", "summary.csv"}) {
        CHECK_FALSE(contents(folder.path / "one" / name).empty());
        CHECK(contents(folder.path / "one" / name) == contents(folder.path / "two" / name));
    }
    const Table runs = read_csv(folder.path / "one" / "runs.csv");
    REQUIRE(runs.size() == 8);
    CHECK(runs[5].at("point") == "1");
    CHECK(runs[5].at("replication") == "1");
    CHECK(runs[5].at("every") == "2h");
    CHECK(runs[5].at("seed") == "7");
    CHECK(runs[5].at("status") == "done");
    CHECK(runs[5].at("fates.delivered") == "3");
    CHECK(runs[5].at("fingerprint").size() == 16);
    CHECK(runs[4].at("fingerprint") != runs[5].at("fingerprint"));
}

TEST_CASE("the interval is Student's t over the replications") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, kTwoPoints);
    const BatchOutcome outcome = experiment::run_batch(e, in(folder.path / "out"));
    REQUIRE(outcome.error.empty());
    const Table runs = read_csv(folder.path / "out" / "runs.csv"),
                summary = read_csv(folder.path / "out" / "summary.csv");
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < 4; ++i)
        sum += std::stod(runs[i].at("delay.mean"));
    const double mean = sum / 4;
    for (std::size_t i = 0; i < 4; ++i)
        squares += std::pow(std::stod(runs[i].at("delay.mean")) - mean, 2);
    // The 97.5 % quantile of t with 3 degrees of freedom, from a printed table.
    const double half = 3.182446305 * std::sqrt(squares / 3 / 4);
    CHECK(squares > 0);
    CHECK(summary[0].at("metric") == "delay.mean");
    CHECK(summary[0].at("unit") == "s");
    CHECK(summary[0].at("n") == "4");
    CHECK(std::stod(summary[0].at("mean")) == doctest::Approx(mean).epsilon(1e-12));
    CHECK(std::stod(summary[0].at("half_width_95")) == doctest::Approx(half).epsilon(1e-8));
    CHECK(std::stod(summary[0].at("low_95")) == doctest::Approx(mean - half).epsilon(1e-8));
    // Bob looks at a random moment of each hour: half an hour on average, within 4 replications of 3 letters.
    CHECK(mean > 300);
    CHECK(mean < 3300);
}

TEST_CASE("one replication has a mean but no interval; a metric that does not exist has neither") {
    Folder folder;
    const Experiment e = experiment_test::load(
        folder, R"(, "metrics": ["fates.delivered", "delay.mean"], "limit": { "virtual": "1ns" })");
    REQUIRE(experiment::run_batch(e, in(folder.path / "out")).error.empty());
    const Table summary = read_csv(folder.path / "out" / "summary.csv");
    REQUIRE(summary.size() == 2);
    CHECK(summary[0].at("mean") == "0");
    CHECK(summary[0].at("half_width_95").empty());
    CHECK(summary[0].at("n") == "1");
    CHECK(summary[1].at("mean").empty());
    CHECK(summary[1].at("n") == "0");
}

TEST_CASE("stopped and started again, a batch does what is missing, and ends with the same bytes") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, kTwoPoints);
    REQUIRE(experiment::run_batch(e, in(folder.path / "whole")).error.empty());
    const BatchOutcome first = run_some(e, in(folder.path / "parts"), 1);
    REQUIRE(first.error.empty());
    CHECK(first.done >= 1);
    if (first.interrupted) CHECK_FALSE(std::filesystem::exists(folder.path / "parts" / "summary.csv"));
    const BatchOutcome second = experiment::run_batch(e, in(folder.path / "parts", 2));
    CHECK(second.ran_now == 8 - first.done);
    CHECK_FALSE(second.interrupted);
    const BatchOutcome third = experiment::run_batch(e, in(folder.path / "parts"));
    CHECK(third.ran_now == 0);
    CHECK(third.done == 8);
    for (const char* name : {"runs.csv", "summary.csv"})
        CHECK(contents(folder.path / "parts" / name) == contents(folder.path / "whole" / name));
}

TEST_CASE("nothing is run once it is to stop") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, kTwoPoints);
    BatchOptions options = in(folder.path / "out", 2);
    options.stop = [] { return true; };
    const BatchOutcome outcome = experiment::run_batch(e, options);
    CHECK(outcome.error.empty());
    CHECK(outcome.interrupted);
    CHECK(outcome.done == 0);
}

TEST_CASE("more replications add to what is there; fewer leave it out of the summary") {
    Folder folder;
    const std::string grid =
        R"(, "grid": { "every": ["1h", "2h"] }, "metrics": ["delay.mean"], "replications": )";
    const auto out = in(folder.path / "out");
    CHECK(experiment::run_batch(experiment_test::load(folder, grid + "2"), out).ran_now == 4);
    const BatchOutcome more = experiment::run_batch(experiment_test::load(folder, grid + "3"), out);
    CHECK(more.error.empty());
    CHECK(more.ran_now == 2);
    CHECK(read_csv(folder.path / "out" / "summary.csv")[1].at("n") == "3");
    const BatchOutcome fewer = experiment::run_batch(experiment_test::load(folder, grid + "2"), out);
    CHECK(fewer.ran_now == 0);
    CHECK(fewer.done == 4);
    CHECK(read_csv(folder.path / "out" / "summary.csv")[1].at("n") == "2");
    CHECK(read_csv(folder.path / "out" / "runs.csv").size() == 4);
}

TEST_CASE("a point that fails is kept with its error, and the others go on") {
    Folder folder;
    const Experiment e = experiment_test::load(
        folder,
        R"(, "replications": 2, "grid": { "every": ["1h", "soon"] }, "metrics": ["fates.delivered"])");
    const BatchOutcome outcome = experiment::run_batch(e, in(folder.path / "out", 2));
    CHECK(outcome.error.empty());
    CHECK_FALSE(outcome.interrupted);
    CHECK(outcome.done == 4);
    CHECK(outcome.failed == 2);
    INFO(outcome.first_error);
    CHECK(outcome.first_error.starts_with("point 1 {\"every\":\"soon\"}, replication 0: "));
    CHECK(outcome.first_error.find("a duration such as") != std::string::npos);
    const Table summary = read_csv(folder.path / "out" / "summary.csv");
    CHECK(summary[0].at("n") == "2");
    CHECK(summary[1].at("n") == "0");
    CHECK(contents(folder.path / "out" / "runs.csv").find(",failed,") != std::string::npos);
    // They stay what they are, unless they are to be tried again.
    CHECK(experiment::run_batch(e, in(folder.path / "out")).ran_now == 0);
    BatchOptions again = in(folder.path / "out");
    again.retry_failed = true;
    const BatchOutcome retried = experiment::run_batch(e, again);
    CHECK(retried.ran_now == 2);
    CHECK(retried.failed == 2);
}

TEST_CASE("an expectation that does not hold is kept, and is no failure") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, R"(, "grid": { "expected": [3, 4] })");
    const BatchOutcome outcome = experiment::run_batch(e, in(folder.path / "out"));
    CHECK(outcome.failed == 0);
    CHECK(outcome.unexpected == 1);
    CHECK(outcome.first_unexpected ==
          "point 1 {\"expected\":4}, replication 0: delivered: expected 4, was 3");
    const Table runs = read_csv(folder.path / "out" / "runs.csv");
    CHECK(runs[0].at("unmet") == "0");
    CHECK(runs[1].at("unmet") == "1");
    CHECK(runs[1].at("expectations") == "1");
    CHECK(runs[1].at("status") == "done");
}

TEST_CASE("a run that takes too long is given up and kept as failed") {
    Folder folder;
    // Three letters at the first point, some ten thousand at the second: no computer does those in a
    // millisecond.
    experiment_test::write(folder.path / "busy.json", R"({ "postopolis": 1, "parameters": { "limit": 3 },
        "domains": { "a.example": { "people": ["alice"] }, "b.example": { "people": ["bob"] } }, "run": { "for": "3h" },
        "traffic": [{ "from": "a.example", "to": "b.example", "arrivals": "1/s", "limit": "${limit}" }] })");
    const Experiment e = experiment_test::load(
        folder, R"(, "grid": { "limit": [3, 10000] }, "limit": { "wall": "1ms" }, "metrics": "fates")",
        "busy.json");
    const BatchOutcome outcome = experiment::run_batch(e, in(folder.path / "out"));
    CHECK(outcome.error.empty());
    CHECK(outcome.done == 2);
    CHECK(outcome.failed == 1);
    CHECK(outcome.first_error.find("wall limit") != std::string::npos);
}

TEST_CASE("results of another experiment are not mixed in, unless they are to be removed") {
    Folder folder;
    const auto out = in(folder.path / "out");
    REQUIRE(experiment::run_batch(experiment_test::load(folder, R"(, "grid": { "expected": [3] })"), out)
                .error.empty());
    const Experiment other = experiment_test::load(folder, R"(, "grid": { "expected": [4] })");
    BatchOutcome refused = experiment::run_batch(other, out);
    CHECK(refused.error.find("the experiment (its points, seed, metrics or virtual limit) has changed") !=
          std::string::npos);
    CHECK(refused.error.find("--restart") != std::string::npos);
    Experiment edited = experiment_test::load(folder, R"(, "grid": { "expected": [3] })");
    edited.scenario_text += "\n";
    CHECK(experiment::run_batch(edited, out).error.find("the scenario has changed") != std::string::npos);
    BatchOptions newer = out;
    newer.program = "another version";
    CHECK(experiment::run_batch(edited, newer).error.find("has changed") != std::string::npos);
    BatchOptions restart = out;
    restart.restart = true;
    const BatchOutcome fresh = experiment::run_batch(other, restart);
    CHECK(fresh.error.empty());
    CHECK(fresh.ran_now == 1);
}

TEST_CASE("one writer at a time") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, kTwoPoints);
    std::string second;
    BatchOptions options = in(folder.path / "out");
    options.progress = [&](const experiment::BatchProgress&) {
        if (second.empty()) second = experiment::run_batch(e, in(folder.path / "out")).error;
    };
    CHECK(experiment::run_batch(e, options).error.empty());
    CHECK(second.find("another batch is writing here") != std::string::npos);
}

TEST_CASE("places where nothing can be kept, and files that are no results, are errors that say so") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, "");
    experiment_test::write(folder.path / "file", "not a directory");
    CHECK(experiment::run_batch(e, in(folder.path / "file")).error.find("file") != std::string::npos);
    std::filesystem::create_directories(folder.path / "out");
    experiment_test::write(folder.path / "out" / "results.sqlite", std::string(5000, 'x'));
    const std::string error = experiment::run_batch(e, in(folder.path / "out")).error;
    CHECK(error.find("not a database") != std::string::npos);
    CHECK(contents(folder.path / "out" / "results.sqlite").size() == 5000);
}
