// Where mail goes: MX records (RFC 5321 section 5.1), null MX (RFC 7505), and names that cannot be looked up.
#include <doctest/doctest.h>

#include <map>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

/// b.example with the MX hosts given, each of which files its mail by way of store.b.example.
struct Banked : Scene {
    explicit Banked(std::vector<DomainConfig::Mx> mx, std::uint64_t seed = 1)
        : Scene(all_roles("mail.a.example"), {"alice"}, seed) {
        HostConfig store = all_roles("store.b.example");
        town.add_host(std::move(store));
        for (const DomainConfig::Mx& m : mx) {
            HostConfig host = all_roles(m.host);
            host.mailboxes = host.submission = false;
            (void)host.routes.add("b.example", policy::Relay{{{"store.b.example", 0, 25}}});
            town.add_host(std::move(host));
        }
        town.add_domain(domain_at("b.example", "store.b.example", std::move(mx), "store.b.example"));
        PersonConfig bob;
        bob.address = "bob@b.example";
        town.add_person(bob);
    }
};

/// A domain without people, with these settings; alice writes to x@odd.example.
struct Odd : Scene {
    explicit Odd(const std::function<void(DomainConfig&)>& change, std::vector<DnsFault> faults = {}) {
        HostConfig host = all_roles("ns.isp.example");
        host.mailboxes = host.submission = false;
        host.dns_faults = std::move(faults);
        town.add_host(std::move(host));
        DomainConfig d = domain_at("odd.example", "", {}, "ns.isp.example");
        change(d);
        town.add_domain(std::move(d));
        write({"x@odd.example"});
    }
};

} // namespace

TEST_CASE("the MX host with the lowest preference is tried first, the next one when it is down") {
    Banked both({{"mx2.b.example", 20}, {"mx1.b.example", 10}});
    both.write({"bob@b.example"});
    both.run();
    CHECK(both.record.path()[1] == "mx1.b.example");
    // The address of the host that nobody goes to is not looked up.
    const auto& asked = both.record.looked_up;
    CHECK(std::count(asked.begin(), asked.end(), "A mx1.b.example") == 1);
    CHECK(std::count(asked.begin(), asked.end(), "A mx2.b.example") == 0);

    Banked fallback({{"mx2.b.example", 20}, {"mx1.b.example", 10}});
    fallback.town.host("mx1.b.example")->go_down();
    fallback.write({"bob@b.example"});
    fallback.run();
    CHECK(fallback.record.path()[1] == "mx2.b.example");
    CHECK(fallback.record.deferred.empty());
    REQUIRE_FALSE(fallback.record.transfers.empty());
    CHECK(fallback.record.transfers[0].spent(trace::Cause::timeout) == Duration::seconds(30));
}

TEST_CASE("hosts of equal preference share the mail evenly") {
    Banked bank({{"mx1.b.example", 10}, {"mx2.b.example", 10}, {"mx3.b.example", 10}}, 5);
    constexpr int letters = 900;
    for (int i = 0; i < letters; ++i)
        bank.town.write("alice@a.example", {"bob@b.example"}, "Letter", Time::at(Duration::seconds(10 * i)));
    bank.run();
    std::map<std::string, int> shares;
    for (const Record::Acceptance& a : bank.record.accepted)
        if (a.host.starts_with("mx")) ++shares[a.host];
    REQUIRE(shares.size() == 3);
    double chi = 0;
    for (const auto& [host, n] : shares)
        chi += (n - letters / 3.0) * (n - letters / 3.0) / (letters / 3.0);
    CHECK(chi < 9.21); // passed once in a hundred times with 2 degrees of freedom
}

TEST_CASE("a domain without MX records but with an address takes mail there") {
    Scene s;
    HostConfig host = all_roles("www.b.example");
    s.town.add_host(std::move(host));
    DomainConfig d = domain_at("b.example", "www.b.example", {{"www.b.example", 10}}, "www.b.example");
    d.implicit_mx = true;
    s.town.add_domain(std::move(d));
    PersonConfig bob;
    bob.address = "bob@b.example";
    s.town.add_person(bob);
    s.write({"bob@b.example"});
    s.run();
    CHECK(s.fate(trace::Fate::delivered) == 1);
    const auto& asked = s.record.looked_up;
    CHECK(std::count(asked.begin(), asked.end(), "MX b.example") == 1);
    CHECK(std::count(asked.begin(), asked.end(), "A b.example") == 1);
}

TEST_CASE("mail for a domain with a null MX comes back with 556 5.1.10") {
    Odd odd([](DomainConfig& d) { d.null_mx = true; });
    odd.run();
    REQUIRE(odd.record.bounced.size() == 1);
    CHECK(odd.record.bounced[0].code == 556);
    CHECK(odd.record.bounced[0].enhanced == "5.1.10");
    CHECK(odd.record.deferred.empty());
}

TEST_CASE("mail for a domain that does not exist, or whose MX does not, comes back at once") {
    Scene nowhere;
    nowhere.write({"x@nowhere.example"});
    nowhere.run();
    REQUIRE(nowhere.record.bounced.size() == 1);
    CHECK(nowhere.record.bounced[0].enhanced == "5.1.2");
    CHECK(nowhere.record.deferred.empty());

    Odd dangling([](DomainConfig& d) { d.mx = {{"ghost.nowhere.example", 10}}; });
    dangling.run();
    REQUIRE(dangling.record.bounced.size() == 1);
    CHECK(dangling.record.bounced[0].enhanced == "5.4.4"); // RFC 3463: unable to route

    Odd bare([](DomainConfig&) {});
    bare.run();
    REQUIRE(bare.record.bounced.size() == 1);
    CHECK(bare.record.bounced[0].code / 100 == 5);
}

TEST_CASE("SERVFAIL and silence of a name server defer, and are asked again") {
    for (DnsFault::Kind kind : {DnsFault::Kind::servfail, DnsFault::Kind::timeout}) {
        DnsFault fault;
        fault.kind = kind;
        fault.until = Time::at(Duration::minutes(20));
        Odd odd([](DomainConfig& d) { d.null_mx = true; }, {fault});
        odd.run();
        REQUIRE_FALSE(odd.record.deferred.empty());
        CHECK(odd.record.deferred[0].backoff == trace::Cause::backoff_dns);
        CHECK(odd.record.deferred[0].enhanced == "4.4.3");
        REQUIRE(odd.record.bounced.size() == 1); // once the zone answers again
        CHECK(odd.record.bounced[0].code == 556);
        CHECK(odd.record.bounced[0].time > fault.until);
    }
}

TEST_CASE("an NXDOMAIN by mistake bounces all the same: nobody can tell") {
    DnsFault fault;
    fault.kind = DnsFault::Kind::nxdomain;
    Odd odd([](DomainConfig&) {}, {fault});
    odd.run();
    CHECK(odd.record.bounced.size() == 1);
}
