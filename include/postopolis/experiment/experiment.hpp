// An experiment: a scenario, the values that its parameters take, and how often each point is run.
//
// Reading is as strict as that of scenarios: JSON text in, an experiment or *all* its mistakes out, each with
// its place. The points are all combinations of the entries of `list`, the steps of each group of `linked`
// values and the values of each name of `grid`, in this order, the last one varying fastest. Every point is
// run with the same seed and replications, so that points are compared on common random numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/kernel/time.hpp"
#include "postopolis/scenario/load.hpp"

namespace postopolis::experiment {

/// What is set at one point: name (of a parameter, or a path as for --set) and JSON text of the value, in the
/// order of `Experiment::parameters`. Entries of a `list` need not all set the same.
struct Point {
    std::vector<std::pair<std::string, std::string>> values;
};

struct RunLimits {
    std::optional<kernel::Duration> virtual_time; ///< the clock stops here
    std::optional<double> wall_seconds;           ///< a run that takes longer is given up: it has failed
};

struct Experiment {
    std::string title;
    std::string description;
    std::string scenario_path; ///< as it was found
    std::string scenario_text;
    std::string graph_text; ///< of the GraphML file that the scenario names, if it does
    std::uint64_t seed = 1; ///< the scenario's, if the experiment says none
    std::uint32_t replications = 1;
    std::vector<std::string> parameters; ///< all that is varied, in the order of the file
    std::vector<Point> points;           ///< at least one, which may set nothing
    std::vector<std::string> metrics;    ///< dotted names into metrics::summary_json
    RunLimits limits;

    std::uint64_t runs() const { return std::uint64_t{replications} * points.size(); }
    /// How to load the scenario of a point.
    scenario::LoadOptions load_options(const Point& point) const;
    /// All that decides the results of a run, as JSON text: what must not differ when a batch is resumed.
    /// Without the number of replications, as raising it makes no run another one.
    std::string definition() const;
};

struct ExperimentOptions {
    std::string file_name = "experiment"; ///< for messages
    std::string base_directory; ///< the scenario's path is relative to it; empty: to the working folder
    /// The file of a shipped scenario, by its name; for scenarios that are no file relative to the
    /// experiment.
    std::function<std::optional<std::filesystem::path>(std::string_view)> shipped;
};

struct ExperimentResult {
    std::optional<Experiment> experiment; ///< if there are no mistakes
    std::vector<scenario::Mistake> mistakes;
    /// Of the scenario, as it is without any parameter changed.
    std::vector<scenario::Mistake> scenario_mistakes;
    std::string scenario_path;
};

ExperimentResult load_experiment_text(std::string_view json, const ExperimentOptions& options = {});
/// Sets file_name, and base_directory if that is empty, from `path`.
ExperimentResult load_experiment_file(const std::string& path, ExperimentOptions options = {});

/// The names that `metrics` of an experiment may have: the numbers of a run's summary. A group ("fates",
/// "delay") stands for all in it.
const std::vector<std::string>& metric_names();
/// "s" for times, "count" for counts, empty for what has no unit.
std::string_view metric_unit(std::string_view metric);

/// The JSON Schema (draft-07) of experiment files is scenarios/schema/postopolis-experiment-1.schema.json.
inline constexpr int experiment_format = 1;
inline constexpr std::uint64_t max_runs = 10'000'000;

} // namespace postopolis::experiment
