// What the command line takes, as data: read off the App itself, so that completion can't go stale.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace postopolis::tools {

/// What may stand for an argument or after an option.
struct ValueKind {
    enum class Of { nothing, anything, file, directory, scenario, shipped, lesson, exporters, choice };
    Of of = Of::nothing;
    std::string label;                ///< "DIR"
    std::vector<std::string> choices; ///< of `choice` and `exporters`
};

struct OptionGrammar {
    std::vector<std::string> names; ///< with their dashes, short ones first
    std::string description;
    ValueKind value;
};

struct CommandGrammar {
    std::string name;
    std::string description;
    std::vector<OptionGrammar> options;
    std::vector<ValueKind> arguments; ///< in their order; the last may be said again
};

/// The command itself first (its name is empty), then the subcommands.
std::vector<CommandGrammar> grammar_of(const CLI::App& app);

std::string bash_completion(const std::vector<CommandGrammar>& grammar);
std::string zsh_completion(const std::vector<CommandGrammar>& grammar);
std::string fish_completion(const std::vector<CommandGrammar>& grammar);

} // namespace postopolis::tools
