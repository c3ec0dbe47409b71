#include "postopolis/net/link.hpp"

#include <algorithm>
#include <cmath>

namespace postopolis::net {

double LinkSpec::mean_delay() const {
    return delay.mean() + (jitter ? jitter->mean() : 0.0);
}

kernel::Duration LinkSpec::minimum_delay() const {
    double seconds = delay.minimum() + (jitter ? jitter->minimum() : 0.0);
    return std::max(least_link_delay, kernel::Duration::from_seconds(seconds));
}

kernel::Duration LinkSpec::draw_delay(kernel::Stream& stream) const {
    double seconds = delay.draw(stream);
    if (jitter) seconds += jitter->draw(stream);
    return std::max(least_link_delay, kernel::Duration::from_seconds(seconds));
}

std::optional<std::string> LinkSpec::problem() const {
    // Written so that NaN fails too.
    if (!(loss >= 0 && loss <= 1)) return "loss must be between 0 and 1";
    double mean = mean_delay();
    if (!std::isfinite(mean)) return "the delay must have a finite mean, because routes are chosen by it";
    // Constants and uniforms may be negative as numbers; as delays they make no sense.
    if (mean < 0 || delay.minimum() < 0) return "the delay must not be negative";
    if (mean > 100.0 * 365.25 * 86400) return "the delay must be less than 100 years";
    return std::nullopt;
}

} // namespace postopolis::net
