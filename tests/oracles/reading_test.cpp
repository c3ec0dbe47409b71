// A reader who looks every T: letters that come at random instants wait between 0 and T, T/2 on average.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "oracle.hpp"

using namespace postopolis;
using namespace postopolis::oracles;

TEST_CASE("letters wait for their reader uniformly between 0 and T") {
    constexpr double every = 600;
    Town town(kernel::RunKey{17, 0});
    nodes::HostConfig host = instant_host("mail.a.example");
    host.mailboxes = true;
    town.add_host(std::move(host));
    nodes::DomainConfig domain;
    domain.name = "a.example";
    domain.mailboxes = "mail.a.example";
    town.add_domain(std::move(domain));
    nodes::PersonConfig reader;
    reader.address = "reader@a.example";
    reader.reading = nodes::ReadingConfig{Duration::from_seconds(every), {}, false};
    town.add_person(reader);
    add_poisson(town, add_authors(town, "a.example", "mail.a.example", 100), "reader@a.example", 0.02,
                Time::at(Duration::days(14)));
    std::vector<double> waits;
    Listener<trace::Passed> listener([&](const trace::Event&, const trace::Passed& p) {
        if (p.stage == trace::Passed::Stage::pickup)
            waits.push_back(p.spent.spent(trace::Cause::pickup).to_seconds());
    });
    town.bus().add(listener);
    town.run_until_quiet();
    Mean mean;
    for (double w : waits)
        mean.add(w);
    const auto n = static_cast<double>(waits.size());
    REQUIRE(n > 20'000);
    const double half = known_half_width(every / std::sqrt(12.0), n);
    CHECK(half / (every / 2) <= 0.03);
    CHECK(std::abs(mean.value() - every / 2) <= half);
    // Kolmogorov and Smirnov: 1.628 / sqrt(n) is passed once in a hundred times.
    std::sort(waits.begin(), waits.end());
    double distance = 0;
    for (std::size_t i = 0; i < waits.size(); ++i) {
        const double cdf = std::clamp(waits[i] / every, 0.0, 1.0);
        const auto rank = static_cast<double>(i);
        distance = std::max({distance, std::abs(cdf - rank / n), std::abs(cdf - (rank + 1) / n)});
    }
    CHECK(distance < 1.628 / std::sqrt(n));
}
