// See capture_point.hpp.
#include "metrics/capture_point.hpp"

#include <algorithm>

namespace postopolis::metrics {

using trace::Time;

std::optional<Time> CapturePoint::passes(const Way& way) const {
    switch (place_.kind) {
    case CapturePlace::Kind::town:
        return way.departs;
    case CapturePlace::Kind::host:
        if (way.from == place_.node) return way.departs;
        if (way.to == place_.node && way.arrives != Time::max()) return way.arrives;
        return std::nullopt;
    case CapturePlace::Kind::link:
        return passes_link(way);
    }
    return std::nullopt;
}

std::optional<Time> CapturePoint::passes_link(const Way& way) const {
    double before = 0, total = 0, most_loss = 0;
    std::size_t here = way.links.size(), lossy = way.links.size();
    for (std::size_t i = 0; i < way.links.size(); ++i) {
        const bool is_here =
            std::find(place_.links.begin(), place_.links.end(), way.links[i]) != place_.links.end();
        if (is_here && here == way.links.size()) {
            here = i;
            before = total;
        }
        const LinkFigures figures = place_.figures(way.links[i]);
        total += figures.mean_delay;
        if (figures.loss > most_loss) {
            most_loss = figures.loss;
            lossy = i;
        }
    }
    if (here == way.links.size()) return std::nullopt;
    if (way.arrives == Time::max())
        return here <= lossy ? std::optional(way.departs + trace::Duration::from_seconds(before))
                             : std::nullopt;
    if (total <= 0) return way.departs;
    const double took = (way.arrives - way.departs).to_seconds();
    return way.departs + trace::Duration::from_seconds(took * (before / total));
}

} // namespace postopolis::metrics
