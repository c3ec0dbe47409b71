// postopolis completion: scripts for shells.
#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "grammar.hpp"
#include "terminal.hpp"

namespace postopolis::tools {

void add_completion_command(CLI::App& app, int& exit_code) {
    CLI::App* command =
        app.add_subcommand("completion", "Print a script with which a shell completes this command");
    auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "Which shell")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->type_name("bash|zsh|fish")
        ->required();
    command->footer("Examples:\n"
                    "  source <(postopolis completion bash)\n"
                    "  postopolis completion zsh > ~/.zfunc/_postopolis\n"
                    "  postopolis completion fish > ~/.config/fish/completions/postopolis.fish");
    command->callback([shell, &app, &exit_code] {
        const std::vector<CommandGrammar> grammar = grammar_of(app);
        const std::string script = *shell == "bash"  ? bash_completion(grammar)
                                   : *shell == "zsh" ? zsh_completion(grammar)
                                                     : fish_completion(grammar);
        exit_code = print(script) ? kFine : kInputOutput;
    });
}

} // namespace postopolis::tools
