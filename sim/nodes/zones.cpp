// See zones.hpp.
#include "nodes/zones.hpp"

#include <optional>

#include "postopolis/kernel/check.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {
namespace {

dns::Ipv4 octets(std::uint32_t a) {
    dns::Ipv4 out;
    for (std::size_t i = 0; i < 4; ++i) out.octets[i] = static_cast<std::uint8_t>(a >> (24 - 8 * i));
    return out;
}

} // namespace

dns::Zone make_zone(const DomainConfig& d, std::span<const ZoneMember> members, const World& world) {
    std::optional<dns::Name> origin = dns::Name::parse(d.name);
    kernel::check(origin.has_value(), "a domain's name is no DNS name");
    dns::Soa soa;
    soa.minimum = d.negative_ttl_seconds;
    std::vector<dns::Record> records;
    for (const std::string& server : d.name_servers) {
        const dns::Name name = dns::Name::literal(server);
        records.push_back(dns::Record::ns(*origin, name, d.ttl_seconds));
        soa.primary = name;
    }
    if (d.null_mx) records.push_back(dns::Record::mx(*origin, 0, dns::Name(), d.ttl_seconds));
    for (const DomainConfig::Mx& mx : d.mx) {
        if (!d.implicit_mx && !d.null_mx)
            records.push_back(dns::Record::mx(*origin, mx.preference, dns::Name::literal(mx.host), d.ttl_seconds));
        if (!d.implicit_mx) continue;
        if (const MailHost* host = world.host(mx.host))
            records.push_back(dns::Record::address(*origin, octets(host->address()), d.ttl_seconds));
    }
    for (const ZoneMember& host : members)
        records.push_back(dns::Record::address(dns::Name::literal(host.name), octets(host.address), d.ttl_seconds));
    for (const dns::Record& extra : d.records)
        std::erase_if(records,
                      [&](const dns::Record& r) { return r.name == extra.name && r.type == extra.type; });
    records.insert(records.end(), d.records.begin(), d.records.end());
    dns::Zone zone(*origin, soa, d.ttl_seconds);
    auto problem = zone.add(std::move(records));
    kernel::check(!problem, problem ? problem->second.c_str() : "");
    return zone;
}

} // namespace postopolis::nodes
