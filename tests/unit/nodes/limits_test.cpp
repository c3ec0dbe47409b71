// Limits: of size (RFC 1870), hops (RFC 5321 section 6.3), recipients (4.5.3.1.8), mailboxes, and of
// patience.
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

constexpr int kMany = 250;

std::vector<std::string> many_people() {
    std::vector<std::string> people;
    for (int i = 0; i < kMany; ++i)
        people.push_back("p" + std::to_string(i));
    return people;
}

std::vector<std::string> at_b(const std::vector<std::string>& people) {
    std::vector<std::string> to;
    for (const std::string& p : people)
        to.push_back(p + "@b.example");
    return to;
}

} // namespace

TEST_CASE("a client that sees the server's SIZE does not send what is too large") {
    Scene s;
    HostConfig small = all_roles("mail.b.example");
    small.smtp.max_message_size = 500;
    small.smtp.extensions = smtp::usual_extensions(500);
    s.add_b(std::move(small));
    s.listen_to_talk();
    s.write({"bob@b.example"});
    s.run();
    REQUIRE(s.record.bounced.size() == 1);
    CHECK(s.record.bounced[0].code == 552);
    CHECK(s.record.bounced[0].enhanced == "5.3.4");
    CHECK(contains(s.record.talk, "SIZE 500\n"));
    CHECK_FALSE(contains(s.record.talk, "C: RCPT TO:<bob@b.example>\nS: 250 2.1.5 OK\nC: DATA"));
}

TEST_CASE("too many hops: 554 5.4.6, and the letter comes back to its author") {
    HostConfig sender = all_roles("mail.a.example");
    (void)sender.routes.add("far.example", policy::Relay{{{"one.isp.example", 0, 25}}});
    Scene s(std::move(sender));
    for (const char* name : {"one.isp.example", "two.isp.example"}) {
        HostConfig c = all_roles(name);
        c.mailboxes = c.submission = false;
        c.relaying.open_relay = true;
        c.hop_limit = 7;
        const bool first = std::string(name).starts_with("one");
        (void)c.routes.add("far.example",
                           policy::Relay{{{first ? "two.isp.example" : "one.isp.example", 0, 25}}});
        s.town.add_host(std::move(c));
    }
    s.write({"bob@far.example"});
    s.run();
    REQUIRE(s.record.bounced.size() == 1);
    CHECK(s.record.bounced[0].code == 554);
    CHECK(s.record.bounced[0].enhanced == "5.4.6");
    std::vector<int> hops;
    for (const Record::Acceptance& a : s.record.accepted)
        if (a.copies == 1 && a.time <= s.record.bounced[0].time && !a.from.empty() && a.host != a.from)
            hops.push_back(a.hops);
    CHECK(hops == std::vector<int>{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("one transaction for a domain, with at most a hundred recipients each") {
    Scene s;
    s.add_b(all_roles("mail.b.example"), many_people());
    s.listen_to_talk();
    s.write(at_b(many_people()));
    s.run();
    CHECK(s.fate(trace::Fate::delivered) == kMany);
    std::vector<std::size_t> copies;
    for (const Record::Acceptance& a : s.record.accepted)
        if (a.host == "mail.b.example") copies.push_back(a.copies);
    std::sort(copies.begin(), copies.end());
    CHECK(copies == std::vector<std::size_t>{50, 100, 100});
}

TEST_CASE("recipients beyond the server's own limit (452 4.5.3) are served by later tries") {
    Scene s;
    HostConfig narrow = all_roles("mail.b.example");
    narrow.smtp.max_recipients = 2;
    s.add_b(std::move(narrow), {"b1", "b2", "b3", "b4", "b5"});
    s.write({"b1@b.example", "b2@b.example", "b3@b.example", "b4@b.example", "b5@b.example"});
    s.run();
    CHECK(s.fate(trace::Fate::delivered) == 5);
    REQUIRE(s.record.deferred.size() == 2);
    CHECK(s.record.deferred[0].code == 452);
    CHECK(s.record.deferred[0].enhanced == "4.5.3");
    CHECK(s.record.deferred[0].copies == 3);
    CHECK(s.record.deferred[1].copies == 1);
}

TEST_CASE("some recipients of a transaction are taken, some refused, some put off") {
    Scene s;
    HostConfig picky = all_roles("mail.b.example");
    AnswerFault later = answer(smtp::Stage::rcpt, 450, "4.2.0");
    later.recipients = "later@*";
    later.until = Time::at(Duration::minutes(2));
    picky.answers.push_back(later);
    s.add_b(std::move(picky), {"bob", "later"});
    s.write({"bob@b.example", "nobody@b.example", "later@b.example"});
    s.run();
    REQUIRE(s.record.bounced.size() == 1);
    CHECK(s.record.bounced[0].code == 550);
    CHECK(s.record.bounced[0].enhanced == "5.1.1");
    REQUIRE(s.record.deferred.size() == 1);
    CHECK(s.record.deferred[0].code == 450);
    CHECK(s.record.deferred[0].backoff == trace::Cause::backoff_refused);
    REQUIRE(s.record.delivered.size() == 3); // bob's, the report, and the one that was put off
    CHECK(s.record.delivered.back().mailbox == "later@b.example");
    CHECK(s.fate(trace::Fate::delivered) == 3);
}

TEST_CASE("a full mailbox defers until its reader has made room; what can never fit comes back") {
    Scene s;
    HostConfig b = all_roles("mail.b.example");
    s.town.add_host(std::move(b));
    s.town.add_domain(domain_at("b.example", "mail.b.example", {{"mail.b.example", 10}}, "mail.b.example"));
    PersonConfig bob;
    bob.address = "bob@b.example";
    bob.quota = 1800;
    bob.reading = ReadingConfig{Duration::minutes(30), Duration::minutes(25), false};
    s.town.add_person(bob);
    s.write({"bob@b.example"}, "One"); // each of them has some 1.3 kB
    s.town.write("alice@a.example", {"bob@b.example"}, "Two", Time::at(Duration::minutes(1)));
    s.run();
    REQUIRE_FALSE(s.record.deferred.empty());
    CHECK(s.record.deferred[0].backoff == trace::Cause::backoff_quota);
    CHECK(s.record.deferred[0].enhanced == "4.2.2");
    CHECK(s.fate(trace::Fate::delivered) == 2);
    CHECK(s.record.fetched.size() == 2);

    Scene tiny;
    HostConfig c = all_roles("mail.b.example");
    tiny.town.add_host(std::move(c));
    tiny.town.add_domain(
        domain_at("b.example", "mail.b.example", {{"mail.b.example", 10}}, "mail.b.example"));
    bob.quota = 100;
    tiny.town.add_person(bob);
    tiny.write({"bob@b.example"});
    tiny.run();
    REQUIRE(tiny.record.bounced.size() == 1);
    CHECK(tiny.record.bounced[0].enhanced == "5.2.3");
}

TEST_CASE("a server without a free session lets others wait in its listen queue") {
    Scene s(all_roles("mail.a.example"), {"alice", "anne"});
    HostConfig narrow = all_roles("mail.b.example");
    narrow.smtp.max_sessions = 1;
    narrow.smtp.service.per_message = Distribution::constant(Duration::seconds(30));
    s.add_b(std::move(narrow));
    s.write({"bob@b.example"});
    s.town.write("anne@a.example", {"bob@b.example"}, "Me too");
    s.run();
    REQUIRE(s.record.transfers.size() == 2);
    CHECK(s.record.transfers[0].spent(trace::Cause::queue) < Duration::seconds(1));
    CHECK(s.record.transfers[1].spent(trace::Cause::queue) > Duration::seconds(29));
    CHECK(s.record.transfers[1].spent(trace::Cause::service) >= Duration::seconds(30));
}
