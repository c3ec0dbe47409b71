// Crashes in the middle of dialogues, and the time-outs of RFC 5321 section 4.5.3.2 that notice them.
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

/// A server without extensions that takes ten seconds for each step, so that a crash hits the step that is
/// wanted.
HostConfig slow_b() {
    HostConfig c = all_roles("mail.b.example");
    const Distribution ten = Distribution::constant(Duration::seconds(10));
    c.smtp.service = {ten, ten, ten};
    c.smtp.extensions = plain_extensions();
    return c;
}

constexpr Duration kSecond = Duration::seconds(1);

} // namespace

TEST_CASE("a server that dies in the middle of a dialogue costs the time-out of the step, and only that") {
    struct Step {
        int dies_at; ///< seconds after the connection
        Duration timeout;
        const char* reply_to;
    };
    const Step steps[] = {{5, Duration::minutes(5), "greeting"}, {15, Duration::minutes(5), "EHLO"},
                          {25, Duration::minutes(5), "MAIL"},    {35, Duration::minutes(5), "RCPT"},
                          {45, Duration::minutes(2), "DATA"},    {55, Duration::minutes(10), "end of data"}};
    for (const Step& step : steps) {
        CAPTURE(step.reply_to);
        Scene s;
        MailHost& b = s.add_b(slow_b());
        s.write({"bob@b.example"});
        s.run(Duration::seconds(step.dies_at));
        b.go_down();
        s.run(Duration::minutes(3) + Duration::minutes(8));
        b.come_up();
        s.run();
        CHECK(s.fate(trace::Fate::delivered) == 1);
        REQUIRE_FALSE(s.record.transfers.empty());
        const Duration waited = s.record.transfers[0].spent(trace::Cause::timeout);
        CHECK(waited >= step.timeout);
        CHECK(waited < step.timeout + kSecond);
        REQUIRE(s.record.deferred.size() >= 1);
        CHECK(contains(s.record.deferred[0].text, "timed out waiting for the reply to"));
        CHECK(s.record.deferred[0].enhanced == "4.4.2");
        CHECK(s.record.deferred[0].backoff == trace::Cause::backoff_no_answer);
    }
}

TEST_CASE("a receiver that crashes before its 250 has nothing: the second try brings the only copy") {
    Scene s;
    MailHost& b = s.add_b(slow_b());
    s.write({"bob@b.example"});
    s.run(Duration::seconds(55)); // the content is there, the 250 not yet said
    b.go_down();
    b.come_up();
    s.run();
    CHECK(s.record.delivered.size() == 1);
    CHECK(s.town.ledger().copies().size() == 1);
}

TEST_CASE("a sender that crashes before it hears the 250 sends again: a duplicate (RFC 1047)") {
    Scene s;
    s.add_b(slow_b());
    s.write({"bob@b.example"});
    while (s.record.accepted.size() < 2)
        REQUIRE(s.town.step());
    MailHost& a = *s.town.host("mail.a.example");
    a.go_down(); // the 250 is on its way
    a.come_up();
    s.run();
    CHECK(s.record.delivered.size() == 2);
    REQUIRE(s.town.ledger().copies().size() == 2);
    CHECK((s.town.ledger().copies()[0].duplicate != s.town.ledger().copies()[1].duplicate));
    CHECK(s.town.ledger().audit().empty());
}

TEST_CASE("a server that takes longer than ten minutes for its 250 gets the message again (RFC 1047)") {
    HostConfig sender = all_roles("mail.a.example");
    sender.queue.retry.backoff = policy::FixedInterval{policy::Nanoseconds(Duration::minutes(5).count())};
    sender.queue.retry.scan_interval = {};
    sender.queue.retry.lifetime = policy::Nanoseconds(Duration::minutes(40).count());
    Scene s(std::move(sender));
    HostConfig b = all_roles("mail.b.example");
    b.smtp.service.per_message = Distribution::constant(Duration::minutes(11));
    s.add_b(std::move(b));
    s.write({"bob@b.example"});
    s.run();
    // Tries at 0, 15 and 30 minutes, each of which waits for ten: the last one ends after the lifetime.
    CHECK(s.record.deferred.size() == 2);
    CHECK(s.record.bounced.size() == 1);
    std::size_t for_bob = 0;
    for (const Record::Filing& f : s.record.delivered)
        for_bob += f.mailbox == "bob@b.example" ? 1U : 0U;
    CHECK(for_bob == 3);
    CHECK(s.town.ledger().audit().empty());
}

TEST_CASE("who gets a letter twice answers it once") {
    Scene s;
    HostConfig b = slow_b();
    s.town.add_host(std::move(b));
    s.town.add_domain(domain_at("b.example", "mail.b.example", {{"mail.b.example", 10}}, "mail.b.example"));
    PersonConfig bob;
    bob.address = "bob@b.example";
    bob.submission = {"mail.b.example"};
    bob.reading = ReadingConfig{};
    bob.replies = {1, false, Distribution::constant(Duration::minutes(1))};
    s.town.add_person(bob);
    s.write({"bob@b.example"});
    while (s.record.accepted.size() < 2)
        REQUIRE(s.town.step());
    MailHost& a = *s.town.host("mail.a.example");
    a.go_down();
    a.come_up();
    s.run();
    CHECK(s.record.fetched == std::vector<std::string>{"bob@b.example", "bob@b.example", "alice@a.example"});
}

TEST_CASE("a queue survives a crash on disk, and is lost by the named host when the disk goes") {
    for (bool lost : {false, true}) {
        Scene s;
        MailHost& b = s.add_b();
        b.go_down();
        s.write({"bob@b.example"});
        s.town.run_until(Time::at(Duration::minutes(10)));
        MailHost& a = *s.town.host("mail.a.example");
        CHECK(a.copies_in_queue().size() == 1);
        if (lost) a.lose_queue_at_next_crash();
        a.go_down();
        s.town.run_until(Time::at(Duration::minutes(20)));
        b.come_up();
        a.come_up();
        s.run();
        CHECK(s.fate(trace::Fate::delivered) == (lost ? 0 : 1));
        CHECK(s.fate(trace::Fate::lost) == (lost ? 1 : 0));
        if (lost) {
            REQUIRE(s.record.lost.size() == 1);
            CHECK(s.record.lost[0].by == "mail.a.example");
        } else {
            CHECK(s.town.ledger().copies()[0].spent.spent(trace::Cause::held) == Duration::minutes(10));
        }
    }
}

TEST_CASE("a crash while goodbye is said loses nothing and repeats nothing") {
    for (bool lost : {false, true}) {
        Scene s;
        s.add_b(slow_b());
        s.write({"bob@b.example"});
        while (s.record.accepted.size() < 2)
            REQUIRE(s.town.step());
        s.run(s.record.accepted[1].time.since_start() + Duration::seconds(5)); // QUIT is not answered yet
        MailHost& a = *s.town.host("mail.a.example");
        CHECK(a.queued() == 1);
        if (lost) a.lose_queue_at_next_crash();
        a.go_down();
        CHECK(a.queued() == 0);
        a.come_up();
        s.run();
        CHECK(s.record.delivered.size() == 1);
        CHECK(s.record.lost.empty());
    }
}

TEST_CASE("an author whose server is down tries again, and is told after two days") {
    Scene s;
    s.add_b();
    MailHost& a = *s.town.host("mail.a.example");
    a.go_down();
    s.write({"bob@b.example", "nobody@b.example"});
    s.run(Duration::hours(3));
    REQUIRE(s.record.deferred.size() >= 3);
    // Half a minute until the connection is given up, then a minute, two, four ... and half an hour.
    CHECK(s.record.deferred[0].next_try - s.record.deferred[0].time == Duration::minutes(1));
    CHECK(s.record.deferred[1].next_try - s.record.deferred[1].time == Duration::minutes(2));
    CHECK(s.record.deferred.back().next_try - s.record.deferred.back().time == Duration::minutes(30));
    CHECK(contains(s.record.deferred[0].text, "connect to mail.a.example"));
    CHECK(s.town.person("alice@a.example")->copies_in_outbox().size() == 2);
    s.run();
    REQUIRE(s.record.rejected.size() == 2);
    CHECK(s.record.rejected[0].time.since_start() >= Duration::days(2));
    CHECK(s.record.rejected[0].time.since_start() < Duration::days(2) + Duration::hours(1));
}

TEST_CASE(
    "where a submission server refuses some recipients for now, the author's next try is for those only") {
    Scene s(all_roles("mail.a.example"), {"alice", "anne"});
    AnswerFault busy = answer(smtp::Stage::rcpt, 450, "4.2.0");
    busy.recipients = "anne@*";
    busy.until = Time::at(Duration::seconds(30));
    s.town.host("mail.a.example")->add_fault(busy);
    s.add_b();
    s.write({"bob@b.example", "anne@a.example"});
    s.run();
    CHECK(s.fate(trace::Fate::delivered) == 2);
    REQUIRE(s.record.deferred.size() == 1);
    CHECK(s.record.deferred[0].code == 450); // and not the 250 of the other
    CHECK(s.record.deferred[0].copies == 1);
}

TEST_CASE(
    "an author's computer may be switched off at any instant: the letter goes out when it is on again") {
    int twice = 0;
    for (int ms = 1; ms < 400; ms += 3) {
        CAPTURE(ms);
        Scene s;
        s.add_b();
        s.write({"bob@b.example"});
        Person& alice = *s.town.person("alice@a.example");
        s.town.run_until(Time::at(Duration::milliseconds(ms)));
        alice.go_down();
        s.town.run_until(Time::at(Duration::hours(1)));
        alice.come_up();
        s.run();
        CHECK(s.record.delivered.size() >= 1);
        CHECK(alice.outbox() == 0);
        CHECK(s.town.ledger().audit().empty());
        twice += s.record.delivered.size() == 2 ? 1 : 0;
        // What was sent a second time was held all the while, and what arrived the first time was not.
        if (s.record.delivered.size() == 2) {
            const auto copies = s.town.ledger().copies();
            REQUIRE(copies.size() == 2);
            CHECK((copies[0].spent.spent(trace::Cause::held) > Duration::minutes(59)) !=
                  (copies[1].spent.spent(trace::Cause::held) > Duration::minutes(59)));
        }
    }
    CHECK(twice > 0); // somewhere the 250 was on its way
}

TEST_CASE("a reader whose computer is off fetches when it is on again") {
    Scene s;
    s.add_b();
    Person& bob = *s.town.person("bob@b.example");
    bob.go_down();
    s.write({"bob@b.example"});
    s.town.run_until(Time::at(Duration::hours(1)));
    CHECK(s.record.fetched.empty());
    bob.come_up();
    s.run();
    CHECK(s.record.fetched.size() == 1);
}
