// What is wrong with a text that isn't JSON, in words that tell how to repair it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postopolis::scenario {

/// Where a parser stood when it gave up.
struct SyntaxState {
    struct Open {
        char bracket; ///< '{' or '['
        std::uint32_t offset;
    };
    std::vector<Open> open;
    std::size_t last = 0;     ///< where the last token that was understood begins
    std::size_t cursor = 0;   ///< just after it
    bool after_key = false;   ///< the last token was a key of an object
    bool after_value = false; ///< the last token ended a value
};

struct SyntaxProblem {
    std::uint32_t offset;
    std::string message;
};

/// Looks at the text from `state.cursor` on. `failed_at` is the parser's own idea of the place.
SyntaxProblem explain_syntax(std::string_view text, const SyntaxState& state, std::size_t failed_at);

/// The first offset at or after `from` that is neither white space nor comment; `text.size()` at the end. An
/// unclosed comment is skipped to the end.
std::size_t skip_blank(std::string_view text, std::size_t from);

} // namespace postopolis::scenario
