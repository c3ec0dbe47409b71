// Reading a scenario: JSON text in, a complete `Scenario` or *all* its mistakes out, each with its place.
//
// Never throws on what the text says. Comments (// and /* */) are allowed, as an extension of JSON; so is a
// byte order mark. Files beyond 256 MB and nesting beyond 64 levels are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/scenario/scenario.hpp"

namespace postopolis::scenario {

struct Mistake {
    std::string pointer;    ///< JSON pointer (RFC 6901) of the value or key; "" is the whole document
    int line = 0;           ///< from 1; 0 when it isn't in the file (an unreadable file, a --set)
    int column = 0;         ///< from 1, in characters (code points)
    std::string message;    ///< what is wrong, what was expected, how to repair it
    std::string suggestion; ///< the nearest right spelling, or empty
};

struct LoadOptions {
    std::string file_name = "scenario"; ///< for messages
    std::string
        base_directory; ///< files named in the scenario are relative to it; empty: to the working folder
    /// --set: the name of a parameter, a JSON pointer, or a dotted path; and a JSON value, or text that
    /// stands for itself.
    std::vector<std::pair<std::string, std::string>> sets;
    std::optional<std::uint64_t> seed; ///< instead of the file's
    /// Generators of at least so many domains stay series where they can; the town that is built is the same.
    std::uint64_t series_from = 1000;
};

struct LoadResult {
    std::optional<Scenario> scenario; ///< if there are no mistakes
    std::vector<Mistake> mistakes;    ///< in the order of the file
    std::vector<Mistake> warnings;    ///< what may be meant, but probably isn't
};

LoadResult load_text(std::string_view json, const LoadOptions& options = {});
/// Sets file_name, and base_directory if that is empty, from `path`. "-" is the standard input.
LoadResult load_file(const std::string& path, LoadOptions options = {});

/// Fills in what a scenario put together in C++ leaves unsaid (hosts of domains without servers, roles,
/// addresses, the rule for everybody) and checks its meaning; pointers are those of its effective form.
LoadResult complete(Scenario scenario);

/// The scenario with every default filled in, as JSON text that `load_text` reads: loading it and writing it
/// again gives the same text.
std::string effective_json(const Scenario& scenario);

/// The JSON Schema (draft-07) of scenario files.
std::string_view schema_json();

/// "town.json:3:7: /domains/a.example/mx: no host ... (did you mean ...?)"
std::string text(const Mistake& mistake, std::string_view file_name);

/// The names of the shapes of a day, and of retry presets, for help and completion.
std::vector<std::string_view> day_shape_names();
std::vector<std::string_view> retry_preset_names();

} // namespace postopolis::scenario
