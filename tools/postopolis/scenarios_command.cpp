// postopolis scenarios: the shipped scenarios, to look at and to copy.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "commands.hpp"
#include "postopolis/metrics/output_file.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "scenario_source.hpp"
#include "terminal.hpp"

namespace postopolis::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct ScenariosArguments {
    std::string name;
    std::string copy;
    bool force = false;
    bool names = false;
    bool json = false;
};

std::optional<std::string> contents(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) return std::nullopt;
    return text;
}

/// What the scenario says of itself; it need not be valid for that.
Json about(const ShippedScenario& s) {
    const Json parsed = Json::parse(contents(s.path).value_or(""), nullptr, false, true);
    const auto said = [&](const char* key) {
        const bool there = parsed.is_object() && parsed.contains(key) && parsed[key].is_string();
        return there ? parsed[key].get<std::string>() : std::string();
    };
    return Json{{"name", s.name},
                {"title", said("title")},
                {"description", said("description")},
                {"file", s.path.string()}};
}

/// The files that the scenario names: a network to be imported lies beside it.
std::vector<fs::path> companions(const fs::path& scenario) {
    const Json parsed = Json::parse(contents(scenario).value_or(""), nullptr, false, true);
    std::vector<fs::path> files;
    if (!parsed.is_object() || !parsed.contains("network") || !parsed["network"].is_object()) return files;
    const Json& network = parsed["network"];
    if (!network.contains("graphml")) return files;
    const Json& graphml = network["graphml"];
    std::string name;
    if (graphml.is_string())
        name = graphml.get<std::string>();
    else if (graphml.is_object() && graphml.contains("file") && graphml["file"].is_string())
        name = graphml["file"].get<std::string>();
    if (!name.empty() && fs::path(name).is_relative()) files.emplace_back(name);
    return files;
}

std::optional<std::string> copy_file(const fs::path& from, const fs::path& to, bool force) {
    std::error_code ec;
    fs::create_directories(to.parent_path(), ec);
    if (ec) return to.parent_path().string() + ": " + ec.message();
    if (!force && fs::exists(to, ec)) return to.string() + " exists already; --force replaces it";
    const auto bytes = contents(from);
    if (!bytes) return from.string() + ": cannot be read";
    metrics::OutputFile file(to);
    file.write(*bytes);
    if (!file.commit()) return file.error().value_or(to.string() + ": cannot be written");
    return std::nullopt;
}

int copy(const ScenariosArguments& a, const std::vector<ShippedScenario>& chosen) {
    std::string copied;
    for (const ShippedScenario& s : chosen) {
        std::vector<fs::path> files = companions(s.path);
        files.insert(files.begin(), s.path.filename());
        for (const fs::path& file : files) {
            const fs::path to = fs::path(a.copy) / file;
            if (auto error = copy_file(s.path.parent_path() / file, to, a.force)) {
                complain(*error);
                return kInputOutput;
            }
            copied += to.string() + "\n";
        }
    }
    return print(copied) ? kFine : kInputOutput;
}

std::string list_text(const std::vector<ShippedScenario>& chosen, bool with_description) {
    std::size_t width = 0;
    for (const ShippedScenario& s : chosen)
        width = std::max(width, s.name.size());
    std::string text;
    for (const ShippedScenario& s : chosen) {
        const Json j = about(s);
        text += s.name + std::string(width + 2 - s.name.size(), ' ') + j["title"].get<std::string>() + "\n";
        if (!with_description) continue;
        if (const std::string said = j["description"].get<std::string>(); !said.empty())
            text += "\n" + said + "\n";
        text += "\n" + s.path.string() + "\nRun it with: postopolis run " + s.name + "\n";
    }
    return text;
}

int scenarios(const ScenariosArguments& a) {
    std::vector<ShippedScenario> chosen = shipped_scenarios();
    if (chosen.empty()) {
        complain("no shipped scenarios are found; POSTOPOLIS_SCENARIOS may name their directory");
        return kInputOutput;
    }
    if (!a.name.empty()) {
        auto one = find_shipped(a.name);
        if (!one) {
            std::vector<std::string> names;
            for (const ShippedScenario& s : chosen)
                names.push_back(s.name);
            const std::string near = scenario::nearest(a.name, names);
            complain(
                "no shipped scenario is called " + a.name +
                (near.empty() ? " (`postopolis scenarios` lists them)" : "; did you mean " + near + "?"));
            return kUsage;
        }
        chosen = {std::move(*one)};
    }
    if (!a.copy.empty()) return copy(a, chosen);
    std::string text;
    if (a.names) {
        for (const ShippedScenario& s : chosen)
            text += s.name + "\n";
    } else if (a.json) {
        Json all = Json::array();
        for (const ShippedScenario& s : chosen)
            all.push_back(about(s));
        text = Json{{"scenarios", std::move(all)}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    } else {
        text = list_text(chosen, !a.name.empty());
    }
    return print(text) ? kFine : kInputOutput;
}

} // namespace

void add_scenarios_command(CLI::App& app, int& exit_code) {
    CLI::App* command =
        app.add_subcommand("scenarios", "List the shipped scenarios, or copy them to work on them");
    auto a = std::make_shared<ScenariosArguments>();
    command->add_option("name", a->name, "One of them: what it shows")->type_name("NAME");
    command->add_option("--copy", a->copy, "Copy it (or all of them) into this directory")->type_name("DIR");
    command->add_flag("--force", a->force, "Replace files that are there");
    command->add_flag("--names", a->names, "Only the names, one a line");
    command->add_flag("--json", a->json, "One JSON object, for programs");
    command->footer("Examples:\n"
                    "  postopolis scenarios\n"
                    "  postopolis scenarios post-office --copy .");
    command->callback([a, &exit_code] { exit_code = scenarios(*a); });
}

} // namespace postopolis::tools
