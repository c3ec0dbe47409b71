// What the MDA adds, what stays in the envelope, and how readers fetch (RFC 1939).
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

std::string header_of(const std::string& text) {
    return text.substr(0, text.find("\r\n\r\n"));
}

struct Readers : Scene {
    explicit Readers(bool leave) {
        town.add_host(all_roles("mail.b.example"));
        town.add_domain(domain_at("b.example", "mail.b.example", {{"mail.b.example", 10}}, "mail.b.example"));
        PersonConfig bob;
        bob.address = "bob@b.example";
        bob.reading = ReadingConfig{Duration::minutes(10), Duration::minutes(7), leave};
        town.add_person(bob);
    }
    std::size_t waiting() {
        const Mailbox* box = town.host("mail.b.example")->store().find("bob@b.example");
        return box == nullptr ? 0 : box->messages.size();
    }
};

} // namespace

TEST_CASE("a filed message begins with Return-Path and Delivered-To, then the trace of its hops") {
    Scene s;
    s.add_b();
    s.write({"bob@b.example"});
    s.run();
    REQUIRE(s.record.delivered.size() == 1);
    const std::string& text = s.record.delivered[0].text;
    CHECK(text.starts_with("Return-Path: <alice@a.example>\r\nDelivered-To: bob@b.example\r\n"
                           "Received: from mail.a.example (mail.a.example [192.0.2.1])"));
    CHECK(contains(text, "by mail.b.example"));
    CHECK(contains(text, "for <bob@b.example>"));
}

TEST_CASE("Bcc is in the envelope only: nobody reads of it, and everybody gets the letter") {
    Scene s(all_roles("mail.a.example"), {"alice", "anne"});
    s.add_b(all_roles("mail.b.example"), {"bob", "secret"});
    LetterPlan plan;
    auto to = [](const char* text) {
        return std::make_shared<const mail::Address>(std::get<mail::Address>(mail::parse_mailbox(text)));
    };
    plan.to = {to("bob@b.example")};
    plan.cc = {to("anne@a.example")};
    plan.bcc = {to("secret@b.example")};
    plan.subject = "Hello";
    plan.body = std::string("Text");
    s.town.person("alice@a.example")->write_at(Time(), std::move(plan));
    s.run();
    REQUIRE(s.record.delivered.size() == 3);
    for (const Record::Filing& f : s.record.delivered) {
        const std::string header = header_of(f.text);
        CHECK_FALSE(contains(header, "Bcc"));
        CHECK(contains(header, "secret") == (f.mailbox == "secret@b.example")); // its own Delivered-To
        CHECK(contains(header, "Cc: "));
    }
}

TEST_CASE("a reader who deletes fetches once and leaves nothing") {
    Readers r(false);
    r.write({"bob@b.example"});
    r.run(Duration::minutes(6));
    CHECK(r.waiting() == 1);
    r.run(Duration::minutes(8));
    CHECK(r.record.fetched == std::vector<std::string>{"bob@b.example"});
    CHECK(r.waiting() == 0);
}

TEST_CASE("a reader who leaves mail on the server fetches each message once, by its UIDL") {
    Readers r(true);
    r.write({"bob@b.example"}, "One");
    r.town.write("alice@a.example", {"bob@b.example"}, "Two", Time::at(Duration::minutes(15)));
    r.run();
    CHECK(r.record.fetched.size() == 2);
    CHECK(r.waiting() == 2);
    const trace::Ledger& ledger = r.town.ledger();
    CHECK(ledger.audit().empty());
    // On the grid: 7 minutes, then 17.
    CHECK(ledger.copies()[0].read.since_start() / Duration::minutes(1) == 7);
    CHECK(ledger.copies()[1].read.since_start() / Duration::minutes(1) == 17);
}

TEST_CASE("a crash during a fetch unlocks the mailbox, and the reader comes again") {
    Readers r(false);
    r.write({"bob@b.example"});
    MailHost& host = *r.town.host("mail.b.example");
    r.run(Duration::minutes(7));
    while (host.store().find("bob@b.example") == nullptr || !host.store().find("bob@b.example")->locked)
        REQUIRE(r.town.step());
    host.go_down();
    CHECK_FALSE(host.store().find("bob@b.example")->locked);
    host.come_up();
    r.run();
    CHECK(r.waiting() == 0);
    CHECK(r.record.fetched.size() == 1);
}
