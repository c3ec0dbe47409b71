// The names are read off the summary of a run in which nothing happened, so that they never differ from it.
#include "experiment/metric_names.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "postopolis/experiment/experiment.hpp"
#include "postopolis/metrics/summary.hpp"

namespace postopolis::experiment {

namespace {

using Json = nlohmann::ordered_json;

/// Calls `each(name, value)` for what is a number, or could be.
template<class Each>
void for_figures(const Json& json, const std::string& prefix, const Each& each) {
    for (const auto& [key, value] : json.items()) {
        const std::string name = prefix + key;
        if (value.is_object())
            for_figures(value, name + ".", each);
        else if (value.is_number() || value.is_null() || value.is_boolean())
            each(name, value);
    }
}

std::vector<std::string> find_names() {
    metrics::EventCounts counts;
    metrics::RunFacts facts;
    facts.counts = &counts;
    const std::string text = metrics::summary_json(metrics::summarize(trace::Ledger(), facts));
    std::vector<std::string> names;
    for_figures(Json::parse(text), "", [&](const std::string& name, const Json&) {
        // What the experiment says is no result.
        if (name != "seed" && name != "replication" && name != "interrupted") names.push_back(name);
    });
    return names;
}

} // namespace

const std::vector<std::string>& metric_names() {
    static const std::vector<std::string> names = find_names();
    return names;
}

std::string_view metric_unit(std::string_view metric) {
    if (metric == "balanced") return "";
    const bool time = (metric.starts_with("delay.") && !metric.ends_with(".count")) || metric == "duration";
    return time ? "s" : "count";
}

std::map<std::string, double> numbers_of(std::string_view summary_json) {
    std::map<std::string, double> numbers;
    for_figures(Json::parse(summary_json), "", [&](const std::string& name, const Json& value) {
        if (value.is_boolean())
            numbers[name] = value.get<bool>() ? 1 : 0;
        else if (value.is_number())
            numbers[name] = value.get<double>();
    });
    return numbers;
}

std::vector<std::string> expand_metric(std::string_view name) {
    const std::vector<std::string>& all = metric_names();
    if (std::find(all.begin(), all.end(), name) != all.end()) return {std::string(name)};
    std::vector<std::string> group;
    const std::string prefix = std::string(name) + ".";
    for (const std::string& each : all)
        if (each.starts_with(prefix)) group.push_back(each);
    return group;
}

std::vector<std::string> default_metrics() {
    static constexpr std::array<std::string_view, 14> names{"copies",
                                                            "fates",
                                                            "delay.count",
                                                            "delay.mean",
                                                            "delay.p50",
                                                            "delay.p95",
                                                            "delay.p99",
                                                            "delay.max",
                                                            "delay.causes",
                                                            "deferrals",
                                                            "transfers",
                                                            "duplicates",
                                                            "by_kind.bounce.messages",
                                                            "by_kind.warning.messages"};
    std::vector<std::string> all;
    for (std::string_view name : names)
        for (std::string& each : expand_metric(name))
            all.push_back(std::move(each));
    return all;
}

} // namespace postopolis::experiment
