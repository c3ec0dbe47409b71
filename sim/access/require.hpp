// A broken invariant is a bug of the caller and ends the program, in release builds too.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace postopolis::access {

inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "postopolis::access: %s\n", what);
    std::abort();
}

} // namespace postopolis::access
