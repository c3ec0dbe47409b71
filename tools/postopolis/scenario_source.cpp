// Finding and reading scenarios. See scenario_source.hpp.
#include "scenario_source.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

#include "commands.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "terminal.hpp"

namespace postopolis::tools {
namespace {

namespace fs = std::filesystem;

// The loader refuses more; a byte beyond it is enough to make it say so.
constexpr std::size_t kMostBytes = 256'000'001;

struct CloseFile {
    void operator()(std::FILE* file) const {
        if (file != stdin) std::fclose(file);
    }
};

std::variant<std::string, std::string> failed(const std::string& name) {
    return std::variant<std::string, std::string>(std::in_place_index<1>, name + ": " + std::strerror(errno));
}

/// The bytes (index 0), or an error (index 1).
std::variant<std::string, std::string> read_all(const std::string& path, const std::string& name) {
    std::unique_ptr<std::FILE, CloseFile> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
    if (!file) return failed(name);
    std::string bytes;
    std::size_t got = 0;
    do {
        const std::size_t before = bytes.size();
        bytes.resize(before + 65536);
        errno = 0;
        got = std::fread(bytes.data() + before, 1, 65536, file.get());
        bytes.resize(before + got);
    } while (got > 0 && bytes.size() < kMostBytes);
    if (std::ferror(file.get()) != 0) return failed(name);
    return std::variant<std::string, std::string>(std::in_place_index<0>, std::move(bytes));
}

fs::path program_directory() {
    std::error_code ec;
    const fs::path program = fs::read_symlink("/proc/self/exe", ec);
    return ec ? fs::path() : program.parent_path();
}

bool directory_exists(const fs::path& path) {
    std::error_code ec;
    return fs::is_directory(path, ec);
}

/// By name; none if there is no such directory.
std::vector<ShippedScenario> scenarios_in(const fs::path& directory) {
    std::vector<ShippedScenario> found;
    std::error_code ec;
    for (fs::directory_iterator i(directory, ec), end; !ec && i != end; i.increment(ec))
        if (i->path().extension() == ".json") found.push_back({i->path().stem().string(), i->path()});
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return found;
}

std::string no_such(const std::string& what) {
    std::vector<std::string> names;
    for (auto of : {shipped_scenarios, shipped_lessons})
        for (const ShippedScenario& s : of())
            names.push_back(s.name);
    std::string text = what + ": no such file";
    if (what.find('/') != std::string::npos) return text;
    text += ", and no shipped scenario has this name";
    if (const std::string near = scenario::nearest(what, names); !near.empty())
        return text + "; did you mean " + near + "?";
    return text + " (`postopolis scenarios` lists them)";
}

} // namespace

fs::path shipped_directory() {
    if (const char* said = std::getenv("POSTOPOLIS_SCENARIOS"); said != nullptr && *said != '\0') return said;
    const fs::path program = program_directory();
    if (program.empty()) return {};
    // Beside a program in its build tree lies a note that tells where the sources are; an installed one has
    // none.
    if (std::ifstream note(program / "scenarios.path"); note) {
        std::string path;
        if (std::getline(note, path) && directory_exists(path)) return path;
    }
    const fs::path installed = program.parent_path() / "share" / "postopolis" / "scenarios";
    return directory_exists(installed) ? installed : fs::path();
}

std::vector<ShippedScenario> shipped_scenarios() {
    return scenarios_in(shipped_directory());
}

std::vector<ShippedScenario> shipped_lessons() {
    return scenarios_in(shipped_directory() / "lessons");
}

std::optional<ShippedScenario> find_shipped(const std::string& name) {
    for (auto of : {shipped_scenarios, shipped_lessons})
        for (ShippedScenario& s : of())
            if (s.name == name || s.name + ".json" == name) return std::move(s);
    return std::nullopt;
}

std::variant<ScenarioText, std::string> read_scenario(const std::string& what) {
    ScenarioText source{{}, what == "-" ? "standard input" : what, {}};
    std::string path = what;
    std::error_code ec;
    // A directory that happens to be called like a shipped scenario is no scenario.
    if (what != "-" && (!fs::exists(what, ec) || (fs::is_directory(what, ec) && find_shipped(what)))) {
        const auto shipped = find_shipped(what);
        if (!shipped) return no_such(what);
        path = shipped->path.string();
        source.file_name = path;
    }
    auto bytes = read_all(path, source.file_name);
    if (bytes.index() == 1) return std::get<1>(std::move(bytes));
    source.text = std::get<0>(std::move(bytes));
    if (path != "-") source.base_directory = fs::path(path).parent_path().string();
    return source;
}

void ScenarioArguments::add_options(CLI::App& command) {
    command
        .add_option(
            "--set", sets,
            "Change a value of the scenario before it is checked; may be said again. PATH is the name of "
            "a parameter, a dotted path (run.for) or a JSON pointer (/letters/0/subject)")
        ->type_name("PATH=VALUE")
        ->allow_extra_args(false);
    command.add_option("--seed", seed, "Seed of all random numbers, instead of the scenario's")
        ->type_name("N")
        ->check(check_whole_number);
}

std::string check_whole_number(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return {};
    return text + " is no whole number from 0 to 18446744073709551615";
}

std::variant<std::vector<std::pair<std::string, std::string>>, std::string>
parse_sets(const std::vector<std::string>& sets) {
    std::vector<std::pair<std::string, std::string>> parsed;
    for (const std::string& set : sets) {
        const std::size_t equals = set.find('=');
        if (equals == std::string::npos || equals == 0)
            return "--set " + set + ": expected PATH=VALUE, such as --set run.for=2h";
        parsed.emplace_back(set.substr(0, equals), set.substr(equals + 1));
    }
    return parsed;
}

std::optional<scenario::Scenario> load_or_complain(const ScenarioArguments& arguments, int& exit_code) {
    scenario::LoadOptions options;
    auto sets = parse_sets(arguments.sets);
    if (auto* error = std::get_if<std::string>(&sets)) {
        complain(*error);
        exit_code = kUsage;
        return std::nullopt;
    }
    auto source = read_scenario(arguments.scenario);
    if (auto* error = std::get_if<std::string>(&source)) {
        complain(*error);
        exit_code = kInputOutput;
        return std::nullopt;
    }
    auto& text = std::get<ScenarioText>(source);
    options.file_name = text.file_name;
    options.base_directory = text.base_directory;
    options.sets = std::move(std::get<0>(sets));
    options.seed = arguments.seed;
    scenario::LoadResult loaded = scenario::load_text(text.text, options);
    for (const scenario::Mistake& warning : loaded.warnings)
        remark("warning: " + scenario::text(warning, text.file_name));
    for (const scenario::Mistake& mistake : loaded.mistakes)
        remark(scenario::text(mistake, text.file_name));
    if (!loaded.scenario) {
        const std::size_t n = loaded.mistakes.size();
        complain(text.file_name + " has " + (n == 1 ? "a mistake" : std::to_string(n) + " mistakes") +
                 "; nothing was run");
        exit_code = kMistakes;
    }
    return std::move(loaded.scenario);
}

std::string shell_quoted(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./,:=@%+").find(c) != std::string_view::npos;
    });
    if (plain) return word;
    std::string quoted = "'";
    for (const char c : word)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

} // namespace postopolis::tools
