// How --help looks: options in two columns, descriptions broken to fit a terminal of 80.
#pragma once

#include <CLI/App.hpp>

namespace postopolis::tools {

/// For the App and, as they inherit it, the subcommands that are added after this.
void set_help_format(CLI::App& app);

} // namespace postopolis::tools
