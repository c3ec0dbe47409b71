// The judge, by hand: a town of five letters whose figures can be worked out on paper (export_fixture.hpp),
// and a real one that bounces.
#include <doctest/doctest.h>

#include "export_fixture.hpp"
#include "postopolis/metrics/judge.hpp"
#include "postopolis/scenario/build.hpp"
#include "postopolis/scenario/load.hpp"

using namespace postopolis;
using kernel::Duration;
using kernel::Time;
using scenario::Condition;
using scenario::DurationCondition;
using Op = Condition::Op;

namespace {

struct Trial {
    Trial() {
        s.letters.resize(3);
        s.letters[0].id = "Hello";
        s.letters[1].id = "twice";
        s.letters[2].id = "never";
    }
    template<class E>
    Trial& expect(E e) {
        s.expect.push_back({"as written", "/expect/" + std::to_string(s.expect.size()), std::move(e)});
        return *this;
    }
    std::vector<metrics::Verdict> verdicts() {
        metrics::Judge judge(
            s, std::make_shared<const std::vector<trace::LetterId>>(std::vector<trace::LetterId>{1, 4, 0}));
        export_test::Town town;
        town.bus.add(judge);
        town.live();
        return judge.verdicts(town.ledger, metrics::summarize(town.ledger, town.facts()));
    }
    scenario::Scenario s;
};

Condition number(Op op, double value) {
    return {op, value, 0};
}
DurationCondition span(Op op, Duration value) {
    return {op, value, {}};
}
constexpr Duration half_second = Duration::milliseconds(500);

scenario::ExpectLetter letter(std::size_t index, std::string to) {
    scenario::ExpectLetter e;
    e.letter = index;
    e.to = std::move(to);
    return e;
}

} // namespace

TEST_CASE("fates are counted over letters and replies, not over reports") {
    const auto v = Trial()
                       .expect(scenario::ExpectFate{"delivered", number(Op::Equal, 3)})
                       .expect(scenario::ExpectFate{"bounced", number(Op::Equal, 2)})
                       .expect(scenario::ExpectFate{"in_transit", {Op::Within, 1, 2}})
                       .verdicts();
    REQUIRE(v.size() == 3);
    CHECK(v[0].held);
    CHECK(v[0].actual == "delivered: expected 3, was 3");
    CHECK(v[0].written == "as written");
    CHECK_FALSE(v[1].held);
    CHECK(v[1].actual == "bounced: expected 2, was 1");
    CHECK(v[1].pointer == "/expect/1");
    CHECK(v[2].held);
    CHECK(v[2].actual == "in_transit: expected 1 .. 2, was 1");
}

TEST_CASE("totals") {
    const std::vector<std::pair<std::string, double>> totals{
        {"letters", 3},  {"messages", 4},  {"copies", 6},     {"bounces", 1},
        {"warnings", 0}, {"deferrals", 1}, {"connections", 1}};
    Trial trial;
    for (const auto& [name, count] : totals)
        trial.expect(scenario::ExpectTotal{name, number(Op::Equal, count)});
    for (const metrics::Verdict& v : trial.verdicts()) {
        INFO(v.actual);
        CHECK(v.held);
    }
}

TEST_CASE("events are counted at hosts and to recipients") {
    const std::vector<std::tuple<std::string, std::string, std::string, double>> counts{
        {"Deferred", "", "", 1},
        {"Deferred", "mail.*", "bob@*", 1},
        {"Deferred", "", "carol@yourcustomer.example", 0},
        {"Deferred", "mx.*", "", 0},
        {"Delivered", "", "BOB@yourcustomer.example", 3}, // once more as duplicate
        {"Accepted", "mx.yourcustomer.example", "", 3},
        {"Connected", "mx.yourcustomer.example", "", 1},
        {"Connected", "mail.yourcompany.example", "", 1},
        {"LookedUp", "mail.yourcompany.example", "", 1},
        {"Composed", "", "alice@*", 2}, // the bounce and the reply
        {"Lost", "", "", 0}};
    Trial trial;
    for (const auto& [event, host, to, count] : counts)
        trial.expect(scenario::ExpectEvent{event, host, to, number(Op::Equal, count)});
    const auto verdicts = trial.verdicts();
    for (const metrics::Verdict& v : verdicts) {
        INFO(v.actual);
        CHECK(v.held);
    }
    CHECK(verdicts[1].actual == "Deferred at mail.* to bob@*: expected 1, was 1");
}

TEST_CASE("delays are those to the mailbox: 2 s, 302 s and 303.5 s") {
    const auto v =
        Trial()
            .expect(scenario::ExpectDelay{"min", span(Op::Equal, Duration::seconds(2))})
            .expect(scenario::ExpectDelay{"p50", span(Op::Equal, Duration::seconds(302))})
            .expect(scenario::ExpectDelay{"max", span(Op::Equal, Duration::seconds(303) + half_second)})
            .expect(scenario::ExpectDelay{"mean", span(Op::Equal, Duration::milliseconds(202'500))})
            .expect(scenario::ExpectDelay{"p99", span(Op::Less, Duration::seconds(303))})
            .verdicts();
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(v[i].held);
    CHECK_FALSE(v[4].held);
    CHECK(v[4].actual == "delay p99: expected < 5m3s, was 5m3s500ms");
}

TEST_CASE("causes: 6.5 s of transit in total, 299 s of back-off over five copies") {
    const auto v =
        Trial()
            .expect(scenario::ExpectCause{"transit", true, span(Op::Equal, Duration::milliseconds(6500))})
            .expect(scenario::ExpectCause{"backoff", false, span(Op::Equal, Duration::milliseconds(59'800))})
            .expect(scenario::ExpectCause{"timeout", true, span(Op::Equal, Duration::minutes(5))})
            .expect(scenario::ExpectCause{"filter", true, span(Op::More, Duration())})
            .verdicts();
    for (std::size_t i = 0; i < 3; ++i) {
        INFO(v[i].actual);
        CHECK(v[i].held);
    }
    CHECK_FALSE(v[3].held);
    CHECK(v[3].actual == "filter in total: expected > 0s, was 0s");
}

TEST_CASE("one copy: fate, path, delay, attempts, hops and causes") {
    scenario::ExpectLetter bob = letter(0, "bob@yourcustomer.example");
    bob.fate = "delivered";
    bob.path = {"mail.yourcompany.example", "mx.yourcustomer.example"};
    bob.delay = span(Op::Equal, Duration::seconds(303) + half_second);
    bob.attempts = number(Op::Equal, 2); // greylisted, then taken
    bob.hops = number(Op::Equal, 2);
    bob.causes = {{"backoff", span(Op::Equal, Duration::seconds(299))}};
    scenario::ExpectLetter carol = letter(0, "carol@yourcustomer.example");
    carol.fate = "bounced";
    carol.attempts = number(Op::Equal, 1);
    carol.path = {"mail.yourcompany.example"};
    carol.delay = span(Op::Equal, Duration::seconds(2));
    scenario::ExpectLetter other_way = bob;
    other_way.path = {"mail.yourcompany.example", "relay.example", "mx.yourcustomer.example"};
    const auto v = Trial().expect(bob).expect(carol).expect(other_way).verdicts();
    INFO(v[0].actual);
    INFO(v[1].actual);
    CHECK(v[0].held);
    CHECK(v[1].held);
    CHECK_FALSE(v[2].held);
    CHECK(v[2].actual == "\"Hello\" to bob@yourcustomer.example: path: expected mail.yourcompany.example -> "
                         "relay.example -> mx.yourcustomer.example, was mail.yourcompany.example -> "
                         "mx.yourcustomer.example");
}

TEST_CASE("without a recipient, each copy counts, the duplicate too; a letter never written fails") {
    scenario::ExpectLetter all = letter(0, "");
    all.fate = "delivered";
    scenario::ExpectLetter twice = letter(1, "");
    twice.fate = "delivered";
    twice.path = {"mail.yourcompany.example", "mx.yourcustomer.example"};
    scenario::ExpectLetter never = letter(2, "");
    never.fate = "delivered";
    scenario::ExpectLetter nobody = letter(0, "dave@yourcustomer.example");
    nobody.fate = "delivered";
    const auto v = Trial().expect(all).expect(twice).expect(never).expect(nobody).verdicts();
    CHECK_FALSE(v[0].held);
    CHECK(v[0].actual == "\"Hello\" to carol@yourcustomer.example: fate: expected delivered, was bounced");
    INFO(v[1].actual);
    CHECK(v[1].held);
    CHECK_FALSE(v[2].held);
    CHECK(v[2].actual == "\"never\" was not written before the clock stopped");
    CHECK_FALSE(v[3].held);
    CHECK(v[3].actual == "\"Hello\" has no copy to dave@yourcustomer.example");
}

TEST_CASE("a judge listens only for what is asked") {
    scenario::Scenario s;
    s.expect.push_back({"", "", scenario::ExpectFate{"lost", {}}});
    auto none = std::make_shared<const std::vector<trace::LetterId>>();
    CHECK(metrics::Judge(s, none).listens_for() == 0);
    s.expect.push_back({"", "", scenario::ExpectEvent{"Spoke", "", "", {}}});
    CHECK(metrics::Judge(s, none).listens_for() == trace::kinds<trace::Spoke>());
}

TEST_CASE("a real town: the bounce of an unknown user is read, and its way") {
    const scenario::LoadResult loaded = scenario::load_text(R"({ "postopolis": 1,
      "domains": { "yourcompany.example": { "people": ["alice"] },
                   "yourcustomer.example": { "people": ["bob"] } },
      "letters": [ { "from": "alice@yourcompany.example", "to": ["bob@yourcustomer.example", "bub@yourcustomer.example"],
                     "subject": "A brilliant message" } ],
      "expect": [
        { "letter": "A brilliant message", "to": "bub@yourcustomer.example", "fate": "bounced", "attempts": 1,
          "path": ["mail.yourcompany.example"], "bounce_contains": "5.1.1" },
        { "letter": "A brilliant message", "to": "bub@yourcustomer.example", "bounce_contains": "mailbox full" },
        { "letter": "A brilliant message", "to": "bob@yourcustomer.example", "fate": "delivered", "attempts": 1,
          "path": ["mail.yourcompany.example", "mail.yourcustomer.example"], "hops": 2, "within": "10s" },
        { "letter": "A brilliant message", "to": "bob@yourcustomer.example", "bounce_contains": "5.1.1" } ] })");
    for (const scenario::Mistake& m : loaded.mistakes)
        MESSAGE(scenario::text(m, "here"));
    REQUIRE(loaded.scenario);
    scenario::BuiltTown built = scenario::build(*loaded.scenario, {1, 0});
    REQUIRE(built.town);
    metrics::Judge judge(*loaded.scenario, built.letters);
    built.town->bus().add(judge);
    built.town->run_until_quiet(built.end);
    const auto v = judge.verdicts(built.town->ledger(), metrics::summarize(built.town->ledger(), {}));
    REQUIRE(v.size() == 4);
    INFO(v[0].actual);
    CHECK(v[0].held);
    CHECK_FALSE(v[1].held);
    INFO(v[2].actual);
    CHECK(v[2].held);
    CHECK_FALSE(v[3].held);
    CHECK(v[3].actual ==
          "\"A brilliant message\" to bob@yourcustomer.example: bounce: expected one with \"5.1.1\", "
          "there was none");
}
