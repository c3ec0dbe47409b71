// Generators that stay series: the same town as domain by domain, in a few lines and little memory.
#include <doctest/doctest.h>

#include <cmath>

#include "postopolis/scenario/build.hpp"
#include "postopolis/scenario/load.hpp"

using namespace postopolis;
using namespace postopolis::scenario;

namespace {

/// Of the length that all is known in, so that ids and addresses are those of hosts written out: the provider of name
/// service comes first.
std::string town_text(const std::string& generator, const std::string& more) {
    return R"({ "postopolis": 1, "run": { "for": "2h" },
      "hosts": { "ns.dns-provider.example": {},
                 "mail.x*.org.example": { "smtp": { "service": "50ms" }, "queue": { "concurrency": 2 } } },
      "domains": { "first.example": { "people": ["ann", "bob"] } },
      "generate": )" +
           generator + R"(,
      "people": { "*": { "reads": "10m", "replies": 0.2, "contacts": { "mean": 5, "within": 0.5 } })" +
           more + R"( },
      "traffic": [ { "from": "*", "to": "*", "arrivals": "1/h", "recipients": { "exponential": 1.5 } },
                   { "from": "first.example", "to": ["ann@first.example", "d3.example"],
                     "arrivals": "20/h" },
                   { "from": "*", "to": "contacts", "arrivals": "1/h" } ],
      "letters": [ { "from": "ann@first.example", "to": ["nobody@d4.example", "postmaster@D5.example", "p@d99.example"] } ] })";
}

LoadResult load(const std::string& text, std::uint64_t series_from) {
    LoadOptions options;
    options.series_from = series_from;
    LoadResult r = load_text(text, options);
    for (const Mistake& m : r.mistakes) MESSAGE(scenario::text(m, "series"));
    return r;
}

struct Outcome {
    std::uint64_t fingerprint;
    std::uint64_t delivered;
    kernel::Time last; ///< when the last thing happened (to forget somebody is an event, of which nothing follows)
    bool operator==(const Outcome&) const = default;
};

Outcome play(const Scenario& s, bool make_all = false) {
    BuiltTown built = build(s, kernel::RunKey{7, 0});
    REQUIRE(built.town);
    if (make_all) built.town->make_all();
    built.town->run_until(built.end);
    return {built.town->fingerprint().value(),
            built.town->ledger().fates()[static_cast<std::size_t>(trace::Fate::delivered)],
            built.town->simulation().last_activity()};
}

void same_either_way(const std::string& text, std::size_t series) {
    const LoadResult listed = load(text, 1'000'000'000);
    const LoadResult kept = load(text, 2);
    REQUIRE(listed.scenario);
    REQUIRE(kept.scenario);
    CHECK(listed.scenario->series.empty());
    REQUIRE(kept.scenario->series.size() == series);
    CHECK(kept.scenario->domain_count() == listed.scenario->domain_count());
    CHECK(kept.scenario->host_count() == listed.scenario->host_count());
    CHECK(kept.scenario->mailbox_count() == listed.scenario->mailbox_count());
    const Outcome one_by_one = play(*listed.scenario);
    CHECK(one_by_one.delivered > 50);
    CHECK(play(*kept.scenario) == one_by_one);
    CHECK(play(*kept.scenario, true) == one_by_one); // nobody is made late
    // The effective form is a file that says the same.
    const std::string effective = effective_json(*kept.scenario);
    const LoadResult again = load(effective, 2);
    REQUIRE(again.scenario);
    CHECK(again.scenario->series.size() == series);
    CHECK(effective_json(*again.scenario) == effective);
    CHECK(play(*again.scenario) == one_by_one);
}

} // namespace

TEST_CASE("a series is the same town as its domains one by one") {
    same_either_way(town_text(R"({ "domains": 12, "name": "d{n}.example", "people": 3 })", ""), 1);
}

TEST_CASE("so is one with names, first numbers, quotas, faults and settings of its hosts") {
    same_either_way(town_text(R"([ { "domains": 6, "name": "d{n}.example", "first": 3, "quota": "20kB", "ttl": "5m",
        "people": ["postmaster", "zoe", { "count": 2, "name": "p{n}", "first": 9 }] },
      { "domains": 5, "name": "x{n}.org.example", "people": "solo" } ],
      "faults": [ { "host": "mail.d5.example", "from": "20m", "for": "10m", "down": true },
                  { "host": "mail.x*.example", "answers": { "at": "rcpt", "code": 451, "probability": 0.3 } },
                  { "domain": "d4.example", "dns": "servfail", "from": "30m", "for": "20m" } ])",
                              R"(, "*@d4.example": { "reads": "3m" }, "p9@d*": { "authenticates": false },
                                  "zoe@d6.example": { "contacts": "d3.example", "replies": 1 })"),
                    2);
}

TEST_CASE("people are shared out by Zipf's law, small and large alike") {
    same_either_way(
        town_text(R"({ "domains": 9, "name": "d{n}.example", "people": { "total": 60, "zipf": 1, "name": "u{n}" } })", ""),
        1);
}

TEST_CASE("Zipf sizes add up, everybody has a place, and size falls with rank by the exponent") {
    for (double exponent : {0.0, 0.7, 1.0, 1.5}) {
        constexpr std::uint32_t domains = 20'000;
        constexpr std::uint64_t total = 1'000'000;
        const std::vector<std::uint32_t> before = people_before({total, exponent}, domains);
        REQUIRE(before.size() == domains + 1);
        CHECK(before.front() == 0);
        CHECK(before.back() == total);
        double weights = 0;
        for (std::uint32_t n = 1; n <= domains; ++n) weights += std::pow(n, -exponent);
        double sum = 0;
        for (std::uint32_t n = 1; n <= domains; ++n) {
            const std::uint32_t size = before[n] - before[n - 1];
            REQUIRE(size >= 1);
            const double share = static_cast<double>(total - domains) * std::pow(n, -exponent) / weights;
            REQUIRE(std::abs(size - 1 - share) <= 1); // rounded at either end
            sum += share;
            REQUIRE(std::abs(before[n] - n - sum) <= 1);
        }
    }
    // The slope of log size over log rank, between the first and the hundredth of many.
    const std::vector<std::uint32_t> before = people_before({100'000'000, 1.2}, 1000);
    const double first = before[1] - 1.0;
    const double hundredth = before[100] - before[99] - 1.0;
    CHECK(std::log(hundredth / first) / std::log(100) == doctest::Approx(-1.2).epsilon(0.001));
}

TEST_CASE("the numbers of addresses are a bijection") {
    for (std::uint64_t n : {0UL, 253UL, 254UL, 761UL, 762UL, 1015UL, 1016UL, 65'785UL, 65'786UL, 16'000'000UL}) {
        CHECK(number_of_address(numbered_address(n)) == n);
    }
    CHECK(numbered_address(761) == 0xCB0071FEU); // 203.0.113.254, the last of RFC 5737
    CHECK(numbered_address(762) == 0x0A000001U);
    CHECK_FALSE(number_of_address(0x0A0000FFU));
    CHECK_FALSE(number_of_address(0xC0A80001U));
}

TEST_CASE("what treats one of its hosts as special takes a generator apart") {
    const std::string generator = R"({ "domains": 5, "name": "d{n}.example", "people": 2 })";
    auto series = [&](const std::string& more) {
        const LoadResult r = load(R"({ "postopolis": 1, "generate": )" + generator + more + " }", 2);
        return r.scenario ? r.scenario->series.size() : 99;
    };
    CHECK(series("") == 1);
    CHECK(series(R"(, "hosts": { "mail.d*.example": { "hop_limit": 20 } })") == 1);
    CHECK(series(R"(, "hosts": { "mail.d3.example": { "hop_limit": 20 } })") == 0);
    CHECK(series(R"(, "hosts": { "mail.d*3.example": { "hop_limit": 20 } })") == 0);
    CHECK(series(R"(, "domains": { "a.d4.example": null })") == 0);
    CHECK(series(R"(, "links": { "between": ["mail.d1.example", "internet"], "delay": "1ms" })") == 0);
    CHECK(series(R"(, "people": { "user1@d1.example": { "submission": "mail.d2.example" } })") == 0);
    CHECK(series(R"(, "network": { "generate": { "star": { "leaves": 3 } } })") == 0);
    CHECK(series(R"(, "people": { "user1@d1.example": { "reads": false } })") == 1);
}

TEST_CASE("a million domains load and are told from others by name") {
    const LoadResult r = load(R"({ "postopolis": 1,
      "generate": { "domains": 1000000, "name": "d{n}.example", "people": { "total": 10000000, "zipf": 1 } },
      "letters": [ { "from": "user1@d1000000.example", "to": "USER2@D1.example" } ] })",
                              1000);
    REQUIRE(r.scenario);
    CHECK(r.warnings.empty());
    CHECK(r.scenario->domain_count() == 1'000'000);
    CHECK(r.scenario->host_count() == 1'000'001);
    CHECK(r.scenario->mailbox_count() == 10'000'000);
    const DomainSeries& series = r.scenario->series.at(0);
    CHECK(series.find("D999999.Example") == 999'998);
    CHECK_FALSE(series.find("d1000001.example"));
    CHECK_FALSE(series.find("d01.example"));
    CHECK_FALSE(series.find("d.example"));
    CHECK(series.find_host("mail.d1.example") == 0);
    CHECK(series.find_zone("a.b.d17.example") == 16);
}
