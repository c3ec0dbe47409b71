// Laying out --help. See help.hpp.
#include "help.hpp"

#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

namespace postopolis::tools {
namespace {

constexpr std::size_t kNames = 30;
constexpr std::size_t kDescription = 50;

std::string broken(const std::string& text) {
    std::istringstream words(text);
    std::string word, line, out;
    while (words >> word) {
        if (!line.empty() && line.size() + 1 + word.size() > kDescription) {
            out += line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return out + line;
}

class HelpFormat final : public CLI::Formatter {
public:
    HelpFormat() { column_width(kNames); }
    std::string make_option_desc(const CLI::Option* option) const override {
        return broken(CLI::Formatter::make_option_desc(option));
    }
    std::string make_subcommand(const CLI::App* command) const override {
        std::stringstream out;
        CLI::detail::format_help(out, command->get_name(), broken(command->get_description()), kNames);
        return out.str();
    }
};

} // namespace

void set_help_format(CLI::App& app) {
    app.formatter(std::make_shared<HelpFormat>());
}

} // namespace postopolis::tools
