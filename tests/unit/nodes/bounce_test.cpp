// Reports (RFC 3464), the null reverse path (RFC 5321 section 4.5.5), and warnings.
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

TEST_CASE("an unknown user's letter comes back as a report with the null reverse path") {
    Scene s;
    s.add_b();
    s.listen_to_talk();
    s.write({"nobody@b.example"});
    s.run();
    REQUIRE(s.record.reports.size() == 1);
    const Record::Report& report = s.record.reports[0];
    CHECK_FALSE(report.has_sender);
    CHECK(report.to == "alice@a.example");
    CHECK(contains(report.text, "multipart/report"));
    CHECK(contains(report.text, "report-type=delivery-status"));
    CHECK(contains(report.text, "Final-Recipient: rfc822; nobody@b.example"));
    CHECK(contains(report.text, "Action: failed"));
    CHECK(contains(report.text, "Status: 5.1.1"));
    CHECK(contains(report.text, "Remote-MTA: dns; mail.b.example"));
    CHECK(contains(report.text, "Diagnostic-Code: smtp; 550 5.1.1"));
    REQUIRE(s.record.delivered.size() == 1);
    CHECK(s.record.delivered[0].mailbox == "alice@a.example");
    CHECK(s.record.delivered[0].text.starts_with("Return-Path: <>\r\n"));
}

TEST_CASE("a refused report is lost by the host that wrote it, with its reason") {
    Scene s;
    HostConfig b = all_roles("mail.b.example");
    b.checks_recipients = false;
    b.mailboxes = false;
    (void)b.routes.add("b.example", policy::Relay{{{"store.b.example", 0, 25}}});
    s.town.add_host(std::move(b));
    s.town.add_host(all_roles("store.b.example"));
    s.town.add_domain(domain_at("b.example", "store.b.example", {{"mail.b.example", 10}}, "store.b.example"));
    AnswerFault closed = answer(smtp::Stage::rcpt, 550, "5.7.1");
    closed.from = Time::at(Duration::minutes(1));
    s.town.host("mail.a.example")->add_fault(closed);
    AnswerFault slow =
        answer(smtp::Stage::rcpt, 450); // so that the report is written once alice's host is closed
    slow.until = Time::at(Duration::minutes(2));
    s.town.host("store.b.example")->add_fault(slow);
    s.write({"nobody@b.example"});
    s.run();
    REQUIRE(s.record.bounced.size() == 1);
    CHECK(s.record.bounced[0].by == "mail.b.example");
    REQUIRE(s.record.lost.size() == 1);
    CHECK(s.record.lost[0].by == "mail.b.example");
    CHECK(s.record.reports.size() == 1);
    CHECK(s.fate(trace::Fate::lost) == 1);
    CHECK(s.fate(trace::Fate::bounced) == 1);
}

TEST_CASE("after four hours the author is warned, once; after the lifetime the letter comes back") {
    HostConfig sender = all_roles("mail.a.example");
    sender.queue.retry.delay_warning = policy::Nanoseconds(Duration::hours(4).count());
    sender.queue.scan_at_arrival = true;
    Scene s(std::move(sender));
    MailHost& b = s.add_b();
    b.go_down();
    s.write({"bob@b.example"});
    s.run();
    REQUIRE(s.record.reports.size() == 2);
    CHECK(s.record.warned == 1);
    const Record::Report& warning = s.record.reports[0];
    CHECK(warning.kind == trace::LetterKind::warning);
    CHECK(contains(warning.text, "Action: delayed"));
    CHECK(contains(warning.text, "Will-Retry-Until: "));
    // The first try whose failure is known at an age of four hours or more: at 17400 s, and 30 s of waiting.
    CHECK(warning.time.since_start() > Duration::hours(4));
    CHECK(warning.time.since_start() < Duration::hours(5));
    CHECK(s.record.reports[1].kind == trace::LetterKind::bounce);
    CHECK(s.record.reports[1].time.since_start() > Duration::days(5));
    CHECK(s.record.reports[1].time.since_start() < Duration::days(5) + Duration::hours(2));
    CHECK(contains(s.record.bounced[0].text, "delivery time expired"));
}

TEST_CASE("421 closes the session and the letter waits as throttled; a 5xx greeting is no verdict on it") {
    for (auto [stage, code] : {std::pair{smtp::Stage::mail, 421}, std::pair{smtp::Stage::greeting, 554}}) {
        Scene s;
        HostConfig b = all_roles("mail.b.example");
        AnswerFault f = answer(stage, static_cast<std::uint16_t>(code));
        f.until = Time::at(Duration::minutes(2));
        b.answers.push_back(f);
        s.add_b(std::move(b));
        s.write({"bob@b.example"});
        s.run();
        REQUIRE(s.record.deferred.size() == 1);
        CHECK(s.record.deferred[0].code == code);
        CHECK((s.record.deferred[0].backoff == trace::Cause::backoff_throttled) == (code == 421));
        CHECK(s.fate(trace::Fate::delivered) == 1);
    }
}
