// Retries: Postfix's instants, attempts with geometric success, and what a second MX host is good for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "oracle.hpp"

using namespace postopolis;
using namespace postopolis::oracles;

namespace {

nodes::AnswerFault refusal(smtp::Stage stage, double probability) {
    nodes::AnswerFault fault;
    fault.stage = stage;
    fault.code = 451;
    fault.probability = probability;
    return fault;
}

void add_domain(Town& town, const std::string& name, std::vector<nodes::DomainConfig::Mx> mx) {
    nodes::DomainConfig domain;
    domain.name = name;
    domain.mailboxes = "mail." + name;
    domain.mx = std::move(mx);
    domain.name_servers = {"mail." + name};
    town.add_domain(std::move(domain));
}

nodes::HostConfig site(const std::string& name) {
    nodes::HostConfig c = instant_host(name);
    c.mailboxes = true;
    return c;
}

nodes::HostConfig with_retries(nodes::HostConfig c, Duration interval, Duration lifetime) {
    c.queue.retry.backoff = policy::FixedInterval{policy::Nanoseconds(interval.count())};
    c.queue.retry.lifetime = c.queue.retry.bounce_lifetime = policy::Nanoseconds(lifetime.count());
    return c;
}

/// Sender and receiver, whose RCPT is refused with probability `p`, and one letter from each of `letters`
/// authors.
struct Geometric {
    Geometric(double p, Duration lifetime, int letters) : town(kernel::RunKey{11, 0}) {
        town.add_host(with_retries(site("mail.a.example"), Duration::minutes(1), lifetime));
        nodes::HostConfig receiver = site("mail.b.example");
        receiver.answers.push_back(refusal(smtp::Stage::rcpt, p));
        town.add_host(std::move(receiver));
        add_domain(town, "a.example", {{"mail.a.example", 10}});
        add_domain(town, "b.example", {{"mail.b.example", 10}});
        nodes::PersonConfig bob;
        bob.address = "bob@b.example";
        town.add_person(bob);
        for (nodes::Person* author : add_authors(town, "a.example", "mail.a.example", letters))
            town.write(author->mailbox()->text(), {"bob@b.example"}, "Try");
        town.run_until_quiet();
    }
    Town town;
};

} // namespace

TEST_CASE("Postfix tries at 0, 300, 600, 1200, 2400, 4800, 9000, 13200 s ... and gives up after five days") {
    Town town(kernel::RunKey{});
    nodes::HostConfig sender = site("mail.a.example");
    sender.queue.retry = policy::find_retry_preset("postfix")->schedule;
    sender.queue.scan_at_arrival = true;
    town.add_host(std::move(sender));
    nodes::HostConfig receiver = site("mail.b.example");
    receiver.answers.push_back(refusal(smtp::Stage::connect, 1)); // connection refused
    town.add_host(std::move(receiver));
    add_domain(town, "a.example", {{"mail.a.example", 10}});
    add_domain(town, "b.example", {{"mail.b.example", 10}});
    add_authors(town, "a.example", "mail.a.example", 1);
    town.write("author0@a.example", {"bob@b.example"}, "Try");

    std::vector<std::int64_t> instants; // of each try, in seconds of the letter's age
    std::optional<Time> arrived;
    std::optional<std::int64_t> bounced;
    Listener<trace::Accepted> accepted([&](const trace::Event& e, const trace::Accepted&) {
        if (!arrived) arrived = e.time;
    });
    Listener<trace::ConnectFailed> failed([&](const trace::Event& e, const trace::ConnectFailed& f) {
        CHECK(f.why == "refused");
        instants.push_back((e.time - *arrived) / Duration::seconds(1));
    });
    Listener<trace::Bounced> bounce([&](const trace::Event& e, const trace::Bounced&) {
        bounced = (e.time - *arrived) / Duration::seconds(1);
    });
    town.bus().add(accepted);
    town.bus().add(failed);
    town.bus().add(bounce);
    town.run_until_quiet();

    // postconf(5): minimal_backoff_time 300 s, maximal_backoff_time 4000 s, queue_run_delay 300 s.
    std::vector<std::int64_t> expected{0};
    while (expected.back() < 5 * 86400) {
        const std::int64_t age = expected.back();
        const std::int64_t due = age + std::clamp<std::int64_t>(age, 300, 4000);
        expected.push_back((due + 299) / 300 * 300);
    }
    const std::vector<std::int64_t> beginning{0, 300, 600, 1200, 2400, 4800, 9000, 13200};
    REQUIRE(instants.size() >= beginning.size());
    CHECK(std::equal(beginning.begin(), beginning.end(), instants.begin()));
    CHECK(instants == expected);
    REQUIRE(bounced);
    CHECK(*bounced == expected.back());
    CHECK(*bounced >= 5 * 86400);
}

TEST_CASE("tries until success: 1 / (1 - p) on average, geometrically distributed") {
    constexpr double p = 0.4;
    constexpr int letters = 20'000;
    Geometric g(p, Duration::days(30), letters);
    Mean tries;
    std::vector<double> count(20);
    for (const trace::CopyRecord& c : g.town.ledger().copies()) {
        REQUIRE(c.fate == trace::Fate::delivered);
        tries.add(c.deferrals + 1.0);
        ++count[std::min<std::size_t>(c.deferrals, count.size() - 1)];
    }
    REQUIRE(tries.n == letters);
    const double half = known_half_width(std::sqrt(p) / (1 - p), letters);
    CHECK(half / (1 / (1 - p)) <= 0.03);
    CHECK(std::abs(tries.value() - 1 / (1 - p)) <= half);
    // Chi-square of 0, 1, ... 7 and more deferrals: 18.48 is passed once in a hundred times with 7 degrees of
    // freedom.
    double chi = 0, rest = letters, left = 1;
    for (std::size_t k = 0; k < 7; ++k) {
        const double expected = letters * std::pow(p, static_cast<double>(k)) * (1 - p);
        chi += (count[k] - expected) * (count[k] - expected) / expected;
        rest -= count[k];
        left -= std::pow(p, static_cast<double>(k)) * (1 - p);
    }
    chi += (rest - letters * left) * (rest - letters * left) / (letters * left);
    CHECK(chi < 18.48);
}

TEST_CASE("with four tries, p^4 of the letters come back") {
    constexpr double p = 0.7;
    constexpr int letters = 40'000;
    // Tries at 0, 60, 120 and 180 s; the last is the first that fails after the end of the lifetime.
    Geometric g(p, Duration::seconds(170), letters);
    const auto fates = g.town.ledger().fates();
    const double loss = std::pow(p, 4);
    const double half = known_half_width(std::sqrt(loss * (1 - loss)), letters);
    const double found = static_cast<double>(fates[static_cast<std::size_t>(trace::Fate::bounced)]) / letters;
    CHECK(half / loss <= 0.03);
    CHECK(std::abs(found - loss) <= half);
}

TEST_CASE("a backup MX takes over for p of the letters, and p q of them find nobody") {
    constexpr double p = 0.4, q = 0.5;
    constexpr int letters = 40'000;
    Town town(kernel::RunKey{13, 0});
    // One round only: what cannot be delivered at once comes back.
    town.add_host(with_retries(site("mail.a.example"), Duration::minutes(1), Duration::nanoseconds(1)));
    nodes::HostConfig receiver = site("mail.b.example");
    receiver.answers.push_back(refusal(smtp::Stage::connect, p));
    town.add_host(std::move(receiver));
    nodes::HostConfig backup = site("backup.isp.example");
    backup.mailboxes = false;
    backup.answers.push_back(refusal(smtp::Stage::connect, q));
    // It hands on over a way that is never refused, so that only the first hop is measured.
    (void)backup.routes.add("b.example", policy::Relay{{{"inner.b.example", 0, 25}}});
    town.add_host(std::move(backup));
    nodes::HostConfig inner = instant_host("inner.b.example");
    inner.routes = {};
    town.add_host(std::move(inner));
    add_domain(town, "a.example", {{"mail.a.example", 10}});
    add_domain(town, "b.example", {{"mail.b.example", 10}, {"backup.isp.example", 20}});
    nodes::PersonConfig bob;
    bob.address = "bob@b.example";
    town.add_person(bob);
    for (nodes::Person* author : add_authors(town, "a.example", "mail.a.example", letters))
        town.write(author->mailbox()->text(), {"bob@b.example"}, "Try");
    std::uint64_t at_primary = 0, at_backup = 0, nobody = 0;
    Listener<trace::Accepted> accepted([&](const trace::Event&, const trace::Accepted& a) {
        if (a.from_host != "mail.a.example" || a.connection == 0) return;
        at_primary += a.host == "mail.b.example" ? 1U : 0U;
        at_backup += a.host == "backup.isp.example" ? 1U : 0U;
    });
    Listener<trace::Bounced> bounced([&](const trace::Event&, const trace::Bounced& b) {
        nobody += b.host == "mail.a.example" ? 1U : 0U;
    });
    town.bus().add(accepted);
    town.bus().add(bounced);
    town.run_until(Time::at(Duration::minutes(10)));
    auto check = [](std::uint64_t found, double share) {
        const double half = known_half_width(std::sqrt(share * (1 - share)), letters);
        CHECK(half / share <= 0.03);
        CHECK(std::abs(static_cast<double>(found) / letters - share) <= half);
    };
    CHECK(at_primary + at_backup + nobody == letters);
    check(at_primary, 1 - p);
    check(at_backup, p * (1 - q));
    check(nobody, p * q);
}
