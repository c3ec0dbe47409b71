// postopolis batch: runs an experiment, spread over the processor's cores.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "postopolis/experiment/batch.hpp"
#include "scenario_source.hpp"
#include "terminal.hpp"
#include "version.hpp"

namespace postopolis::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using experiment::BatchOutcome;
using experiment::BatchProgress;
using experiment::Experiment;

struct BatchArguments {
    std::string experiment;
    std::string out;
    unsigned threads = 0;
    bool restart = false;
    bool retry_failed = false;
    bool json = false;
    bool quiet = false;
    bool no_progress = false;
};

/// The file itself, or a shipped experiment of this name.
std::string find_experiment(const std::string& what) {
    std::error_code ec;
    if (fs::exists(what, ec) || what.find('/') != std::string::npos) return what;
    for (const char* ending : {"", ".json"})
        if (const fs::path shipped = shipped_directory() / "experiments" / (what + ending);
            fs::is_regular_file(shipped, ec))
            return shipped.string();
    return what;
}

std::optional<Experiment> load(const BatchArguments& a) {
    const std::string path = find_experiment(a.experiment);
    experiment::ExperimentOptions options;
    options.shipped = [](std::string_view name) -> std::optional<fs::path> {
        if (const auto found = find_shipped(std::string(name))) return found->path;
        return std::nullopt;
    };
    experiment::ExperimentResult result = experiment::load_experiment_file(path, options);
    for (const scenario::Mistake& m : result.mistakes)
        remark(scenario::text(m, path));
    for (const scenario::Mistake& m : result.scenario_mistakes)
        remark(scenario::text(m, result.scenario_path));
    return std::move(result.experiment);
}

std::string progress_text(const BatchProgress& p) {
    constexpr int kBarColumns = 24;
    const double share = p.total > 0 ? static_cast<double>(p.done) / static_cast<double>(p.total) : 1;
    const auto filled = static_cast<std::size_t>(std::floor(share * kBarColumns));
    std::string text = "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '.') + "] " +
                       std::to_string(p.done) + " of " + std::to_string(p.total) + " runs";
    if (p.failed > 0) text += ", " + std::to_string(p.failed) + " failed";
    if (p.seconds_left)
        text += ", " + kernel::human_text(kernel::Duration::seconds(std::llround(*p.seconds_left))) + " left";
    return text;
}

BatchOutcome drive(const Experiment& experiment, const BatchArguments& a) {
    const Interruption interruption;
    ProgressLine line(!a.quiet && !a.no_progress);
    experiment::BatchOptions options;
    options.threads = a.threads != 0 ? a.threads : std::max(1U, std::thread::hardware_concurrency());
    options.directory = a.out;
    options.restart = a.restart;
    options.retry_failed = a.retry_failed;
    options.program = std::string("postopolis ") + kVersion;
    options.stop = [] { return Interruption::wanted(); };
    options.progress = [&line](const BatchProgress& p) {
        if (line.due()) line.draw(progress_text(p));
    };
    return experiment::run_batch(experiment, options);
}

Json point_json(const experiment::Point& point) {
    Json j = Json::object();
    for (const auto& [name, value] : point.values)
        j[name] = Json::parse(value);
    return j;
}

/// What does not exist, or is not known from so few values, is null.
Json number_json(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string outcome_json(const Experiment& experiment, const BatchOutcome& o) {
    Json j;
    j["experiment"] = experiment.title;
    j["scenario"] = experiment.scenario_path;
    j["seed"] = experiment.seed;
    j["replications"] = experiment.replications;
    j["runs"] = o.runs;
    j["done"] = o.done;
    j["ran_now"] = o.ran_now;
    j["failed"] = o.failed;
    j["unexpected"] = o.unexpected;
    j["interrupted"] = o.interrupted;
    if (!o.error.empty()) j["error"] = o.error;
    if (!o.first_error.empty()) j["first_error"] = o.first_error;
    if (!o.first_unexpected.empty()) j["first_unexpected"] = o.first_unexpected;
    j["points"] = Json::array();
    for (const experiment::Point& point : experiment.points)
        j["points"].push_back(Json{{"parameters", point_json(point)}, {"metrics", Json::object()}});
    for (const experiment::SummaryRow& row : o.summary)
        j["points"][row.point]["metrics"][row.metric] =
            Json{{"mean", number_json(row.interval.mean)},
                 {"half_width_95", number_json(row.interval.half_width)},
                 {"n", row.interval.n}};
    j["files"] = o.files;
    return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string figure_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

/// The metrics that say most to a person; files have all of them.
std::vector<std::string> telling_metrics(const Experiment& experiment) {
    std::vector<std::string> chosen;
    for (const char* name : {"fates.delivered", "delay.mean", "delay.p95", "delay.to_inbox.mean"})
        if (std::find(experiment.metrics.begin(), experiment.metrics.end(), name) != experiment.metrics.end())
            chosen.emplace_back(name);
    for (std::size_t i = 0; chosen.empty() && i < experiment.metrics.size(); ++i)
        chosen.push_back(experiment.metrics[i]);
    return chosen;
}

std::string points_text(const Experiment& experiment, const BatchOutcome& o) {
    constexpr std::size_t kMostPoints = 40;
    const std::vector<std::string> chosen = telling_metrics(experiment);
    std::string text;
    for (std::size_t i = 0; i < std::min(experiment.points.size(), kMostPoints); ++i) {
        std::string heading;
        for (const auto& [name, value] : experiment.points[i].values)
            heading += (heading.empty() ? "" : ", ") + name + " = " + value;
        text += "\n" + (heading.empty() ? "as the scenario is" : heading);
        for (const experiment::SummaryRow& row : o.summary) {
            if (row.point != i || std::find(chosen.begin(), chosen.end(), row.metric) == chosen.end())
                continue;
            const std::string unit = experiment::metric_unit(row.metric) == "s" ? " s" : "";
            text +=
                "\n    " + row.metric + std::string(row.metric.size() < 16 ? 16 - row.metric.size() : 1, ' ');
            if (row.interval.n == 0) {
                text += "-";
                continue;
            }
            text += figure_text(row.interval.mean);
            if (std::isfinite(row.interval.half_width))
                text += " +/- " + figure_text(row.interval.half_width);
            text += unit;
        }
        text += "\n";
    }
    if (experiment.points.size() > kMostPoints)
        text += "\n... and " + std::to_string(experiment.points.size() - kMostPoints) + " more points\n";
    return text;
}

std::string counted(std::uint64_t n, const std::string& what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::string report(const Experiment& experiment, const BatchOutcome& o) {
    std::string text = experiment.title.empty() ? "" : experiment.title + "\n";
    text += counted(experiment.points.size(), "point") + ", " +
            counted(experiment.replications, "replication") + ": " + counted(o.runs, "run") + ", " +
            std::to_string(o.ran_now) + " of them now\n";
    if (!o.summary.empty()) text += points_text(experiment, o);
    if (o.unexpected > 0)
        text += "\nNot as the scenario expects: " + counted(o.unexpected, "run") + "; first " +
                o.first_unexpected + "\n";
    if (o.failed > 0) text += "\nFailed: " + counted(o.failed, "run") + "; first " + o.first_error + "\n";
    if (!o.summary.empty())
        text += "\nMeans with their 95 % confidence intervals (Student's t over replications).\n";
    for (std::size_t i = 0; i < o.files.size(); ++i)
        text += (i == 0 ? "Results     " : "            ") + o.files[i] + "\n";
    return text;
}

int exit_code_of(const BatchOutcome& o) {
    if (!o.error.empty()) return kInputOutput;
    if (o.interrupted) return kInterrupted;
    if (o.failed > 0) return kRunsFailed;
    return o.unexpected > 0 ? kNotAsExpected : kFine;
}

int batch(const BatchArguments& a) {
    const std::optional<Experiment> experiment = load(a);
    if (!experiment) return kMistakes;
    const BatchOutcome outcome = drive(*experiment, a);
    if (!outcome.error.empty())
        complain(outcome.error);
    else if (outcome.interrupted)
        complain("interrupted: " + std::to_string(outcome.done) + " of " + counted(outcome.runs, "run") +
                 " are kept; the same command does the rest");
    if (!a.quiet && (outcome.error.empty() || a.json) &&
        !print(a.json ? outcome_json(*experiment, outcome) : report(*experiment, outcome)))
        return kInputOutput;
    return exit_code_of(outcome);
}

} // namespace

void add_batch_command(CLI::App& app, int& exit_code) {
    CLI::App* command =
        app.add_subcommand("batch", "Run an experiment: a scenario with varied parameters, many times each");
    auto a = std::make_shared<BatchArguments>();
    command
        ->add_option("experiment", a->experiment, "An experiment file, or the name of a shipped experiment")
        ->type_name("EXPERIMENT")
        ->required();
    command
        ->add_option(
            "--out", a->out,
            "Keep the results in this directory: results.sqlite, runs.csv, summary.csv. What is there "
            "already is not run again")
        ->type_name("DIR")
        ->required();
    command
        ->add_option("-j,--jobs", a->threads,
                     "Runs at the same time; as many as there are processors if not said")
        ->type_name("N")
        ->check(CLI::Range(1U, 1024U));
    command->add_flag("--restart", a->restart,
                      "Remove the results of an earlier batch in that directory first");
    command->add_flag("--retry-failed", a->retry_failed, "Run again what failed in an earlier batch");
    command->add_flag("--json", a->json, "Print one JSON object instead of the report");
    command->add_flag("--quiet", a->quiet, "No report and no progress; the exit code and the files tell");
    command->add_flag("--no-progress", a->no_progress, "No progress line, even on a terminal");
    command->footer(
        "Interrupted, even killed, and started again with the same command, it does what is missing. The\n"
        "CSV files have the same bytes for any -j.\n\n"
        "Example:\n"
        "  postopolis batch packet-loss -j 4 --out results\n\n"
        "Ends with 0 if all is well, 1 if a run was not as the scenario expects, 7 if runs failed (their\n"
        "errors are in the results, the others are kept); see `postopolis --help`.");
    command->callback([a, &exit_code] { exit_code = batch(*a); });
}

} // namespace postopolis::tools
