// What exporters cost: a busy town without any, with the trace of everything, with the database. The time is
// wall time, as exporters may use a second processor; `MB` is what a run writes.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>

#include "postopolis/experiment/run.hpp"
#include "postopolis/scenario/load.hpp"

namespace {

using namespace postopolis;
namespace fs = std::filesystem;

constexpr const char* kFile = POSTOPOLIS_SOURCE_DIR "/scenarios/bench/relay.json";

void export_run(benchmark::State& state, const std::string& exporter) {
    scenario::LoadOptions load;
    load.sets = {{"run.for", "20s"}};
    const scenario::LoadResult loaded = scenario::load_file(kFile, load);
    std::string directory = (fs::temp_directory_path() / "postopolis-bench-XXXXXX").string();
    if (!loaded.scenario || ::mkdtemp(directory.data()) == nullptr) {
        state.SkipWithError("no scenario, or no directory for its results");
        return;
    }
    std::uint64_t events = 0;
    std::uintmax_t octets = 0;
    for (auto _ : state) {
        experiment::RunOptions options;
        if (!exporter.empty()) {
            options.exports = {exporter};
            options.output.directory = directory;
            options.output.force = true;
        }
        const experiment::RunOutcome outcome = experiment::run_to_end(*loaded.scenario, options);
        if (!outcome.sound()) state.SkipWithError("the run fails");
        events += outcome.summary.facts.events;
        state.PauseTiming();
        for (const std::string& file : outcome.files)
            octets += fs::file_size(file);
        state.ResumeTiming();
    }
    fs::remove_all(directory);
    state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
    state.counters["MB"] = static_cast<double>(octets) / 1e6 / static_cast<double>(state.iterations());
}

BENCHMARK_CAPTURE(export_run, none, "")->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_CAPTURE(export_run, jsonl, "jsonl")->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_CAPTURE(export_run, csv, "csv")->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK_CAPTURE(export_run, sqlite, "sqlite")->Unit(benchmark::kSecond)->UseRealTime();

} // namespace
