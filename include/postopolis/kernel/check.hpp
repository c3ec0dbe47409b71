// Invariants: checked in release builds too, as a simulator that goes on after a broken one lies.
#pragma once

#include <source_location>

namespace postopolis::kernel {

[[noreturn]] void broken_invariant(const char* what, std::source_location where);

/// Aborts with the place and `what` on stderr unless `condition` holds.
inline void check(bool condition, const char* what,
                  std::source_location where = std::source_location::current()) {
    if (!condition) [[unlikely]]
        broken_invariant(what, where);
}

} // namespace postopolis::kernel
