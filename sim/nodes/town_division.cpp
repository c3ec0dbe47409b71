// Which part of a divided town each node is in: by hosts, with the people whose mail they have.
//
// The rule: hosts that have equally many people do about equally much, so each such class of hosts (by powers of two)
// is cut into as many ranges of equal weight as there are parts. Neighbours in the order of building stay together,
// and the hosts of each kind are spread over all parts. Figures: sim/kernel/README.md.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <unordered_map>

#include "postopolis/kernel/check.hpp"
#include "postopolis/nodes/settlement.hpp"
#include "postopolis/nodes/town.hpp"

namespace postopolis::nodes {
namespace {

struct Household {
    std::uint64_t weight = 1;
    std::uint16_t part = 0;
};

void assign_parts(std::vector<Household>& households, std::uint32_t parts) {
    constexpr std::size_t kClasses = 65;
    std::vector<std::vector<Household*>> classes(kClasses);
    for (Household& h : households)
        classes[static_cast<std::size_t>(std::bit_width(h.weight))].push_back(&h);
    std::vector<std::uint64_t> load(parts, 0);
    for (std::size_t c = kClasses; c-- > 0;) {
        // Few and heavy ones where there is least so far, the first at the heaviest; many in ranges.
        if (classes[c].size() < std::size_t{4} * parts) {
            std::stable_sort(classes[c].begin(), classes[c].end(),
                             [](const Household* a, const Household* b) { return a->weight > b->weight; });
            for (Household* h : classes[c]) {
                h->part = static_cast<std::uint16_t>(std::min_element(load.begin(), load.end()) - load.begin());
                load[h->part] += h->weight;
            }
            continue;
        }
        std::uint64_t total = 0;
        for (const Household* h : classes[c])
            total += h->weight;
        std::uint64_t before = 0;
        for (Household* h : classes[c]) {
            h->part = static_cast<std::uint16_t>((before + h->weight / 2) * parts / total);
            before += h->weight;
            load[h->part] += h->weight;
        }
    }
}

} // namespace

void Town::divide(unsigned threads) {
    open();
    constexpr std::size_t kMostParts = 256;
    std::size_t all_hosts = hosts_.size();
    for (const auto& s : settlements_)
        all_hosts += s->domains();
    const auto parts = static_cast<std::uint32_t>(std::min<std::size_t>({threads, all_hosts, kMostParts}));
    if (parts < 2) return;
    std::unordered_map<const MailHost*, std::size_t> numbers;
    for (std::size_t i = 0; i < hosts_.size(); ++i)
        numbers.emplace(hosts_[i].get(), i);
    auto home = [&](const Person& p) {
        const DomainEntry domain = world_.directory.domain(p.mailbox()->domain);
        const MailHost* host = domain ? world_.host(domain.mailboxes()) : nullptr;
        const auto found = numbers.find(host);
        return found != numbers.end() ? found->second : 0;
    };
    // Hosts that are there, and then those of settlements.
    std::vector<Household> households(all_hosts);
    std::vector<std::size_t> homes(people_.size());
    for (std::size_t i = 0; i < people_.size(); ++i)
        ++households[homes[i] = home(*people_[i])].weight;
    std::size_t next = hosts_.size();
    for (const auto& s : settlements_)
        for (std::uint32_t d = 0; d < s->domains(); ++d)
            households[next++].weight += s->first_person(d + 1) - s->first_person(d);
    assign_parts(households, parts);

    kernel::Division division;
    division.parts = parts;
    division.threads = threads;
    division.follower = &bus_;
    division.part_of.assign(simulation_.nodes().size(), 0);
    std::vector<net::Station> stations;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        division.part_of[hosts_[i]->id()] = households[i].part;
        stations.push_back({hosts_[i]->place(), households[i].part, true});
    }
    for (std::size_t i = 0; i < people_.size(); ++i) {
        division.part_of[people_[i]->id()] = households[homes[i]].part;
        stations.push_back({people_[i]->place(), households[homes[i]].part, false});
    }
    next = hosts_.size();
    for (const auto& s : settlements_) {
        for (std::uint32_t d = 0; d < s->domains(); ++d, ++next) {
            division.part_of[s->host_id(d)] = households[next].part;
            for (std::uint32_t p = s->first_person(d); p < s->first_person(d + 1); ++p)
                division.part_of[s->person_id(p)] = households[next].part;
        }
    }
    // A settlement's hosts have their places in a row, of which one stands for all; its people have as many as there are
    // kinds of them. Where these are not known yet, what holds for any two hosts must do.
    bool places_known = true;
    for (const auto& s : settlements_) {
        places_known = places_known && s->config().all_alike;
        for (std::uint16_t part = 0; places_known && part < parts; ++part) {
            stations.push_back({s->config().first_place, part, true});
            stations.push_back({s->kind_of(0).place, part, false});
        }
    }
    division.lookahead = places_known ? paths_->lookahead(stations, parts) : paths_->lookahead();
    bus_.divide(parts, simulation_.nodes().size());
    simulation_.divide(division);
    const std::size_t sources = traffic_.size();
    for (std::uint32_t part = 1; part < parts; ++part)
        for (std::size_t i = 0; i < sources; ++i)
            traffic_.push_back(std::make_unique<TrafficSource>(*traffic_[i], simulation_.partition(part)));
}

} // namespace postopolis::nodes
