// A whole scenario between its structs and its tree.
#pragma once

#include "scenario/codec.hpp"
#include "scenario/complete.hpp"

namespace postopolis::scenario {

/// Reads an expanded tree. Hosts that are implied but have patterns that match them are read too; what
/// patterns say is merged into the hosts of the tree, so that places can be found in it.
Scenario read_scenario(ReadContext& context, Value& root);

/// The effective form.
Value scenario_tree(const Scenario& s);

/// The offset of what a remark points to, or of the nearest thing around it.
std::uint32_t locate(const Value& root, const std::string& pointer);

/// Runs all checks of meaning.
void check_meaning(const Scenario& s, Remarks& remarks);

/// Checks the tree as written against the JSON Schema (with valijson); tells only what is at places where
/// nothing is told yet. The pointer of each and its message.
std::vector<std::pair<std::string, std::string>> check_schema(const Value& root);

} // namespace postopolis::scenario
