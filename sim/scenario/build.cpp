// The builder: hosts, domains, people, letters, traffic and faults of a scenario become a town.
#include "postopolis/scenario/build.hpp"

#include <algorithm>

#include "scenario/build_hosts.hpp"
#include "scenario/build_people.hpp"
#include "scenario/town_network.hpp"

namespace postopolis::scenario {
namespace {

using kernel::Time;

Time time_of(Duration d) {
    return Time::at(d);
}

nodes::DomainConfig domain_config(const Domain& d) {
    nodes::DomainConfig c;
    c.name = d.name;
    c.mailboxes = d.mailboxes;
    for (const MxEntry& mx : d.mx)
        c.mx.push_back({mx.host, static_cast<std::uint16_t>(mx.preference)});
    c.null_mx = d.mx_kind == Domain::Mx::Null;
    c.implicit_mx = d.mx_kind == Domain::Mx::Implicit;
    if (d.mx_kind == Domain::Mx::Absent) c.mx.clear();
    c.name_servers = d.name_servers;
    c.ttl_seconds = static_cast<std::uint32_t>(d.ttl.count() / 1'000'000'000);
    c.negative_ttl_seconds = static_cast<std::uint32_t>(d.negative_ttl.count() / 1'000'000'000);
    for (const DnsRecord& r : d.dns)
        if (std::optional<dns::Record> record = dns_record(r)) c.records.push_back(std::move(*record));
    return c;
}

void add_fault(nodes::Town& town, const Scenario& s, const Fault& f) {
    const Time from = time_of(f.when.from);
    const Time until = f.when.until ? time_of(*f.when.until) : Time::max();
    auto each_host = [&](auto&& act) {
        for (const auto& host : town.hosts())
            for (const std::string& pattern : f.hosts)
                if (matches(pattern, host->name())) {
                    act(*host);
                    break;
                }
        for (const auto& settlement : town.settlements())
            for (std::uint32_t i = 0; i < settlement->domains(); ++i)
                if (std::any_of(f.hosts.begin(), f.hosts.end(), [&](const std::string& pattern) {
                        return matches(pattern, settlement->host_name(i));
                    }))
                    act(settlement->host_at(i));
    };
    if (const auto* down = std::get_if<HostDown>(&f.what)) {
        each_host([&](nodes::MailHost& h) { town.schedule_outage(h, from, until, down->loses_queue); });
    } else if (const auto* answer = std::get_if<SmtpAnswer>(&f.what)) {
        nodes::AnswerFault fault = answer_fault(*answer);
        fault.from = from;
        fault.until = until;
        each_host([&](nodes::MailHost& h) { h.add_fault(fault); });
    } else if (const auto* trouble = std::get_if<DnsTrouble>(&f.what)) {
        nodes::DnsFault fault;
        fault.kind = static_cast<nodes::DnsFault::Kind>(trouble->kind);
        fault.from = from;
        fault.until = until;
        each_host([&](nodes::MailHost& h) { h.add_fault(fault); });
        auto strike = [&](const std::string& zone, const std::vector<std::string>& servers) {
            if (std::none_of(f.domains.begin(), f.domains.end(),
                             [&](const std::string& pattern) { return matches(pattern, zone); }))
                return;
            fault.zones = zone;
            for (const std::string& server : servers)
                if (nodes::MailHost* h = town.host(server)) h->add_fault(fault);
        };
        for (const Domain& d : s.domains)
            strike(d.name, d.name_servers);
        for (const DomainSeries& d : s.series)
            for (std::uint32_t i = 0; i < d.count && !f.domains.empty(); ++i)
                strike(d.name(i), d.domain.name_servers);
    }
}

} // namespace

BuiltTown build(const Scenario& s, kernel::RunKey key) {
    BuiltTown built;
    built.letters = std::make_shared<std::vector<trace::LetterId>>(s.letters.size());
    built.end = time_of(s.run.length.value_or(s.run.limit));
    built.until_quiet = !s.run.length;
    TownNetwork network(s, key);
    for (const DomainSeries& d : s.series)
        network.add_leaves(d.host.line, d.count);
    PeoplePlan people(s, network);
    if (!network.error().empty()) {
        built.error = network.error();
        return built;
    }
    built.town = std::make_unique<nodes::Town>(key, network.finish());
    nodes::Town& town = *built.town;
    town.set_start(s.start);
    for (const Host& h : s.hosts)
        town.add_host(host_config(h));
    for (const Domain& d : s.domains)
        town.add_domain(domain_config(d));
    for (std::size_t i = 0; i < s.series.size(); ++i) {
        nodes::SettlementConfig settlement = settlement_config(s.series[i], network.first_leaf(i));
        settlement.kind_of = people.kinds_of(i);
        settlement.all_alike = people.all_alike(i);
        town.add_settlement(std::move(settlement));
    }
    add_routes(town, s);
    people.settle(town);
    people.add_mediators(town);
    people.write_letters(town, *built.letters);
    people.add_traffic(town, built.end);
    for (const Fault& f : s.faults)
        add_fault(town, s, f);
    return built;
}

} // namespace postopolis::scenario
