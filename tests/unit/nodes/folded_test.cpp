// Dialogues played ahead of the clock: the same run as with every command an event of its own, whatever interferes.
#include <doctest/doctest.h>

#include <functional>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

struct Played {
    std::uint64_t fingerprint = 0;
    std::uint64_t events = 0;
    Time last; ///< when the last thing happened
    std::array<std::uint64_t, trace::kFates> fates{};
};

using Change = std::function<void(Town&, MailHost& a, MailHost& b)>;

/// Three letters from a.example to b.example, one of them to a stranger too.
Played play(Dialogues dialogues, const HostConfig& sender, const HostConfig& server, const Change& change = {}) {
    Town town(kernel::RunKey{1, 0});
    town.world().dialogues = dialogues;
    MailHost& a = town.add_site("a.example", {"alice", "anna"}, sender);
    MailHost& b = town.add_site("b.example", {"bob", "berta"}, server);
    if (change) change(town, a, b);
    town.write("alice@a.example", {"bob@b.example"}, "One", Time::at(Duration::milliseconds(10)));
    town.write("anna@a.example", {"bob@b.example", "nobody@b.example", "berta@b.example"}, "Two",
               Time::at(Duration::milliseconds(20)));
    town.write("alice@a.example", {"nobody@b.example"}, "Three", Time::at(Duration::milliseconds(30)));
    town.run_until_quiet(Time::at(Duration::days(6)));
    return {town.fingerprint().value(), town.simulation().events_processed(), town.simulation().last_activity(),
            town.ledger().fates()};
}

/// True if fewer events were needed.
bool check_same(const HostConfig& sender, const HostConfig& server, const Change& change = {}) {
    const Played full = play(Dialogues::full, sender, server, change);
    const Played folded = play(Dialogues::automatic, sender, server, change);
    CHECK(folded.fingerprint == full.fingerprint);
    CHECK(folded.fates == full.fates);
    CHECK(folded.last == full.last);
    CHECK(folded.events <= full.events);
    return folded.events < full.events;
}

HostConfig named(const char* name, bool pipelining) {
    HostConfig c = all_roles(name);
    if (!pipelining) c.smtp.extensions = c.submission_smtp.extensions = plain_extensions();
    return c;
}

} // namespace

TEST_CASE("folded dialogues make the same run in fewer events") {
    for (const bool pipelining : {false, true})
        CHECK(check_same(named("mail.a.example", pipelining), named("mail.b.example", pipelining)));
}

TEST_CASE("folded dialogues: every extension that both know, and TLS of either version") {
    for (const bool pipelining : {false, true}) {
        for (const auto version : {smtp::tls::Version::tls12, smtp::tls::Version::tls13}) {
            HostConfig a = named("mail.a.example", pipelining), b = named("mail.b.example", pipelining);
            for (HostConfig* host : {&a, &b}) {
                host->tls.version = version;
                host->queue.tls = smtp::tls::Policy::opportunistic;
                host->queue.chunk_octets = 300;
                for (SmtpConfig* smtp : {&host->smtp, &host->submission_smtp})
                    smtp->extensions.starttls = smtp->extensions.chunking = smtp->extensions.dsn = true;
            }
            CHECK(check_same(a, b));
            b.smtp.ehlo = false;
            CHECK(check_same(a, b));
        }
    }
}

TEST_CASE("folded dialogues: a host that goes down at any step does so at that step") {
    for (const bool pipelining : {false, true}) {
        for (int ms = 0; ms < 1200; ms += 13) {
            CAPTURE(ms);
            const Time from = Time::at(Duration::milliseconds(ms));
            for (const bool sender : {false, true}) {
                check_same(named("mail.a.example", pipelining), named("mail.b.example", pipelining),
                           [&](Town& town, MailHost& a, MailHost& b) {
                               town.schedule_outage(sender ? a : b, from, from + Duration::minutes(20), sender);
                           });
            }
        }
    }
}

TEST_CASE("folded dialogues: what takes longer than somebody's patience is played out") {
    for (const int seconds : {1, 10, 19, 21, 60, 119, 121, 299, 301, 700}) {
        CAPTURE(seconds);
        HostConfig slow = named("mail.b.example", true);
        const Distribution work = Distribution::constant(Duration::seconds(seconds));
        slow.smtp.service = {work, work, work};
        const bool folded = check_same(named("mail.a.example", true), slow);
        CHECK((folded || seconds > 100));
    }
}

TEST_CASE("folded dialogues: few slots, and clients that wait for them longer than they can") {
    HostConfig narrow = named("mail.b.example", false);
    narrow.smtp.max_sessions = narrow.submission_smtp.max_sessions = 1;
    for (const int seconds : {1, 30, 100, 200, 310}) {
        CAPTURE(seconds);
        narrow.smtp.service.per_message = Distribution::constant(Duration::seconds(seconds));
        check_same(named("mail.a.example", false), narrow);
    }
}

TEST_CASE("folded dialogues: servers that refuse, in part or at last, now and then") {
    for (const auto stage : {smtp::Stage::connect, smtp::Stage::greeting, smtp::Stage::ehlo, smtp::Stage::mail,
                             smtp::Stage::rcpt, smtp::Stage::data, smtp::Stage::end_of_data}) {
        for (const int code : {421, 450, 550}) {
            CAPTURE(smtp::to_string(stage));
            CAPTURE(code);
            check_same(named("mail.a.example", true), named("mail.b.example", true),
                       [&](Town&, MailHost&, MailHost& b) {
                           AnswerFault fault;
                           fault.stage = stage;
                           fault.code = static_cast<std::uint16_t>(code);
                           fault.enhanced = code == 550 ? "5.3.0" : "4.3.0";
                           fault.probability = 0.5;
                           fault.until = Time::at(Duration::hours(2));
                           b.add_fault(fault);
                       });
        }
    }
}
