// POP3 sessions played ahead of the clock: the same run as with every command an event of its own, whatever interferes.
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
    std::uint64_t fetched = 0;
};

struct Setting {
    HostConfig server = all_roles("mail.b.example");
    ReadingConfig reading;
    Duration written;    ///< when the second letter is written
    Duration down, up;   ///< the server's outage; none if they are equal
};

/// Letters to bob, who looks every minute, and to berta, who looks at the same instants.
Played play(Dialogues dialogues, const Setting& setting) {
    Town town(kernel::RunKey{1, 0});
    town.world().dialogues = dialogues;
    town.add_site("a.example", {"alice"}, all_roles("mail.a.example"));
    MailHost& b = town.add_site("b.example", {}, setting.server);
    for (const char* name : {"bob", "berta"}) {
        PersonConfig p;
        p.address = std::string(name) + "@b.example";
        p.submission = {b.name()};
        p.reading = setting.reading;
        p.reading->every = Duration::minutes(1);
        p.reading->phase = Duration();
        town.add_person(std::move(p));
    }
    if (setting.up > setting.down) town.schedule_outage(b, Time::at(setting.down), Time::at(setting.up), false);
    town.write("alice@a.example", {"bob@b.example", "berta@b.example"}, "One", Time::at(Duration::seconds(1)));
    town.write("alice@a.example", {"bob@b.example"}, "Two", Time::at(setting.written));
    town.run_until_quiet(Time::at(Duration::days(1)));
    std::uint64_t fetched = 0;
    for (const trace::CopyRecord& c : town.ledger().copies()) fetched += c.fetched ? 1U : 0U;
    return {town.fingerprint().value(), town.simulation().events_processed(), town.simulation().last_activity(),
            fetched};
}

/// True if fewer events were needed.
bool check_same(const Setting& setting) {
    const Played full = play(Dialogues::full, setting);
    const Played folded = play(Dialogues::automatic, setting);
    CHECK(full.fetched == 3);
    CHECK(folded.fetched == 3);
    CHECK(folded.fingerprint == full.fingerprint);
    CHECK(folded.last == full.last);
    return folded.events < full.events;
}

} // namespace

TEST_CASE("folded POP3: what comes in while somebody looks is there at the right step") {
    for (int ms = 58'800; ms < 60'800; ms += 19) {
        CAPTURE(ms);
        Setting setting;
        setting.written = Duration::milliseconds(ms);
        for (const bool leave : {false, true}) {
            setting.reading.leave_on_server = leave;
            CHECK(check_same(setting));
        }
    }
}

TEST_CASE("folded POP3: a server that goes down at any step does so at that step") {
    for (int ms = 59'990; ms < 60'500; ms += 7) {
        CAPTURE(ms);
        Setting setting;
        setting.written = Duration::seconds(2);
        setting.down = Duration::milliseconds(ms);
        setting.up = setting.down + Duration::minutes(3);
        check_same(setting);
    }
}

TEST_CASE("folded POP3: few slots, slow servers, and what takes longer than somebody's patience") {
    for (const std::uint32_t slots : {1U, 100U}) {
        for (const int seconds : {1, 20, 45, 80, 130, 200, 310}) {
            CAPTURE(slots);
            CAPTURE(seconds);
            Setting setting;
            setting.written = Duration::seconds(2);
            setting.server.pop.max_sessions = slots;
            setting.server.pop.service.per_message = Distribution::constant(Duration::seconds(seconds));
            // Longer than the client waits: it never gets it.
            const Played full = play(Dialogues::full, setting);
            const Played folded = play(Dialogues::automatic, setting);
            CHECK(folded.fingerprint == full.fingerprint);
            CHECK(folded.fetched == full.fetched);
            CHECK((full.fetched == 3) == (seconds < 300));
        }
    }
}

TEST_CASE("folded POP3: servers that take their time by chance draw the same") {
    Setting setting;
    setting.written = Duration::seconds(2);
    const Distribution some = Distribution(Distribution::Exponential{0.05});
    setting.server.pop.service = {some, some, some};
    CHECK(check_same(setting));
}
