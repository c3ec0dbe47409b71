// Where packets are captured, and when one passes there.
//
// In the town: each packet once, as its last bit leaves its sender, lost ones too. At a host: what tcpdump
// would see there, its own packets as they leave and others' as they arrive; what got lost on the way never
// does. On a link: as packets enter it. The model draws one delay and one loss for the whole way: the delay
// is shared out among the links in proportion to their means, and a packet that got lost did so on the link
// that loses most.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "postopolis/metrics/capture.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

/// A packet's.
struct Way {
    trace::NodeId from = 0, to = 0;
    trace::Time departs, arrives; ///< Time::max(): it got lost
    std::span<const std::uint32_t> links;
};

class CapturePoint {
public:
    explicit CapturePoint(CapturePlace place) : place_(std::move(place)) {}
    /// Nothing if it does not pass.
    std::optional<trace::Time> passes(const Way& way) const;

private:
    std::optional<trace::Time> passes_link(const Way& way) const;
    CapturePlace place_;
};

} // namespace postopolis::metrics
