// Invariants: checked in release builds too, as a simulator that goes on after a broken one lies.
#pragma once

namespace postopolis::kernel {

/// As std::source_location, which clang 14, the fuzzers' compiler, cannot give with this standard library.
struct SourceLocation {
    const char* file;
    unsigned line;
    const char* function;

    static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                            unsigned line = __builtin_LINE(),
                                            const char* function = __builtin_FUNCTION()) {
        return {file, line, function};
    }
};

[[noreturn]] void broken_invariant(const char* what, SourceLocation where);

/// Aborts with the place and `what` on stderr unless `condition` holds.
inline void check(bool condition, const char* what, SourceLocation where = SourceLocation::current()) {
    if (!condition) [[unlikely]]
        broken_invariant(what, where);
}

} // namespace postopolis::kernel
