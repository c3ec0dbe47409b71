// Reading the grammar off the App. See grammar.hpp.
#include "grammar.hpp"

#include <CLI/CLI.hpp>

#include "postopolis/metrics/exporter.hpp"

namespace postopolis::tools {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text)
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

/// The type's name that --help shows says what it is.
ValueKind value_kind(const CLI::Option& option) {
    using Of = ValueKind::Of;
    if (option.get_items_expected_max() == 0) return {};
    std::string type = option.get_type_name();
    type.resize(std::min(type.find(':'), type.size())); // after it come its checks
    ValueKind kind{Of::anything, type, {}};
    if (type == "SCENARIO") kind.of = Of::scenario;
    if (type == "FILE" || type == "EXPERIMENT") kind.of = Of::file;
    if (type == "DIR") kind.of = Of::directory;
    if (type == "NAME") kind.of = Of::shipped;
    if (type == "LESSON") kind.of = Of::lesson;
    if (type == "NAMES") {
        kind.of = Of::exporters;
        for (const metrics::ExporterInfo& info : metrics::exporters())
            kind.choices.emplace_back(info.name);
    }
    if (type.find('|') != std::string::npos) kind = {Of::choice, "WHICH", split(type, '|')};
    return kind;
}

CommandGrammar grammar_of_one(const CLI::App& app, std::string name) {
    CommandGrammar grammar{std::move(name), app.get_description(), {}, {}};
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) {
            grammar.arguments.push_back(value_kind(*option));
            continue;
        }
        OptionGrammar o{{}, option->get_description(), value_kind(*option)};
        for (const std::string& n : option->get_snames())
            o.names.push_back("-" + n);
        for (const std::string& n : option->get_lnames())
            o.names.push_back("--" + n);
        grammar.options.push_back(std::move(o));
    }
    return grammar;
}

} // namespace

std::vector<CommandGrammar> grammar_of(const CLI::App& app) {
    std::vector<CommandGrammar> all{grammar_of_one(app, "")};
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        all.push_back(grammar_of_one(*command, command->get_name()));
    return all;
}

} // namespace postopolis::tools
