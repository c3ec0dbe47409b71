// See pcapng.hpp.
#include "metrics/pcapng.hpp"

namespace postopolis::metrics {

namespace {

constexpr std::uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kNameBlock = 4, kPacket = 6;
constexpr std::uint16_t kEthernet = 1;

void put16(std::string& out, std::uint32_t v) {
    out += static_cast<char>(v & 255);
    out += static_cast<char>(v >> 8 & 255);
}
void put32(std::string& out, std::uint32_t v) {
    put16(out, v & 65535);
    put16(out, v >> 16);
}
void pad(std::string& out, std::size_t octets) {
    out.append((4 - octets % 4) % 4, '\0');
}

void put_option(std::string& out, std::uint16_t code, std::string_view value) {
    value = value.substr(0, 65535);
    put16(out, code);
    put16(out, static_cast<std::uint32_t>(value.size()));
    out += value;
    pad(out, value.size());
}

/// Its length stands at both ends of a block.
class Block {
public:
    Block(std::string& out, std::uint32_t type) : out_(out), start_(out.size()) {
        put32(out_, type);
        put32(out_, 0);
    }
    Block(const Block&) = delete;
    ~Block() {
        const auto length = static_cast<std::uint32_t>(out_.size() - start_ + 4);
        put32(out_, length);
        for (unsigned i = 0; i < 4; ++i)
            out_[start_ + 4 + i] = static_cast<char>(length >> (8 * i) & 255);
    }

private:
    std::string& out_;
    std::size_t start_;
};

} // namespace

void append_capture_head(std::string& out, std::string_view interface, std::string_view description) {
    {
        const Block block(out, kSection);
        put32(out, 0x1a2b3c4d);
        put16(out, 1);
        put16(out, 0);
        put32(out, 0xffffffff); // the section's length is not told
        put32(out, 0xffffffff);
        put_option(out, 4, "Postopolis");
        put32(out, 0);
    }
    const Block block(out, kInterface);
    put16(out, kEthernet);
    put16(out, 0);
    put32(out, 0); // no limit to what is kept of a packet
    put_option(out, 2, interface);
    put_option(out, 3, description);
    put_option(out, 9, "\x09"); // time in units of 10^-9 s
    put32(out, 0);
}

void append_frame(std::string& out, std::int64_t unix_nanoseconds, std::string_view frame) {
    const auto time = static_cast<std::uint64_t>(unix_nanoseconds);
    const Block block(out, kPacket);
    put32(out, 0);
    put32(out, static_cast<std::uint32_t>(time >> 32));
    put32(out, static_cast<std::uint32_t>(time & 0xffffffff));
    put32(out, static_cast<std::uint32_t>(frame.size()));
    put32(out, static_cast<std::uint32_t>(frame.size()));
    out += frame;
    pad(out, frame.size());
}

void append_host_name(std::string& out, const IpAddress& address, std::string_view name) {
    constexpr std::size_t kLongest = 255;
    name = name.substr(0, kLongest);
    const std::size_t octets = address.v6 ? 16 : 4;
    const Block block(out, kNameBlock);
    put16(out, address.v6 ? 2 : 1);
    put16(out, static_cast<std::uint32_t>(octets + name.size() + 1));
    out.append(reinterpret_cast<const char*>(address.octets.data()), octets);
    out += name;
    out += '\0';
    pad(out, octets + name.size() + 1);
    put32(out, 0); // end of records
}

} // namespace postopolis::metrics
