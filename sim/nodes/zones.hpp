// What a domain's name servers know: its zone, made from the domain's configuration.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "postopolis/dns/zone.hpp"
#include "postopolis/nodes/config.hpp"

namespace postopolis::nodes {

struct World;

/// A host whose name lies in the zone.
struct ZoneMember {
    std::string name;
    std::uint32_t address = 0; ///< IPv4 in host byte order
};

/// Its name servers are hosts of the town; anything else that does not fit aborts.
dns::Zone make_zone(const DomainConfig& domain, std::span<const ZoneMember> members, const World& world);

} // namespace postopolis::nodes
