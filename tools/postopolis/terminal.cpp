// Streams, signals and what a terminal can show. See terminal.hpp.
#include "terminal.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace postopolis::tools {
namespace {

/// The kernel may run the handler on any thread, so an atomic; one that needs no lock is allowed in a handler.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
    interrupted.store(true, std::memory_order_relaxed);
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// As POSIX has it: the first of these that is set decides.
bool locale_is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string value = environment(name);
        if (value.empty()) continue;
        return value.find("UTF-8") != std::string::npos || value.find("utf8") != std::string::npos ||
               value.find("UTF8") != std::string::npos || value.find("utf-8") != std::string::npos;
    }
    return false;
}

int terminal_columns(int descriptor) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 0;
}

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace

bool print(std::string_view data) {
    // Flushed here, as an error that is noticed when the process ends can't become an exit code any more.
    if (std::fwrite(data.data(), 1, data.size(), stdout) == data.size() && std::fflush(stdout) == 0)
        return true;
    complain(std::string("standard output: ") + std::strerror(errno));
    return false;
}

void complain(std::string_view text) {
    std::fprintf(stderr, "postopolis: %.*s\n", static_cast<int>(text.size()), text.data());
}

void remark(std::string_view text) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

bool stdout_is_terminal() {
    return isatty(STDOUT_FILENO) == 1;
}

bool stderr_is_terminal() {
    return isatty(STDERR_FILENO) == 1;
}

void Appearance::add_options(CLI::App& command) {
    command.add_option("--width", width, "Columns of the text; otherwise as wide as the terminal, or 80")
        ->check(CLI::Range(40, 1000))
        ->type_name("COLUMNS")
        ->group("Appearance");
    command.add_option("--color,--colour", colour, "Colours; 'auto' is where a terminal shows the text")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("auto|always|never")
        ->group("Appearance");
    command.add_flag("--ascii", ascii, "No character beyond ASCII; otherwise as the locale (LANG) says")
        ->group("Appearance");
}

int Appearance::columns() const {
    if (width > 0) return width;
    if (const int columns = terminal_columns(STDOUT_FILENO); columns > 0) return std::clamp(columns, 40, 120);
    return 80;
}

bool Appearance::coloured() const {
    if (colour != "auto") return colour == "always";
    return stdout_is_terminal() && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

bool Appearance::only_ascii() const {
    // What goes into a file or a pipe is UTF-8, like all other files of a run, so that it doesn't depend on a
    // locale.
    return ascii || (stdout_is_terminal() && !locale_is_utf8());
}

Interruption::Interruption() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

Interruption::~Interruption() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

bool Interruption::wanted() {
    return interrupted.load(std::memory_order_relaxed);
}

ProgressLine::ProgressLine(bool on) : on_(on && stderr_is_terminal() && environment("TERM") != "dumb") {
    // Nothing is shown of what takes no time.
    last_ms_ = now_ms();
}

ProgressLine::~ProgressLine() {
    clear();
}

bool ProgressLine::due() {
    return on_ && now_ms() - last_ms_ >= 100;
}

void ProgressLine::draw(std::string text) {
    if (!on_) return;
    last_ms_ = now_ms();
    shown_ = true;
    const int columns = terminal_columns(STDERR_FILENO);
    // Cut, as a line that wraps can't be drawn over.
    if (columns > 1 && text.size() >= static_cast<std::size_t>(columns))
        text.resize(static_cast<std::size_t>(columns - 1));
    std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
    std::fflush(stderr);
}

void ProgressLine::clear() {
    if (!shown_) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    shown_ = false;
}

} // namespace postopolis::tools
