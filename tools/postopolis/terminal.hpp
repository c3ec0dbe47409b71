// What the command says and where: data to stdout, talk to stderr, and what the terminal at the other end can
// show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <CLI/App.hpp>

namespace postopolis::tools {

/// Writes data to stdout. False if that fails (a full disk, a closed pipe); stderr has been told then.
[[nodiscard]] bool print(std::string_view data);
/// "postopolis: TEXT" on stderr.
void complain(std::string_view text);
/// A line on stderr that is no complaint.
void remark(std::string_view text);

bool stdout_is_terminal();
bool stderr_is_terminal();

/// The options --width, --color and --ascii of subcommands that print for people.
struct Appearance {
    int width = 0; ///< 0: the terminal's, or 80
    std::string colour = "auto";
    bool ascii = false;

    void add_options(CLI::App& command);
    int columns() const;
    bool coloured() const; ///< on stdout
    bool only_ascii() const;
};

/// SIGINT and SIGTERM ask for an end, once; a second one ends the process as usual.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    static bool wanted();
};

/// A line on stderr that is drawn again and again, at most ten times a second, and cleared in the end. Silent
/// if stderr is no terminal.
class ProgressLine {
public:
    explicit ProgressLine(bool on);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    /// Whether it is time to draw again.
    bool due();
    void draw(std::string text);
    void clear();

private:
    bool on_;
    bool shown_ = false;
    std::int64_t last_ms_ = 0;
};

} // namespace postopolis::tools
