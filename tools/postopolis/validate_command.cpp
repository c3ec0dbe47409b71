// postopolis validate: all mistakes of scenarios, with their places.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "scenario_source.hpp"
#include "terminal.hpp"

namespace postopolis::tools {
namespace {

using Json = nlohmann::ordered_json;

struct ValidateArguments {
    std::vector<std::string> scenarios;
    std::vector<std::string> sets;
    bool json = false;
};

Json mistakes_json(const std::vector<scenario::Mistake>& mistakes) {
    Json all = Json::array();
    for (const scenario::Mistake& m : mistakes)
        all.push_back(Json{{"pointer", m.pointer},
                           {"line", m.line > 0 ? Json(m.line) : Json(nullptr)},
                           {"column", m.column > 0 ? Json(m.column) : Json(nullptr)},
                           {"message", m.message},
                           {"suggestion", m.suggestion.empty() ? Json(nullptr) : Json(m.suggestion)}});
    return all;
}

std::string result_text(const scenario::LoadResult& loaded, const std::string& file_name) {
    std::string text;
    for (const scenario::Mistake& m : loaded.mistakes)
        text += scenario::text(m, file_name) + "\n";
    for (const scenario::Mistake& m : loaded.warnings)
        text += "warning: " + scenario::text(m, file_name) + "\n";
    if (loaded.mistakes.empty()) {
        const scenario::Scenario& s = *loaded.scenario;
        text += file_name + ": fine (" + std::to_string(s.domain_count()) + " domains, " +
                std::to_string(s.host_count()) + " hosts, " + std::to_string(s.mailbox_count()) +
                " mailboxes)\n";
    }
    return text;
}

/// One scenario's exit code; what there is to say of it goes to `text` and `json`.
int validate_one(const std::string& what, const scenario::LoadOptions& base, std::string& text, Json& json) {
    auto source = read_scenario(what);
    if (auto* error = std::get_if<std::string>(&source)) {
        complain(*error);
        json.push_back(Json{{"file", what}, {"valid", false}, {"error", *error}});
        return kInputOutput;
    }
    const auto& scenario_text = std::get<ScenarioText>(source);
    scenario::LoadOptions options = base;
    options.file_name = scenario_text.file_name;
    options.base_directory = scenario_text.base_directory;
    const scenario::LoadResult loaded = scenario::load_text(scenario_text.text, options);
    text += result_text(loaded, options.file_name);
    json.push_back(Json{{"file", options.file_name},
                        {"valid", loaded.mistakes.empty()},
                        {"mistakes", mistakes_json(loaded.mistakes)},
                        {"warnings", mistakes_json(loaded.warnings)}});
    return loaded.mistakes.empty() ? kFine : kMistakes;
}

int validate(const ValidateArguments& a) {
    scenario::LoadOptions options;
    auto sets = parse_sets(a.sets);
    if (auto* error = std::get_if<std::string>(&sets)) {
        complain(*error);
        return kUsage;
    }
    options.sets = std::move(std::get<0>(sets));
    int worst = kFine;
    std::string text;
    Json json = Json::array();
    for (const std::string& what : a.scenarios)
        worst = std::max(worst, validate_one(what, options, text, json));
    if (a.json)
        text =
            Json{{"scenarios", std::move(json)}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    return print(text) ? worst : kInputOutput;
}

} // namespace

void add_validate_command(CLI::App& app, int& exit_code) {
    CLI::App* command =
        app.add_subcommand("validate", "Check scenarios without running them: every mistake and its place");
    auto a = std::make_shared<ValidateArguments>();
    command->add_option("scenario", a->scenarios, "Scenario files, names of shipped scenarios, or -")
        ->type_name("SCENARIO")
        ->required();
    command
        ->add_option("--set", a->sets,
                     "Change a value before it is checked, as `postopolis run` does; may be said again")
        ->type_name("PATH=VALUE")
        ->allow_extra_args(false);
    command->add_flag("--json", a->json, "One JSON object, for editors and programs");
    command->footer("Examples:\n"
                    "  postopolis validate town.json\n"
                    "  postopolis validate scenarios/*.json --json\n\n"
                    "Ends with 0 if all are fine, 3 if one has mistakes, 4 if one can't be read.");
    command->callback([a, &exit_code] { exit_code = validate(*a); });
}

} // namespace postopolis::tools
