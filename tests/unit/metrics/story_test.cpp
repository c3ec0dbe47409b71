// The story of a letter from events made by hand, as the nodes of a town would tell them.
#include "postopolis/metrics/story.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "metrics/layout.hpp"
#include "postopolis/kernel/node.hpp"
#include "postopolis/mail/parse.hpp"
#include "postopolis/metrics/words.hpp"

using namespace postopolis;
using namespace postopolis::metrics;
using trace::Cause;
using trace::CopyId;
using trace::Duration;
using trace::EventId;
using trace::Time;
using Stage = trace::Passed::Stage;

namespace {

constexpr std::int64_t kStart = 1'767'600'000; // 2026-01-05T08:00:00Z

mail::AddressPtr address(const std::string& text) {
    const std::size_t at = text.find('@');
    return std::make_shared<const mail::Address>(mail::Address{text.substr(0, at), text.substr(at + 1)});
}

mail::SharedText text(std::string s) {
    return std::make_shared<const std::string>(std::move(s));
}

/// A town that does nothing of its own: the test tells what happens in it.
struct Town {
    explicit Town(StoryTeller& teller) {
        bus.add(ledger);
        bus.add(teller);
    }
    kernel::Simulation simulation{{}};
    kernel::Node alice{simulation, "alice"}, smtp{simulation, "smtp.a.example"},
        mx{simulation, "mx.b.example"}, bob{simulation, "bob"};
    trace::Ledger ledger; // strict: aborts if the test tells nonsense
    trace::Bus bus;
    std::uint64_t next_letter = 1, next_copy = 100;

    void at(std::int64_t milliseconds) {
        simulation.run_until(Time::at(Duration::milliseconds(milliseconds)));
    }

    std::vector<CopyId> compose(const std::string& from, const std::vector<std::string>& to,
                                std::string_view subject, trace::LetterKind kind = trace::LetterKind::letter,
                                trace::LetterId about = 0) {
        std::vector<mail::AddressPtr> recipients;
        std::vector<CopyId> copies;
        for (const std::string& r : to) {
            recipients.push_back(address(r));
            copies.push_back(next_copy++);
        }
        const std::vector<trace::RecipientKind> kinds(to.size(), trace::RecipientKind::to);
        const std::string id = "m" + std::to_string(next_letter) + "@a.example";
        trace::Composed c;
        c.letter = next_letter++;
        c.kind = kind;
        c.about = about;
        const mail::AddressPtr sender = from.empty() ? nullptr : address(from);
        c.sender = sender;
        c.subject = subject;
        c.message_id = id;
        c.size = 1240;
        c.recipients = recipients;
        c.kinds = kinds;
        c.copies = copies;
        bus.tell(from.empty() ? smtp : alice, 0, c);
        return copies;
    }

    void passed(const kernel::Node& node, Stage stage, std::span<const CopyId> copies, std::int64_t begin_ms,
                std::string_view from, std::string_view to,
                std::initializer_list<std::pair<Cause, std::int64_t>> spent) {
        trace::Passed p;
        p.stage = stage;
        p.copies = copies;
        p.begin = Time::at(Duration::milliseconds(begin_ms));
        p.from = from;
        p.to = to;
        for (const auto& [cause, ms] : spent)
            p.spent.add(cause, Duration::milliseconds(ms));
        bus.tell(node, 0, p);
    }

    EventId connected(const kernel::Node& node, std::uint64_t id, std::string_view client,
                      std::string_view server, std::uint16_t port) {
        trace::Connected c;
        c.connection = id;
        c.client = client;
        c.server = server;
        c.server_port = port;
        c.took = Duration::milliseconds(20);
        return bus.tell(node, 0, c);
    }

    void accepted(const kernel::Node& node, trace::LetterId letter, std::span<const CopyId> copies,
                  std::string_view host, std::string_view from, std::uint64_t connection, int hops) {
        trace::Accepted a;
        a.letter = letter;
        a.copies = copies;
        a.host = host;
        a.from_host = from;
        a.queue_id = "Q1";
        a.connection = connection;
        a.hops = hops;
        bus.tell(node, 0, a);
    }

    void spoke(std::uint64_t connection, bool by_client, std::string_view client, std::string_view server,
               std::string_view bytes, bool data = false, trace::LetterId letter = 0) {
        if (!bus.wants<trace::Spoke>()) return;
        trace::Spoke s;
        s.connection = connection;
        s.by_client = by_client;
        s.from = by_client ? client : server;
        s.to = by_client ? server : client;
        s.bytes = bytes;
        s.data = data;
        s.letter = letter;
        bus.tell(by_client ? mx : smtp, 0, s);
    }

    void delivered(trace::LetterId letter, CopyId copy, const mail::Message* message = nullptr) {
        trace::Delivered d;
        d.letter = letter;
        d.copy = copy;
        d.host = "mx.b.example";
        d.mailbox = "bob@b.example";
        d.message = message;
        bus.tell(mx, 0, d);
    }
};

mail::Message message_with_trace() {
    const auto when = [](int s) { return mail::Date{(kStart + s) * 1'000'000'000, 0}; };
    mail::Message m(mail::content_from_bytes("From: alice@a.example\r\nSubject: Hello\r\n\r\nHi\r\n"));
    m = m.prepended(mail::Received{text("alice"), nullptr, text("192.0.2.1"), text("smtp.a.example"),
                                   mail::Protocol::esmtpa, "Q1", nullptr, when(0)});
    m = m.prepended(mail::Received{text("smtp.a.example"), nullptr, text("192.0.2.2"), text("mx.b.example"),
                                   mail::Protocol::esmtp, "Q2", nullptr, when(300)});
    return m.prepended(mail::ReturnPath{address("alice@a.example")});
}

/// Alice's letter to Bob: submitted, greylisted once, delivered, fetched.
void greylisted_letter(Town& t) {
    const std::vector<CopyId> c = t.compose("alice@a.example", {"bob@b.example"}, "Hello");
    t.at(20);
    t.connected(t.alice, 1, "alice", "smtp.a.example", 587);
    t.at(100);
    t.passed(t.smtp, Stage::submission, c, 0, "alice", "smtp.a.example",
             {{Cause::transit, 80}, {Cause::service, 20}});
    t.accepted(t.smtp, 1, c, "smtp.a.example", "alice", 1, 1);
    t.at(150);
    trace::LookedUp mx;
    mx.host = "smtp.a.example";
    mx.resolver = "ns.a.example";
    mx.question = "b.example";
    mx.type = "MX";
    mx.result = "NOERROR";
    mx.took = Duration::milliseconds(50);
    t.bus.tell(t.smtp, 0, mx);
    mx.question = "elsewhere.example"; // for another letter: no part of this story
    t.bus.tell(t.smtp, 0, mx);
    t.connected(t.smtp, 2, "smtp.a.example", "mx.b.example", 25);
    t.spoke(2, false, "smtp.a.example", "mx.b.example", "220 mx.b.example ESMTP\r\n");
    t.spoke(2, true, "smtp.a.example", "mx.b.example",
            "MAIL FROM:<alice@a.example>\r\nRCPT TO:<bob@b.example>\r\n");
    t.spoke(2, false, "smtp.a.example", "mx.b.example", "250 2.1.0 Ok\r\n450 4.7.1 Greylisted\r\n");
    t.at(200);
    t.passed(t.smtp, Stage::transfer, c, 100, "smtp.a.example", "mx.b.example",
             {{Cause::dns, 50}, {Cause::transit, 50}});
    trace::Deferred d;
    d.letter = 1;
    d.copies = c;
    d.host = "smtp.a.example";
    d.remote = "mx.b.example";
    d.reason = {450, "4.7.1", "Greylisted"};
    d.backoff = Cause::backoff_greylisted;
    d.next_try = Time::at(Duration::milliseconds(300'200));
    d.attempts = 1;
    t.bus.tell(t.smtp, 0, d);
    t.spoke(2, true, "smtp.a.example", "mx.b.example", "QUIT\r\n");
    trace::Disconnected gone;
    gone.connection = 2;
    gone.how = "closed";
    t.bus.tell(t.smtp, 0, gone);
    t.at(300'200);
    t.passed(t.smtp, Stage::waiting, c, 200, "smtp.a.example", "mx.b.example",
             {{Cause::backoff_greylisted, 300'000}});
    t.connected(t.smtp, 3, "smtp.a.example", "mx.b.example", 25);
    t.spoke(3, true, "smtp.a.example", "mx.b.example",
            "MAIL FROM:<alice@a.example>\r\nRCPT TO:<carol@b.example>\r\n");
    t.spoke(3, true, "smtp.a.example", "mx.b.example", "SECRET OF OTHERS\r\n", true, 77);
    t.spoke(3, true, "smtp.a.example", "mx.b.example",
            "MAIL FROM:<alice@a.example>\r\nRCPT TO:<bob@b.example>\r\n");
    t.spoke(3, true, "smtp.a.example", "mx.b.example", "Subject: Hello\r\n\r\na\r\nb\r\nc\r\nd\r\n", true, 1);
    t.at(300'300);
    t.passed(t.mx, Stage::transfer, c, 300'200, "smtp.a.example", "mx.b.example", {{Cause::transit, 100}});
    t.accepted(t.mx, 1, c, "mx.b.example", "smtp.a.example", 3, 2);
    t.spoke(3, true, "smtp.a.example", "mx.b.example", "QUIT\r\n");
    t.passed(t.mx, Stage::filing, c, 300'300, "mx.b.example", "mx.b.example", {});
    const mail::Message m = message_with_trace();
    t.delivered(1, c[0], &m);
    t.at(360'300);
    t.passed(t.bob, Stage::pickup, c, 300'300, "mx.b.example", "bob", {{Cause::pickup, 60'000}});
    trace::Fetched f;
    f.letter = 1;
    f.copy = c[0];
    f.mailbox = "bob@b.example";
    t.bus.tell(t.bob, 0, f);
}

bool has(const std::string& story, std::string_view part) {
    return story.find(part) != std::string::npos;
}

std::set<std::string> places(std::string_view sentence) {
    std::set<std::string> out;
    for (std::size_t i = sentence.find('{'); i != sentence.npos; i = sentence.find('{', i + 1))
        out.insert(std::string(sentence.substr(i, sentence.find('}', i) - i)));
    return out;
}

} // namespace

TEST_CASE("both registers say every sentence with the same places to fill in") {
    for (int i = 0; i < kPhrases; ++i) {
        const auto phrase = static_cast<Phrase>(i);
        CAPTURE(sentence(phrase, Register::plain));
        CHECK(!sentence(phrase, Register::plain).empty());
        CHECK(places(sentence(phrase, Register::plain)) == places(sentence(phrase, Register::postal)));
    }
}

TEST_CASE("the story of a greylisted letter in plain words") {
    StoryTeller teller(parse_selection("1"));
    Town town(teller);
    greylisted_letter(town);
    CHECK(teller.matched() == 1);
    const std::string story = teller.tell({.width = 100, .start_unix_seconds = kStart});
    CHECK(
        story ==
        "The story of message 1: “Hello”\n"
        "Message-ID <m1@a.example>\n"
        "\n"
        "Monday 5 January 2026\n"
        "08:00:00.000          +0 s  alice@a.example composes “Hello” (1.2 kB) to bob@b.example and presses\n"
        "                            “send”.\n"
        "08:00:00.020      +20.0 ms  alice connects to smtp.a.example (port 587); that takes 20.0 ms.\n"
        "08:00:00.100       +100 ms  Submitted: smtp.a.example says 250, queues it as Q1 and answers for it\n"
        "                            from here on.\n"
        "                            From alice to smtp.a.example in 100 ms: 80.0 ms transit, 20.0 ms\n"
        "                            service.\n"
        "08:00:00.150       +150 ms  smtp.a.example asks the DNS (ns.a.example) for b.example (MX): found,\n"
        "                            after 50.0 ms.\n"
        "                            smtp.a.example connects to mx.b.example (port 25); that takes 20.0 ms.\n"
        "08:00:00.200       +200 ms  Deferred: mx.b.example says “450 4.7.1 Greylisted”. smtp.a.example "
        "keeps\n"
        "                            it and tries again at 08:05:00, in 5 min (try 1 failed).\n"
        "                            From smtp.a.example to mx.b.example in 100 ms: 50.0 ms transit, 50.0 "
        "ms\n"
        "                            dns.\n"
        "08:05:00.200        +5 min  It has waited at smtp.a.example for 5 min (backoff: greylisted).\n"
        "                            smtp.a.example connects to mx.b.example (port 25); that takes 20.0 ms.\n"
        "08:05:00.300        +5 min  Transferred: mx.b.example says 250 to smtp.a.example, queues it as Q1\n"
        "                            and answers for it from here on.\n"
        "                            From smtp.a.example to mx.b.example in 100 ms (transit).\n"
        "                            Delivered: mx.b.example files it in the mailbox of bob@b.example.\n"
        "08:06:00.300        +6 min  The mail reader of bob@b.example fetches it: it is in the reader's\n"
        "                            hands.\n"
        "                            From mx.b.example to bob in 60.0 s (pickup).\n"
        "\n"
        "What became of it\n"
        "  bob@b.example: delivered after 5 min (mx.b.example); in the reader's hands after 6 min.\n"
        "\n"
        "Where the time went: 6 min from the click to the reader's hands:\n"
        "  transit (on the line)         230 ms  ▏\n"
        "  service (servers at work)    20.0 ms  ▏\n"
        "  dns (looking names up)       50.0 ms  ▏\n"
        "  backoff: greylisted            5 min  "
        "████████████████████████████████████████████████████████████\n"
        "  pickup (waiting for reader)   60.0 s  ████████████\n");
}

TEST_CASE("the same story in the words of the post office") {
    StoryTeller teller(parse_selection("<m1@a.example>"));
    Town town(teller);
    greylisted_letter(town);
    const std::string story = teller.tell({.postal = true, .width = 200, .start_unix_seconds = kStart});
    CHECK(has(
        story,
        "alice@a.example writes a letter (1.2 kB) to bob@b.example about “Hello”, puts it into an envelope"));
    CHECK(has(story, "alice walks to the letter box of smtp.a.example (door 587)"));
    CHECK(has(story, "the sorting office smtp.a.example gives a registered receipt (250, number Q1)"));
    CHECK(has(
        story,
        "mx.b.example does not take the letter today: “450 4.7.1 Greylisted”. It goes back into the sack"));
    CHECK(has(story, "mx.b.example puts it into the pigeonhole of bob@b.example."));
    CHECK(has(story, "bob@b.example: in the pigeonhole after 5 min"));
    for (const std::string_view jargon : {"Deferred", "mailbox", "message", "DNS", "queue", "backoff"}) {
        CAPTURE(jargon);
        CHECK(!has(story, jargon));
    }
}

TEST_CASE("the dialogue shows this letter's transactions and nobody else's") {
    StoryTeller teller(parse_selection("1"), {.dialogue = true});
    Town town(teller);
    greylisted_letter(town);
    const std::string story = teller.tell({.dialogue = true, .width = 100, .start_unix_seconds = kStart});
    CAPTURE(story);
    CHECK(has(story, "    ┌ what smtp.a.example (C) and mx.b.example (S) say to each other\n"
                     "    │ 08:00:00.150  S: 220 mx.b.example ESMTP\n"
                     "    │ 08:00:00.150  C: MAIL FROM:<alice@a.example>\n"
                     "    │ 08:00:00.150  C: RCPT TO:<bob@b.example>\n"
                     "    │ 08:00:00.150  S: 250 2.1.0 Ok\n"
                     "    │ 08:00:00.150  S: 450 4.7.1 Greylisted\n"
                     "    │ 08:00:00.200  C: QUIT\n"
                     "    └\n"));
    CHECK(has(story, "    │ 08:05:00.200  C: Subject: Hello\n"
                     "    │ 08:05:00.200  C:\n"
                     "    │ 08:05:00.200  C: a\n"
                     "    │                  … 3 more lines of the message, 30 octets in all …\n"));
    CHECK(has(story, "a transaction for others"));
    CHECK(!has(story, "SECRET"));
    CHECK(!has(story, "carol"));
    // Not asked for, not told.
    CHECK(!has(teller.tell({.width = 100}), "RCPT TO"));
}

TEST_CASE("without the dialogue nobody is made to render it") {
    StoryTeller teller(parse_selection("1"));
    CHECK((teller.listens_for() & trace::kinds<trace::Spoke>()) == 0);
    StoryTeller nosy(parse_selection("1"), {.dialogue = true});
    CHECK((nosy.listens_for() & trace::kinds<trace::Spoke>()) != 0);
}

TEST_CASE("the header is shown as the reader sees it and explained from below") {
    StoryTeller teller(parse_selection("1"));
    Town town(teller);
    greylisted_letter(town);
    const std::string story = teller.tell({.headers = true, .width = 100, .start_unix_seconds = kStart});
    CAPTURE(story);
    CHECK(has(story,
              "Its header, as bob@b.example sees it:\n  Return-Path: <alice@a.example>\n  Received: from"));
    const std::size_t first =
        story.find("1. smtp.a.example took it from its author, who called in from alice "
                   "(192.0.2.1) and logged in");
    const std::size_t second =
        story.find("2. mx.b.example took it from smtp.a.example (192.0.2.2) by ESMTP, at "
                   "08:05:00, 5 min later.");
    CHECK(first != std::string::npos);
    CHECK(second != std::string::npos);
    CHECK(first < second);
}

TEST_CASE("a bounce is followed to the end of its own story") {
    StoryTeller teller(parse_selection("hello"));
    Town t(teller);
    const std::vector<CopyId> c = t.compose("alice@a.example", {"nobody@b.example"}, "Hello");
    t.at(100);
    t.passed(t.smtp, Stage::submission, c, 0, "alice", "smtp.a.example", {{Cause::transit, 100}});
    t.accepted(t.smtp, 1, c, "smtp.a.example", "alice", 1, 1);
    t.at(200);
    t.passed(t.smtp, Stage::transfer, c, 100, "smtp.a.example", "mx.b.example", {{Cause::transit, 100}});
    const std::vector<CopyId> report =
        t.compose("", {"alice@a.example"}, "Undelivered mail", trace::LetterKind::bounce, 1);
    trace::Bounced b;
    b.letter = 1;
    b.copies = c;
    b.host = "smtp.a.example";
    b.reason = {550, "5.1.1", "5.1.1 No such user"};
    b.report = 2;
    t.bus.tell(t.smtp, 0, b);
    t.compose("alice@a.example", {"bob@b.example"}, "Something else");
    CHECK(teller.matched() == 1);
    const std::string story = teller.tell({.width = 120, .start_unix_seconds = kStart});
    CAPTURE(story);
    CHECK(has(story,
              "Bounced: smtp.a.example gives up on it: “550 5.1.1 No such user”. The author gets a report\n"
              "                            (message 2)."));
    CHECK(has(story, "nobody@b.example: bounced after 200 ms (smtp.a.example); 5.1.1 No such user."));
    CHECK(has(story, "The report about it, message 2: “Undelivered mail”"));
    CHECK(has(story, "alice@a.example: still in transit; last seen at the host that wrote it, after 0 s."));
    CHECK(!has(story, "Something else"));
}

TEST_CASE("who said nothing is not quoted, and a host does not ask itself") {
    StoryTeller teller(parse_selection("1"));
    Town t(teller);
    const std::vector<CopyId> c = t.compose("alice@a.example", {"bob@b.example"}, "Hello");
    t.at(100);
    t.passed(t.smtp, Stage::submission, c, 0, "alice", "smtp.a.example", {{Cause::transit, 100}});
    t.accepted(t.smtp, 1, c, "smtp.a.example", "alice", 1, 1);
    trace::LookedUp mx;
    mx.host = mx.resolver = "smtp.a.example";
    mx.question = "b.example";
    mx.type = "MX";
    mx.result = "NOERROR";
    mx.from_cache = true;
    t.bus.tell(t.smtp, 0, mx);
    trace::Deferred d;
    d.letter = 1;
    d.copies = c;
    d.host = "smtp.a.example";
    d.remote = "mx.b.example";
    d.reason = {451, "4.4.1", "connect to mx.b.example: timed out"};
    d.backoff = Cause::backoff_no_answer;
    d.next_try = Time::at(Duration::seconds(300));
    d.attempts = 1;
    t.bus.tell(t.smtp, 0, d);
    const std::string story = teller.tell({.width = 200, .start_unix_seconds = kStart});
    CAPTURE(story);
    CHECK(has(story,
              "Deferred: no answer from mx.b.example (connect to mx.b.example: timed out). smtp.a.example"));
    CHECK(!has(story, "451"));
    CHECK(!has(story, "smtp.a.example asks"));
}

TEST_CASE("of a letter to many, three copies stand for the others") {
    StoryTeller teller(parse_selection("1"));
    Town t(teller);
    std::vector<std::string> to;
    for (int i = 0; i < 20; ++i)
        to.push_back("user" + std::to_string(i) + "@b.example");
    const std::vector<CopyId> c = t.compose("alice@a.example", to, "To all");
    const std::vector<CopyId> refused(c.begin(), c.begin() + 5), taken(c.begin() + 5, c.end());
    t.at(100);
    t.passed(t.smtp, Stage::submission, taken, 0, "alice", "smtp.a.example", {{Cause::transit, 100}});
    t.passed(t.smtp, Stage::submission, refused, 0, "alice", "smtp.a.example", {{Cause::transit, 100}});
    t.accepted(t.smtp, 1, taken, "smtp.a.example", "alice", 1, 1);
    trace::Rejected no;
    no.letter = 1;
    no.copies = refused;
    no.by = "smtp.a.example";
    no.reason = {554, "5.7.1", "Relay access denied"};
    t.bus.tell(t.smtp, 0, no);
    for (std::size_t i = 0; i < taken.size(); ++i) {
        t.at(200 + static_cast<std::int64_t>(i));
        t.passed(t.mx, Stage::transfer, std::span(taken).subspan(i, 1), 100, "smtp.a.example", "mx.b.example",
                 {{Cause::transit, 100 + static_cast<std::int64_t>(i)}});
        t.delivered(1, taken[i]);
    }
    const std::string story = teller.tell({.width = 120});
    CAPTURE(story);
    // The slowest of those that arrived is the last, the refused are all alike.
    CHECK(has(story, "It has 20 copies; told here is the way of user0@b.example and user19@b.example"));
    CHECK(has(story, "15 copies: delivered after 200 ms – 214 ms (mx.b.example)."));
    CHECK(has(story, "5 copies: rejected after 100 ms (smtp.a.example); Relay access denied."));
    CHECK(!has(story, "user7@b.example"));
    CHECK(std::count(story.begin(), story.end(), '\n') < 40);
}

TEST_CASE("selections") {
    CHECK(parse_selection("17").number == 17);
    CHECK(parse_selection("#17").number == 17);
    CHECK(parse_selection("<a@b>").message_id == "<a@b>");
    CHECK(parse_selection("bob@b.example").anything == "bob@b.example");
    CHECK(parse_selection("3 wishes").anything == "3 wishes");
    CHECK(parse_selection("0").number == 0);
    StoryTeller teller(parse_selection("ALL"), {.letters = 2});
    Town t(teller);
    for (const char* subject : {"To all", "Small talk", "Nothing", "Ball"})
        t.compose("alice@a.example", {"bob@b.example"}, subject);
    CHECK(teller.matched() == 3);
    const std::string story = teller.tell();
    CHECK(has(story, "message 2: “Small talk”"));
    CHECK(!has(story, "Ball"));
    CHECK(list_letters(t.ledger, parse_selection("all"), {.width = 100, .start_unix_seconds = kStart}) ==
          "   time                 from             to               subject                         fate\n"
          "1  2026-01-05 08:00:00  alice@a.example  bob@b.example    To all                          in "
          "transit\n"
          "2  2026-01-05 08:00:00  alice@a.example  bob@b.example    Small talk                      in "
          "transit\n"
          "4  2026-01-05 08:00:00  alice@a.example  bob@b.example    Ball                            in "
          "transit\n");
    CHECK(list_letters(t.ledger, parse_selection("2"), {.limit = 5}).find("Small talk") != std::string::npos);
    CHECK(has(list_letters(t.ledger, {}, {.limit = 1}), "… and 3 more"));
    CHECK(list_letters(t.ledger, parse_selection("no such"), {}) == "No message matches.\n");
}

TEST_CASE("nothing that a subject holds can move the cursor, and ASCII stays ASCII") {
    StoryTeller teller({});
    Town t(teller);
    t.compose("alice@a.example", {"bob@b.example"}, "\x1b[2J Grüße\r\n");
    CHECK(!has(teller.tell(), "\x1b"));
    for (char c : teller.tell({.ascii = true}))
        CHECK(static_cast<unsigned char>(c) < 128);
    CHECK(nlohmann::json::parse(teller.story_json())["stories"][0]["subject"] == "\x1b[2J Grüße\r\n");
}

TEST_CASE("the story for programs") {
    StoryTeller teller(parse_selection("1"), {.dialogue = true});
    Town town(teller);
    greylisted_letter(town);
    const auto story = nlohmann::json::parse(teller.story_json())["stories"][0];
    const auto& copy = story["copies"][0];
    CHECK(copy["fate"] == "delivered");
    CHECK(copy["delay"] == 300.3);
    CHECK(copy["delay_to_reader"] == 360.3);
    CHECK(copy["causes"]["backoff_greylisted"] == 300.0);
    CHECK(copy["causes"]["pickup"] == 60.0);
    // The stages in the events join from the click to the reader.
    double reached = 0;
    for (const auto& event : story["events"]) {
        if (!event.contains("stages")) continue;
        for (const auto& stage : event["stages"]) {
            CHECK(stage["begin"].get<double>() == doctest::Approx(reached));
            reached = event["time"];
        }
    }
    CHECK(reached == 360.3);
    CHECK(story["dialogues"].size() == 2);
}
