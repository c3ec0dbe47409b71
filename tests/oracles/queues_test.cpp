// Waiting for a slot, against queueing theory (Kleinrock, Queueing Systems I, 1975: chapters 3 to 5).
#include <doctest/doctest.h>

#include <map>

#include "oracle.hpp"

using namespace postopolis;
using namespace postopolis::oracles;

namespace {

/// Erlang's C: the probability of having to wait in M/M/c with an offered load of `a`.
double erlang_c(int c, double a) {
    double term = 1, sum = 0;
    for (int k = 0; k < c; ++k) {
        sum += term;
        term *= a / (k + 1);
    }
    const double last = term * c / (c - a);
    return last / (sum + last);
}

/// What a queue is left alone for before it is looked at: many times its relaxation time.
constexpr Duration kWarmUp = Duration::seconds(2000);

/// A queue's arrivals and services, whose expectations are known: they control the estimate of the wait.
struct Load {
    double rate = 0;    ///< per second
    double service = 0; ///< mean, seconds
    double letters = 0; ///< expected in the run
};

/// The mean time that letters wait for a slot in a stage, in seconds.
Controlled mean_wait(Town& town, trace::Passed::Stage stage, const Load& load) {
    Mean wait, service;
    Listener<trace::Passed> listener([&](const trace::Event&, const trace::Passed& p) {
        if (p.stage != stage || p.begin < Time::at(kWarmUp)) return;
        wait.add(p.spent.spent(trace::Cause::queue).to_seconds());
        service.add(p.spent.spent(trace::Cause::service).to_seconds());
    });
    town.bus().add(listener);
    town.run_until(Time::at(kWarmUp + Duration::from_seconds(load.letters / load.rate)));
    town.bus().remove(listener);
    return {wait.value(),
            {service.value() / load.service - 1, static_cast<double>(wait.n) / load.letters - 1}};
}

/// A town of one host and many authors, who write to one of them.
Controlled one_host(kernel::RunKey key, nodes::HostConfig host, int authors, trace::Passed::Stage stage,
                    const Load& load) {
    Town town(key);
    host.mailboxes = true;
    town.add_host(std::move(host));
    nodes::DomainConfig domain;
    domain.name = "a.example";
    domain.mailboxes = "mail.a.example";
    town.add_domain(std::move(domain));
    add_poisson(town, add_authors(town, "a.example", "mail.a.example", authors), "author0@a.example",
                load.rate, Time::max());
    return mean_wait(town, stage, load);
}

Estimate local_wait(std::uint32_t slots, const Distribution& service, const Load& load) {
    return replicate_controlled(40, [&](kernel::RunKey key) {
        nodes::HostConfig host = instant_host("mail.a.example");
        host.local_delivery = {slots, service};
        return one_host(key, std::move(host), 200, trace::Passed::Stage::filing, load);
    });
}

Estimate session_wait(std::uint32_t slots, const Load& load) {
    return replicate_controlled(40, [&](kernel::RunKey key) {
        nodes::HostConfig host = instant_host("mail.a.example");
        host.submission_smtp.max_sessions = slots;
        host.submission_smtp.service.per_connection = exponential(load.service);
        return one_host(key, std::move(host), 2000, trace::Passed::Stage::submission, load);
    });
}

void check(const Estimate& found, double expected) {
    MESSAGE("expected ", expected, ", found ", found.mean, " +- ", found.half_width);
    CHECK(found.covers(expected));
    CHECK(found.relative(expected) <= 0.03);
}

} // namespace

TEST_CASE("M/M/1: waiting for the only slot of local delivery") {
    constexpr double rate = 0.5;
    check(local_wait(1, exponential(1), {rate, 1, 4000}), rate / (1 - rate)); // rho / (mu - lambda)
}

TEST_CASE("M/M/2: waiting for one of two slots of local delivery") {
    constexpr double rate = 1.0;
    check(local_wait(2, exponential(1), {rate, 1, 14'000}), erlang_c(2, rate) / (2 - rate));
}

TEST_CASE("M/D/1: constant service halves the wait") {
    constexpr double rate = 0.5;
    // The service does not vary, and a control that does not vary would be no equation: a nanosecond's worth
    // is there.
    const Distribution constant(Distribution::Uniform{1 - 1e-6, 1 + 1e-6});
    check(local_wait(1, constant, {rate, 1, 3000}), rate / (2 * (1 - rate))); // Pollaczek and Khinchine
}

TEST_CASE("M/M/2: waiting in the listen queue for one of two SMTP sessions") {
    // The dialogue after the greeting takes a few milliseconds of LAN: nothing beside 20 s, but it lengthens
    // them.
    constexpr double mean = 20, rate = 0.05;
    check(session_wait(2, {rate, mean, 9000}), erlang_c(2, rate * mean) / (2 / mean - rate));
}

TEST_CASE("a tandem of three relays: the sojourns add up as if each were alone (Jackson)") {
    constexpr double rate = 0.05;
    const double means[] = {10, 8, 5};
    auto run = [&](kernel::RunKey key) {
        Town town(key);
        auto lead = [](nodes::HostConfig& host, const std::string& to) {
            (void)host.routes.add("*", policy::Relay{{{to, 0, 25}}});
        };
        for (int i = 0; i < 3; ++i) {
            nodes::HostConfig relay = instant_host("relay" + std::to_string(i) + ".isp.example");
            relay.place = "isp.example";
            relay.smtp.max_sessions = 1;
            relay.smtp.service.per_connection = exponential(means[i]);
            lead(relay, i == 2 ? "mail.b.example" : "relay" + std::to_string(i + 1) + ".isp.example");
            town.add_host(std::move(relay));
        }
        nodes::HostConfig sender = instant_host("mail.a.example");
        sender.place = "isp.example";
        sender.mailboxes = true;
        lead(sender, "relay0.isp.example");
        town.add_host(std::move(sender));
        nodes::HostConfig receiver = instant_host("mail.b.example");
        receiver.place = "isp.example";
        receiver.mailboxes = true;
        town.add_host(std::move(receiver));
        for (const char* name : {"a.example", "b.example"}) {
            nodes::DomainConfig domain;
            domain.name = name;
            domain.mailboxes = std::string("mail.") + name;
            town.add_domain(std::move(domain));
        }
        nodes::PersonConfig bob;
        bob.address = "bob@b.example";
        town.add_person(bob);
        add_poisson(town, add_authors(town, "a.example", "mail.a.example", 300), "bob@b.example", rate,
                    Time::max());
        Mean sojourn;
        std::map<trace::CopyId, double> under_way;
        Listener<trace::Passed> passed([&](const trace::Event&, const trace::Passed& p) {
            if (p.stage != trace::Passed::Stage::transfer || p.begin < Time::at(kWarmUp)) return;
            for (trace::CopyId id : p.copies)
                under_way[id] +=
                    (p.spent.spent(trace::Cause::queue) + p.spent.spent(trace::Cause::service)).to_seconds();
        });
        Listener<trace::Delivered> delivered([&](const trace::Event&, const trace::Delivered& d) {
            if (auto found = under_way.find(d.copy); found != under_way.end()) {
                sojourn.add(found->second);
                under_way.erase(found);
            }
        });
        town.bus().add(passed);
        town.bus().add(delivered);
        town.run_until(Time::at(kWarmUp + Duration::from_seconds(2500 / rate)));
        town.bus().remove(passed);
        town.bus().remove(delivered);
        return sojourn.value();
    };
    double expected = 0;
    for (double mean : means)
        expected += 1 / (1 / mean - rate);
    check(replicate(20, run), expected);
}
