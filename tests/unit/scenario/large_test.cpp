// A million mailboxes in ten thousand domains: a few lines, and no more memory than domains and hosts need.
#include <doctest/doctest.h>

#include <sys/resource.h>

#include "postopolis/scenario/load.hpp"

using namespace postopolis::scenario;

TEST_CASE("ten thousand domains of a hundred people load from one line") {
    LoadResult r = load_text(R"({ "postopolis": 1,
      "generate": { "domains": 10000, "name": "d{n}.example", "people": 100 },
      "letters": { "from": "user1@d1.example", "to": "user100@d10000.example" } })");
    for (const Mistake& m : r.mistakes)
        MESSAGE(text(m, "large"));
    REQUIRE(r.scenario);
    CHECK(r.warnings.empty());
    CHECK(r.scenario->mailbox_count() == 1'000'000);
    CHECK(r.scenario->host_count() == 10'001); // one each, and the name server of the provider
    CHECK(r.scenario->domain_count() == 10'000);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    CHECK(usage.ru_maxrss < 2'000'000); // kB
}

TEST_CASE("addresses of documentation are given first") {
    LoadOptions options;
    options.series_from = 1'000'000;
    LoadResult r = load_text(R"({ "postopolis": 1,
      "generate": { "domains": 1000, "name": "d{n}.example", "people": 100 } })", options);
    REQUIRE(r.scenario);
    CHECK(r.scenario->hosts[761].addresses[0] == "203.0.113.254"); // 3 * 254 of them
    CHECK(r.scenario->hosts[762].addresses[0] == "10.0.0.1");
    CHECK(r.scenario->domains[999].people.name(99) == "user100");
}

TEST_CASE("banks of servers are shared in turn") {
    LoadResult r = load_text(R"({ "postopolis": 1,
      "hosts": { "store{n}.isp.example": { "count": 3 }, "mx{n}.isp.example": { "count": 2 } },
      "generate": { "domains": 7, "name": "d{n}.example", "people": 5, "mailboxes": "store{n%3}.isp.example", "mx": "mx*.isp.example" } })");
    for (const Mistake& m : r.mistakes)
        MESSAGE(text(m, "large"));
    REQUIRE(r.scenario);
    CHECK(r.scenario->domains[0].mailboxes == "store1.isp.example");
    CHECK(r.scenario->domains[2].mailboxes == "store3.isp.example");
    CHECK(r.scenario->domains[3].mailboxes == "store1.isp.example");
    REQUIRE(r.scenario->domains[3].mx.size() == 2);
    CHECK(r.scenario->domains[3].mx[1].host == "mx2.isp.example");
    CHECK(r.scenario->domains[3].mx[0].preference == r.scenario->domains[3].mx[1].preference);
}
