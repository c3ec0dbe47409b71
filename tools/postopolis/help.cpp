// Laying out --help. See help.hpp.
#include "help.hpp"

#include <algorithm>
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
    /// Only what the value is called: that an option may be said again, and what is checked, the description
    /// says.
    std::string make_option_opts(const CLI::Option* option) const override {
        if (option->get_items_expected_max() == 0) return {};
        std::string type = option->get_type_name();
        type.resize(std::min(type.find(':'), type.size()));
        const bool many = option->get_positional() && option->get_items_expected_max() > 1;
        return " " + type + (many ? " ..." : "");
    }
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
