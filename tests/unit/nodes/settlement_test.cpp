// Settlements: names and numbers, who is made when, mail between them; contacts that are worked out when asked for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "postopolis/nodes/town.hpp"

using namespace postopolis;
using namespace postopolis::nodes;

namespace {

constexpr std::uint32_t kFirstAddress = 0x0A000001U;

/// `before[i]` people live before domain i; a provider of name service stands beside.
struct Settled {
    explicit Settled(std::vector<std::uint32_t> before) : town(kernel::RunKey{3, 0}) {
        HostConfig server;
        server.name = "ns.provider.example";
        server.name_server = true;
        town.add_host(server);
        SettlementConfig c;
        c.domains = {"d{n}.example", 1};
        c.count = static_cast<std::uint32_t>(before.size() - 1);
        auto& internet = static_cast<net::Internet&>(town.paths());
        for (std::uint32_t i = 0; i < c.count; ++i) {
            const net::HostRef place = internet.add_host("mail." + c.domains.at(i), c.domains.at(i));
            if (i == 0) c.first_place = place;
        }
        const net::HostRef homes = internet.add_host("homes", "homes.example");
        auto host = std::make_shared<HostConfig>();
        host->submission = host->relay = host->mailboxes = host->resolver = true;
        host->asks_itself = true;
        c.host = host;
        c.address_of = [](std::uint32_t i) { return kFirstAddress + i; };
        c.host_with = [count = c.count](std::uint32_t a) {
            return a >= kFirstAddress && a - kFirstAddress < count ? std::optional(a - kFirstAddress) : std::nullopt;
        };
        c.zone.name_servers = {"ns.provider.example"};
        c.named = {"Zoe"};
        c.numbered = {"u{n}", 5};
        c.before = std::move(before);
        auto person = std::make_shared<PersonConfig>();
        person->submits_at_home = true;
        person->reading = ReadingConfig{};
        c.kind_of = [person, homes](std::string_view) { return SettlementConfig::Kind{person, homes, nullptr}; };
        settlement = &town.add_settlement(std::move(c));
        town.settle_people(*settlement);
    }
    Town town;
    Settlement* settlement = nullptr;
};

} // namespace

TEST_CASE("numbered names are written and read back, without regard to case") {
    const NumberedName names("Mail.d{n}.x.example", 7);
    CHECK(names.at(0) == "Mail.d7.x.example");
    CHECK(names.find("mail.D12.X.example") == 5);
    for (const char* other : {"mail.d6.x.example", "mail.d07.x.example", "mail.d.x.example", "mail.d1a.x.example",
                              "mail.d7.y.example", "d7.x.example", "mail.d-7.x.example", ""})
        CHECK_FALSE(names.find(other));
    CHECK(NumberedName("{n}", 0).find("0") == 0);
}

TEST_CASE("a settlement knows its own by name") {
    Settled t({0, 4, 5, 5});
    const Settlement& s = *t.settlement;
    CHECK(s.people() == 5);
    CHECK(s.domain("D3.Example") == 2);
    CHECK_FALSE(s.domain("d4.example"));
    CHECK(s.host("mail.d1.example") == 0);
    CHECK(s.zone("a.b.D2.example") == 1);
    CHECK(s.person(0, "zoe") == 0);
    CHECK(s.person(0, "U5") == 1);
    CHECK(s.person(0, "u7") == 3);
    CHECK_FALSE(s.person(0, "u8"));
    CHECK(s.person(1, "postmaster") == 4); // RFC 5321 section 4.5.1
    CHECK_FALSE(s.person(1, "u5"));
    CHECK_FALSE(s.person(2, "postmaster")); // nobody lives there
    for (std::uint32_t k = 0; k < s.people(); ++k) {
        const mail::Address a = s.address(k);
        CHECK(s.person(*s.domain(a.domain), a.local) == k);
        CHECK(s.domain_of(k) == *s.domain(a.domain));
    }
    CHECK(t.town.person("nobody@d1.example") == nullptr);
    CHECK(bool(t.town.world().directory.account({"u6", "d1.EXAMPLE"})));
}

TEST_CASE("hosts and people are made when they are needed, with the ids that were kept for them") {
    Settled t({0, 4, 8, 12});
    const Settlement& s = *t.settlement;
    t.town.write("u5@d1.example", {"u6@d2.example", "nobody@d2.example"}, "Hello");
    t.town.run_until(kernel::Time() + kernel::Duration::minutes(9));
    const auto fates = t.town.ledger().fates();
    CHECK(fates[static_cast<std::size_t>(trace::Fate::delivered)] == 2); // the letter, and the report about nobody
    CHECK(fates[static_cast<std::size_t>(trace::Fate::bounced)] == 1);
    CHECK(s.made_host(0) != nullptr);
    CHECK(s.made_host(1) != nullptr);
    CHECK(s.made_host(2) == nullptr);
    std::size_t made = 0;
    for (std::uint32_t k = 0; k < s.people(); ++k) made += static_cast<std::size_t>(s.made_person(k) != nullptr);
    CHECK(made == 2);
    CHECK(s.made_host(1)->id() == s.made_host(0)->id() + 1);
    CHECK(s.made_person(6)->id() == s.made_person(1)->id() + 5);
    CHECK(t.town.world().network->at(kFirstAddress + 1) == s.made_host(1));
}

namespace {

/// Of connections, which must not come again.
class Numbers final : public trace::Observer {
public:
    trace::KindMask listens_for() const override { return trace::kinds<trace::Connected>(); }
    void on_event(const trace::Event& e) override { ids.push_back(std::get<trace::Connected>(e.what).connection); }
    std::vector<trace::ConnectionId> ids;
};

} // namespace

TEST_CASE("residents are forgotten while nothing of theirs goes on, and go on from where they were") {
    std::vector<std::uint64_t> fingerprints;
    for (const bool kept : {false, true}) {
        Settled t({0, 4, 8});
        Numbers numbers;
        t.town.bus().add(numbers);
        for (int hours : {0, 3, 6})
            t.town.write("u5@d1.example", {"u6@d2.example"}, "Hello", kernel::Time() + kernel::Duration::hours(hours));
        // Those of whom something is expected stay.
        if (kept)
            for (const char* who : {"u5@d1.example", "u6@d2.example"})
                t.town.write(who, {"u7@d2.example"}, "Later", kernel::Time() + kernel::Duration::days(1));
        t.town.run_until(kernel::Time() + kernel::Duration::hours(8));
        fingerprints.push_back(t.town.fingerprint().value());
        const Settlement& s = *t.settlement;
        CHECK((s.made_person(1) != nullptr) == kept);
        CHECK((s.made_person(6) != nullptr) == kept);
        CHECK(t.town.ledger().fates()[static_cast<std::size_t>(trace::Fate::delivered)] == 3);
        for (const trace::CopyRecord& c : t.town.ledger().copies()) CHECK(c.fetched);
        std::sort(numbers.ids.begin(), numbers.ids.end());
        CHECK(numbers.ids.size() == 9); // submitted, passed on, fetched
        CHECK(std::adjacent_find(numbers.ids.begin(), numbers.ids.end()) == numbers.ids.end());
    }
    CHECK(fingerprints[0] == fingerprints[1]);
}

TEST_CASE("the number of contacts has the mean that was asked for, and so has the part of neighbours") {
    constexpr std::uint32_t kDomains = 100;
    constexpr std::uint32_t kEach = 200;
    std::vector<std::uint32_t> before;
    for (std::uint32_t i = 0; i <= kDomains; ++i) before.push_back(i * kEach);
    Settled t(std::move(before));
    Crowd everybody;
    everybody.add(*t.settlement, 0, t.settlement->people());
    const Acquaintances law{20, 1, 0.4};
    const GeneratedContacts contacts(kernel::RunKey{3, 0}, law, everybody, {}, t.town.world().directory);
    double sum = 0;
    double neighbours = 0;
    double asked = 0;
    std::uint64_t most = 0;
    const std::uint32_t people = t.settlement->people();
    for (std::uint32_t k = 0; k < people; ++k) {
        const mail::Address p = t.settlement->address(k);
        const std::uint64_t count = contacts.count(p);
        REQUIRE(count >= 1);
        REQUIRE(contacts.count(p) == count);
        sum += static_cast<double>(count);
        most = std::max(most, count);
        const mail::AddressPtr a = contacts.at(p, count - 1);
        REQUIRE(*contacts.at(p, count - 1) == *a);
        ++asked;
        if (t.settlement->domain(a->domain) == t.settlement->domain_of(k)) ++neighbours;
    }
    // The standard deviation of a lognormal of mean m is m sqrt(exp(sigma^2) - 1); four standard errors.
    const double error = 20 * std::sqrt((std::exp(1.0) - 1) / people);
    CHECK(std::abs(sum / people - 20) < 4 * error);
    // One of 20,000: 20 exp(-1/2 + 3.89) = 590 is exceeded by one in the mean.
    CHECK(most > 250);
    CHECK(most < 3000);
    // Those who are chosen among all may be neighbours too.
    const double part = 0.4 + 0.6 / kDomains;
    CHECK(std::abs(neighbours / asked - part) < 4 * std::sqrt(part * (1 - part) / asked));
}
