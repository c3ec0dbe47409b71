// The plain Internet: delays that are plausible in the whole, and depend on names alone.
#include "postopolis/net/internet.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

using namespace postopolis;
using namespace postopolis::net;
using kernel::Duration;

namespace {

double quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

} // namespace

TEST_CASE("between sites the median is about 20 ms, within a site about 0.3 ms") {
    Internet internet;
    for (int i = 0; i < 2000; ++i)
        internet.add_host("mx.site" + std::to_string(i) + ".example");
    std::vector<double> delays;
    for (HostRef a = 0; a + 1 < 2000; a += 2)
        for (HostRef b = 1; b < 200; b += 2)
            if (a != b) delays.push_back(internet.path(a, b)->mean_delay_seconds());
    CHECK(quantile(delays, 0.5) == doctest::Approx(0.020).epsilon(0.1));
    CHECK(quantile(delays, 0.05) > 0.005);
    CHECK(quantile(delays, 0.95) < 0.045);
    CHECK(quantile(delays, 0) >= internet.lookahead().to_seconds());

    HostRef in = internet.add_host("in.campus.example"), out = internet.add_host("out.campus.example");
    auto lan = internet.path(in, out);
    CHECK(lan->mean_delay_seconds() >= 0.0002);
    CHECK(lan->mean_delay_seconds() <= 0.0004);
    CHECK(lan->minimum_delay() >= internet.lookahead());
    CHECK(lan->bandwidth_bps() == 1'000'000'000);
    CHECK(internet.path(in, in)->minimum_delay() == loopback_delay);
    CHECK(internet.lookahead() > Duration());
}

TEST_CASE("a delay depends on the two names alone, is the same both ways, and another geography moves it") {
    Internet small, large, elsewhere({.geography = 2});
    HostRef a = small.add_host("a.example"), b = small.add_host("b.example");
    for (int i = 0; i < 100; ++i)
        large.add_host("h" + std::to_string(i) + ".other.example");
    HostRef b2 = large.add_host("b.example"), a2 = large.add_host("a.example");
    Duration delay = small.path(a, b)->minimum_delay();
    CHECK(delay == small.path(b, a)->minimum_delay());
    CHECK(delay == large.path(a2, b2)->minimum_delay());
    CHECK(large.add_host("a.example") == a2);
    CHECK(large.find("b.example") == b2);
    CHECK(!large.find("c.example"));
    HostRef a3 = elsewhere.add_host("a.example"), b3 = elsewhere.add_host("b.example");
    CHECK(delay != elsewhere.path(a3, b3)->minimum_delay());
    // "a.example" has one dot: it is a site of its own, and so is its neighbour.
    CHECK(delay > Duration::microseconds(600));
}

TEST_CASE("jitter comes on top of the constant delay, with the median asked for") {
    Internet internet({.jitter_sigma = 0.5, .jitter_share = 0.1, .loss = 0.02, .bandwidth_bps = 0});
    HostRef a = internet.add_host("a.example"), b = internet.add_host("b.example");
    auto path = internet.path(a, b);
    CHECK(!path->is_constant());
    CHECK(path->loss() == doctest::Approx(0.02));
    CHECK(path->bandwidth_bps() == 0);
    double base = path->minimum_delay().to_seconds();
    kernel::Stream stream({1, 0}, "jitter");
    std::vector<double> extra;
    for (int i = 0; i < 20'001; ++i) {
        Duration drawn = path->draw_delay(stream);
        REQUIRE(drawn >= path->minimum_delay());
        extra.push_back(drawn.to_seconds() - base);
    }
    CHECK(quantile(extra, 0.5) == doctest::Approx(0.1 * base).epsilon(0.03));
    CHECK(InternetOptions{.scale = 0}.problem());
    CHECK(InternetOptions{.loss = 2}.problem());
    CHECK(InternetOptions{.jitter_sigma = -1}.problem());
    CHECK(!InternetOptions{}.problem());
}
