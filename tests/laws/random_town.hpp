// Random towns for the laws: everything that a scenario can say is said sometimes, everything that can go
// wrong does.
//
// The same seed gives the same text for ever on every machine. Towns are small, and their days are short:
// queues give up after hours, so that almost every town comes to rest.
#pragma once

#include <cstdint>
#include <string>

namespace postopolis::laws {

/// JSON text of a scenario without mistakes.
std::string random_town(std::uint64_t seed);

} // namespace postopolis::laws
