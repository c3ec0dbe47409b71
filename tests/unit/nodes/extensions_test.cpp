// What each extension of SMTP is worth, in round trips; and what hosts do for senders and servers that use them.
#include <doctest/doctest.h>

#include <memory>

#include "fixture.hpp"
#include "postopolis/mail/dsn.hpp"
#include "postopolis/mail/parse.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

/// Takes no time, offers nothing, asks nobody for a password.
HostConfig bare(const std::string& name) {
    HostConfig c = all_roles(name);
    const Distribution none = Distribution::constant(Duration());
    for (SmtpConfig* smtp : {&c.smtp, &c.submission_smtp}) {
        smtp->service = {none, none, none};
        smtp->extensions = plain_extensions();
    }
    c.local_delivery.service = none;
    c.tls.handshake = none;
    return c;
}

/// a.example and b.example on a plain Internet of unlimited bandwidth, where each way takes always the same.
struct Pair {
    explicit Pair(const HostConfig& a = bare("mail.a.example"), const HostConfig& b = bare("mail.b.example")) {
        net::InternetOptions options;
        options.bandwidth_bps = options.lan_bandwidth_bps = 0;
        auto internet = std::make_unique<net::Internet>(options);
        for (const char* at_a : {"mail.a.example", "alice@a.example"}) internet->add_host(at_a, "a.example");
        for (const char* at_b : {"mail.b.example", "b1@b.example", "b2@b.example", "b3@b.example", "b4@b.example",
                                 "b5@b.example", "full@b.example"})
            internet->add_host(at_b, "b.example");
        internet->add_host("far.example", "far.example");
        town = std::make_unique<Town>(kernel::RunKey{1, 0}, std::move(internet));
        town->world().dialogues = Dialogues::full;
        sender = &town->add_site("a.example", {"alice"}, a);
        receiver = &town->add_site("b.example", {"b1", "b2", "b3", "b4", "b5"}, b);
        town->bus().add(record);
    }
    Duration round_trip() const { return sender->network().path(*sender, *receiver)->minimum_delay() * 2; }
    LetterPlan letter(int recipients = 1) const {
        LetterPlan plan;
        for (int i = 1; i <= recipients; ++i)
            plan.to.push_back(std::make_shared<const mail::Address>(mail::Address{"b" + std::to_string(i), "b.example"}));
        plan.subject = "Hello";
        plan.body = std::string("A few words.\n");
        return plan;
    }
    void write(LetterPlan plan, Duration at = Duration::seconds(1)) {
        town->person("alice@a.example")->write_at(Time::at(at), std::move(plan));
    }
    void run() { town->run_until_quiet(Time::at(Duration::days(10))); }
    std::uint64_t fate(trace::Fate f) const { return town->ledger().fates()[static_cast<std::size_t>(f)]; }

    std::unique_ptr<Town> town;
    MailHost* sender = nullptr;
    MailHost* receiver = nullptr;
    Record record;
};

/// The round trips that a letter takes from server to server, and what its reader sees.
struct Transfer {
    double round_trips = 0;
    std::string text;
    Duration service;
};
Transfer transfer(const HostConfig& a, const HostConfig& b, int recipients = 1, bool eight_bit = false) {
    Pair pair(a, b);
    LetterPlan plan = pair.letter(recipients);
    if (eight_bit) {
        plan.body = std::string("Gr\xc3\xbc\xc3\x9f" "e aus Z\xc3\xbcrich.\n");
        plan.eight_bit = true;
    }
    pair.write(std::move(plan));
    pair.run();
    REQUIRE(pair.record.transfers.size() == 1);
    REQUIRE(pair.record.delivered.size() == static_cast<std::size_t>(recipients));
    const trace::Account& spent = pair.record.transfers.front();
    return {spent.spent(trace::Cause::transit).to_seconds() / pair.round_trip().to_seconds(),
            pair.record.delivered.front().text, spent.spent(trace::Cause::service)};
}

void check_trips(double found, double expected) { CHECK(found == doctest::Approx(expected).epsilon(1e-4)); }

// Connecting and greeting take two round trips, each command one, the message a half (the server has it then).
constexpr double kPlain = 2 + 1 + 3 + 0.5; // EHLO; MAIL, RCPT, DATA

} // namespace

TEST_CASE("PIPELINING saves a round trip for each recipient and one more; CHUNKING saves that of DATA") {
    const HostConfig a = bare("mail.a.example");
    for (const int n : {1, 3, 5}) {
        CAPTURE(n);
        HostConfig b = bare("mail.b.example");
        const double turns = transfer(a, b, n).round_trips;
        check_trips(turns, kPlain + n - 1);
        b.smtp.extensions.pipelining = true;
        check_trips(transfer(a, b, n).round_trips, turns - (n + 1));
        HostConfig shy = a;
        shy.queue.pipelining = false;
        check_trips(transfer(shy, b, n).round_trips, turns);
        b.smtp.extensions.pipelining = false;
        b.smtp.extensions.chunking = true;
        check_trips(transfer(a, b, n).round_trips, turns - 1);
        HostConfig in_chunks = a;
        in_chunks.queue.chunk_octets = 100;
        const Transfer many = transfer(in_chunks, b, n); // without PIPELINING each chunk but the last waits
        CHECK(many.round_trips > turns);
        CHECK(contains(many.text, "A few words."));
    }
}

TEST_CASE("STARTTLS takes its own round trip, that of a second EHLO, and one (TLS 1.3) or two (TLS 1.2)") {
    HostConfig a = bare("mail.a.example");
    HostConfig b = bare("mail.b.example");
    b.smtp.extensions.starttls = true;
    b.tls.handshake = Distribution::constant(Duration::milliseconds(3));
    const Transfer clear = transfer(a, b);
    check_trips(clear.round_trips, kPlain);
    CHECK(contains(clear.text, "with ESMTP id"));
    for (const auto policy : {smtp::tls::Policy::opportunistic, smtp::tls::Policy::required}) {
        a.queue.tls = policy;
        const Transfer modern = transfer(a, b);
        check_trips(modern.round_trips, kPlain + 3);
        CHECK(contains(modern.text, "with ESMTPS"));
        CHECK(modern.service == Duration::milliseconds(3));
        for (HostConfig* old : {&a, &b}) {
            old->tls.version = smtp::tls::Version::tls12;
            check_trips(transfer(a, b).round_trips, kPlain + 4);
            old->tls.version = smtp::tls::Version::tls13;
        }
    }
}

TEST_CASE("a server that refuses STARTTLS gets the mail in the clear, or none") {
    for (const auto policy : {smtp::tls::Policy::opportunistic, smtp::tls::Policy::required}) {
        for (const bool offered : {false, true}) {
            HostConfig a = bare("mail.a.example");
            a.queue.tls = policy;
            HostConfig b = bare("mail.b.example");
            b.smtp.extensions.starttls = offered;
            Pair pair(a, b);
            if (offered) pair.receiver->add_fault(answer(smtp::Stage::starttls, 454, "4.7.0"));
            pair.write(pair.letter());
            pair.run();
            if (policy == smtp::tls::Policy::opportunistic) {
                REQUIRE(pair.record.delivered.size() == 1);
                CHECK(contains(pair.record.delivered[0].text, "with ESMTP id"));
                continue;
            }
            REQUIRE(!pair.record.deferred.empty());
            CHECK(pair.record.deferred[0].enhanced == (offered ? "4.7.0" : "4.7.4"));
            CHECK(pair.fate(trace::Fate::bounced) == 1);
        }
    }
}

TEST_CASE("an old server, which knows HELO only, costs one more round trip and is told of no extension") {
    HostConfig b = bare("mail.b.example");
    b.smtp.extensions = smtp::usual_extensions(0);
    b.smtp.ehlo = false;
    const Transfer old = transfer(bare("mail.a.example"), b);
    check_trips(old.round_trips, kPlain + 1);
    CHECK(contains(old.text, "with SMTP"));
}

TEST_CASE("a kept connection saves connecting, greeting and EHLO, and is ended in order") {
    HostConfig a = bare("mail.a.example");
    a.queue.reuse = Duration::seconds(30);
    Pair pair(a);
    std::size_t connections = 0;
    for (int i = 0; i < 3; ++i) pair.write(pair.letter(), Duration::seconds(10 * (i + 1)));
    pair.write(pair.letter(), Duration::seconds(200)); // too late for it
    pair.record.listens_to_talk = true;
    pair.record.talk_with = "mail.b.example";
    pair.town->bus().remove(pair.record);
    pair.town->bus().add(pair.record);
    pair.run();
    REQUIRE(pair.record.transfers.size() == 4);
    const double expected[] = {kPlain, kPlain - 3, kPlain - 3, kPlain};
    for (int i = 0; i < 4; ++i)
        check_trips(pair.record.transfers[static_cast<std::size_t>(i)].spent(trace::Cause::transit).to_seconds() /
                        pair.round_trip().to_seconds(),
                    expected[i]);
    for (std::size_t at = 0; (at = pair.record.talk.find("S: 220 mail.b", at)) != std::string::npos; ++at) ++connections;
    CHECK(connections == 2);
    std::size_t farewells = 0;
    for (std::size_t at = 0; (at = pair.record.talk.find("S: 221 mail.b", at)) != std::string::npos; ++at) ++farewells;
    CHECK(farewells == 2);
}

TEST_CASE("a kept connection that died meanwhile is not held against the mail") {
    HostConfig a = bare("mail.a.example");
    a.queue.reuse = Duration::minutes(10);
    Pair pair(a);
    pair.write(pair.letter(), Duration::seconds(1));
    pair.write(pair.letter(), Duration::seconds(300));
    pair.town->schedule_outage(*pair.receiver, Time::at(Duration::seconds(100)), Time::at(Duration::seconds(200)), false);
    pair.run();
    CHECK(pair.record.delivered.size() == 2);
    CHECK(pair.record.deferred.empty());
}

TEST_CASE("8-bit letters go as they are to servers that take them, and in quoted-printable to others") {
    HostConfig a = bare("mail.a.example");
    a.submission_smtp.extensions.eightbitmime = true;
    HostConfig b = bare("mail.b.example");
    const std::string encoded = transfer(a, b, 1, true).text;
    CHECK(contains(encoded, "Content-Transfer-Encoding: quoted-printable\r\n"));
    CHECK(contains(encoded, "Gr=C3=BC=C3=9Fe aus Z=C3=BCrich.\r\n"));
    b.smtp.extensions.eightbitmime = true;
    const std::string plain = transfer(a, b, 1, true).text;
    CHECK(contains(plain, "Content-Transfer-Encoding: 8bit\r\n"));
    CHECK(contains(plain, "Gr\xc3\xbc\xc3\x9f" "e aus Z\xc3\xbcrich.\r\n"));
}

TEST_CASE("submission at port 465: TLS first, one round trip; at 587 STARTTLS takes three") {
    const auto submitted = [](bool implicit, smtp::tls::Policy policy) {
        HostConfig a = bare("mail.a.example");
        a.submissions = true;
        a.submission_smtp.extensions.starttls = true;
        Pair pair(a);
        PersonConfig anna;
        anna.address = "anna@a.example";
        anna.place = "far.example"; // elsewhere, so that round trips count
        anna.submission = {"mail.a.example"};
        anna.implicit_tls = implicit;
        anna.tls = policy;
        pair.town->add_person(anna);
        const net::Host& her_computer = *pair.town->person("anna@a.example");
        const double trip = pair.sender->network().path(her_computer, *pair.sender)->minimum_delay().to_seconds() * 2;
        pair.town->person("anna@a.example")->write_at(Time::at(Duration::seconds(1)), pair.letter());
        pair.run();
        REQUIRE(pair.record.accepted.size() == 2);
        REQUIRE(pair.record.delivered.size() == 1);
        CHECK(contains(pair.record.delivered[0].text,
                       implicit || policy != smtp::tls::Policy::off ? "with ESMTPSA" : "with ESMTPA"));
        return (pair.record.accepted[0].time - Time::at(Duration::seconds(1))).to_seconds() / trip;
    };
    const double clear = submitted(false, smtp::tls::Policy::off);
    check_trips(submitted(false, smtp::tls::Policy::required), clear + 3);
    // Who speaks first does not wait for the connection to be complete at the server, whose greeting comes after.
    check_trips(submitted(true, smtp::tls::Policy::off), clear + 1);
}

TEST_CASE("CRAM-MD5 proves the password without telling it") {
    HostConfig a = bare("mail.a.example");
    a.submission_smtp.extensions.auth = {.plain = false, .login = false, .cram_md5 = true};
    Pair pair(a);
    pair.write(pair.letter());
    pair.run();
    REQUIRE(pair.record.delivered.size() == 1);
    CHECK(contains(pair.record.delivered[0].text, "with ESMTPA"));
}

TEST_CASE("LMTP: each recipient's copy is filed or stays with the client, which tries again") {
    HostConfig front = bare("mail.a.example");
    HostConfig store = bare("mail.b.example");
    store.relay = false;
    store.lmtp = true;
    store.smtp.extensions.enhanced_status_codes = true;
    (void)front.routes.add("b.example", policy::Relay{{{"mail.b.example", 0, kLmtpPort}}});
    Pair pair(front, store);
    PersonConfig full;
    full.address = "full@b.example";
    full.quota = 700; // for one message, not for two
    pair.town->add_person(full);
    LetterPlan plan = pair.letter();
    plan.to.push_back(std::make_shared<const mail::Address>(mail::Address{"full", "b.example"}));
    pair.write(plan, Duration::seconds(1));
    pair.write(plan, Duration::seconds(100));
    pair.run();
    REQUIRE(pair.record.delivered.size() >= 3);
    CHECK(contains(pair.record.delivered[0].text, "with LMTP"));
    REQUIRE(!pair.record.deferred.empty());
    CHECK(pair.record.deferred[0].enhanced == "4.2.2");
    CHECK(pair.record.deferred[0].copies == 1);
    CHECK(pair.fate(trace::Fate::bounced) == 1); // after days, by the front; the store has no queue
    CHECK(pair.receiver->queued() == 0);
}

namespace {

smtp::Extensions with_dsn() {
    smtp::Extensions e;
    e.dsn = e.enhanced_status_codes = true;
    return e;
}

mail::ParsedReport report_of(const Record::Report& report) {
    const auto parsed = mail::parse_report(mail::parse_message(report.text));
    REQUIRE(parsed);
    return *parsed;
}

} // namespace

TEST_CASE("NOTIFY=SUCCESS: a report from who files the mail, or from who hands it to a server without DSN") {
    for (const bool knows : {true, false}) {
        HostConfig a = bare("mail.a.example");
        a.submission_smtp.extensions = with_dsn();
        HostConfig b = bare("mail.b.example");
        if (knows) b.smtp.extensions = with_dsn();
        Pair pair(a, b);
        LetterPlan plan = pair.letter(2);
        plan.dsn.notify.success = true;
        plan.dsn.envelope_id = "QQ314159";
        pair.write(std::move(plan));
        pair.run();
        CHECK(pair.record.reports.size() == 2);
        for (const Record::Report& r : pair.record.reports) {
            CHECK(r.kind == trace::LetterKind::confirmation);
            CHECK(r.to == "alice@a.example");
            CHECK_FALSE(r.has_sender);
            const mail::ParsedReport report = report_of(r);
            CHECK(report.reporting_mta == (knows ? "mail.b.example" : "mail.a.example"));
            CHECK(report.envelope_id == "QQ314159");
            REQUIRE(report.recipients.size() == 1);
            CHECK(report.recipients[0].action == (knows ? mail::Action::delivered : mail::Action::relayed));
            CHECK(report.recipients[0].status.klass == 2);
            REQUIRE(report.recipients[0].original_recipient);
            CHECK(*report.recipients[0].original_recipient == *report.recipients[0].final_recipient);
            CHECK(contains(r.text, "text/rfc822-headers")); // nobody wants the whole message back
        }
        CHECK(pair.fate(trace::Fate::delivered) == 4);
    }
}

TEST_CASE("failures: told as usual, with headers only (RET=HDRS), or to nobody (NOTIFY=NEVER)") {
    const auto failed = [](const smtp::DsnRequest& asked) {
        HostConfig a = bare("mail.a.example");
        a.submission_smtp.extensions = with_dsn();
        HostConfig b = bare("mail.b.example");
        b.smtp.extensions = with_dsn();
        auto pair = std::make_unique<Pair>(a, b);
        LetterPlan plan = pair->letter();
        plan.to = {std::make_shared<const mail::Address>(mail::Address{"nobody", "b.example"})};
        plan.dsn = asked;
        pair->write(std::move(plan));
        pair->run();
        return pair;
    };
    auto usual = failed({});
    REQUIRE(usual->record.reports.size() == 1);
    CHECK(contains(usual->record.reports[0].text, "message/rfc822"));
    CHECK(report_of(usual->record.reports[0]).envelope_id.empty());

    auto headers = failed({.notify = {.failure = true}, .ret = smtp::DsnRequest::Return::headers});
    REQUIRE(headers->record.reports.size() == 1);
    CHECK(contains(headers->record.reports[0].text, "text/rfc822-headers"));
    CHECK_FALSE(contains(headers->record.reports[0].text, "A few words."));

    for (const smtp::Notify notify : {smtp::Notify{.never = true}, smtp::Notify{.success = true}}) {
        auto silent = failed({.notify = notify});
        CHECK(silent->record.reports.empty());
        CHECK(silent->fate(trace::Fate::discarded) == 1);
        CHECK(silent->fate(trace::Fate::bounced) == 0);
    }
}

TEST_CASE("delays are told unless the author asked for other reports only") {
    for (const bool wanted : {false, true}) {
        HostConfig a = bare("mail.a.example");
        a.submission_smtp.extensions = with_dsn();
        a.queue.retry.delay_warning = policy::Nanoseconds(Duration::hours(1).count());
        Pair pair(a);
        pair.town->schedule_outage(*pair.receiver, Time::at(Duration()), Time::at(Duration::hours(10)), false);
        LetterPlan plan = pair.letter();
        plan.dsn.notify.failure = true;
        plan.dsn.notify.delay = wanted;
        pair.write(std::move(plan));
        pair.run();
        CHECK(pair.record.reports.size() == (wanted ? 1 : 0));
        CHECK(pair.record.delivered.size() == (wanted ? 2 : 1));
    }
}
