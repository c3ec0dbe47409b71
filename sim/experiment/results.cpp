// The results of a batch on the disk. See results.hpp.
#include "experiment/results.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "experiment/results_schema.hpp"
#include "postopolis/metrics/statistics.hpp"

namespace postopolis::experiment {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kRunsPerPoint = 1'000'000;

std::int64_t run_number(std::size_t point, std::uint32_t replication) {
    return static_cast<std::int64_t>(point * kRunsPerPoint + replication);
}

std::string parameters_json(const Point& point) {
    nlohmann::ordered_json j = nlohmann::ordered_json::object();
    for (const auto& [name, value] : point.values)
        j[name] = nlohmann::ordered_json::parse(value);
    return j.dump();
}

void put_fact(Database& database, std::string_view key, std::string_view value) {
    Query(database, "INSERT OR REPLACE INTO experiment VALUES (?, ?)").add(key).add(value).run();
}

} // namespace

Results::Results(const Experiment& experiment, const BatchOptions& options, std::unique_ptr<Lock> lock)
    : experiment_(experiment)
    , directory_(options.directory)
    , program_(options.program)
    , lock_(std::move(lock))
    , database_(options.directory / "results.sqlite")
    , kept_(experiment.runs()) {}

std::variant<std::unique_ptr<Results>, std::string> Results::open(const Experiment& experiment,
                                                                  const BatchOptions& options) {
    std::error_code ec;
    fs::create_directories(options.directory, ec);
    if (ec) return options.directory.string() + ": " + ec.message();
    auto lock = std::make_unique<Lock>(options.directory / "results.sqlite");
    if (!lock->error() && options.restart) lock->clear();
    if (lock->error()) return *lock->error();
    std::unique_ptr<Results> results(new Results(experiment, options, std::move(lock)));
    results->create();
    if (auto different = results->difference()) return *different;
    put_fact(results->database_, "replications", std::to_string(experiment.replications));
    results->read_kept(options.retry_failed);
    if (results->error()) return *results->error();
    return results;
}

void Results::create() {
    {
        Query version(database_, "PRAGMA user_version");
        if (!version.step() || version.integer(0) != 0) return;
    }
    database_.execute("BEGIN");
    database_.execute(kResultsSchema);
    put_fact(database_, "program", program_);
    put_fact(database_, "title", experiment_.title);
    put_fact(database_, "scenario_file", experiment_.scenario_path);
    put_fact(database_, "scenario", experiment_.scenario_text);
    put_fact(database_, "graph", experiment_.graph_text);
    put_fact(database_, "definition", experiment_.definition());
    Query point(database_, "INSERT INTO points VALUES (?, ?)");
    Query parameter(database_, "INSERT INTO parameters VALUES (?, ?, json_extract(?, '$'))");
    for (std::size_t i = 0; i < experiment_.points.size(); ++i) {
        point.add(std::uint64_t{i}).add(parameters_json(experiment_.points[i])).run();
        for (const auto& [name, value] : experiment_.points[i].values)
            // A null is no value of a column.
            parameter.add(std::uint64_t{i}).add(name).add(value == "null" ? "\"null\"" : value).run();
    }
    Query metric(database_, "INSERT INTO metrics VALUES (?, ?, ?)");
    for (std::size_t i = 0; i < experiment_.metrics.size(); ++i)
        metric.add(experiment_.metrics[i])
            .add(std::uint64_t{i})
            .add(metric_unit(experiment_.metrics[i]))
            .run();
    database_.execute("PRAGMA user_version = 1");
    database_.execute("COMMIT");
}

/// Why these are results of something else.
std::optional<std::string> Results::difference() {
    if (database_.error()) return database_.error();
    const std::string file = (directory_ / "results.sqlite").string();
    Query version(database_, "PRAGMA user_version");
    if (!version.step() || version.integer(0) != kResultsFormat)
        return file + ": this isn't a file of results that this version can go on with";
    const std::pair<std::string_view, std::pair<std::string_view, std::string>> facts[] = {
        {"scenario", {"the scenario", experiment_.scenario_text}},
        {"graph", {"the network's GraphML file", experiment_.graph_text}},
        {"definition",
         {"the experiment (its points, seed, metrics or virtual limit)", experiment_.definition()}},
        {"program", {"the program's version", program_}}};
    for (const auto& [key, fact] : facts) {
        Query query(database_, "SELECT value FROM experiment WHERE key = ?");
        query.add(key);
        if (query.step() && query.text(0) == fact.second) continue;
        if (database_.error()) return database_.error();
        return file + ": " + std::string(fact.first) +
               " has changed since these results were made: they can't be mixed. --restart removes them, "
               "another "
               "--out keeps them";
    }
    return std::nullopt;
}

void Results::read_kept(bool retry_failed) {
    if (retry_failed) database_.execute("DELETE FROM runs WHERE status = 'failed'");
    Query query(database_, "SELECT point, replication FROM runs WHERE replication < ?");
    query.add(std::int64_t{experiment_.replications});
    while (query.step())
        kept_.at(static_cast<std::size_t>(query.integer(0)) * experiment_.replications +
                 static_cast<std::size_t>(query.integer(1))) = true;
}

void Results::keep(std::span<const RunResult> runs) {
    database_.execute("BEGIN IMMEDIATE");
    Query run(database_, "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    Query value(database_, "INSERT INTO run_values VALUES (?, ?, ?)");
    Query unmet(database_, "INSERT INTO unmet VALUES (?, ?, ?, ?)");
    for (const RunResult& r : runs) {
        const std::int64_t number = run_number(r.point, r.replication);
        run.add(number).add(std::uint64_t{r.point}).add(std::int64_t{r.replication});
        run.add(std::to_string(experiment_.seed)).add(r.failed() ? "failed" : "done");
        if (r.failed())
            run.add(r.error).null();
        else
            run.null().add(r.fingerprint);
        run.add(r.expectations).add(std::uint64_t{r.unmet.size()}).add(r.wall_seconds).run();
        for (std::size_t i = 0; i < r.values.size(); ++i)
            if (r.values[i]) value.add(number).add(experiment_.metrics[i]).add(*r.values[i]).run();
        for (const metrics::Verdict& v : r.unmet)
            unmet.add(number).add(v.pointer).add(v.written).add(v.actual).run();
    }
    database_.execute("COMMIT");
}

void Results::forget_summaries() {
    database_.execute("DELETE FROM summary");
    for (const char* name : {"runs.csv", "summary.csv"}) {
        std::error_code ec;
        fs::remove(directory_ / name, ec);
        if (ec && !error_) error_ = (directory_ / name).string() + ": " + ec.message();
    }
}

void Results::summarize() {
    database_.execute("BEGIN IMMEDIATE");
    database_.execute("DELETE FROM summary");
    Query read(database_, "SELECT value FROM run_values JOIN runs USING (run) WHERE point = ? AND metric = ? "
                          "AND replication < ? ORDER BY replication");
    Query write(database_, "INSERT INTO summary VALUES (?, ?, ?, ?, ?)");
    for (std::size_t point = 0; point < experiment_.points.size(); ++point) {
        for (const std::string& metric : experiment_.metrics) {
            std::vector<double> values;
            read.add(std::uint64_t{point}).add(metric).add(std::int64_t{experiment_.replications});
            while (read.step())
                values.push_back(read.real(0));
            const metrics::Interval interval = metrics::confidence_interval(values);
            write.add(std::uint64_t{point}).add(metric);
            write.add(interval.mean).add(interval.half_width).add(std::uint64_t{interval.n}).run();
            summary_.push_back({point, metric, interval});
        }
    }
    database_.execute("COMMIT");
}

void Results::complete() {
    summarize();
    if (!error()) write_runs();
    if (!error()) write_summary();
    files_.insert(files_.begin(), (directory_ / "results.sqlite").string());
}

void Results::count(BatchOutcome& outcome) {
    Query counts(database_, "SELECT count(*), total(status = 'failed'), total(unmet > 0) FROM runs "
                            "WHERE replication < ?");
    counts.add(std::int64_t{experiment_.replications});
    if (!counts.step()) return;
    outcome.done = static_cast<std::uint64_t>(counts.integer(0));
    outcome.failed = static_cast<std::uint64_t>(counts.integer(1));
    outcome.unexpected = static_cast<std::uint64_t>(counts.integer(2));
    auto first = [&](const char* sql) {
        Query query(database_, sql);
        query.add(std::int64_t{experiment_.replications});
        if (!query.step()) return std::string();
        return "point " + query.text(0) + " " + query.text(1) + ", replication " + query.text(2) + ": " +
               query.text(3);
    };
    outcome.first_error =
        first("SELECT point, parameters, replication, error FROM runs JOIN points USING (point) "
              "WHERE status = 'failed' AND replication < ? ORDER BY run LIMIT 1");
    outcome.first_unexpected =
        first("SELECT point, parameters, replication, actual FROM unmet JOIN runs USING (run) "
              "JOIN points USING (point) WHERE replication < ? ORDER BY run, unmet.rowid LIMIT 1");
}

} // namespace postopolis::experiment
