#include "postopolis/scenario/spelling.hpp"

#include <algorithm>

#include "scenario/units.hpp"

namespace postopolis::scenario {

int spelling_distance(std::string_view a, std::string_view b, int limit) {
    auto length_gap = static_cast<int>(a.size() > b.size() ? a.size() - b.size() : b.size() - a.size());
    if (length_gap > limit) return limit + 1;
    std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = static_cast<int>(i);
        int best = row[0];
        for (std::size_t j = 1; j <= b.size(); ++j) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
            best = std::min(best, row[j]);
        }
        if (best > limit) return limit + 1;
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

namespace {

template<class Words>
std::string nearest_of(std::string_view word, const Words& candidates) {
    int best = std::max(2, static_cast<int>(word.size() / 3)) + 1;
    if (word.size() <= 3) best = 2;
    std::string_view found;
    for (const auto& candidate : candidates) {
        int distance = spelling_distance(word, candidate, best - 1);
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return std::string(found);
}

} // namespace

std::string nearest(std::string_view word, std::span<const std::string_view> candidates) {
    return nearest_of(word, candidates);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    return nearest_of(word, candidates);
}

std::string one_of(std::span<const std::string_view> words) {
    std::string result;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
        result += words[i];
    }
    return result;
}

} // namespace postopolis::scenario
