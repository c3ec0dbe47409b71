// IPv4 networks.
#include "nodes/network_match.hpp"

#include <charconv>

#include "postopolis/dns/record.hpp"

namespace postopolis::nodes {

std::optional<std::uint32_t> parse_address(std::string_view text) {
    std::optional<dns::Ipv4> parsed = dns::Ipv4::parse(text);
    if (!parsed) return std::nullopt;
    std::uint32_t address = 0;
    for (std::uint8_t octet : parsed->octets) address = address << 8 | octet;
    return address;
}

bool in_network(std::string_view cidr, std::uint32_t address) {
    const std::size_t slash = cidr.find('/');
    const std::optional<std::uint32_t> base = parse_address(cidr.substr(0, slash));
    if (!base) return false;
    unsigned bits = 32;
    if (slash != std::string_view::npos) {
        std::string_view text = cidr.substr(slash + 1);
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
        if (error != std::errc() || end != text.data() + text.size() || bits > 32) return false;
    }
    const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
    return (*base & mask) == (address & mask);
}

} // namespace postopolis::nodes
