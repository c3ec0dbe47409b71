// See packet.hpp.
#include "metrics/packet.hpp"

#include "postopolis/kernel/check.hpp"

namespace postopolis::metrics {

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17, kTimeToLive = 64;
constexpr std::uint8_t kWindowScale = 7;
constexpr std::uint16_t kWindow = 65535; ///< scaled: 8 MiB, more than the model ever sends at once
constexpr std::size_t kMostIp = 65535;

void put16(std::string& out, std::uint32_t v) {
    out += static_cast<char>(v >> 8 & 255);
    out += static_cast<char>(v & 255);
}
void put32(std::string& out, std::uint32_t v) {
    put16(out, v >> 16);
    put16(out, v & 65535);
}
void set16(std::string& out, std::size_t at, std::uint16_t v) {
    out[at] = static_cast<char>(v >> 8);
    out[at + 1] = static_cast<char>(v & 255);
}

/// The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words.
class Checksum {
public:
    void add(std::string_view octets) {
        for (std::size_t i = 0; i + 1 < octets.size(); i += 2)
            sum_ += static_cast<std::uint32_t>(octet(octets[i]) << 8 | octet(octets[i + 1]));
        if (octets.size() % 2 != 0) sum_ += octet(octets.back()) << 8;
    }
    void add16(std::uint32_t word) { sum_ += word; }
    std::uint16_t value() const {
        std::uint64_t s = sum_;
        while (s > 65535)
            s = (s & 65535) + (s >> 16);
        return static_cast<std::uint16_t>(~s);
    }

private:
    static std::uint32_t octet(char c) { return static_cast<unsigned char>(c); }
    std::uint64_t sum_ = 0;
};

std::string_view octets_of(const IpAddress& a) {
    return {reinterpret_cast<const char*>(a.octets.data()), a.v6 ? std::size_t{16} : std::size_t{4}};
}

/// The second lowest bit of the first octet: locally administered (IEEE 802).
void put_mac(std::string& out, std::uint32_t node) {
    out += '\x02';
    out += '\0';
    put32(out, node);
}

void put_headers(std::string& out, const Station& from, const Station& to, std::uint8_t protocol,
                 std::uint16_t ip_id, std::size_t payload) {
    constexpr std::size_t kHeader = 20;
    kernel::check(from.ip.v6 == to.ip.v6, "a packet between two versions of IP");
    kernel::check(payload + kHeader <= kMostIp, "a packet longer than IP can tell");
    put_mac(out, to.node);
    put_mac(out, from.node);
    put16(out, from.ip.v6 ? 0x86dd : 0x0800);
    const std::size_t start = out.size();
    if (from.ip.v6) {
        put32(out, 0x60000000);
        put16(out, static_cast<std::uint32_t>(payload));
        out += static_cast<char>(protocol);
        out += static_cast<char>(kTimeToLive);
    } else {
        put16(out, 0x4500);
        put16(out, static_cast<std::uint32_t>(payload + kHeader));
        put16(out, ip_id);
        put16(out, 0x4000); // don't fragment
        out += static_cast<char>(kTimeToLive);
        out += static_cast<char>(protocol);
        put16(out, 0);
    }
    out += octets_of(from.ip);
    out += octets_of(to.ip);
    if (from.ip.v6) return;
    Checksum sum;
    sum.add(std::string_view(out).substr(start));
    set16(out, start + 10, sum.value());
}

/// Over the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) and all from `start` on.
std::uint16_t transport_checksum(const std::string& out, std::size_t start, const Station& from,
                                 const Station& to, std::uint8_t protocol) {
    Checksum sum;
    sum.add(octets_of(from.ip));
    sum.add(octets_of(to.ip));
    sum.add16(protocol);
    sum.add16(static_cast<std::uint32_t>(out.size() - start));
    sum.add(std::string_view(out).substr(start));
    return sum.value();
}

std::string options_of(const TcpFields& f) {
    std::string options;
    if (f.syn) {
        options += "\x02\x04";
        put16(options, f.segment_bytes);
        options += "\x04\x02";                 // SACK permitted (RFC 2018)
        options += std::string("\x03\x03", 2); // window scale (RFC 7323)
        options += static_cast<char>(kWindowScale);
        options += '\x01';
    }
    if (!f.sack.empty()) {
        options += "\x01\x01\x05";
        options += static_cast<char>(2 + 8 * f.sack.size());
        for (const auto& [first, end] : f.sack) {
            put32(options, first);
            put32(options, end);
        }
    }
    while (options.size() % 4 != 0)
        options += '\x01';
    return options;
}

} // namespace

IpAddress ipv4(std::uint32_t a) {
    IpAddress address;
    for (std::size_t i = 0; i < 4; ++i)
        address.octets[i] = static_cast<std::uint8_t>(a >> (24 - 8 * i));
    return address;
}

void append_tcp_frame(std::string& out, const Station& from, const Station& to, std::uint16_t ip_id,
                      const TcpFields& f, std::string_view data) {
    constexpr std::size_t kHeader = 20, kChecksumAt = 16;
    const std::string options = options_of(f);
    const std::size_t header = kHeader + options.size();
    put_headers(out, from, to, kTcp, ip_id, header + data.size());
    const std::size_t start = out.size();
    put16(out, from.port);
    put16(out, to.port);
    put32(out, f.sequence);
    put32(out, f.ack ? f.acknowledgment : 0);
    const unsigned flags = unsigned{f.fin} | unsigned{f.syn} << 1 | unsigned{f.rst} << 2 |
                           unsigned{f.push} << 3 | unsigned{f.ack} << 4;
    put16(out, static_cast<std::uint32_t>(header / 4 << 12 | flags));
    put16(out, f.rst ? 0 : kWindow);
    put32(out, 0); // checksum, urgent pointer
    out += options;
    out += data;
    set16(out, start + kChecksumAt, transport_checksum(out, start, from, to, kTcp));
}

void append_udp_frame(std::string& out, const Station& from, const Station& to, std::uint16_t ip_id,
                      std::string_view data) {
    constexpr std::size_t kHeader = 8, kChecksumAt = 6;
    put_headers(out, from, to, kUdp, ip_id, kHeader + data.size());
    const std::size_t start = out.size();
    put16(out, from.port);
    put16(out, to.port);
    put16(out, static_cast<std::uint32_t>(kHeader + data.size()));
    put16(out, 0);
    out += data;
    const std::uint16_t sum = transport_checksum(out, start, from, to, kUdp);
    set16(out, start + kChecksumAt, sum == 0 ? 65535 : sum); // 0 would be "no checksum"
}

} // namespace postopolis::metrics
