#include "postopolis/access/imap_set.hpp"

#include <algorithm>
#include <charconv>

namespace postopolis::access {
namespace {

std::optional<std::uint32_t> parse_end(std::string_view text) {
    if (text == "*") return 0;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number == 0)
        return std::nullopt;
    return number;
}

std::string end_text(std::uint32_t number) {
    return number == 0 ? "*" : std::to_string(number);
}

} // namespace

ImapSet::ImapSet(const std::vector<std::uint32_t>& numbers) {
    for (const std::uint32_t n : numbers) {
        if (!ranges_.empty() && ranges_.back().second + 1 == n)
            ranges_.back().second = n;
        else
            ranges_.emplace_back(n, n);
    }
}

std::optional<ImapSet> ImapSet::parse(std::string_view text) {
    ImapSet set;
    if (text == "$") {
        set.saved_ = true;
        return set;
    }
    for (;;) {
        const auto comma = text.find(',');
        const std::string_view range = text.substr(0, comma);
        const auto colon = range.find(':');
        const auto first = parse_end(range.substr(0, colon));
        const auto last = colon == std::string_view::npos ? first : parse_end(range.substr(colon + 1));
        if (!first || !last) return std::nullopt;
        set.ranges_.emplace_back(*first, *last);
        if (comma == std::string_view::npos) return set;
        text.remove_prefix(comma + 1);
    }
}

std::string ImapSet::text() const {
    if (saved_) return "$";
    std::string out;
    for (const auto& [first, last] : ranges_) {
        if (!out.empty()) out += ',';
        out += end_text(first);
        if (last != first) out += ':' + end_text(last);
    }
    return out;
}

std::vector<ImapSet::Range> ImapSet::resolved(std::uint32_t largest) const {
    std::vector<Range> sorted;
    sorted.reserve(ranges_.size());
    for (auto [first, last] : ranges_) {
        if (first == 0) first = largest;
        if (last == 0) last = largest;
        sorted.emplace_back(std::min(first, last), std::max(first, last)); // "4:2" is "2:4"
    }
    std::sort(sorted.begin(), sorted.end());
    std::vector<Range> merged;
    for (const Range& r : sorted) {
        if (!merged.empty() && r.first <= merged.back().second)
            merged.back().second = std::max(merged.back().second, r.second);
        else
            merged.push_back(r);
    }
    return merged;
}

bool contains(const std::vector<ImapSet::Range>& ranges, std::uint32_t number) {
    const auto above = std::upper_bound(ranges.begin(), ranges.end(), number,
                                        [](std::uint32_t n, const ImapSet::Range& r) { return n < r.first; });
    return above != ranges.begin() && number <= std::prev(above)->second;
}

} // namespace postopolis::access
