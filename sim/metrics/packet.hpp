// Ethernet frames with IP and TCP or UDP in them, octet for octet: RFC 791, RFC 8200, RFC 9293, RFC 768.
//
// Both versions of IP. Checksums are right. Not made: IP options, fragments, IPv6 extension headers,
// trailers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postopolis::metrics {

/// Of either version: IPv4 in the first four octets.
struct IpAddress {
    std::array<std::uint8_t, 16> octets{};
    bool v6 = false;
};
IpAddress ipv4(std::uint32_t host_byte_order);

struct Station {
    std::uint32_t node = 0; ///< gives a locally administered MAC address
    IpAddress ip;           ///< both ends of a packet have the same version
    std::uint16_t port = 0;
};

struct TcpFields {
    std::uint32_t sequence = 0, acknowledgment = 0;
    bool syn = false, ack = false, push = false, fin = false, rst = false;
    std::uint16_t segment_bytes =
        0; ///< of a SYN: its MSS option; SACK permitted and the window scale go with it
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sack; ///< RFC 2018, at most four blocks
};

/// Appends the frame. `ip_id` is IPv4's identification.
void append_tcp_frame(std::string& out, const Station& from, const Station& to, std::uint16_t ip_id,
                      const TcpFields& fields, std::string_view data);
/// At most 65507 octets of data.
void append_udp_frame(std::string& out, const Station& from, const Station& to, std::uint16_t ip_id,
                      std::string_view data);

} // namespace postopolis::metrics
