// postopolis schema and postopolis version: what this program understands, and which one it is.
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "postopolis/metrics/exporter.hpp"
#include "postopolis/scenario/load.hpp"
#include "terminal.hpp"
#include "version.hpp"

namespace postopolis::tools {
namespace {

using Json = nlohmann::ordered_json;

std::string version_json() {
    Json exporters = Json::array();
    for (const metrics::ExporterInfo& info : metrics::exporters())
        exporters.push_back(info.name);
    Json j = Json::object();
    j["postopolis"] = kVersion;
    j["scenario_format"] = 1;
    j["compiler"] = kCompiler;
    j["build_type"] = kBuildType;
    j["sanitizers"] = kSanitizers;
    j["exporters"] = std::move(exporters);
    return j.dump(2) + "\n";
}

} // namespace

void add_schema_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand(
        "schema", "Print the JSON Schema of scenario files, for editors that complete and check");
    command->footer(
        "Example:\n"
        "  postopolis schema > postopolis.schema.json\n\n"
        "A scenario that says {\"$schema\": \"./postopolis.schema.json\", ...} is then completed by "
        "editors.");
    command->callback(
        [&exit_code] { exit_code = print(std::string(scenario::schema_json())) ? kFine : kInputOutput; });
}

void add_version_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("version", "Print the version, and with --json how it was built");
    auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "One JSON object: version, compiler, build");
    command->footer("Example:\n  postopolis version --json");
    command->callback([json, &exit_code] {
        exit_code = print(*json ? version_json() : std::string("postopolis ") + kVersion + "\n")
                        ? kFine
                        : kInputOutput;
    });
}

} // namespace postopolis::tools
