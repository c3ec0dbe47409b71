#include "postopolis/net/path.hpp"

#include <algorithm>

namespace postopolis::net {

void Path::append(LinkId id, const std::shared_ptr<const LinkSpec>& spec) {
    links_.push_back(id);
    append(spec);
}

void Path::append(const std::shared_ptr<const LinkSpec>& spec) {
    ++hops_;
    kernel::Duration minimum = spec->minimum_delay();
    minimum_ += minimum;
    if (spec->is_constant()) {
        constant_ += minimum;
        mean_ += minimum.to_seconds();
    } else {
        variable_.push_back(spec);
        mean_ += std::max(least_link_delay.to_seconds(), spec->mean_delay());
    }
    survival_ *= 1 - spec->loss;
    if (spec->bandwidth_bps != 0)
        bandwidth_bps_ =
            bandwidth_bps_ == 0 ? spec->bandwidth_bps : std::min(bandwidth_bps_, spec->bandwidth_bps);
}

double Path::mean_delay_seconds() const {
    return hops_ == 0 ? loopback_delay.to_seconds() : mean_;
}

kernel::Duration Path::draw_delay(kernel::Stream& stream) const {
    if (hops_ == 0) return loopback_delay;
    kernel::Duration sum = constant_;
    for (const auto& spec : variable_)
        sum += spec->draw_delay(stream);
    return sum;
}

kernel::Duration PathSource::lookahead(std::span<const Station>, std::uint32_t) const {
    return std::min(lookahead(), loopback_delay); // they may be neighbours, or at one place
}

} // namespace postopolis::net
