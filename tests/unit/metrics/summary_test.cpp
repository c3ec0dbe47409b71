// The figures of the town that is told by hand, worked out on paper.
#include "postopolis/metrics/summary.hpp"

#include <numeric>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "export_fixture.hpp"

using namespace export_test;
using metrics::Summary;
using nlohmann::json;
using trace::Fate;

namespace {

Summary summary_of_town() {
    Town town;
    town.live();
    return metrics::summarize(town.ledger, town.facts());
}

} // namespace

TEST_CASE("every copy is counted once, and by kind") {
    const Summary s = summary_of_town();
    CHECK(s.letters == 3);
    CHECK(s.messages == 4);
    CHECK(s.copies == 6);
    CHECK(s.fate(Fate::delivered) == 4);
    CHECK(s.fate(Fate::bounced) == 1);
    CHECK(s.fate(Fate::in_transit) == 1);
    CHECK(std::accumulate(s.fates.begin(), s.fates.end(), std::uint64_t{0}) == 6);
    CHECK(s.kind(trace::LetterKind::letter).copies == 4);
    CHECK(s.kind(trace::LetterKind::bounce).fates[static_cast<std::size_t>(Fate::delivered)] == 1);
    CHECK(s.letter_fates()[static_cast<std::size_t>(Fate::delivered)] == 3);
    CHECK(s.duplicates == 1);
    CHECK(s.deferrals == 1);
    CHECK(s.fetched == 1);
    CHECK(s.cache_hits == 1);
}

TEST_CASE("the mail ledger's two sides come from different counts and agree") {
    const Summary s = summary_of_town();
    CHECK(s.balance.independent);
    CHECK(s.balance.composed == 5);
    CHECK(s.balance.duplicates == 1);
    CHECK(s.balance.expanded_into == 0);
    CHECK(s.balance.accounted == 6);
    CHECK(s.balance.balanced);
}

TEST_CASE("what a list makes is on the left side too") {
    Town town;
    town.live();
    town.expand();
    const Summary s = metrics::summarize(town.ledger, town.facts());
    CHECK(s.balance.composed == 6);
    CHECK(s.balance.expanded_into == 2);
    CHECK(s.balance.duplicates == 1);
    CHECK(s.balance.accounted == 9);
    CHECK(s.balance.balanced);
    CHECK(s.fate(Fate::expanded) == 1);
    CHECK(s.delay->count == 4);
    CHECK(s.delay->mean == doctest::Approx((667.5 + 4) / 4));
}

TEST_CASE("a copy that nobody composed unbalances the books") {
    Town town;
    town.first_letter();
    metrics::EventCounts other; // has missed it all
    metrics::RunFacts facts = town.facts();
    facts.counts = &other;
    CHECK_FALSE(metrics::summarize(town.ledger, facts).balance.balanced);
}

TEST_CASE("delays are those of delivered letters, and their causes add up") {
    // Delays 2 s, 302 s, 363.5 s: bob's two copies of letter 4, and his of letter 1 with a minute of pickup.
    const Summary s = summary_of_town();
    REQUIRE(s.delay);
    CHECK(s.delay->count == 3);
    CHECK(s.delay->mean == doctest::Approx(667.5 / 3).epsilon(1e-15));
    CHECK(s.delay->p50 == 302);
    CHECK(s.delay->p95 == 363.5);
    CHECK(s.delay->p99 == 363.5);
    CHECK(s.delay->min == 2);
    CHECK(s.delay->max == 363.5);
    const std::array<double, 9> expected{5.75 / 3, 1.25 / 3, 0, 0.5 / 3, 1.0 / 3, 299.0 / 3, 100, 0, 20};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(metrics::kFamilies[i]);
        CHECK(s.delay->causes[i] == doctest::Approx(expected[i]).epsilon(1e-15));
    }
    const auto& causes = s.delay->causes;
    CHECK(std::accumulate(causes.begin(), causes.end(), 0.0) ==
          doctest::Approx(s.delay->mean).epsilon(1e-14));
    CHECK(s.delay->backoff[0] == doctest::Approx(299.0 / 3));
    CHECK(s.to_inbox->mean == doctest::Approx(607.5 / 3));
    CHECK(s.to_inbox->causes[metrics::family_index(Cause::pickup)] == 0);
    CHECK(s.to_reader->count == 1);
    CHECK(s.to_reader->mean == 363.5);
}

TEST_CASE("what was not delivered has its reasons") {
    const Summary s = summary_of_town();
    REQUIRE(s.not_delivered.size() == 2);
    CHECK(s.not_delivered[0].fate == Fate::in_transit);
    CHECK(s.not_delivered[1].fate == Fate::bounced);
    CHECK(s.not_delivered[1].code == 550);
    CHECK(s.not_delivered[1].reason == "No such user");
    CHECK(s.not_delivered[1].count == 1);
}

TEST_CASE("the families are those of the causes") {
    for (std::size_t i = 0; i < trace::kCauses; ++i) {
        const auto cause = static_cast<Cause>(i);
        CHECK(metrics::kFamilies[metrics::family_index(cause)] == trace::family(cause));
        if (trace::is_backoff(cause))
            CHECK(std::string(metrics::key(cause)) ==
                  "backoff_" + std::string(metrics::kBackoffReasons[i - std::size_t{5}]));
    }
}

TEST_CASE("the JSON object has what is promised, in order") {
    const std::string text = metrics::summary_json(summary_of_town());
    const auto j = nlohmann::ordered_json::parse(text);
    CHECK(j["scenario"] == "by hand");
    CHECK(j["seed"] == 7);
    CHECK(j["replication"] == 3);
    CHECK(j["fingerprint"] == "0123456789abcdef");
    CHECK(j["start"] == "2026-01-05T08:00:00Z");
    CHECK(j["duration"] == 800.0);
    CHECK(j["copies"] == 6);
    std::vector<std::string> fates;
    for (const auto& [name, count] : j["fates"].items())
        fates.push_back(name);
    CHECK(fates == std::vector<std::string>{"in_transit", "delivered", "junk", "bounced", "rejected",
                                            "discarded", "lost", "expanded"});
    CHECK(j["delay"]["p95"] == 363.5);
    CHECK(j["delay"]["causes"].size() == 9);
    CHECK(j["delay"]["to_reader"]["count"] == 1);
    CHECK(j["balanced"] == true);
    CHECK(j["happened"]["Delivered"] == 4);
}

TEST_CASE("figures that do not exist are null") {
    Town town;
    town.compose(1, trace::LetterKind::letter, 0, town.alice, "x", {town.bob}, {11});
    metrics::RunFacts facts = town.facts();
    facts.scenario = "not \xff UTF-8";
    const json j = json::parse(metrics::summary_json(metrics::summarize(town.ledger, facts)));
    CHECK(j["scenario"] == "not \xef\xbf\xbd UTF-8");
    CHECK(j["delay"]["mean"].is_null());
    CHECK(j["delay"]["p99"].is_null());
    CHECK(j["delay"]["causes"]["transit"].is_null());
    CHECK(j["delay"]["count"] == 0);
    CHECK(j["fates"]["in_transit"] == 1);
    CHECK(j["balanced"] == true);
}
