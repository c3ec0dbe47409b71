// Reading experiment files.
#include "postopolis/experiment/experiment.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include "experiment/metric_names.hpp"
#include "experiment/variation.hpp"
#include "postopolis/scenario/spelling.hpp"

namespace postopolis::experiment {

namespace fs = std::filesystem;
using scenario::Findings;
using scenario::Value;

namespace {

std::optional<std::string> contents(const fs::path& path) {
    std::error_code ec;
    if (!fs::is_regular_file(path, ec)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Where a name is varied, in the order in which the points are combined.
std::vector<std::uint32_t> places_of(const Value& root, const std::string& name) {
    std::vector<std::uint32_t> places;
    auto look = [&](const Value& object) {
        for (const scenario::Member& m : object.members)
            if (m.key == name) places.push_back(m.key_offset);
    };
    for (std::string_view key : {"list", "linked", "grid"}) {
        const Value* place = root.find(key);
        if (place == nullptr) continue;
        look(*place);
        for (const Value& item : place->items)
            look(item);
    }
    return places;
}

class Reader {
public:
    Reader(std::string_view text, const ExperimentOptions& options)
        : options_(options), document_(text, findings_) {}

    ExperimentResult read() {
        if (document_.parsed()) {
            if (document_.root().is(Value::Kind::Object))
                read_object(document_.root());
            else
                wrong(findings_, document_.root(), "an experiment in { }");
        }
        std::vector<Findings::Entry> entries = findings_.mistakes();
        std::stable_sort(entries.begin(), entries.end(),
                         [](const auto& a, const auto& b) { return a.offset < b.offset; });
        for (const Findings::Entry& e : entries) {
            const auto [line, column] = document_.position(e.offset);
            result_.mistakes.push_back({document_.pointer(e.offset), line, column, e.message, e.suggestion});
        }
        if (result_.mistakes.empty() && result_.scenario_mistakes.empty())
            result_.experiment = std::move(experiment_);
        return std::move(result_);
    }

private:
    void read_object(const Value& root);
    void read_format(const Value& root);
    void read_text(const Value& root, std::string_view key, std::string& to);
    std::optional<double> read_whole(const Value& v, double low, double high);
    void read_seed(const Value& v);
    void read_metrics(const Value& v);
    void read_limits(const Value& v);
    void read_points(const Value& root);
    void tell_double_names(const Value& root, const std::vector<std::vector<Axis>>& groups);
    void read_scenario(const Value& v);
    void check_scenario(const Value& root);
    void check_parameter(const std::string& name, const std::vector<std::string>& known, const Value& root);

    const ExperimentOptions& options_;
    Findings findings_;
    scenario::Document document_;
    Experiment experiment_;
    ExperimentResult result_;
};

void Reader::read_object(const Value& root) {
    check_keys(findings_, root,
               {"$schema", "postopolis_experiment", "title", "description", "scenario", "seed",
                "replications", "grid", "linked", "list", "metrics", "limit"});
    read_format(root);
    read_text(root, "title", experiment_.title);
    read_text(root, "description", experiment_.description);
    if (const Value* n = root.find("replications"))
        if (const auto count = read_whole(*n, 1, 1'000'000))
            experiment_.replications = static_cast<std::uint32_t>(*count);
    experiment_.metrics = default_metrics();
    if (const Value* names = root.find("metrics")) read_metrics(*names);
    if (const Value* limits = root.find("limit")) read_limits(*limits);
    read_points(root);
    if (const Value* named = root.find("scenario"))
        read_scenario(*named);
    else
        findings_.mistake(root.offset,
                          "an experiment needs \"scenario\": the path of a scenario file, relative "
                          "to this one, or the name of a shipped scenario");
    if (!experiment_.scenario_text.empty()) check_scenario(root);
    if (const Value* seed = root.find("seed")) read_seed(*seed);
}

void Reader::read_format(const Value& root) {
    const Value* format = root.find("postopolis_experiment");
    if (format == nullptr)
        findings_.mistake(root.offset, "\"postopolis_experiment\": 1 is missing: the version of the format",
                          root.find("postopolis") != nullptr ? "a scenario? `postopolis run` runs those"
                                                             : "");
    else if (!format->is(Value::Kind::Number) || format->number != experiment_format)
        wrong(findings_, *format, "1, the only version of the format so far");
}

void Reader::read_text(const Value& root, std::string_view key, std::string& to) {
    const Value* v = root.find(key);
    if (v == nullptr) return;
    if (v->is(Value::Kind::Text))
        to = v->text;
    else
        wrong(findings_, *v, "a text in double quotes");
}

std::optional<double> Reader::read_whole(const Value& v, double low, double high) {
    if (v.is(Value::Kind::Number) && v.number == std::floor(v.number) && v.number >= low && v.number <= high)
        return v.number;
    wrong(findings_, v,
          "a whole number from " + std::to_string(static_cast<std::int64_t>(low)) + " to " +
              std::to_string(static_cast<std::int64_t>(high)));
    return std::nullopt;
}

void Reader::read_seed(const Value& v) {
    const bool digits = v.is(Value::Kind::Number) && !v.text.empty() &&
                        v.text.find_first_not_of("0123456789") == std::string::npos;
    try {
        if (digits) {
            experiment_.seed = std::stoull(v.text);
            return;
        }
    } catch (const std::out_of_range&) {
        // told below
    }
    wrong(findings_, v, "a whole number from 0 to 2^64 - 1");
}

void Reader::read_metrics(const Value& v) {
    const std::vector<Value> alone{v};
    const std::vector<Value>& names = v.is(Value::Kind::List) ? v.items : alone;
    experiment_.metrics.clear();
    if (names.empty())
        findings_.mistake(v.offset, "no metrics are named: leave the key out for the usual ones");
    for (const Value& name : names) {
        if (!name.is(Value::Kind::Text)) {
            wrong(findings_, name, "the name of a metric, such as \"delay.mean\" or \"fates\"");
            continue;
        }
        const std::vector<std::string> expanded = expand_metric(name.text);
        if (expanded.empty())
            findings_.mistake(name.offset,
                              "a run's summary has no number called " + describe(name) +
                                  "; `postopolis run --json` shows what it has",
                              scenario::nearest(name.text, metric_names()));
        for (const std::string& each : expanded)
            if (std::find(experiment_.metrics.begin(), experiment_.metrics.end(), each) ==
                experiment_.metrics.end())
                experiment_.metrics.push_back(each);
    }
}

void Reader::read_limits(const Value& v) {
    if (!v.is(Value::Kind::Object))
        return wrong(findings_, v, "limits in { }, such as {\"virtual\": \"2d\", \"wall\": \"10m\"}");
    check_keys(findings_, v, {"virtual", "wall"});
    auto duration = [&](std::string_view key) -> std::optional<kernel::Duration> {
        const Value* limit = v.find(key);
        if (limit == nullptr) return std::nullopt;
        const auto d = limit->is(Value::Kind::Text) ? kernel::parse_duration(limit->text) : std::nullopt;
        if (!d || *d <= kernel::Duration()) {
            wrong(findings_, *limit, "a duration above 0 with its unit, such as \"10m\"");
            return std::nullopt;
        }
        return d;
    };
    experiment_.limits.virtual_time = duration("virtual");
    if (const auto wall = duration("wall")) experiment_.limits.wall_seconds = wall->to_seconds();
}

void Reader::read_points(const Value& root) {
    // The entries of a list vary slowest, the names of the grid fastest.
    std::vector<std::vector<Axis>> groups;
    if (const Value* list = root.find("list")) groups.push_back(read_list(findings_, *list));
    if (const Value* linked = root.find("linked")) groups.push_back(read_linked(findings_, *linked));
    if (const Value* grid = root.find("grid")) groups.push_back(read_grid(findings_, *grid));
    tell_double_names(root, groups);
    if (!findings_.good()) return;
    std::vector<Axis> axes;
    for (std::vector<Axis>& group : groups)
        axes.insert(axes.end(), std::make_move_iterator(group.begin()), std::make_move_iterator(group.end()));
    experiment_.points = combine(axes);
    if (experiment_.points.empty() || experiment_.runs() > max_runs)
        findings_.mistake(root.offset, "these are more than " + std::to_string(max_runs) +
                                           " runs (points times replications): vary less");
    for (const Axis& axis : axes)
        experiment_.parameters.insert(experiment_.parameters.end(), axis.names.begin(), axis.names.end());
}

void Reader::tell_double_names(const Value& root, const std::vector<std::vector<Axis>>& groups) {
    std::set<std::string> seen;
    for (const std::vector<Axis>& group : groups)
        for (const Axis& axis : group)
            for (const std::string& name : axis.names)
                if (!seen.insert(name).second)
                    findings_.mistake(places_of(root, name).back(),
                                      "\"" + name + "\" is varied twice: keep one of its places");
}

void Reader::read_scenario(const Value& v) {
    if (!v.is(Value::Kind::Text))
        return wrong(findings_, v, "the path of a scenario file, or the name of a shipped scenario");
    fs::path path(v.text);
    if (path.is_relative() && !options_.base_directory.empty())
        path = fs::path(options_.base_directory) / path;
    std::optional<std::string> text = contents(path);
    if (!text && options_.shipped) {
        if (const auto shipped = options_.shipped(v.text)) {
            path = *shipped;
            text = contents(path);
        }
    }
    if (!text)
        return findings_.mistake(v.offset, "there is no scenario file \"" + path.lexically_normal().string() +
                                               "\" that can be read, nor a shipped scenario of this name");
    if (text->empty()) return findings_.mistake(v.offset, "the scenario file " + describe(v) + " is empty");
    experiment_.scenario_path = path.lexically_normal().string();
    experiment_.scenario_text = std::move(*text);
}

void Reader::check_scenario(const Value& root) {
    result_.scenario_path = experiment_.scenario_path;
    const scenario::LoadResult loaded =
        scenario::load_text(experiment_.scenario_text, experiment_.load_options(Point{}));
    result_.scenario_mistakes = loaded.mistakes;
    if (!loaded.scenario) return;
    experiment_.seed = loaded.scenario->seed;
    if (const auto* graph = std::get_if<scenario::GraphmlNetwork>(&loaded.scenario->network.generated))
        experiment_.graph_text = contents(graph->path).value_or("");
    std::vector<std::string> known;
    for (const auto& [name, value] : loaded.scenario->parameters)
        known.push_back(name);
    for (const std::string& name : experiment_.parameters)
        check_parameter(name, known, root);
}

/// A name that the scenario does not have is a mistake here; a value that it refuses is a run that fails.
void Reader::check_parameter(const std::string& name, const std::vector<std::string>& known,
                             const Value& root) {
    Point alone;
    for (const Point& point : experiment_.points) {
        for (const auto& value : point.values)
            if (value.first == name) alone.values.push_back(value);
        if (!alone.values.empty()) break;
    }
    const scenario::LoadResult loaded =
        scenario::load_text(experiment_.scenario_text, experiment_.load_options(alone));
    const std::string prefix = "--set " + name + ": ";
    for (const scenario::Mistake& m : loaded.mistakes) {
        if (!m.message.starts_with(prefix)) continue;
        const std::string_view what = std::string_view(m.message).substr(prefix.size());
        if (!what.starts_with("there is nothing called") && !what.starts_with("unknown key")) continue;
        const std::string near = scenario::nearest(name, known);
        findings_.mistake(places_of(root, name).front(),
                          "the scenario has neither a parameter nor a place \"" + name +
                              "\": " + std::string(what),
                          near.empty() ? m.suggestion : near);
        return;
    }
}

} // namespace

scenario::LoadOptions Experiment::load_options(const Point& point) const {
    scenario::LoadOptions options;
    options.file_name = scenario_path;
    options.base_directory = fs::path(scenario_path).parent_path().string();
    options.sets = point.values;
    return options;
}

std::string Experiment::definition() const {
    nlohmann::ordered_json j;
    j["seed"] = seed;
    j["metrics"] = metrics;
    j["virtual_limit"] = limits.virtual_time ? kernel::exact_text(*limits.virtual_time) : "none";
    for (const Point& point : points) {
        nlohmann::ordered_json values = nlohmann::ordered_json::object();
        for (const auto& [name, value] : point.values)
            values[name] = value;
        j["points"].push_back(std::move(values));
    }
    return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

ExperimentResult load_experiment_text(std::string_view json, const ExperimentOptions& options) {
    return Reader(json, options).read();
}

ExperimentResult load_experiment_file(const std::string& path, ExperimentOptions options) {
    options.file_name = path;
    if (options.base_directory.empty()) options.base_directory = fs::path(path).parent_path().string();
    auto refused = [](std::string message) {
        ExperimentResult result;
        result.mistakes.push_back({"", 0, 0, std::move(message), ""});
        return result;
    };
    std::error_code ec;
    if (!fs::exists(path, ec)) return refused("there is no file \"" + path + "\"");
    if (fs::is_directory(path, ec)) return refused("\"" + path + "\" is a folder, not an experiment file");
    const std::optional<std::string> text = contents(path);
    if (!text) return refused("\"" + path + "\" can't be opened for reading");
    return load_experiment_text(*text, options);
}

} // namespace postopolis::experiment
