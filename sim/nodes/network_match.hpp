// Whether an IPv4 address lies in a network written as CIDR (RFC 4632).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postopolis::nodes {

std::optional<std::uint32_t> parse_address(std::string_view text);
/// False for a network that cannot be read.
bool in_network(std::string_view cidr, std::uint32_t address);

} // namespace postopolis::nodes
