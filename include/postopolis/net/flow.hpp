// One direction of a connection: when what is sent arrives, and where that stands in the order of its instant.
//
// A flow has a random stream and a numbering of its own, so that neither its draws nor its order depend on what else
// its host does, nor on whether it is played event by event or ahead of the clock. Copies are independent.
#pragma once

#include <cstdint>
#include <vector>

#include "postopolis/kernel/random.hpp"
#include "postopolis/kernel/time.hpp"
#include "postopolis/net/path.hpp"
#include "postopolis/net/tcp_model.hpp"
#include "postopolis/trace/packets.hpp"

namespace postopolis::net {

class Flow {
public:
    /// `path` and `tcp` must outlive it. `first_order`: of kernel::Node::activity_order.
    Flow(const Path& path, const TcpOptions& tcp, kernel::Stream stream, std::uint64_t first_order, kernel::Time now);

    struct Arrival {
        kernel::Time at;         ///< Time::max(): never
        std::uint64_t order = 0; ///< of the event
        bool ever() const { return at != kernel::Time::max(); }
    };
    /// `bytes` octets of data, sent at `now`; they arrive after all that was sent before.
    Arrival send(kernel::Time now, std::uint64_t bytes);
    /// The same, with each segment that it takes.
    Arrival send(kernel::Time now, std::uint64_t bytes, std::vector<trace::Segment>& segments);
    /// The end of the connection, or a segment of the handshake that has nothing before it.
    Arrival send_control(kernel::Time now);
    /// The last segment of a handshake, repeated until it arrives (RFC 6298 section 2.1). `segments`, if given, gets
    /// each of them.
    Arrival send_ack(kernel::Time now, std::vector<trace::Segment>* segments = nullptr);
    /// A segment of the handshake got lost: RFC 5681 section 3.1, RFC 6298 (5.7).
    void slow_down();
    bool chance(double probability) { return stream_.chance(probability); }
    /// The place of another event of this side of the connection, such as the end of a pause.
    std::uint64_t next_order();

    const Path& path() const { return *path_; }
    kernel::Time last_arrival() const { return last_arrival_; }
    /// Of the segments that somebody was told of.
    kernel::Time last_departure() const { return last_departure_; }

private:
    const Path* path_;
    const TcpOptions* tcp_;
    kernel::Stream stream_;
    PathFigures figures_; ///< of the path; the one-way delay is that of the last thing sent
    TcpSender sender_;
    kernel::Time last_sent_;
    kernel::Time last_arrival_;
    kernel::Time last_departure_;
    std::uint64_t first_order_;
    std::uint32_t steps_ = 0;
};

} // namespace postopolis::net
