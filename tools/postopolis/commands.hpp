// The subcommands of `postopolis`, and what the number says with which it ends.
//
// Each add_..._command puts a subcommand with its options and help into the App; its callback does the work
// and sets `exit_code`. Data goes to stdout (through Output), talk to stderr.
#pragma once

#include <CLI/App.hpp>

namespace postopolis::tools {

/// Documented in --help and the manual page: scripts rely on them.
enum ExitCode : int {
    kFine = 0,
    kNotAsExpected = 1, ///< the run is sound, an `expect` of the scenario isn't met
    kUsage = 2,         ///< the command line asks for what there isn't
    kMistakes = 3,      ///< the scenario has mistakes
    kInputOutput = 4,   ///< something can't be read or written
    kDefect = 5,        ///< a law is broken: a defect of Postopolis
    kRunsFailed = 7,    ///< some runs of a batch ended with an error; the others are kept
    kInterrupted = 130, ///< by SIGINT or SIGTERM; what was done until then is kept
};

void add_run_command(CLI::App& app, int& exit_code);
void add_validate_command(CLI::App& app, int& exit_code);
void add_explain_command(CLI::App& app, int& exit_code);
void add_lesson_command(CLI::App& app, int& exit_code);
void add_lessons_command(CLI::App& app, int& exit_code);
void add_batch_command(CLI::App& app, int& exit_code);
void add_scenarios_command(CLI::App& app, int& exit_code);
void add_schema_command(CLI::App& app, int& exit_code);
void add_version_command(CLI::App& app, int& exit_code);
void add_completion_command(CLI::App& app, int& exit_code);

} // namespace postopolis::tools
