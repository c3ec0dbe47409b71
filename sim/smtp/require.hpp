// A broken invariant is a bug of the caller and ends the program, in release builds too.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace postopolis::smtp {

inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "postopolis::smtp: %s\n", what);
    std::abort();
}

} // namespace postopolis::smtp
