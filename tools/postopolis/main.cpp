// postopolis: the command line. It reads what is asked for; the subcommands do it.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include <CLI/CLI.hpp>
#ifdef POSTOPOLIS_MIMALLOC
#include <mimalloc.h>
#endif

#include "commands.hpp"
#include "help.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "terminal.hpp"
#include "version.hpp"

namespace postopolis::tools {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0    fine\n"
    "  1    the run is sound, but an expectation of the scenario is not met\n"
    "  2    the command line asks for what there isn't\n"
    "  3    the scenario has mistakes\n"
    "  4    something can't be read or written\n"
    "  5    a law of the simulator is broken: a defect, please report it\n"
    "  130  interrupted (^C); what was done until then is kept\n\n"
    "To begin: postopolis run post-office; postopolis explain post-office --postal";

/// The end of check(): says where a law was broken, and aborts. Scripts are promised an exit code for that.
extern "C" void on_abort(int) {
    constexpr std::string_view words = "postopolis: this is a defect of Postopolis, please report it\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, words.data(), words.size());
    _exit(kDefect);
}

void add_commands(CLI::App& app, int& exit_code) {
    add_run_command(app, exit_code);
    add_explain_command(app, exit_code);
    add_lesson_command(app, exit_code);
    add_lessons_command(app, exit_code);
    add_validate_command(app, exit_code);
    add_scenarios_command(app, exit_code);
    add_batch_command(app, exit_code);
    add_schema_command(app, exit_code);
    add_version_command(app, exit_code);
    add_completion_command(app, exit_code);
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

/// The first word is a command's name; what else it may have been.
std::optional<std::string> wrong_command(const CLI::App& app, const std::string& word) {
    const std::vector<std::string> names = command_names(app);
    if (word.starts_with('-') || std::find(names.begin(), names.end(), word) != names.end())
        return std::nullopt;
    std::string text = "there is no command \"" + word + "\"";
    std::error_code ec;
    if (std::filesystem::is_regular_file(word, ec))
        return text + "; did you mean `postopolis run " + word + "`?";
    if (const std::string near = scenario::nearest(word, names); !near.empty())
        return text + "; did you mean " + near + "?";
    const std::vector<std::string_view> views(names.begin(), names.end());
    return text + "; there are " + scenario::one_of(views);
}

/// For an unknown option of a subcommand: the nearest that there is.
std::string nearest_option(const CLI::App& app) {
    for (const CLI::App* command : app.get_subcommands()) {
        std::vector<std::string> names;
        for (const CLI::Option* option : command->get_options())
            for (const std::string& name : option->get_lnames())
                names.push_back("--" + name);
        for (const std::string& extra : command->remaining()) {
            if (!extra.starts_with('-')) continue;
            if (const std::string near = scenario::nearest(extra.substr(0, extra.find('=')), names);
                !near.empty())
                return near;
        }
    }
    return {};
}

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
    std::string command = "postopolis";
    for (const CLI::App* sub : app.get_subcommands())
        command += " " + sub->get_name();
    std::string text = error.what();
    if (const std::string near = nearest_option(app); !near.empty()) text += "; did you mean " + near + "?";
    complain(text);
    remark("See `" + command + " --help`.");
    return kUsage;
}

/// Help and version are data that was asked for: a full disk is an error there too.
int show(const CLI::App& app, const CLI::ParseError& error) {
    if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr)
        return print(std::string("postopolis ") + kVersion + "\n") ? kFine : kInputOutput;
    return print(app.help()) ? kFine : kInputOutput;
}

int main(int argc, char** argv) {
#ifdef POSTOPOLIS_MIMALLOC
    // A large town is spread over gigabytes, and looks up more pages than a processor remembers: huge ones are fewer.
    mi_option_enable(mi_option_large_os_pages);
#endif
    std::signal(SIGABRT, on_abort);
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe is an error of writing, with a text and an exit code
    int exit_code = kFine;
    CLI::App app("Postopolis plays towns of mail: it builds one from a scenario, lets its people write to "
                 "one another\n"
                 "over real SMTP, DNS and POP3 in virtual time, and tells what became of every letter.",
                 "postopolis");
    app.set_version_flag("--version", kVersion, "Print the version");
    app.set_help_flag("-h,--help", "Print this help");
    set_help_format(app);
    app.require_subcommand(1);
    app.footer(kExitCodes);
    add_commands(app, exit_code);
    if (argc < 2) {
        std::fputs(app.help().c_str(), stderr);
        return kUsage;
    }
    if (auto error = wrong_command(app, argv[1])) {
        complain(*error);
        remark("See `postopolis --help`.");
        return kUsage;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return show(app, asked);
    } catch (const CLI::ParseError& error) {
        return usage_error(app, error);
    } catch (const std::bad_alloc&) {
        complain("out of memory");
        return kInputOutput;
    } catch (const std::exception& error) {
        complain(std::string("this is a defect of Postopolis, please report it: ") + error.what());
        return kDefect;
    }
    return exit_code;
}

} // namespace
} // namespace postopolis::tools

int main(int argc, char** argv) {
    return postopolis::tools::main(argc, argv);
}
