// "Did you mean": the nearest of some right spellings.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace postopolis::scenario {

/// Optimal string alignment distance (Damerau and Levenshtein with adjacent swaps), without regard to case;
/// gives up beyond `limit` and returns limit + 1.
int spelling_distance(std::string_view a, std::string_view b, int limit);

/// The nearest candidate within a third of the word's length (at least 2 edits); empty if there is none. The
/// first of equals.
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "a, b or c".
std::string one_of(std::span<const std::string_view> words);

} // namespace postopolis::scenario
