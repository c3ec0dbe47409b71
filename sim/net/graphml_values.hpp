// What the attributes of a GraphML file mean: which property of a vertex or a link an attribute's name stands
// for, and how its text is read. Numbers are read as in C, whatever the locale.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postopolis::net::graphml {

enum class Property { Name, Label, Kind, Delay, Bandwidth, Loss, Other };
inline constexpr std::size_t property_count = 6; ///< without Other

struct Meaning {
    Property property = Property::Other;
    /// What a plain number is to be multiplied with to give seconds, bit/s or a probability.
    double unit = 1;
};

/// Of the attribute called `name`, in any case.
Meaning meaning_of(std::string_view name);

std::string_view trimmed(std::string_view text);

/// Seconds: a duration with units, or a number of `unit` seconds. Not negative, below 100 years.
std::optional<double> read_delay(std::string_view text, double unit);
/// Bit/s: a rate with units, or a number of `unit` bit/s.
std::optional<std::uint64_t> read_bandwidth(std::string_view text, double unit);
/// A probability: "1%" or a number of `unit`.
std::optional<double> read_loss(std::string_view text, double unit);

} // namespace postopolis::net::graphml
