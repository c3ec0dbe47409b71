// See flow.hpp.
#include "postopolis/net/flow.hpp"

#include <algorithm>

#include "postopolis/kernel/node.hpp"

namespace postopolis::net {

using kernel::Duration;
using kernel::Time;

Flow::Flow(const Path& path, const TcpOptions& tcp, kernel::Stream stream, std::uint64_t first_order, Time now)
    : path_(&path), tcp_(&tcp), stream_(stream),
      figures_{Duration::from_seconds(2 * path.mean_delay_seconds()), {}, path.bandwidth_bps(), path.loss()},
      // The RTT is known from the handshake, whose losses the host plays out.
      sender_(sender_after_handshake(figures_.round_trip, tcp)), last_sent_(now), last_arrival_(now), last_departure_(now),
      first_order_(first_order) {}

std::uint64_t Flow::next_order() {
    constexpr std::uint32_t kMost = (std::uint32_t{1} << kernel::Node::kStepBits) - 1;
    return first_order_ | (steps_++ & kMost);
}

Flow::Arrival Flow::send(Time now, std::uint64_t bytes) {
    rest(sender_, now - last_sent_, *tcp_);
    last_sent_ = now;
    figures_.one_way = path_->draw_delay(stream_);
    std::optional<Duration> after = transmit_segment(sender_, figures_, bytes, *tcp_);
    if (!after) {
        const Transmission t = transmit(sender_, figures_, bytes, stream_, *tcp_);
        if (!t.arrives) return {Time::max(), 0};
        after = t.delivered_after;
    }
    last_arrival_ = std::max(last_arrival_, now + *after);
    return {last_arrival_, next_order()};
}

Flow::Arrival Flow::send(Time now, std::uint64_t bytes, std::vector<trace::Segment>& segments) {
    rest(sender_, now - last_sent_, *tcp_);
    last_sent_ = now;
    figures_.one_way = path_->draw_delay(stream_);
    std::vector<SegmentSent> sent;
    const Transmission t = transmit(sender_, figures_, bytes, stream_, *tcp_, &sent);
    const Time before = last_arrival_;
    if (t.arrives) last_arrival_ = std::max(last_arrival_, now + t.delivered_after);
    std::uint64_t fresh = 0;
    for (const SegmentSent& s : sent) {
        trace::Segment segment;
        segment.offset = s.number * tcp_->segment_bytes;
        segment.octets = static_cast<std::uint32_t>(std::min<std::uint64_t>(tcp_->segment_bytes, bytes - segment.offset));
        segment.departs = now + s.departs;
        // The model lets each transmission through as if it were alone; what TCP sends first leaves first.
        if (s.number == fresh) {
            segment.departs = std::max(segment.departs, last_departure_);
            last_departure_ = segment.departs;
            ++fresh;
        }
        segment.arrives = s.lost ? Time::max() : std::max(segment.departs + figures_.one_way, before);
        if (!s.lost && t.arrives) segment.arrives = std::min(segment.arrives, last_arrival_);
        segments.push_back(segment);
    }
    if (!t.arrives) return {Time::max(), 0};
    return {last_arrival_, next_order()};
}

Flow::Arrival Flow::send_control(Time now) {
    return {std::max(last_arrival_, now + path_->draw_delay(stream_)), next_order()};
}

Flow::Arrival Flow::send_ack(Time now, std::vector<trace::Segment>* segments) {
    const Duration delay = path_->draw_delay(stream_);
    Duration waited;
    if (path_->loss() > 0) {
        Duration rto = tcp_->initial_rto;
        while (stream_.chance(path_->loss()) && rto < Duration::minutes(2)) {
            if (segments != nullptr) segments->push_back({0, 0, now + waited, Time::max()});
            waited += rto;
            rto = rto * 2;
        }
    }
    last_arrival_ = now + waited + delay;
    if (segments != nullptr) segments->push_back({0, 0, now + waited, last_arrival_});
    return {last_arrival_, next_order()};
}

void Flow::slow_down() {
    sender_.window = 1;
    sender_.rto = tcp_->rto_after_syn_loss;
}

} // namespace postopolis::net
