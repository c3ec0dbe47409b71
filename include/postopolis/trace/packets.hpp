// What leaves a host as packets: TCP segments with their fate on the way, and datagrams.
//
// Told only when somebody listens, as Spoke is, and never part of the fingerprint. An event is told when
// bytes are handed to TCP or UDP, and knows already when each packet will leave and arrive: instants in it
// may lie ahead of its own. What receivers acknowledge is not told: TCP is modelled with an acknowledgment
// for each segment, at the instant at which it arrives (net/tcp_model.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "postopolis/kernel/event_queue.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::trace {

using ConnectionId = std::uint64_t; ///< a TCP connection, numbered by the client's node

/// Where nobody is: an address that no host has.
inline constexpr kernel::NodeId kNobody = std::numeric_limits<kernel::NodeId>::max();

/// One end of what is sent.
struct Endpoint {
    kernel::NodeId node = kNobody;
    std::uint32_t address = 0; ///< IPv4, host byte order
    std::uint16_t port = 0;
};

/// One packet of a transmission. Lost octets are sent again, as a packet of their own.
struct Segment {
    std::uint64_t offset = 0; ///< of its first octet in the transmission
    std::uint32_t octets = 0; ///< 0: of the handshake, or the end
    kernel::Time departs;     ///< its last bit has left the sender
    kernel::Time arrives;     ///< Time::max(): it got lost on the way
    bool lost() const { return arrives == kernel::Time::max(); }
};

/// One side of a connection hands something to TCP.
struct Transmitted {
    static constexpr std::string_view kName = "Transmitted";
    enum class Kind : std::uint8_t { syn, syn_ack, ack, data, fin, rst };
    Kind kind = Kind::data;
    ConnectionId connection = 0;
    bool by_client = false;
    Endpoint source, target;
    std::uint32_t segment_bytes = 0;      ///< of both sides, as a SYN tells them
    std::string_view bytes;               ///< of `data`
    std::span<const Segment> segments;    ///< in the order in which they are sent
    kernel::Duration back;                ///< how long an acknowledgment takes, on the average
    std::span<const std::uint32_t> links; ///< of the network's graph, on the way; empty where it is none
};

/// UDP. Fragments are not modelled.
struct SentDatagram {
    static constexpr std::string_view kName = "SentDatagram";
    Endpoint source, target;
    std::string_view bytes;
    kernel::Time departs, arrives; ///< as in Segment
    std::span<const std::uint32_t> links;
    bool lost() const { return arrives == kernel::Time::max(); }
};

} // namespace postopolis::trace
