// TCP at connection level: how long it takes until bytes are there, as pure functions of the path's figures,
// the sender's state and a random stream. Packet loss becomes delay, never lost data.
//
// Modelled, in rounds of one round trip: initial window (RFC 6928), slow start and congestion avoidance
// (RFC 5681), serialization at the path's bandwidth, loss of each segment with the path's probability, fast
// retransmit where at least three later segments of the window arrive, with selective acknowledgment (RFC
// 6675), retransmission time-outs with exponential back-off otherwise (RFC 6298).
//
// Not modelled: lost acknowledgments (a later one makes up for them), delayed acknowledgments, limited
// transmit, tail loss probes, losses by full router queues, and what an earlier `transmit` still has in
// flight.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "postopolis/kernel/random.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::net {

struct TcpOptions {
    std::uint32_t segment_bytes = 1460;   ///< MSS on Ethernet with IPv4
    std::uint32_t header_bytes = 40;      ///< IPv4 and TCP, sent with each segment
    std::uint32_t initial_window = 10;    ///< segments, RFC 6928
    std::uint32_t greatest_window = 2873; ///< segments: 4 MiB, the send buffer that Linux grows to
    std::uint32_t syn_retries = 6;        ///< tcp_syn_retries of Linux
    kernel::Duration initial_rto = kernel::Duration::seconds(1); ///< RFC 6298 (2.1)
    /// RFC 6298 (2.4) asks for 1 s and owns that it is conservative; Linux, on which most mail servers run,
    /// uses 200 ms (TCP_RTO_MIN), and so does this model.
    kernel::Duration least_rto = kernel::Duration::milliseconds(200);
    kernel::Duration greatest_rto = kernel::Duration::seconds(60);      ///< RFC 6298 (2.5)
    kernel::Duration greatest_syn_rto = kernel::Duration::seconds(120); ///< TCP_RTO_MAX of Linux
    /// RFC 6298 (5.7): when a SYN was lost, data starts with at least this.
    kernel::Duration rto_after_syn_loss = kernel::Duration::seconds(3);
};
inline constexpr TcpOptions default_tcp{};

/// One direction of a connection. A new one is as after a handshake without loss, without an RTT measured.
struct TcpSender {
    double window = default_tcp.initial_window; ///< congestion window, segments
    double threshold = 1e9;                     ///< slow start threshold, segments
    kernel::Duration smoothed_rtt;              ///< SRTT; zero before the first measurement
    kernel::Duration rtt_variation;             ///< RTTVAR
    kernel::Duration rto = default_tcp.initial_rto;
    bool operator==(const TcpSender&) const = default;
};
TcpSender make_sender(const TcpOptions& options);
/// The same with the RTT that a handshake without loss has measured.
TcpSender sender_after_handshake(kernel::Duration round_trip, const TcpOptions& options);

struct PathFigures {
    kernel::Duration round_trip;     ///< there and back without serialization
    kernel::Duration one_way;        ///< there, for this transmission
    std::uint64_t bandwidth_bps = 0; ///< 0 is unlimited
    double loss = 0;                 ///< of each packet, 0..1
};

/// When the SYN is sent for the `attempt`-th time (0 is the first), counted from the first: 0, 1, 3, 7, 15,
/// 31, 63 s. Empty once the retries are used up.
std::optional<kernel::Duration> syn_instant(std::uint32_t attempt, const TcpOptions& options = default_tcp);
/// When connecting to a host that never answers fails: 127 s.
kernel::Duration syn_timeout(const TcpOptions& options = default_tcp);

struct Handshake {
    bool connected = false;
    kernel::Duration after;     ///< until the client has the SYN+ACK, or until it gives up
    std::uint32_t syns = 1;     ///< sent
    kernel::Duration lost_time; ///< the part of `after` that loss cost: when the last SYN was sent
};

/// Loss of a SYN or of the answer repeats the SYN. Sets both senders up: RTT, and after a loss the window of
/// one segment (RFC 5681 section 3.1) and RTO of 3 s (RFC 6298 (5.7)).
Handshake shake_hands(TcpSender& client, TcpSender& server, const PathFigures& path, kernel::Stream& stream,
                      const TcpOptions& options = default_tcp);

struct Transmission {
    bool arrives = true;             ///< false when the path loses everything, or it would take over a year
    kernel::Duration last_byte_sent; ///< until the segment that completes the data leaves the sender
    kernel::Duration
        delivered_after;             ///< until the receiver has all of it in order; Duration::max() for never
    std::uint64_t segments = 0;      ///< that the data takes
    std::uint64_t lost_segments = 0; ///< sent in vain, retransmissions included
    std::uint32_t timeouts = 0;      ///< retransmission time-outs waited for
    kernel::Duration lost_time;      ///< part of `delivered_after` that would not be there without loss
};

/// A segment that is sent, once for each time that it is.
struct SegmentSent {
    std::uint64_t number = 0; ///< of the segments that the data takes, from 0
    kernel::Duration departs; ///< until its last bit has left the sender
    bool lost = false;        ///< else it arrives after `PathFigures::one_way`
};

/// Sends `bytes` at once through an otherwise idle direction. One draw per lost segment and one more; none
/// when the path is free of loss. Zero bytes arrive after `one_way`. `sent`, if given, gets every segment in the
/// order of sending.
Transmission transmit(TcpSender& sender, const PathFigures& path, std::uint64_t bytes, kernel::Stream& stream,
                      const TcpOptions& options = default_tcp, std::vector<SegmentSent>* sent = nullptr);

/// What most of SMTP is: data that fits into one segment, on a path that loses none. When the receiver has it, as
/// `transmit` would say, which is to be asked where this gives nothing.
inline std::optional<kernel::Duration> transmit_segment(TcpSender& sender, const PathFigures& path, std::uint64_t bytes,
                                                        const TcpOptions& options) {
    if (path.loss > 0 || bytes - 1 >= options.segment_bytes || sender.window < 2 ||
        sender.smoothed_rtt == kernel::Duration() || path.round_trip > kernel::Duration::days(1))
        return std::nullopt;
    kernel::Duration on_the_wire;
    if (path.bandwidth_bps != 0)
        on_the_wire = kernel::Duration::from_seconds(static_cast<double>(bytes + options.header_bytes) * 8 /
                                                     static_cast<double>(path.bandwidth_bps));
    const kernel::Duration rtt = path.round_trip + on_the_wire;
    kernel::Duration off = sender.smoothed_rtt - rtt; // RFC 6298 (2.3): alpha 1/8, beta 1/4
    if (off < kernel::Duration()) off = -off;
    sender.rtt_variation += (off - sender.rtt_variation) / 4;
    sender.smoothed_rtt += (rtt - sender.smoothed_rtt) / 8;
    const kernel::Duration rto = sender.smoothed_rtt + sender.rtt_variation * 4;
    sender.rto = rto < options.least_rto ? options.least_rto : rto > options.greatest_rto ? options.greatest_rto : rto;
    return on_the_wire + path.one_way;
}

/// RFC 5681 section 4.1: after an idle time longer than the RTO the window starts again from the initial one.
void rest(TcpSender& sender, kernel::Duration idle, const TcpOptions& options = default_tcp);

} // namespace postopolis::net
