// A link: a duplex line between two vertices, the same in both directions.
//
// Values only: what a line does to a packet (delay, loss) and to a stream of them (bandwidth). Queueing of
// competing connections on one line and loss in bursts are not modelled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "postopolis/kernel/distribution.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::net {

/// No packet crosses a link faster than this (200 m of cable): draws below it are raised to it. So every
/// link has a positive minimum delay, which is the lookahead of partitions.
inline constexpr kernel::Duration least_link_delay = kernel::Duration::microseconds(1);

struct LinkSpec {
    kernel::Distribution delay;                 ///< one way, in seconds
    std::optional<kernel::Distribution> jitter; ///< seconds added to `delay`, drawn anew for each use
    std::uint64_t bandwidth_bps = 0;            ///< bits per second; 0 is unlimited
    double loss = 0;                            ///< probability that a packet is lost, 0..1

    bool is_constant() const { return delay.is_constant() && (!jitter || jitter->is_constant()); }
    /// Expected one-way delay in seconds (before raising to `least_link_delay`).
    double mean_delay() const;
    /// The greatest lower bound of the one-way delay, at least `least_link_delay`.
    kernel::Duration minimum_delay() const;
    /// One one-way delay, at least `least_link_delay`.
    kernel::Duration draw_delay(kernel::Stream& stream) const;
    /// What is wrong with the figures ("loss must be between 0 and 1"), or nothing. A delay whose mean is
    /// infinite (Pareto with shape <= 1) is refused, because routes are chosen by mean delay.
    std::optional<std::string> problem() const;
};

} // namespace postopolis::net
