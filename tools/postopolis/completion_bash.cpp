// A bash script that completes the command line.
#include "grammar.hpp"

namespace postopolis::tools {
namespace {

using Of = ValueKind::Of;

constexpr const char* kHead = R"bash(# bash completion for postopolis, made by `postopolis completion bash`
_postopolis_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_postopolis_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
_postopolis_directories() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}
_postopolis_names() { "${COMP_WORDS[0]}" scenarios --names 2>/dev/null; }
_postopolis_lessons() { "${COMP_WORDS[0]}" lessons --names 2>/dev/null; }
_postopolis_scenarios() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(
        compgen -W "$(_postopolis_names)" -- "$cur"
        compgen -f -X '!*.json' -- "$cur"
        compgen -d -- "$cur"
    )
}
_postopolis_list() {
    local done=
    [[ $cur == *,* ]] && done=${cur%,*},
    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -P "$done" -W "$1" -- "${cur##*,}")
}
_postopolis() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous= command= i
    ((COMP_CWORD > 0)) && previous=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -* ]] && continue
        command=${COMP_WORDS[i]}
        break
    done
    case "$command $previous" in
)bash";

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string action(const ValueKind& kind) {
    switch (kind.of) {
    case Of::file:
        return "_postopolis_files";
    case Of::directory:
        return "_postopolis_directories";
    case Of::scenario:
        return "_postopolis_scenarios";
    case Of::shipped:
        return "_postopolis_words \"$(_postopolis_names)\"";
    case Of::lesson:
        return "_postopolis_words \"$(_postopolis_lessons)\"";
    case Of::exporters:
        return "_postopolis_list '" + joined(kind.choices) + "'";
    case Of::choice:
        return "_postopolis_words '" + joined(kind.choices) + "'";
    case Of::nothing:
    case Of::anything:
        break;
    }
    return ":";
}

std::string after_options(const CommandGrammar& command) {
    std::string text;
    for (const OptionGrammar& option : command.options) {
        if (option.value.of == Of::nothing) continue;
        std::string pattern;
        for (const std::string& name : option.names)
            pattern += (pattern.empty() ? "'" : " | '") + command.name + " " + name + "'";
        text += "    " + pattern + ")\n        " + action(option.value) + "\n        return ;;\n";
    }
    return text;
}

} // namespace

std::string bash_completion(const std::vector<CommandGrammar>& grammar) {
    std::string text = kHead;
    std::string commands;
    for (const CommandGrammar& command : grammar) {
        text += after_options(command);
        if (!command.name.empty()) commands += (commands.empty() ? "" : " ") + command.name;
    }
    text += "    esac\n    case $command in\n";
    for (const CommandGrammar& command : grammar) {
        std::string options;
        for (const OptionGrammar& option : command.options)
            options += (options.empty() ? "" : " ") + joined(option.names);
        text += "    '" + command.name + "')\n        if [[ $cur == -* ]]; then _postopolis_words '" +
                options + "'\n";
        if (command.name.empty())
            text += "        else _postopolis_words '" + commands + "'\n";
        else if (!command.arguments.empty())
            text += "        else " + action(command.arguments.front()) + "\n";
        text += "        fi ;;\n";
    }
    return text + "    esac\n}\ncomplete -F _postopolis postopolis\n";
}

} // namespace postopolis::tools
