// Driving one run. See run.hpp for the promises.
#include "postopolis/experiment/run.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

#include "experiment/capture_place.hpp"
#include "postopolis/experiment/record.hpp"
#include "postopolis/kernel/node.hpp"
#include "postopolis/scenario/build.hpp"

namespace postopolis::experiment {

using kernel::Time;

struct Run::State {
    const scenario::Scenario* scenario = nullptr;
    RunOptions options;
    kernel::RunKey key;
    // The town is declared last, so that it dies first: those who listen to it must outlive it.
    metrics::EventCounts counts;
    metrics::ExportSet exports;
    std::optional<metrics::Judge> judge;
    scenario::BuiltTown built;
    std::string error;  ///< of the world outside
    std::string defect; ///< what the model threw
    bool over = false;
    bool quiet = false;
    std::chrono::steady_clock::duration spent{};

    bool has_directory() const { return !options.output.directory.empty(); }
    std::string name() const { return !scenario->title.empty() ? scenario->title : options.name; }
    std::optional<std::string> open_exports();
    void listen();
    void process(std::uint64_t max_events);
    void end(bool nothing_left);
    metrics::RunFacts facts() const;
    std::optional<std::string> keep_record(const metrics::RunFacts& facts,
                                           const std::vector<std::filesystem::path>& files) const;
};

namespace {

/// Laws that do not hold, in words: what the ledgers' audit found, and the balance itself.
std::vector<std::string> broken_laws(const metrics::Balance& balance) {
    std::vector<std::string> broken = balance.faults;
    if (!balance.balanced && broken.empty())
        broken.push_back("the mail ledger does not balance: " + std::to_string(balance.composed) +
                         " copies composed, " + std::to_string(balance.expanded_into) + " expanded into, " +
                         std::to_string(balance.duplicates) + " duplicates, but " +
                         std::to_string(balance.accounted) + " accounted for");
    return broken;
}

} // namespace

bool RunOutcome::as_expected() const {
    return sound() && !interrupted &&
           std::all_of(verdicts.begin(), verdicts.end(), [](const metrics::Verdict& v) { return v.held; });
}

Run::Run(std::unique_ptr<State> state) : state_(std::move(state)) {}
Run::Run(Run&&) noexcept = default;
Run& Run::operator=(Run&&) noexcept = default;
Run::~Run() = default;

std::variant<Run, std::string> Run::open(const scenario::Scenario& scenario, RunOptions options) {
    auto state = std::make_unique<State>();
    state->scenario = &scenario;
    state->options = std::move(options);
    state->key = {state->options.seed.value_or(scenario.seed), state->options.replication};
    state->built = scenario::build(scenario, state->key);
    if (state->built.town == nullptr) return state->built.error;
    state->built.town->world().dialogues = state->options.dialogues;
    if (state->options.until) state->built.end = std::min(state->built.end, *state->options.until);
    // Only now, as opening clears the way of earlier results.
    if (auto error = state->open_exports()) return std::move(*error);
    state->listen();
    if (state->options.threads > 1) state->built.town->divide(state->options.threads);
    return Run(std::move(state));
}

std::optional<std::string> Run::State::open_exports() {
    metrics::ExportOptions& output = options.output;
    output.start_unix_seconds = scenario->start;
    output.node_name = [town = built.town.get()](trace::NodeId id) {
        return town->simulation().nodes()[id]->name();
    };
    output.capture_place = [town = built.town.get()](const metrics::CaptureRequest& request) {
        return capture_place(*town, request);
    };
    auto opened = metrics::ExportSet::open(options.exports, output);
    if (auto* text = std::get_if<std::string>(&opened)) return std::move(*text);
    exports = std::move(std::get<metrics::ExportSet>(opened));
    if (has_directory()) return begin_record(output.directory, *scenario, output.force);
    return std::nullopt;
}

void Run::State::listen() {
    trace::Bus& bus = built.town->bus();
    bus.add(counts);
    judge.emplace(*scenario, built.letters);
    if (judge->listens_for() != 0) bus.add(*judge);
    exports.listen(bus);
    for (trace::Observer* observer : options.observers)
        bus.add(*observer);
}

bool Run::advance(std::uint64_t max_events) {
    State& s = *state_;
    if (s.over) return false;
    const auto begin = std::chrono::steady_clock::now();
    try {
        s.process(max_events);
    } catch (const std::bad_alloc&) {
        s.error = "out of memory";
        s.over = true;
    } catch (const std::exception& e) {
        s.defect = std::string("the model failed: ") + e.what();
        s.over = true;
    }
    s.spent += std::chrono::steady_clock::now() - begin;
    if (auto error = s.exports.error()) {
        s.error = std::move(*error);
        s.over = true;
    }
    return !s.over;
}

void Run::State::process(std::uint64_t max_events) {
    nodes::Town& town = *built.town;
    town.open();
    kernel::Simulation& simulation = town.simulation();
    // An event at the end of all time is one that never happens.
    const Time limit = std::min(built.end, Time::max() - kernel::Duration::nanoseconds(1));
    if (!simulation.advance(limit, max_events)) end(simulation.events_pending() == 0);
}

void Run::State::end(bool nothing_left) {
    over = true;
    quiet = nothing_left;
    // A run of a given length lasts that long, whether or not something happens at its end.
    if (!quiet || !built.until_quiet) built.town->run_until(built.end);
}

RunProgress Run::progress() const {
    const kernel::Simulation& simulation = town().simulation();
    const trace::Ledger& ledger = town().ledger();
    RunProgress p;
    p.now = simulation.now();
    p.end = state_->built.end;
    p.events = simulation.events_processed();
    p.letters = ledger.letters().size();
    p.copies = ledger.copies().size();
    if (!state_->built.until_quiet && p.end > Time::start())
        p.fraction = p.now.since_start().to_seconds() / p.end.since_start().to_seconds();
    return p;
}

nodes::Town& Run::town() {
    return *state_->built.town;
}

const nodes::Town& Run::town() const {
    return *state_->built.town;
}

const std::vector<trace::LetterId>& Run::letters() const {
    return *state_->built.letters;
}

metrics::RunFacts Run::State::facts() const {
    const kernel::Simulation& simulation = std::as_const(*built.town).simulation();
    metrics::RunFacts facts;
    facts.scenario = name();
    facts.seed = key.seed;
    facts.replication = key.replication;
    facts.fingerprint = built.town->fingerprint().text();
    facts.start_unix_seconds = scenario->start;
    // Deadlines that had nothing to do are not what a person calls the end.
    facts.end = quiet && built.until_quiet ? simulation.last_activity() : simulation.now();
    facts.events = simulation.events_processed();
    facts.interrupted = !over;
    facts.counts = &counts;
    return facts;
}

std::optional<std::string> Run::State::keep_record(const metrics::RunFacts& facts,
                                                   const std::vector<std::filesystem::path>& files) const {
    RunRecord record;
    record.scenario = facts.scenario;
    record.seed = facts.seed;
    record.replication = facts.replication;
    record.events = facts.events;
    record.end = facts.end;
    record.interrupted = facts.interrupted;
    record.fingerprint = facts.fingerprint;
    for (const std::filesystem::path& file : files)
        record.files.push_back(file.lexically_relative(options.output.directory).string());
    return finish_record(options.output.directory, record);
}

RunOutcome Run::finish() {
    State& s = *state_;
    const trace::Ledger& ledger = town().ledger();
    const metrics::RunFacts facts = s.facts();
    RunOutcome outcome;
    outcome.interrupted = facts.interrupted;
    outcome.quiet = s.quiet;
    outcome.wall_seconds = std::chrono::duration<double>(s.spent).count();
    outcome.summary = metrics::summarize(ledger, facts);
    outcome.audit = broken_laws(outcome.summary.balance);
    if (!s.defect.empty()) outcome.audit.push_back(s.defect);
    outcome.error = s.error;
    // After its failure too: the other exporters' results are whole.
    if (auto error = s.exports.finish(facts, ledger)) outcome.error = std::move(*error);
    const std::vector<std::filesystem::path> files = s.exports.files();
    for (const std::filesystem::path& file : files)
        if (std::error_code ec; std::filesystem::exists(file, ec)) outcome.files.push_back(file.string());
    if (s.has_directory() && outcome.error.empty()) {
        if (auto error = s.keep_record(facts, files)) outcome.error = std::move(*error);
        for (const char* name : {kScenarioFile, kRecordFile})
            if (outcome.error.empty()) outcome.files.push_back((s.options.output.directory / name).string());
    }
    if (outcome.error.empty() && s.defect.empty() && s.over)
        outcome.verdicts = s.judge->verdicts(ledger, outcome.summary);
    s.over = true;
    return outcome;
}

RunOutcome run_to_end(const scenario::Scenario& scenario, RunOptions options) {
    auto opened = Run::open(scenario, std::move(options));
    if (auto* error = std::get_if<std::string>(&opened)) {
        RunOutcome failed;
        failed.error = std::move(*error);
        return failed;
    }
    Run& run = std::get<Run>(opened);
    while (run.advance(100'000)) {
    }
    return run.finish();
}

} // namespace postopolis::experiment
