// postopolis run: plays a scenario and tells what became of every letter.
#include <algorithm>
#include <array>
#include <thread>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "driver.hpp"
#include "postopolis/experiment/run.hpp"
#include "postopolis/metrics/report.hpp"
#include "run_report.hpp"
#include "scenario_source.hpp"
#include "terminal.hpp"

namespace postopolis::tools {
namespace {

using Json = nlohmann::ordered_json;

/// In the order of nodes::Dialogues.
constexpr std::array<std::string_view, 3> kDialogues{"auto", "full", "folded"};

struct RunArguments {
    ScenarioArguments source;
    std::uint32_t replication = 0;
    unsigned threads = 1;
    std::string until;
    std::string dialogue = "auto";
    std::string out;
    std::vector<std::string> exports;
    std::vector<std::string> captures;
    bool force = false;
    bool json = false;
    bool effective = false;
    bool quiet = false;
    bool no_progress = false;
    Appearance appearance;
};

void add_result_options(CLI::App& run, RunArguments& a) {
    std::string names;
    for (const metrics::ExporterInfo& info : metrics::exporters())
        names += std::string(names.empty() ? "" : ", ").append(info.name);
    run.add_option("--out", a.out,
                   "Keep the results in this directory, with what `postopolis explain --run DIR` needs")
        ->type_name("DIR")
        ->group("Results");
    run.add_option("--export", a.exports,
                   "Which results --out keeps: " + names +
                       ". Names with commas between, may be said again; json,csv "
                       "if not said")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAMES")
        ->group("Results");
    run.add_option("--capture", a.captures,
                   "Of --export pcap: where it is captured, town (the default), host=NAME or link=PLACE--PLACE, and "
                   "with letter=WHICH only what one letter led to. May be said again")
        ->allow_extra_args(false)
        ->type_name("town|host=|link=|letter=")
        ->group("Results");
    run.add_flag("--force", a.force, "Replace the results of an earlier run in that directory")
        ->group("Results");
    run.add_flag("--json", a.json, "Print one JSON object instead of the report")->group("Results");
    run.add_flag("--effective", a.effective, "Print the scenario with every default filled in; don't run it")
        ->group("Results");
    run.add_flag("--quiet", a.quiet, "No report and no progress; the exit code and the files tell")
        ->group("Results");
    run.add_flag("--no-progress", a.no_progress, "No progress line, even on a terminal")->group("Appearance");
}

/// Empty with `exit_code` set if the command line asks for what there isn't.
std::optional<experiment::RunOptions> run_options(const RunArguments& a, int& exit_code) {
    experiment::RunOptions options;
    exit_code = kUsage;
    options.replication = a.replication;
    options.threads = a.threads != 0 ? a.threads : std::max(1U, std::thread::hardware_concurrency());
    options.name = a.source.scenario == "-" ? "standard input" : a.source.scenario;
    if (!a.until.empty()) {
        const auto until = kernel::parse_duration(a.until);
        if (!until) {
            complain("--until " + a.until + ": expected a duration such as 90s, 4h or 1d12h");
            return std::nullopt;
        }
        options.until = kernel::Time::at(*until);
    }
    const auto dialogues = std::find(kDialogues.begin(), kDialogues.end(), a.dialogue);
    if (dialogues == kDialogues.end()) {
        complain("--dialogue " + a.dialogue + ": expected auto, full or folded");
        return std::nullopt;
    }
    options.dialogues = static_cast<nodes::Dialogues>(dialogues - kDialogues.begin());
    if (a.out.empty() && (!a.exports.empty() || a.force)) {
        complain(std::string(a.force ? "--force" : "--export") + " needs --out DIR, where the results go");
        return std::nullopt;
    }
    if (auto error = unknown_exporter(a.exports)) {
        complain(*error);
        return std::nullopt;
    }
    if (!a.captures.empty() && std::find(a.exports.begin(), a.exports.end(), "pcap") == a.exports.end()) {
        complain("--capture needs --export pcap, of which it is a part");
        return std::nullopt;
    }
    auto capture = metrics::parse_capture(a.captures);
    if (auto* error = std::get_if<std::string>(&capture)) {
        complain("--capture " + *error);
        return std::nullopt;
    }
    options.output.capture = std::get<metrics::CaptureRequest>(std::move(capture));
    options.exports = a.exports;
    if (a.exports.empty() && !a.out.empty()) options.exports = {"json", "csv"};
    options.output.directory = a.out;
    options.output.force = a.force;
    exit_code = kFine;
    return options;
}

Json verdicts_json(const std::vector<metrics::Verdict>& verdicts) {
    Json all = Json::array();
    for (const metrics::Verdict& v : verdicts)
        all.push_back(
            Json{{"expectation", v.written}, {"pointer", v.pointer}, {"held", v.held}, {"actual", v.actual}});
    return all;
}

std::string outcome_json(const experiment::RunOutcome& outcome) {
    Json j = Json::parse(metrics::summary_json(outcome.summary));
    j["quiet"] = outcome.quiet;
    j["expect"] = verdicts_json(outcome.verdicts);
    j["files"] = outcome.files;
    if (!outcome.error.empty()) j["error"] = outcome.error;
    return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string explain_command(const RunArguments& a) {
    if (!a.out.empty()) return "postopolis explain --run " + shell_quoted(a.out);
    // What came through a pipe can't be read again.
    if (a.source.scenario == "-") return {};
    std::string command = "postopolis explain " + shell_quoted(a.source.scenario);
    for (const std::string& set : a.source.sets)
        command += " --set " + shell_quoted(set);
    if (a.source.seed) command += " --seed " + std::to_string(*a.source.seed);
    if (a.replication != 0) command += " --replication " + std::to_string(a.replication);
    if (!a.until.empty()) command += " --until " + a.until;
    return command;
}

std::string report(const RunArguments& a, const scenario::Scenario& scenario, const experiment::Run& run,
                   const experiment::RunOutcome& outcome) {
    metrics::ReportOptions options;
    options.width = a.appearance.columns();
    options.colour = a.appearance.coloured();
    options.ascii = a.appearance.only_ascii();
    options.question = scenario.description;
    options.explain_command = explain_command(a);
    return run_report(run, outcome, options);
}

int run(const RunArguments& a) {
    int exit_code = kFine;
    auto options = run_options(a, exit_code);
    if (!options) return exit_code;
    const auto scenario = load_or_complain(a.source, exit_code);
    if (!scenario) return exit_code;
    if (a.effective) return print(scenario::effective_json(*scenario) + "\n") ? kFine : kInputOutput;

    auto opened = experiment::Run::open(*scenario, std::move(*options));
    if (auto* error = std::get_if<std::string>(&opened)) {
        complain(*error);
        return kInputOutput;
    }
    auto& run = std::get<experiment::Run>(opened);
    const experiment::RunOutcome outcome = drive(run, !a.quiet && !a.no_progress);
    exit_code = exit_code_of(outcome);
    if (!a.quiet && !print(a.json ? outcome_json(outcome) : report(a, *scenario, run, outcome)))
        return exit_code == kDefect ? kDefect : kInputOutput;
    return exit_code;
}

} // namespace

void add_run_command(CLI::App& app, int& exit_code) {
    CLI::App* command =
        app.add_subcommand("run", "Play a scenario; tell what became of every letter, when and why");
    auto a = std::make_shared<RunArguments>();
    command
        ->add_option("scenario", a->source.scenario,
                     "A scenario file, the name of a shipped scenario, or - for the standard input")
        ->type_name("SCENARIO")
        ->required();
    a->source.add_options(*command);
    command
        ->add_option("--replication", a->replication,
                     "Which of the many runs with this seed: each has random numbers of its own")
        ->type_name("N")
        ->check(check_whole_number);
    command
        ->add_option("--until", a->until, "Stop the clock at this time of the town, such as 90s, 4h or 1d12h")
        ->type_name("TIME");
    command
        ->add_option("--dialogue", a->dialogue,
                     "How SMTP is played: full, every command an event of its own; folded, a dialogue in one go "
                     "wherever nothing can interfere, with the same results, and no export hears its commands; "
                     "auto (the default), folded unless an export wants to hear them")
        ->type_name("HOW");
    command
        ->add_option("-j,--threads", a->threads,
                     "Compute the town on N threads; 0: as many as the machine has cores. The run, its report and "
                     "its files are the same for any N; 1 if not said")
        ->type_name("N")
        ->check(check_whole_number)
        ->check(CLI::Range(0U, 256U));
    add_result_options(*command, *a);
    a->appearance.add_options(*command);
    command->footer(
        "Examples:\n"
        "  postopolis run post-office\n"
        "  postopolis run town.json --set run.for=2h --seed 7 --out results --export csv,sqlite\n"
        "  postopolis run town.json --json | jq .delay.mean\n\n"
        "Ends with 0 if all is as the scenario expects, 1 if an expectation is not met; see `postopolis "
        "--help`.");
    command->callback([a, &exit_code] { exit_code = run(*a); });
}

} // namespace postopolis::tools
