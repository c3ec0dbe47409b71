// From a scenario to a running town.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "postopolis/nodes/town.hpp"
#include "postopolis/scenario/scenario.hpp"

namespace postopolis::scenario {

struct BuiltTown {
    std::unique_ptr<nodes::Town> town;
    /// By index into Scenario::letters: its id once it has been written, 0 before.
    std::shared_ptr<std::vector<trace::LetterId>> letters;
    /// The clock stops here at the latest,
    kernel::Time end;
    /// or, if this is set, earlier when nothing is left to happen.
    bool until_quiet = true;
    /// What could not be built although the scenario is valid by itself (a GraphML file that has changed
    /// since); the town is null then.
    std::string error;
};

/// The scenario must be complete, as loading leaves it. Nothing has happened yet in the town; observers may
/// be added.
BuiltTown build(const Scenario& scenario, kernel::RunKey key);

} // namespace postopolis::scenario
