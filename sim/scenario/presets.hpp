// Measured numbers that a scenario can name.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "postopolis/kernel/distribution.hpp"

namespace postopolis::scenario {

/// Sizes in bytes of 402,158 sent messages: "measured".
const kernel::Distribution& measured_sizes();
/// Whether it is that preset.
bool is_measured_sizes(const kernel::Distribution& law);

/// Share of each hour of the day, with sum 1, by name: "office", "hospital", "flat".
std::optional<std::array<double, 24>> day_shape(std::string_view name);

inline constexpr std::array<std::string_view, 3> day_shapes{"office", "hospital", "flat"};
inline constexpr std::array<std::string_view, 8> retry_presets{
    "postfix", "exim", "sendmail", "courier", "nullmailer", "opensmtpd", "qmail", "exchange"};

} // namespace postopolis::scenario
