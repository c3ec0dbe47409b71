// runs.csv, a line per run, and summary.csv, a line per point and metric: the same bytes for the same
// results.
//
// RFC 4180 with \n. Numbers have as many digits as it takes to read back the same; what does not exist is
// empty.
#include <charconv>
#include <map>

#include <nlohmann/json.hpp>

#include "experiment/results.hpp"
#include "postopolis/metrics/output_file.hpp"

namespace postopolis::experiment {

namespace {

std::string number_text(double value) {
    char digits[40];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

void append_field(std::string& out, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

/// ",value" for each parameter; a text without its quotes.
std::string parameter_fields(const Experiment& experiment, const Point& point) {
    std::string out;
    for (const std::string& name : experiment.parameters) {
        out += ',';
        for (const auto& [set, value] : point.values) {
            if (set != name) continue;
            const auto json = nlohmann::json::parse(value);
            append_field(out, json.is_string() ? json.get<std::string>() : value);
        }
    }
    return out;
}

std::string parameter_names(const Experiment& experiment) {
    std::string out;
    for (const std::string& name : experiment.parameters) {
        out += ',';
        append_field(out, name);
    }
    return out;
}

/// Its error if it could not be written whole.
std::optional<std::string> commit(metrics::OutputFile& file, std::vector<std::string>& files) {
    if (!file.commit()) return file.error();
    files.push_back(file.path().string());
    return std::nullopt;
}

} // namespace

void Results::write_runs() {
    metrics::OutputFile file(directory_ / "runs.csv");
    std::string header = "point,replication" + parameter_names(experiment_) +
                         ",seed,status,error,fingerprint,expectations,unmet";
    for (const std::string& metric : experiment_.metrics)
        header += "," + metric;
    file.write(header + "\n");
    Query runs(database_,
               "SELECT run, point, replication, seed, status, error, fingerprint, expectations, unmet "
               "FROM runs WHERE replication < ? ORDER BY run");
    Query values(database_, "SELECT metric, value FROM run_values WHERE run = ?");
    runs.add(std::int64_t{experiment_.replications});
    while (runs.step()) {
        std::string line = runs.text(1) + "," + runs.text(2);
        line +=
            parameter_fields(experiment_, experiment_.points.at(static_cast<std::size_t>(runs.integer(1))));
        for (int column = 3; column <= 8; ++column) {
            line += ',';
            append_field(line, runs.text(column));
        }
        std::map<std::string, double> found;
        values.add(runs.integer(0));
        while (values.step())
            found[values.text(0)] = values.real(1);
        for (const std::string& metric : experiment_.metrics) {
            line += ',';
            if (const auto it = found.find(metric); it != found.end()) line += number_text(it->second);
        }
        file.write(line + "\n");
    }
    if (database_.error())
        return; // what could not be read must not be missing from a file that is called done
    if (auto error = commit(file, files_)) error_ = error;
}

void Results::write_summary() {
    metrics::OutputFile file(directory_ / "summary.csv");
    file.write("point" + parameter_names(experiment_) + ",metric,unit,mean,half_width_95,low_95,high_95,n\n");
    Query rows(database_,
               "SELECT point, metric, unit, mean, half_width_95, n FROM summary JOIN metrics USING (metric) "
               "ORDER BY point, position");
    while (rows.step()) {
        std::string line = rows.text(0);
        line +=
            parameter_fields(experiment_, experiment_.points.at(static_cast<std::size_t>(rows.integer(0))));
        line += "," + rows.text(1) + "," + rows.text(2) + ",";
        const bool known = !rows.is_null(3), spread = !rows.is_null(4);
        const double mean = rows.real(3), half = rows.real(4);
        if (known) line += number_text(mean);
        line += ',';
        if (spread)
            line += number_text(half) + "," + number_text(mean - half) + "," + number_text(mean + half);
        else
            line += ",,";
        file.write(line + "," + rows.text(5) + "\n");
    }
    if (database_.error())
        return; // what could not be read must not be missing from a file that is called done
    if (auto error = commit(file, files_)) error_ = error;
}

} // namespace postopolis::experiment
