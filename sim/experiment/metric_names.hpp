// The numbers of a run's summary by their dotted names.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postopolis::experiment {

/// Every number of the text, by its name ("delay.causes.backoff"); true and false are 1 and 0, what is null
/// has none. The text must be that of metrics::summary_json.
std::map<std::string, double> numbers_of(std::string_view summary_json);

/// What `name` stands for: itself, or all names in the group that it names; nothing if there is none.
std::vector<std::string> expand_metric(std::string_view name);

/// What is reported if an experiment names nothing.
std::vector<std::string> default_metrics();

} // namespace postopolis::experiment
