// A resolver's cache under Poisson look-ups: a miss begins a TTL in which all others are hits, so that of 1 +
// lambda T look-ups one misses (Jung, Berger and Balakrishnan, INFOCOM 2003).
#include <doctest/doctest.h>

#include "oracle.hpp"

using namespace postopolis;
using namespace postopolis::oracles;

TEST_CASE("one of 1 + lambda T look-ups misses the cache") {
    constexpr double rate = 0.1;
    constexpr std::uint32_t ttl = 30;
    auto run = [](kernel::RunKey key) {
        Town town(key);
        for (const char* name : {"mail.a.example", "mail.b.example"}) {
            nodes::HostConfig host = instant_host(name);
            host.mailboxes = true;
            town.add_host(std::move(host));
        }
        for (const char* name : {"a.example", "b.example"}) {
            nodes::DomainConfig domain;
            domain.name = name;
            domain.mailboxes = std::string("mail.") + name;
            domain.mx = {{domain.mailboxes, 10}};
            domain.name_servers = {domain.mailboxes};
            domain.ttl_seconds = ttl;
            town.add_domain(std::move(domain));
        }
        nodes::PersonConfig bob;
        bob.address = "bob@b.example";
        town.add_person(bob);
        add_poisson(town, add_authors(town, "a.example", "mail.a.example", 100), "bob@b.example", rate,
                    Time::max());
        Mean misses;
        Listener<trace::LookedUp> listener([&](const trace::Event&, const trace::LookedUp& l) {
            if (l.type == "MX") misses.add(l.from_cache ? 0 : 1);
        });
        town.bus().add(listener);
        town.run_until(Time::at(Duration::from_seconds(1500 / rate)));
        town.bus().remove(listener);
        return misses.value();
    };
    const Estimate found = replicate(20, run);
    const double expected = 1 / (1 + rate * ttl);
    MESSAGE("expected ", expected, ", found ", found.mean, " +- ", found.half_width);
    CHECK(found.covers(expected));
    CHECK(found.relative(expected) <= 0.03);
}
