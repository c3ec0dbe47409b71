// The end of a run whose state can no longer be trusted.
#include "postopolis/kernel/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace postopolis::kernel {

void broken_invariant(const char* what, SourceLocation where) {
    std::fprintf(stderr, "postopolis: broken invariant: %s (%s:%u, %s)\n", what, where.file, where.line,
                 where.function);
    std::abort();
}

} // namespace postopolis::kernel
