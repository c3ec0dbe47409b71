// Where scenarios come from: a file, the standard input, or one of those that are shipped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/App.hpp>

#include "postopolis/scenario/load.hpp"

namespace postopolis::tools {

struct ShippedScenario {
    std::string name; ///< "post-office"
    std::filesystem::path path;
};

/// The directory of the shipped scenarios: $POSTOPOLIS_SCENARIOS, or that of the installation or build tree
/// that the program lies in. Empty if there is none.
std::filesystem::path shipped_directory();
/// By name; the lessons are apart.
std::vector<ShippedScenario> shipped_scenarios();
std::vector<ShippedScenario> shipped_lessons();
/// A scenario or lesson by its name, or a JSON file in the directory.
std::optional<ShippedScenario> find_shipped(const std::string& name);

/// A scenario's text, read.
struct ScenarioText {
    std::string text;
    std::string file_name; ///< for messages
    std::string base_directory;
};

/// `what` is a path, "-", or the name of a shipped scenario; a file of that name is preferred. The text of an
/// error that a person can act upon, if it can't be read.
std::variant<ScenarioText, std::string> read_scenario(const std::string& what);

/// The options that change a scenario, and the argument that names it.
struct ScenarioArguments {
    std::string scenario;
    std::vector<std::string> sets;
    std::optional<std::uint64_t> seed;

    void add_options(CLI::App& command);
};

/// Reads and loads; tells stderr all mistakes and warnings. Without a scenario, `exit_code` says why.
std::optional<scenario::Scenario> load_or_complain(const ScenarioArguments& arguments, int& exit_code);

/// For CLI11: an error unless all of `text` is a number from 0 to 2^64 - 1. Its own reading takes -1 for a
/// large one.
std::string check_whole_number(const std::string& text);

/// PATH=VALUE taken apart; the text of an error otherwise.
std::variant<std::vector<std::pair<std::string, std::string>>, std::string>
parse_sets(const std::vector<std::string>& sets);

/// How a shell has to be told `word`.
std::string shell_quoted(const std::string& word);

} // namespace postopolis::tools
