// The report: what a person reads after a run. The summaries are written by hand, as are the texts.
#include "postopolis/metrics/report.hpp"

#include <doctest/doctest.h>

#include "metrics/layout.hpp"
#include "postopolis/kernel/node.hpp"

using namespace postopolis;
using namespace postopolis::metrics;
using trace::Cause;
using trace::Duration;
using trace::Fate;
using trace::LetterKind;
using trace::Time;

namespace {

mail::AddressPtr address(std::string local, std::string domain) {
    return std::make_shared<const mail::Address>(mail::Address{std::move(local), std::move(domain)});
}

/// One letter from alice to bob, two seconds on the line, a minute in the mailbox.
void one_letter(trace::Ledger& ledger) {
    kernel::Simulation simulation({});
    kernel::Node node(simulation, "a");
    trace::Bus bus;
    bus.add(ledger);
    const std::vector<mail::AddressPtr> to{address("bob", "b.example")};
    const std::vector<trace::RecipientKind> kinds{trace::RecipientKind::to};
    const std::vector<trace::CopyId> copies{11};
    trace::Composed composed;
    composed.letter = 1;
    const mail::AddressPtr sender = address("alice", "a.example");
    composed.sender = sender;
    composed.subject = "Hello";
    composed.recipients = to;
    composed.kinds = kinds;
    composed.copies = copies;
    bus.tell(node, 0, composed);
    simulation.run_until(Time::at(Duration::seconds(2)));
    trace::Passed passed;
    passed.copies = copies;
    passed.spent.add(Cause::transit, Duration::seconds(2));
    bus.tell(node, 0, passed);
    trace::Delivered delivered;
    delivered.letter = 1;
    delivered.copy = 11;
    delivered.host = "mail.b.example";
    bus.tell(node, 0, delivered);
    simulation.run_until(Time::at(Duration::seconds(62)));
    trace::Passed pickup;
    pickup.stage = trace::Passed::Stage::pickup;
    pickup.copies = copies;
    pickup.begin = Time::at(Duration::seconds(2));
    pickup.spent.add(Cause::pickup, Duration::seconds(60));
    bus.tell(node, 0, pickup);
    trace::Fetched fetched;
    fetched.letter = 1;
    fetched.copy = 11;
    bus.tell(node, 0, fetched);
}

RunFacts facts() {
    RunFacts f;
    f.scenario = "Two companies";
    f.fingerprint = "0123456789abcdef";
    f.start_unix_seconds = 1'767'600'000;
    f.end = Time::at(Duration::seconds(62));
    f.events = 42;
    return f;
}

} // namespace

TEST_CASE("the report of one letter") {
    trace::Ledger ledger;
    one_letter(ledger);
    const std::string text = report_text(summarize(ledger, facts()), ledger,
                                         {.question = "How does a letter get there?",
                                          .explain_command = "postopolis explain post-office.json"});
    CHECK(text == "Two companies\n"
                  "  How does a letter get there?\n"
                  "\n"
                  "Sent        1 letter, 1 recipient's copy.\n"
                  "Became      1 delivered, and in the readers' hands.\n"
                  "Ledger      1 copy sent = 1 delivered ✓\n"
                  "Delay       2.00 s to the inbox, 62.0 s to the reader's hands.\n"
                  "Why         where its time went, from the click to the reader:\n"
                  // 41 columns are left for the longest bar; 2/60 of them are 1 3/8.
                  "  transit (on the line)        2.00 s  █▍\n"
                  "  pickup (waiting for reader)  60.0 s  █████████████████████████████████████████\n"
                  "Its story   postopolis explain post-office.json 1\n"
                  "\n"
                  "Run         62.0 s of virtual time (2026-01-05 08:00:00 – 08:01:02), 42 events,\n"
                  "            seed 1, replication 0.\n"
                  "Fingerprint 0123456789abcdef\n");
}

TEST_CASE("the report of a million says the distribution, the fates and the reasons") {
    Summary s;
    s.facts = facts();
    s.letters = 1'000'000;
    s.messages = 1'000'020;
    s.copies = 1'200'020;
    s.by_kind[0] = {1'000'000, 1'200'000, {}};
    s.by_kind[2] = {20, 20, {}};
    s.fates[static_cast<std::size_t>(Fate::delivered)] = 1'199'900;
    s.fates[static_cast<std::size_t>(Fate::bounced)] = 20;
    s.fates[static_cast<std::size_t>(Fate::in_transit)] = 100;
    s.fetched = 1'000'000;
    s.by_kind[0].fates = s.fates;
    s.by_kind[0].fates[static_cast<std::size_t>(Fate::delivered)] -= 20; // the bounces themselves
    s.by_kind[2].fates[static_cast<std::size_t>(Fate::delivered)] = 20;
    DelayFigures f;
    f.count = 1'199'900;
    f.mean = 2;
    f.p50 = 1.5;
    f.p95 = 5;
    f.p99 = 300;
    f.max = 3600;
    f.causes[family_index(Cause::transit)] = 1.5;
    f.causes[family_index(Cause::backoff_no_answer)] = 0.5;
    f.backoff[2] = 0.5;
    s.delay = s.to_inbox = f;
    s.to_reader = f;
    s.to_reader->count = 1'000'000;
    s.not_delivered = {{Fate::in_transit, 0, "", 99},
                       {Fate::in_transit, 450, "450 4.7.1 Greylisted", 1},
                       {Fate::bounced, 550, "5.1.1 No such user", 20}};
    s.balance.composed = 1'200'020;
    s.balance.accounted = 1'200'020;
    s.balance.balanced = true;
    const std::string text = report_text(s, trace::Ledger(), {.width = 90});
    CAPTURE(text);
    CHECK(text.find("1,000,000 letters, 1,200,000 recipients' copies; about them, the mail system\n"
                    "            wrote 20 bounces.") != std::string::npos);
    CHECK(text.find("Of those delivered, 1,000,000 are in the readers' hands.") != std::string::npos);
    CHECK(text.find("1,200,000 copies sent + 20 copies of reports = 1,199,900 delivered + 20\n"
                    "            bounced + 100 in transit ✓") != std::string::npos);
    CHECK(text.find("Delay                   mean       median         95 %         99 %      slowest\n"
                    "  to the inbox        2.00 s       1.50 s       5.00 s        5 min          1 h\n") !=
          std::string::npos);
    CHECK(text.find("  20  bounced     550 5.1.1 No such user\n"
                    "   1  in transit  450 4.7.1 Greylisted\n"
                    "  and 99 copies on the way without trouble so far\n") != std::string::npos);
    CHECK(text.find("backoff: no answer") != std::string::npos);
    CHECK(text.find("greylisted") == std::string::npos); // no time went there
    CHECK(text.find("service") == std::string::npos);
}

TEST_CASE("a ledger that does not balance is told loudly") {
    Summary s;
    s.copies = 1;
    s.fates[0] = 1;
    s.balance.composed = 2;
    s.balance.accounted = 1;
    s.balance.faults = {"copy 7.1: the causes do not add up"};
    const std::string text = report_text(s, trace::Ledger(), {});
    CHECK(text.find("DOES NOT BALANCE") != std::string::npos);
    CHECK(text.find("copy 7.1: the causes do not add up") != std::string::npos);
    CHECK(text.find("✓") == std::string::npos);
}

TEST_CASE("a report of nothing, in ASCII, in colour, and narrow, keeps its promises") {
    trace::Ledger ledger;
    const Summary nothing = summarize(ledger, facts());
    CHECK(report_text(nothing, ledger, {}).find("Sent        nothing.") != std::string::npos);
    one_letter(ledger);
    const Summary s = summarize(ledger, facts());
    for (char c : report_text(s, ledger, {.ascii = true}))
        CHECK(static_cast<unsigned char>(c) < 128);
    CHECK(report_text(s, ledger, {.colour = true}).find("\x1b[") != std::string::npos);
    std::string line;
    for (char c : report_text(s, ledger, {.width = 50})) {
        if (c != '\n') {
            line += c;
            continue;
        }
        CHECK(layout::display_width(line) <= 50);
        line.clear();
    }
}
