// Scripts for zsh and fish that complete the command line.
#include "grammar.hpp"

namespace postopolis::tools {
namespace {

using Of = ValueKind::Of;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : between) + word;
    return text;
}

/// Inside single quotes of zsh's _arguments, where brackets and colons mean something.
std::string zsh_text(std::string text) {
    for (const char* special : {"\\", "[", "]", ":"})
        text = replaced(std::move(text), special, std::string("\\") + special);
    return replaced(std::move(text), "'", "'\\''");
}

std::string zsh_action(const ValueKind& kind) {
    switch (kind.of) {
    case Of::file:
        return "_files";
    case Of::directory:
        return "_files -/";
    case Of::scenario:
        return "_postopolis_scenarios";
    case Of::shipped:
        return "_postopolis_shipped";
    case Of::lesson:
        return "_postopolis_lessons";
    case Of::exporters:
        return "_values -s , exporter " + joined(kind.choices, " ");
    case Of::choice:
        return "(" + joined(kind.choices, " ") + ")";
    case Of::nothing:
    case Of::anything:
        break;
    }
    return " ";
}

std::string zsh_options(const CommandGrammar& command) {
    std::string text;
    for (const OptionGrammar& option : command.options)
        for (const std::string& name : option.names) {
            text += " \\\n            '*" + name + "[" + zsh_text(option.description) + "]";
            if (option.value.of != Of::nothing)
                text += ":" + zsh_text(option.value.label) + ":" + zsh_action(option.value);
            text += "'";
        }
    return text;
}

std::string fish_text(std::string text) {
    return "'" + replaced(replaced(std::move(text), "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_words(const ValueKind& kind) {
    switch (kind.of) {
    case Of::file:
        return " -F";
    case Of::directory:
        return " -a '(__fish_complete_directories)'";
    case Of::scenario:
        return " -F -a '(postopolis scenarios --names 2>/dev/null)'";
    case Of::shipped:
        return " -a '(postopolis scenarios --names 2>/dev/null)'";
    case Of::lesson:
        return " -a '(postopolis lessons --names 2>/dev/null)'";
    case Of::exporters:
    case Of::choice:
        return " -a '" + joined(kind.choices, " ") + "'";
    case Of::nothing:
    case Of::anything:
        break;
    }
    return "";
}

std::string fish_option(const OptionGrammar& option, const std::string& condition) {
    std::string text = "complete -c postopolis -n '" + condition + "'";
    for (const std::string& name : option.names)
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (option.value.of != Of::nothing) text += " -x" + fish_words(option.value);
    return text + " -d " + fish_text(option.description) + "\n";
}

} // namespace

std::string zsh_completion(const std::vector<CommandGrammar>& grammar) {
    std::string text =
        "#compdef postopolis\n# zsh completion for postopolis, made by `postopolis completion zsh`\n"
        "_postopolis_shipped() {\n"
        "    local -a names=(${(f)\"$(postopolis scenarios --names 2>/dev/null)\"})\n"
        "    compadd -a names\n}\n"
        "_postopolis_lessons() {\n"
        "    local -a names=(${(f)\"$(postopolis lessons --names 2>/dev/null)\"})\n"
        "    compadd -a names\n}\n"
        "_postopolis_scenarios() {\n    _postopolis_shipped\n    _files -g '*.json'\n}\n"
        "_postopolis() {\n    local context state state_descr line\n    typeset -A opt_args\n"
        "    _arguments -C";
    text +=
        zsh_options(grammar.front()) + " \\\n            '1:command:->command' '*::argument:->argument'\n";
    std::string commands, cases;
    for (std::size_t i = 1; i < grammar.size(); ++i) {
        const CommandGrammar& command = grammar[i];
        commands += "            '" + command.name + ":" + zsh_text(command.description) + "'\n";
        cases += "        " + command.name + ")\n            _arguments" + zsh_options(command);
        for (std::size_t n = 0; n < command.arguments.size(); ++n)
            cases += " \\\n            '" +
                     (n + 1 < command.arguments.size() ? std::to_string(n + 1) : std::string("*")) + ":" +
                     zsh_text(command.arguments[n].label) + ":" + zsh_action(command.arguments[n]) + "'";
        cases += " ;;\n";
    }
    return text + "    case $state in\n    command)\n        local -a commands=(\n" + commands +
           "        )\n        _describe command commands ;;\n    argument)\n        case $words[1] in\n" +
           cases +
           "        esac ;;\n    esac\n}\nif [[ $funcstack[1] == _postopolis ]]; then _postopolis \"$@\"; "
           "else "
           "compdef _postopolis postopolis; fi\n";
}

std::string fish_completion(const std::vector<CommandGrammar>& grammar) {
    std::string text = "# fish completion for postopolis, made by `postopolis completion fish`\n"
                       "complete -c postopolis -f\n";
    for (const OptionGrammar& option : grammar.front().options)
        text += fish_option(option, "__fish_use_subcommand");
    for (std::size_t i = 1; i < grammar.size(); ++i) {
        const CommandGrammar& command = grammar[i];
        const std::string inside = "__fish_seen_subcommand_from " + command.name;
        text += "complete -c postopolis -n __fish_use_subcommand -a " + command.name + " -d " +
                fish_text(command.description) + "\n";
        for (const OptionGrammar& option : command.options)
            text += fish_option(option, inside);
        if (!command.arguments.empty())
            if (const std::string words = fish_words(command.arguments.front()); !words.empty())
                text += "complete -c postopolis -n '" + inside + "'" + words + "\n";
    }
    return text;
}

} // namespace postopolis::tools
