// What a scenario leaves to be worked out before it is read: --set, parameters, templates, generators,
// patterns.
//
// All of it turns one tree into another whose values keep the offsets of where they were written, so that a
// mistake in a template is told at its place in the template.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "postopolis/scenario/document.hpp"

namespace postopolis::scenario {

/// Applies --set options to the tree as it was written; tells paths that lead nowhere.
void apply_sets(Value& root, const std::vector<std::pair<std::string, std::string>>& sets,
                Findings& findings);

/// Replaces "${name}" by the parameter's value, or inside a longer text by its text. Gives the parameters as
/// (name, JSON text).
std::vector<std::pair<std::string, std::string>> substitute_parameters(Value& root, Findings& findings);

/// Replaces "templates" and "generate" by the domains and hosts that they make, "hosts" inside of domains by
/// hosts of the town, and counted hosts by single ones. Generators of at least `series_from` domains that can be series
/// (compact.hpp) stay in "generate", their templates applied.
void expand_templates(Value& root, Findings& findings, std::uint64_t series_from);

/// Members of `over` replace those of `under`; objects are merged.
Value merged(const Value& under, const Value& over);

/// Replaces {n}, {n%20} (the number counted from 1 to 20 and over again) and {domain} in all texts and keys.
void fill_in(Value& v, std::uint64_t n, std::string_view domain);

/// The tree as JSON text, with short objects and lists on one line.
std::string to_json(const Value& v);

} // namespace postopolis::scenario
