// Datagrams: delay, serialization, loss, nobody there.
#include <cmath>

#include <doctest/doctest.h>

#include "runtime_fixture.hpp"

using namespace postopolis;
using namespace postopolis::net;
using namespace postopolis::net::fixture;

namespace {

constexpr Duration one_way = Duration::milliseconds(50);
using Datagrams = std::vector<std::pair<Time, std::string>>;

} // namespace

TEST_CASE("a datagram takes the delay of the way, and brings its sender's address") {
    Town town(wire(one_way));
    town.client.send_datagram(town.server.address(), text("query"), 40);
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.server.datagrams == Datagrams{{ms(50), "192.0.2.1 query"}});
    CHECK(Text::alive == 0);
}

TEST_CASE("its bits take their time: 28 octets of headers (RFC 791, RFC 768) and its own") {
    Town town(wire(one_way, 0, 8000));
    town.client.send_datagram(town.server.address(), text("query"), 72); // 100 octets at 1000/s
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.server.datagrams == Datagrams{{ms(150), "192.0.2.1 query"}});
}

TEST_CASE("with loss p, a share of 1 - p arrives") {
    Town town(wire(one_way, 0.2));
    constexpr int kSent = 20'000;
    for (int i = 0; i < kSent; ++i)
        town.client.send_datagram(town.server.address(), text("query"), 40);
    CHECK(town.simulation.run_until_quiet());
    const double arrived = static_cast<double>(town.server.datagrams.size()) / kSent;
    CHECK(std::fabs(arrived - 0.8) < 2.576 * std::sqrt(0.2 * 0.8 / kSent));
    CHECK(Text::alive == 0);
}

TEST_CASE("nobody is told when nobody is there") {
    Town town(wire(one_way));
    town.client.send_datagram(0xC0000263, text("lost"), 40);
    town.wires.island = 1;
    town.client.send_datagram(town.server.address(), text("lost"), 40);
    town.wires.island = 1000;
    town.client.send_datagram(town.server.address(), text("too late"), 40);
    town.server.go_down();
    CHECK(town.simulation.run_until_quiet());
    town.server.send_datagram(town.client.address(), text("from the dead"), 40);
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.server.datagrams.empty());
    CHECK(town.client.datagrams.empty());
    CHECK(Text::alive == 0);
}
