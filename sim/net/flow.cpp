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
      sender_(sender_after_handshake(figures_.round_trip, tcp)), last_sent_(now), last_arrival_(now),
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

Flow::Arrival Flow::send_control(Time now) {
    return {std::max(last_arrival_, now + path_->draw_delay(stream_)), next_order()};
}

Flow::Arrival Flow::send_ack(Time now) {
    Duration delay = path_->draw_delay(stream_);
    if (path_->loss() > 0) {
        Duration rto = tcp_->initial_rto;
        while (stream_.chance(path_->loss()) && rto < Duration::minutes(2)) {
            delay += rto;
            rto = rto * 2;
        }
    }
    last_arrival_ = now + delay;
    return {last_arrival_, next_order()};
}

void Flow::slow_down() {
    sender_.window = 1;
    sender_.rto = tcp_->rto_after_syn_loss;
}

} // namespace postopolis::net
