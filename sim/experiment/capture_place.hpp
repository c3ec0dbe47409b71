// Where in a town a capture is asked for: names of hosts, people and places become nodes and links.
#pragma once

#include <string>
#include <variant>

#include "postopolis/metrics/capture.hpp"
#include "postopolis/nodes/town.hpp"

namespace postopolis::experiment {

/// Or the text of an error that a person can act upon. The town must outlive what it gives.
std::variant<metrics::CapturePlace, std::string> capture_place(nodes::Town& town,
                                                               const metrics::CaptureRequest& request);

} // namespace postopolis::experiment
