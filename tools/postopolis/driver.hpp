// Driving a run for a person who may be watching, and who may press ^C.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/experiment/run.hpp"

namespace postopolis::tools {

/// Advances the run until it is over, has had `most_events`, or the user interrupts it, and finishes it;
/// complains of what went wrong.
experiment::RunOutcome drive(experiment::Run& run, bool show_progress,
                             std::uint64_t most_events = UINT64_MAX);

/// The worst of what is to be told.
int exit_code_of(const experiment::RunOutcome& outcome);

/// The text of an error if one of the names isn't an exporter's.
std::optional<std::string> unknown_exporter(const std::vector<std::string>& names);

} // namespace postopolis::tools
