// Connecting over a line that loses packets: SYNs at 0, 1, 3, 7 and 15 s (RFC 6298), each of which succeeds
// when it and the answer to it arrive.
#include <doctest/doctest.h>

#include <cmath>

#include "oracle.hpp"

using namespace postopolis;
using namespace postopolis::oracles;

TEST_CASE("packet loss delays connections by SYN time-outs, and some of them fail after 30 s") {
    constexpr double loss = 0.2;
    constexpr double meets = (1 - loss) * (1 - loss);
    const double sent[] = {0, 1, 3, 7, 15};
    net::InternetOptions lossy;
    lossy.loss = loss;
    auto internet = std::make_unique<net::Internet>(lossy);
    internet->add_host("mail.a.example");
    internet->add_host("mail.b.example");
    Town town(kernel::RunKey{19, 0}, std::move(internet));
    for (const char* name : {"mail.a.example", "mail.b.example"}) {
        nodes::HostConfig host = instant_host(name);
        host.mailboxes = true;
        host.timeouts.connect = Duration::seconds(30);
        (void)host.routes.add("b.example", policy::Relay{{{"mail.b.example", 0, 25}}});
        town.add_host(std::move(host));
    }
    for (const char* name : {"a.example", "b.example"}) {
        nodes::DomainConfig domain;
        domain.name = name;
        domain.mailboxes = std::string("mail.") + name;
        town.add_domain(std::move(domain));
    }
    nodes::PersonConfig bob;
    bob.address = "bob@b.example";
    bob.place = "mail.b.example";
    town.add_person(bob);
    std::vector<nodes::Person*> authors;
    for (int i = 0; i < 200; ++i) {
        nodes::PersonConfig p;
        p.address = "author" + std::to_string(i) + "@a.example";
        p.place = "mail.a.example"; // no loss within the house
        p.submission = {"mail.a.example"};
        p.authenticates = false;
        authors.push_back(&town.add_person(std::move(p)));
    }
    add_poisson(town, authors, "bob@b.example", 1, Time::at(Duration::from_seconds(80'000)));
    Mean extra, failures;
    Duration fastest = Duration::max();
    std::vector<double> took;
    Listener<trace::Connected> connected([&](const trace::Event&, const trace::Connected& c) {
        if (c.server != "mail.b.example") return;
        fastest = std::min(fastest, c.took);
        took.push_back(c.took.to_seconds());
        failures.add(0);
    });
    Listener<trace::ConnectFailed> failed([&](const trace::Event&, const trace::ConnectFailed& f) {
        CHECK(f.why == "timed out");
        CHECK(f.took == Duration::seconds(30));
        failures.add(1);
    });
    town.bus().add(connected);
    town.bus().add(failed);
    town.run_until_quiet();
    for (double t : took)
        extra.add(t - fastest.to_seconds()); // the fastest is one round trip
    double mean = 0, square = 0, left = 1;
    for (double s : sent) {
        mean += left * meets * s;
        square += left * meets * s * s;
        left *= 1 - meets;
    }
    mean /= 1 - left;
    square /= 1 - left;
    const auto n = static_cast<double>(extra.n);
    const double half = known_half_width(std::sqrt(square - mean * mean), n);
    MESSAGE("expected ", mean, ", found ", extra.value(), " +- ", half);
    CHECK(half / mean <= 0.03);
    CHECK(std::abs(extra.value() - mean) <= half);
    const double rare = known_half_width(std::sqrt(left * (1 - left)), static_cast<double>(failures.n));
    CHECK(std::abs(failures.value() - left) <= rare);
}
