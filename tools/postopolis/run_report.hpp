// What a person reads of a finished run: the report, and whether it came out as the scenario expects.
#pragma once

#include <string>

#include "postopolis/experiment/run.hpp"
#include "postopolis/metrics/report.hpp"

namespace postopolis::tools {

std::string run_report(const experiment::Run& run, const experiment::RunOutcome& outcome,
                       const metrics::ReportOptions& options);

} // namespace postopolis::tools
