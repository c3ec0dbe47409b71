// The campus scenario as it is shipped, from reading the file to the last letter: a thousand people, a day.
#include <benchmark/benchmark.h>

#include "postopolis/scenario/build.hpp"
#include "postopolis/scenario/load.hpp"

namespace {

using namespace postopolis;

constexpr const char* kFile = POSTOPOLIS_SOURCE_DIR "/scenarios/campus.json";

void campus(benchmark::State& state) {
    std::uint64_t events = 0;
    std::uint64_t transfers = 0;
    for (auto _ : state) {
        scenario::LoadResult loaded = scenario::load_file(kFile);
        if (!loaded.scenario) {
            state.SkipWithError("the campus scenario does not load");
            return;
        }
        scenario::BuiltTown built = scenario::build(*loaded.scenario, {loaded.scenario->seed, 0});
        built.town->run_until_quiet(built.end);
        events += built.town->simulation().events_processed();
        for (const trace::CopyRecord& c : built.town->ledger().copies())
            transfers += c.transfers;
    }
    // A copy's transfers: those of a letter with several recipients in one domain are counted for each of
    // them.
    state.counters["copies taken/s"] =
        benchmark::Counter(static_cast<double>(transfers), benchmark::Counter::kIsRate);
    state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
    state.counters["events"] = static_cast<double>(events) / static_cast<double>(state.iterations());
}

BENCHMARK(campus)->Unit(benchmark::kSecond);

} // namespace
