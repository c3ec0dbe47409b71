// The record of a run as two JSON files. See record.hpp for the promises.
#include "postopolis/experiment/record.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "postopolis/metrics/output_file.hpp"
#include "postopolis/scenario/load.hpp"

namespace postopolis::experiment {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

std::optional<std::string> keep(const fs::path& path, const std::string& text) {
    metrics::OutputFile file(path);
    file.write(text);
    if (!file.commit()) return file.error().value_or(path.string() + ": cannot be written");
    return std::nullopt;
}

RunRecord from_json(const Json& j) {
    RunRecord record;
    record.scenario = j.at("scenario").get<std::string>();
    record.seed = j.at("seed").get<std::uint64_t>();
    record.replication = j.at("replication").get<std::uint32_t>();
    record.events = j.at("events_processed").get<std::uint64_t>();
    record.end = kernel::Time::at(kernel::Duration::nanoseconds(j.at("end_ns").get<std::int64_t>()));
    record.interrupted = j.at("interrupted").get<bool>();
    record.fingerprint = j.at("fingerprint").get<std::string>();
    record.files = j.at("files").get<std::vector<std::string>>();
    return record;
}

} // namespace

std::optional<std::string> begin_record(const fs::path& directory, const scenario::Scenario& scenario,
                                        bool force) {
    std::error_code ec;
    fs::create_directories(directory, ec);
    if (ec) return directory.string() + ": " + ec.message();
    for (const char* name : {kRecordFile, kScenarioFile}) {
        const fs::path path = directory / name;
        if (!fs::exists(fs::symlink_status(path, ec))) continue;
        if (!force)
            return path.string() +
                   " exists already: choose another directory, or --force to replace the results in it";
        fs::remove(path, ec);
        if (ec) return path.string() + ": " + ec.message();
    }
    return keep(directory / kScenarioFile, scenario::effective_json(scenario) + "\n");
}

std::optional<std::string> finish_record(const fs::path& directory, const RunRecord& record) {
    Json j = Json::object();
    j["postopolis_run"] = kFormat;
    j["scenario"] = record.scenario;
    j["seed"] = record.seed;
    j["replication"] = record.replication;
    j["events_processed"] = record.events;
    j["end_ns"] = record.end.since_start().count();
    j["interrupted"] = record.interrupted;
    j["fingerprint"] = record.fingerprint;
    j["files"] = record.files;
    return keep(directory / kRecordFile, j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::variant<RunRecord, std::string> read_record(const fs::path& directory) {
    const fs::path path = directory / kRecordFile;
    std::error_code ec;
    if (!fs::is_directory(directory, ec)) return directory.string() + ": no such directory";
    if (!fs::exists(path, ec))
        return path.string() +
               ": no such file; `postopolis run SCENARIO --out DIR` leaves one when it is done";
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) return path.string() + ": cannot be read";
    try {
        const Json j = Json::parse(text);
        if (j.at("postopolis_run").get<int>() != kFormat)
            return path.string() + ": of another version of Postopolis";
        return from_json(j);
    } catch (const Json::exception& e) {
        return path.string() + ": not the record of a run (" + e.what() + ")";
    }
}

} // namespace postopolis::experiment
