// Names that differ by a number: "d{n}.example" stands for d1.example, d2.example and so on.
//
// Nothing is stored for a single name: one is written from its index and read back from its text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postopolis::nodes {

class NumberedName {
public:
    NumberedName() = default;
    /// `pattern` with one "{n}" (else the first counts); `first` is the number of index 0.
    NumberedName(std::string_view pattern, std::uint64_t first);

    std::string at(std::uint64_t index) const;
    /// The index of a name, compared without case; nothing for what the pattern does not make. Numbers have no zeros
    /// in front. The index may be as large as 10^18: whoever asks knows how many there are.
    std::optional<std::uint64_t> find(std::string_view name) const;

private:
    std::string before_, after_;
    std::uint64_t first_ = 1;
};

} // namespace postopolis::nodes
