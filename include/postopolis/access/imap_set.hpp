// Sequence sets (RFC 9051 section 9, sequence-set): "2,4:7,9,12:*", or "$" for the result of the last SEARCH
// that was saved (section 6.4.4.1). Of message numbers or of UIDs: that is for the command to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postopolis::access {

class ImapSet {
public:
    using Range = std::pair<std::uint32_t, std::uint32_t>; ///< both included

    ImapSet() = default;
    /// Of rising numbers.
    explicit ImapSet(const std::vector<std::uint32_t>& numbers);

    static std::optional<ImapSet> parse(std::string_view text);

    bool saved() const { return saved_; } ///< "$"
    bool empty() const { return ranges_.empty(); }
    std::string text() const;
    /// The ranges in rising order, none overlapping, with '*' as `largest` (1 or more).
    std::vector<Range> resolved(std::uint32_t largest) const;
    /// As written; 0 is '*'.
    const std::vector<Range>& ranges() const { return ranges_; }

    friend bool operator==(const ImapSet&, const ImapSet&) = default;

private:
    std::vector<Range> ranges_;
    bool saved_ = false;
};

/// Of what resolved() gave.
bool contains(const std::vector<ImapSet::Range>& ranges, std::uint32_t number);

} // namespace postopolis::access
