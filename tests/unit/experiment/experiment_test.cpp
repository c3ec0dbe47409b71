// Reading experiments: what is varied, and every mistake with its place and repair.
#include "fixture.hpp"

#include "postopolis/experiment/experiment.hpp"

using namespace postopolis;
using experiment::Experiment;
using experiment::Point;
using experiment_test::Folder;

namespace {

/// "a=1 b=\"x\"" for each point.
std::vector<std::string> points_of(const Experiment& e) {
    std::vector<std::string> all;
    for (const Point& point : e.points) {
        std::string text;
        for (const auto& [name, value] : point.values)
            text += (text.empty() ? "" : " ") + name + "=" + value;
        all.push_back(text);
    }
    return all;
}

std::vector<std::string> values_of(const Experiment& e) {
    std::vector<std::string> all;
    for (const Point& point : e.points)
        all.push_back(point.values.at(0).second);
    return all;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("nothing varied is one point; what is not said is the scenario's") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, "");
    CHECK(points_of(e) == Texts{""});
    CHECK(e.replications == 1);
    CHECK(e.seed == 7);
    CHECK(e.runs() == 1);
    CHECK(std::count(e.metrics.begin(), e.metrics.end(), "fates.bounced") == 1);
    CHECK(std::count(e.metrics.begin(), e.metrics.end(), "delay.causes.pickup") == 1);
}

TEST_CASE("a grid has all combinations, the last name varying fastest") {
    Folder folder;
    const Experiment e = experiment_test::load(
        folder, R"(, "replications": 5, "grid": { "every": ["1h", "2h"], "expected": [1, 2, 3] })");
    CHECK(points_of(e) == Texts{"every=\"1h\" expected=1", "every=\"1h\" expected=2",
                                "every=\"1h\" expected=3", "every=\"2h\" expected=1",
                                "every=\"2h\" expected=2", "every=\"2h\" expected=3"});
    CHECK(e.parameters == Texts{"every", "expected"});
    CHECK(e.runs() == 30);
}

TEST_CASE("linked names go in step; a list stands as written; together they are combined") {
    Folder folder;
    const Experiment e = experiment_test::load(folder, R"(,
        "linked": { "every": ["1h", "2h"], "expected": [3, 4] },
        "list": [ { "run.for": "5h" }, { "run.for": "6h", "seed": 4 } ],
        "grid": { "run.limit": ["1d"] })");
    CHECK(points_of(e) == Texts{"run.for=\"5h\" every=\"1h\" expected=3 run.limit=\"1d\"",
                                "run.for=\"5h\" every=\"2h\" expected=4 run.limit=\"1d\"",
                                "run.for=\"6h\" seed=4 every=\"1h\" expected=3 run.limit=\"1d\"",
                                "run.for=\"6h\" seed=4 every=\"2h\" expected=4 run.limit=\"1d\""});
    CHECK(e.parameters == Texts{"run.for", "seed", "every", "expected", "run.limit"});
}

TEST_CASE("ranges of numbers and durations, both ends included") {
    Folder folder;
    auto grid = [&](const std::string& name, const std::string& range) {
        return values_of(experiment_test::load(folder, ", \"grid\": { \"" + name + "\": " + range + " }"));
    };
    // 0.1 + 2 * 0.1 is not 0.3 in binary; the value is.
    CHECK(grid("expected", R"({ "from": 0.1, "to": 0.5, "step": 0.1 })") ==
          Texts{"0.1", "0.2", "0.3", "0.4", "0.5"});
    CHECK(grid("expected", R"({ "from": 3, "to": 1, "step": -1 })") == Texts{"3", "2", "1"});
    CHECK(grid("expected", R"({ "from": 0, "to": 1, "count": 5 })") ==
          Texts{"0", "0.25", "0.5", "0.75", "1"});
    CHECK(grid("expected", R"({ "from": 1, "to": 1000, "count": 4, "scale": "log" })") ==
          Texts{"1", "10", "100", "1000"});
    CHECK(grid("expected", R"({ "from": 0, "to": 10, "step": 4 })") == Texts{"0", "4", "8"});
    CHECK(grid("every", R"({ "from": "30m", "to": "2h", "step": "45m" })") ==
          Texts{"\"30m\"", "\"1h15m\"", "\"2h\""});
}

TEST_CASE("metrics: a group stands for all in it; each once") {
    Folder folder;
    const Experiment e =
        experiment_test::load(folder, R"(, "metrics": ["delay.p95", "by_kind.bounce.fates", "delay.p95"])");
    REQUIRE(e.metrics.size() == 1 + 8);
    CHECK(e.metrics[0] == "delay.p95");
    CHECK(e.metrics[1] == "by_kind.bounce.fates.in_transit");
    CHECK(experiment::metric_unit("delay.p95") == "s");
    CHECK(experiment::metric_unit("delay.to_reader.count") == "count");
    CHECK(experiment::metric_unit("fates.lost") == "count");
}

TEST_CASE("a seed of 64 bits is exact; limits are read") {
    Folder folder;
    const Experiment e = experiment_test::load(
        folder, R"(, "seed": 18446744073709551615, "limit": { "virtual": "2d", "wall": "1m" })");
    CHECK(e.seed == 18446744073709551615ULL);
    CHECK(e.limits.virtual_time == kernel::Duration::days(2));
    CHECK(e.limits.wall_seconds == 60.0);
}

TEST_CASE("the definition tells experiments apart, but not by their replications") {
    Folder folder;
    auto definition = [&](const std::string& members) {
        return experiment_test::load(folder, members).definition();
    };
    const std::string one = definition(R"(, "grid": { "expected": [1] })");
    CHECK(one == definition(R"(, "grid": { "expected": [ 1 ] }, "replications": 3, "title": "x")"));
    CHECK(one != definition(R"(, "grid": { "expected": [2] })"));
    CHECK(one != definition(R"(, "grid": { "expected": ["1"] })"));
    CHECK(one != definition(R"(, "grid": { "expected": [1] }, "seed": 8)"));
    CHECK(one != definition(R"(, "grid": { "expected": [1] }, "metrics": "delay")"));
    CHECK(one != definition(R"(, "grid": { "expected": [1] }, "limit": { "virtual": "1h" })"));
}

namespace {

struct Wrong {
    std::string members; ///< after the format
    std::string pointer;
    std::string says; ///< a part of the message
    std::string suggests = {};
};

const std::vector<Wrong>& wrongs() {
    static const std::vector<Wrong> all{
        {R"("scenario": "town.json", "replication": 3)", "/replication", "unknown key", "replications"},
        {R"("scenario": "town.json", "sead": 3)", "/sead", "unknown key", "seed"},
        {R"("scenario": "none.json")", "/scenario", "there is no scenario file"},
        {R"("scenario": 3)", "/scenario", "the path of a scenario file"},
        {R"("replications": 3)", "", "needs \"scenario\""},
        {R"("scenario": "town.json", "replications": 0)", "/replications",
         "a whole number from 1 to 1000000"},
        {R"("scenario": "town.json", "replications": "10")", "/replications", "a whole number"},
        {R"("scenario": "town.json", "replications": 2.5)", "/replications", "a whole number"},
        {R"("scenario": "town.json", "seed": -1)", "/seed", "from 0 to 2^64 - 1"},
        {R"("scenario": "town.json", "seed": 18446744073709551616)", "/seed", "from 0 to 2^64 - 1"},
        {R"("scenario": "town.json", "grid": [1])", "/grid", "names with their values"},
        {R"("scenario": "town.json", "grid": {})", "/grid", "the grid is empty"},
        {R"("scenario": "town.json", "grid": { "every": "1h" })", "/grid/every",
         "a list of values, or a range"},
        {R"("scenario": "town.json", "grid": { "every": [] })", "/grid/every", "at least one"},
        {R"("scenario": "town.json", "grid": { "every": ["1h", "1h"] })", "/grid/every/1", "comes twice"},
        {R"("scenario": "town.json", "grid": { "evry": ["1h"] })", "/grid/evry",
         "neither a parameter nor a place", "every"},
        {R"("scenario": "town.json", "grid": { "run.fro": ["1h"] })", "/grid/run.fro",
         "neither a parameter nor", "for"},
        {R"("scenario": "town.json", "grid": { "": [1] })", "/grid/", "a name is needed"},
        {R"("scenario": "town.json", "grid": { "expected": { "from": 1, "to": 2 } })", "/grid/expected",
         "a range needs \"step\""},
        {R"("scenario": "town.json", "grid": { "expected": { "from": 1, "to": 2, "step": 0 } })",
         "/grid/expected/step", "never leads"},
        {R"("scenario": "town.json", "grid": { "expected": { "from": 1, "to": 2, "step": -1 } })",
         "/grid/expected/step", "never leads"},
        {R"("scenario": "town.json", "grid": { "expected": { "from": 0, "to": 1, "step": 1e-7 } })",
         "/grid/expected/step", "make the step larger"},
        {R"("scenario": "town.json", "grid": { "expected": { "from": 1, "to": 2, "step": 1, "count": 2 } })",
         "/grid/expected/count", "either \"step\" or \"count\""},
        {R"("scenario": "town.json", "grid": { "expected": { "from": "1h", "to": 2, "count": 2 } })",
         "/grid/expected/to", "both numbers or both durations"},
        {R"("scenario": "town.json", "grid": { "expected": { "from": 1, "to": 2, "stpe": 1, "count": 2 } })",
         "/grid/expected/stpe", "unknown key", "step"},
        {R"("scenario": "town.json", "grid": { "expected": { "from": 0, "to": 2, "count": 2, "scale": "log" } })",
         "/grid/expected/scale", "above 0"},
        {R"("scenario": "town.json", "grid": { "expected": { "from": "soon", "to": 2, "count": 2 } })",
         "/grid/expected/from", "a number, or a duration"},
        {R"("scenario": "town.json", "linked": { "every": ["1h", "2h"], "expected": [1] })",
         "/linked/expected", "\"expected\" has 1 values and \"every\" has 2"},
        {R"("scenario": "town.json", "linked": [3])", "/linked/0", "names with lists of values"},
        {R"("scenario": "town.json", "list": { "every": "1h" })", "/list", "a list of points"},
        {R"("scenario": "town.json", "list": [])", "/list", "at least one"},
        {R"("scenario": "town.json", "list": [3])", "/list/0", "a point in { }"},
        {R"("scenario": "town.json", "list": [{ "expected": 1 }, { "expected": 1 }])", "/list/1",
         "comes twice"},
        {R"("scenario": "town.json", "list": [{ "expected": 1 }], "grid": { "expected": [2] })",
         "/grid/expected", "varied twice"},
        {R"("scenario": "town.json", "metrics": ["delay.p955"])", "/metrics/0", "no number called",
         "delay.p95"},
        {R"("scenario": "town.json", "metrics": [5])", "/metrics/0", "the name of a metric"},
        {R"("scenario": "town.json", "metrics": [])", "/metrics", "no metrics are named"},
        {R"("scenario": "town.json", "limit": "1h")", "/limit", "limits in { }"},
        {R"("scenario": "town.json", "limit": { "wall": 60 })", "/limit/wall", "with its unit"},
        {R"("scenario": "town.json", "limit": { "virtual": "0s" })", "/limit/virtual", "above 0"},
        {R"("scenario": "town.json", "limit": { "wal": "1m" })", "/limit/wal", "unknown key", "wall"},
        {R"("scenario": "town.json", "seed": 1, "seed": 2)", "/seed", "twice"},
        {R"("scenario": "town.json", "title": 1)", "/title", "a text"},
        {R"("scenario": "town.json", "replications": 1000000,
            "grid": { "expected": { "from": 1, "to": 100, "step": 1 } })",
         "", "vary less"},
    };
    return all;
}

} // namespace

TEST_CASE("mistakes are told with place and repair") {
    Folder folder;
    experiment_test::write(folder.path / "town.json", experiment_test::town);
    experiment::ExperimentOptions options;
    options.base_directory = folder.path.string();
    for (const Wrong& w : wrongs()) {
        INFO(w.members);
        const auto result = experiment::load_experiment_text(
            "{\n  \"postopolis_experiment\": 1,\n  " + w.members + "\n}", options);
        CHECK_FALSE(result.experiment);
        REQUIRE(result.mistakes.size() == 1);
        const scenario::Mistake& m = result.mistakes[0];
        INFO(scenario::text(m, "experiment.json"));
        CHECK(m.pointer == w.pointer);
        CHECK(m.line == (w.pointer.empty() ? 1 : m.line));
        CHECK(m.line > 0);
        CHECK(m.message.find(w.says) != std::string::npos);
        if (!w.suggests.empty()) CHECK(m.suggestion.find(w.suggests) != std::string::npos);
    }
}

TEST_CASE("line and column; all mistakes at once") {
    const auto result = experiment::load_experiment_text(
        "{ \"postopolis_experiment\": 2,\n  \"scenario\": \"none.json\",\n  \"replications\": -1 }");
    REQUIRE(result.mistakes.size() == 3);
    CHECK(scenario::text(result.mistakes[0], "e.json")
              .starts_with("e.json:1:28: /postopolis_experiment: expected 1"));
    CHECK(result.mistakes[1].line == 2);
    CHECK(result.mistakes[1].column == 15);
    CHECK(result.mistakes[2].line == 3);
}

TEST_CASE("what is no experiment: broken JSON, a scenario, a list, a folder, nothing") {
    for (const char* text : {"", "{", "[1]", "{ \"postopolis_experiment\": 1, }", "\xff"}) {
        INFO(text);
        CHECK(experiment::load_experiment_text(text).mistakes.size() >= 1);
    }
    const auto confused = experiment::load_experiment_text(experiment_test::town);
    REQUIRE_FALSE(confused.mistakes.empty());
    CHECK(confused.mistakes[0].message.find("\"postopolis_experiment\": 1 is missing") != std::string::npos);
    Folder folder;
    CHECK(experiment::load_experiment_file(folder.path.string()).mistakes.at(0).message.find("is a folder") !=
          std::string::npos);
    CHECK(experiment::load_experiment_file((folder.path / "x").string())
              .mistakes.at(0)
              .message.find("there is no file") != std::string::npos);
}

TEST_CASE("mistakes of the scenario are told as its own") {
    Folder folder;
    experiment_test::write(folder.path / "bad.json", "{ \"postopolis\": 1, \"domians\": {} }");
    experiment_test::write(folder.path / "e.json",
                           "{ \"postopolis_experiment\": 1, \"scenario\": \"bad.json\" }");
    const auto result = experiment::load_experiment_file((folder.path / "e.json").string());
    CHECK_FALSE(result.experiment);
    CHECK(result.mistakes.empty());
    REQUIRE_FALSE(result.scenario_mistakes.empty());
    CHECK(result.scenario_path.ends_with("bad.json"));
    CHECK(result.scenario_mistakes[0].suggestion.find("domains") != std::string::npos);
}
