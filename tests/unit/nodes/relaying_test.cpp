// Who may send by way of whom: relaying (RFC 5321 section 7.9, RFC 6409) and AUTH (RFC 4954).
#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace postopolis;
using namespace postopolis::nodes;
using namespace postopolis::nodes::test;

namespace {

/// mail.a.example sends all its mail by way of a relay, which does as `relaying` says.
struct Relayed : Scene {
    explicit Relayed(RelayConfig relaying, TrustConfig trusted = {}) : Scene(through_relay()) {
        HostConfig relay = all_roles("relay.isp.example");
        relay.mailboxes = relay.submission = false;
        relay.relaying = std::move(relaying);
        relay.smtp.trusted = std::move(trusted);
        town.add_host(std::move(relay));
        add_b();
        write({"bob@b.example"});
        run();
    }
    static HostConfig through_relay() {
        HostConfig c = all_roles("mail.a.example");
        (void)c.routes.add("*", policy::Relay{{{"relay.isp.example", 0, 25}}});
        return c;
    }
};

struct Submitted : Scene {
    Submitted(HostConfig host, const std::function<void(PersonConfig&)>& change)
        : Scene(std::move(host), {}) {
        add_b();
        PersonConfig p;
        p.address = "alice@a.example";
        p.submission = {"mail.a.example"};
        change(p);
        town.add_person(std::move(p));
        listen_to_talk();
        write({"bob@b.example"});
        run();
    }
};

} // namespace

TEST_CASE("a relay refuses strangers with 554 5.7.1, and the letter comes back") {
    Relayed r({});
    REQUIRE(r.record.bounced.size() == 1);
    CHECK(r.record.bounced[0].by == "mail.a.example");
    CHECK(r.record.bounced[0].code == 554);
    CHECK(r.record.bounced[0].enhanced == "5.7.1");
    CHECK(contains(r.record.bounced[0].text, "Relay access denied"));
    CHECK(r.fate(trace::Fate::bounced) == 1);
    CHECK(r.fate(trace::Fate::delivered) == 1); // the report
}

TEST_CASE("an open relay passes anybody's mail on, where the scenario asks for one") {
    RelayConfig open;
    open.open_relay = true;
    Relayed r(open);
    CHECK(r.record.path() ==
          std::vector<std::string>{"mail.a.example", "relay.isp.example", "mail.b.example"});
    CHECK(r.fate(trace::Fate::delivered) == 1);
}

TEST_CASE("a relay passes on the mail of hosts and networks that it trusts") {
    TrustConfig by_name;
    by_name.hosts = {"mail.a.example"};
    CHECK(Relayed({}, by_name).fate(trace::Fate::delivered) == 1);
    TrustConfig by_network;
    by_network.networks = {"192.0.2.0/24"}; // where the first hosts of a town are
    CHECK(Relayed({}, by_network).fate(trace::Fate::bounced) == 0);
    TrustConfig by_pattern;
    by_pattern.patterns = {"*.a.example"};
    CHECK(Relayed({}, by_pattern).fate(trace::Fate::bounced) == 0);
    TrustConfig another;
    another.networks = {"198.51.100.0/24"};
    another.patterns = {"*.b.example"};
    CHECK(Relayed({}, another).fate(trace::Fate::bounced) == 1);
}

TEST_CASE("AUTH with the right password is taken, with a wrong one the letter is rejected at once") {
    Submitted right(all_roles("mail.a.example"), [](PersonConfig&) {});
    CHECK(right.fate(trace::Fate::delivered) == 1);
    // base64 of NUL alice@a.example NUL secret-of-alice (RFC 4616)
    CHECK(contains(right.record.talk, "C: AUTH PLAIN AGFsaWNlQGEuZXhhbXBsZQBzZWNyZXQtb2YtYWxpY2U=\n"));
    CHECK(contains(right.record.talk, "S: 235 2.7.0"));
    // RFC 3848: what came with AUTH says so in its Received field.
    CHECK(contains(right.record.delivered[0].text, "with ESMTPA"));

    Submitted wrong(all_roles("mail.a.example"), [](PersonConfig& p) { p.wrong_password = true; });
    REQUIRE(wrong.record.rejected.size() == 1);
    CHECK(wrong.record.rejected[0].code == 535);
    CHECK(wrong.record.rejected[0].enhanced == "5.7.8");
    CHECK(wrong.record.accepted.empty());
    CHECK_FALSE(contains(wrong.record.talk, "MAIL FROM"));
}

TEST_CASE("without AUTH a stranger is refused, a trusted network is not") {
    Submitted stranger(all_roles("mail.a.example"), [](PersonConfig& p) { p.authenticates = false; });
    REQUIRE(stranger.record.rejected.size() == 1);
    CHECK(stranger.record.rejected[0].code == 530);
    HostConfig trusting = all_roles("mail.a.example");
    trusting.submission_smtp.trusted.networks = {"100.64.0.0/10"}; // where people's computers are
    Submitted known(std::move(trusting), [](PersonConfig& p) { p.authenticates = false; });
    CHECK(known.fate(trace::Fate::delivered) == 1);
    CHECK_FALSE(contains(known.record.talk, "C: AUTH"));
}

TEST_CASE("a server that does not ask for AUTH still passes nothing on for strangers") {
    HostConfig lax = all_roles("mail.a.example");
    lax.requires_auth = false;
    Submitted s(std::move(lax), [](PersonConfig& p) { p.authenticates = false; });
    REQUIRE(s.record.rejected.size() == 1);
    CHECK(s.record.rejected[0].code == 554);
    CHECK(s.record.rejected[0].enhanced == "5.7.1");
}
