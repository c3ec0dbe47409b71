#include <doctest/doctest.h>

#include "postopolis/dns/zone.hpp"

using namespace postopolis::dns;

namespace {
Name n(std::string_view text) {
    return Name::literal(text);
}
Ipv4 ip(std::string_view text) {
    return *Ipv4::parse(text);
}

Soa soa(std::uint32_t minimum) {
    return {n("ns.example"), n("hostmaster.example"), 1, 86400, 7200, 3600000, minimum};
}

/// The zone of RFC 4592 section 2.2.1, without SRV and with addresses for glue.
Zone rfc4592() {
    Zone zone(n("example"), soa(300));
    const auto problem = zone.add(std::vector<Record>{
        Record::ns(n("example"), n("ns.example.com")), Record::ns(n("example"), n("ns.example.net")),
        Record::txt(n("*.example"), {"this is a wildcard"}),
        Record::mx(n("*.example"), 10, n("host1.example")), Record::txt(n("sub.*.example"), {"this is not"}),
        Record::address(n("host1.example"), ip("192.0.2.1")),
        Record::txt(n("_ssh._tcp.host1.example"), {"service"}),
        Record::ns(n("subdel.example"), n("ns.subdel.example")),
        Record::address(n("ns.subdel.example"), ip("192.0.2.9"))});
    CHECK_FALSE(problem);
    return zone;
}
} // namespace

TEST_CASE("the look-ups of RFC 4592 section 2.2.1") {
    const Zone zone = rfc4592();
    Answer answer = zone.lookup(n("host3.example"), Type::mx);
    CHECK(answer.outcome == Outcome::answer);
    REQUIRE(answer.response.answers.size() == 1);
    CHECK(answer.response.answers[0] == Record::mx(n("host3.example"), 10, n("host1.example")));
    REQUIRE(answer.response.additional.size() == 1);
    CHECK(answer.response.additional[0].name == n("host1.example"));

    CHECK(zone.lookup(n("host3.example"), Type::a).outcome == Outcome::nodata);
    answer = zone.lookup(n("foo.bar.example"), Type::txt);
    CHECK(answer.outcome == Outcome::answer);
    CHECK(answer.response.answers[0] == Record::txt(n("foo.bar.example"), {"this is a wildcard"}));

    // The wildcard does not cover names that exist, nor what lies below such names.
    CHECK(zone.lookup(n("host1.example"), Type::mx).outcome == Outcome::nodata);
    CHECK(zone.lookup(n("sub.*.example"), Type::mx).outcome == Outcome::nodata);
    CHECK(zone.lookup(n("_telnet._tcp.host1.example"), Type::txt).outcome == Outcome::nxdomain);
    CHECK(zone.lookup(n("_tcp.host1.example"), Type::txt).outcome == Outcome::nodata); // empty, but there
    CHECK(zone.lookup(n("host.subdel.example"), Type::a).outcome == Outcome::delegation);
    CHECK(zone.lookup(n("ghost.*.example"), Type::mx).outcome == Outcome::nxdomain);
}

TEST_CASE("a delegation gives name servers and glue, without authority") {
    const Answer answer = rfc4592().lookup(n("a.subdel.example"), Type::mx);
    CHECK_FALSE(answer.response.authoritative);
    CHECK(answer.response.answers.empty());
    CHECK(answer.response.is_referral({n("a.subdel.example"), Type::mx}));
    CHECK(answer.response.authority == std::vector{Record::ns(n("subdel.example"), n("ns.subdel.example"))});
    CHECK(answer.response.additional ==
          std::vector{Record::address(n("ns.subdel.example"), ip("192.0.2.9"))});
    CHECK(rfc4592().lookup(n("example"), Type::ns).outcome == Outcome::answer); // the apex is no cut
}

TEST_CASE("negative answers bring the SOA with the smaller TTL (RFC 2308 section 3)") {
    Zone zone(n("example"), soa(300), 3600);
    Answer answer = zone.lookup(n("no.example"), Type::mx);
    CHECK(answer.outcome == Outcome::nxdomain);
    CHECK(answer.response.rcode == Rcode::nxdomain);
    CHECK(answer.response.authoritative);
    REQUIRE(answer.response.soa());
    CHECK(answer.response.soa()->ttl == 300);
    CHECK(Zone(n("example"), soa(300), 60).lookup(n("no.example"), Type::mx).response.soa()->ttl == 60);
    answer = zone.lookup(n("example"), Type::mx);
    CHECK(answer.outcome == Outcome::nodata);
    CHECK(answer.response.rcode == Rcode::noerror);
    CHECK(zone.lookup(n("example"), Type::soa).response.answers == std::vector{zone.soa()});
    answer = zone.lookup(n("example.org"), Type::a);
    CHECK(answer.outcome == Outcome::not_in_zone);
    CHECK(answer.response.rcode == Rcode::refused);
}

TEST_CASE("CNAME chains: inside, out of the zone, to nothing, and in a circle") {
    Zone zone(n("example"), soa(300));
    CHECK_FALSE(zone.add(std::vector<Record>{
        Record::cname(n("a.example"), n("b.example")), Record::cname(n("b.example"), n("c.example")),
        Record::address(n("c.example"), ip("192.0.2.3")),
        Record::cname(n("out.example"), n("www.example.org")),
        Record::cname(n("void.example"), n("nothing.example")), Record::cname(n("x.example"), n("y.example")),
        Record::cname(n("y.example"), n("x.example"))}));
    Answer answer = zone.lookup(n("a.example"), Type::a);
    CHECK(answer.outcome == Outcome::answer);
    REQUIRE(answer.response.answers.size() == 3);
    CHECK(answer.response.answers[2].name == n("c.example"));
    CHECK(answer.response.canonical(n("a.example")) == n("c.example"));
    CHECK(answer.response.has_answer({n("a.example"), Type::a}));
    CHECK(zone.lookup(n("a.example"), Type::cname).response.answers.size() == 1);
    CHECK(zone.lookup(n("out.example"), Type::a).outcome == Outcome::alias_out);
    answer = zone.lookup(n("void.example"), Type::a);
    CHECK(answer.outcome == Outcome::nxdomain); // RFC 6604 section 3: the code is that of the last name
    CHECK(answer.response.answers.size() == 1);
    answer = zone.lookup(n("x.example"), Type::a);
    CHECK(answer.outcome == Outcome::alias_loop);
    CHECK(answer.response.rcode == Rcode::servfail);
}

TEST_CASE("records that cannot be in a zone") {
    Zone zone(n("example"), soa(300));
    CHECK(zone.add(Record::address(n("example.org"), ip("192.0.2.1"))));
    CHECK(zone.add(Record::cname(n("example"), n("a.example"))));
    CHECK(zone.add(Record::soa(n("example"), soa(1))));
    CHECK(zone.add(Record{n("example"), Type::mx, 1, ip("192.0.2.1")}));
    CHECK_FALSE(zone.add(Record::cname(n("w.example"), n("a.example"))));
    CHECK(zone.add(Record::address(n("w.example"), ip("192.0.2.1"))));
    CHECK(zone.add(Record::cname(n("w.example"), n("b.example"))));
    CHECK_FALSE(zone.add(Record::address(n("a.example"), ip("192.0.2.1"))));
    CHECK_FALSE(zone.add(Record::address(n("a.example"), ip("192.0.2.1")))); // no error, but once only
    CHECK(zone.records().size() == 2);
    const auto problem = zone.add(std::vector<Record>{Record::address(n("b.example"), ip("192.0.2.1")),
                                                      Record::address(n("b.test"), ip("192.0.2.1"))});
    REQUIRE(problem);
    CHECK(problem->first == 1);
    CHECK(zone.remove(n("a.example"), Type::a) == 1);
    CHECK(zone.lookup(n("a.example"), Type::a).outcome == Outcome::nxdomain);
}
