// Connecting: the handshake's timing, refusals, silence, crashes, loss.
#include "postopolis/net/host.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "runtime_fixture.hpp"

using namespace postopolis;
using namespace postopolis::net;
using namespace postopolis::net::fixture;

namespace {

using Log = std::vector<std::string>;
constexpr Duration one_way = Duration::milliseconds(50);

Task<void> call(Town& town, std::uint32_t address, std::uint16_t port, Duration timeout) {
    Task<Connecting> connecting = town.client.connect(address, port, timeout, 0);
    Connecting done = co_await connecting;
    if (!done.socket) {
        town.note(std::string(done.failure));
        co_return;
    }
    town.note("connected");
    Received greeting = co_await done.socket->receive(Duration::minutes(5));
    town.note("client: " + text_of(greeting));
    done.socket->close();
}

Task<void> measure(Town& town, std::vector<double>& took, int connections) {
    for (int i = 0; i < connections; ++i) {
        const Time start = town.simulation.now();
        Task<Connecting> connecting =
            town.client.connect(town.server.address(), 25, Duration::minutes(10), 0);
        Connecting done = co_await connecting;
        took.push_back((town.simulation.now() - start).to_seconds());
        if (done.socket) done.socket->close();
        co_await town.client.sleep(Duration::minutes(10));
    }
}

Task<void> hold(Town& town, Duration how_long) {
    Task<Connecting> connecting = town.client.connect(town.server.address(), 25, Duration::minutes(5), 0);
    Connecting done = co_await connecting;
    REQUIRE(done.socket);
    town.note("connected");
    Received greeting = co_await done.socket->receive(Duration::minutes(5));
    town.note("client: " + text_of(greeting));
    Received next = co_await done.socket->receive(how_long);
    town.note("client: " + text_of(next));
    done.socket->close();
}

Task<void> silent(std::unique_ptr<Socket> socket) {
    Received got = co_await socket->receive(Duration::hours(1));
    socket->close();
}

} // namespace

TEST_CASE("connecting takes one round trip, the greeting is there after two") {
    Town town(wire(one_way));
    Recorder recorder(trace::kMailLevel);
    town.bus.add(recorder);
    town.client.spawn(call(town, town.server.address(), 25, Duration::minutes(5)));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log ==
          Log{"connected@100ms", "accepted@150ms", "client: hello@200ms", "server: closed@250ms"});
    CHECK(town.simulation.last_activity() == ms(250));
    CHECK(recorder.lines == Log{"Connected client.example->server.example 100ms", "Disconnected closed"});
}

TEST_CASE("a port without a listener and a listener that refuses answer after a round trip") {
    for (bool refusing : {false, true}) {
        Town town(wire(one_way));
        Recorder recorder(trace::kMailLevel);
        town.bus.add(recorder);
        town.server.refusing = refusing;
        const std::uint16_t port = refusing ? 25 : 26;
        town.client.spawn(call(town, town.server.address(), port, Duration::minutes(5)));
        CHECK(town.simulation.run_until_quiet());
        CHECK(town.log == Log{"refused@100ms"});
        CHECK(recorder.lines == Log{"ConnectFailed refused 100ms"});
        CHECK(town.simulation.last_activity() == ms(100));
    }
}

TEST_CASE("silence: a host that is down, an address that nobody has; no way there") {
    Town town(wire(one_way));
    town.server.go_down();
    town.client.spawn(call(town, town.server.address(), 25, Duration::seconds(30)));
    town.client.spawn(call(town, 0xC0000263, 25, Duration::seconds(40)));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log == Log{"timed out@30s", "timed out@40s"});
    town.wires.island = town.server.place();
    town.client.spawn(call(town, town.server.address(), 25, Duration::seconds(30)));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log.back() == "unreachable@40s");
}

TEST_CASE("SYNs are sent at 0, 1, 3, 7 and 15 s (RFC 6298), and the first that finds the host up connects") {
    // The server comes up at `up` s: the next SYN after it arrives at its instant + 50 ms.
    const std::vector<std::pair<std::int64_t, std::int64_t>> cases{{0, 1},  {1, 3},   {3, 7},
                                                                   {7, 15}, {15, 31}, {31, 63}};
    for (auto [up, syn] : cases) {
        Town town(wire(one_way));
        town.server.go_down();
        town.at(ms(up * 1000 + 60), [&] { town.server.come_up(); });
        town.client.spawn(call(town, town.server.address(), 25, Duration::minutes(5)));
        CHECK(town.simulation.run_until_quiet());
        REQUIRE(!town.log.empty());
        CHECK(town.log.front() ==
              "connected@" + kernel::exact_text(Duration::milliseconds(syn * 1000 + 100)));
        CHECK(town.server.syns == std::vector<Time>{ms(syn * 1000 + 50)});
    }
}

TEST_CASE("all SYNs until the time-out reach a host that is up but whose answers take too long") {
    Town town(wire(Duration::seconds(40)));
    town.client.spawn(call(town, town.server.address(), 25, Duration::seconds(20)));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log.front() == "timed out@20s");
    CHECK(town.server.syns == std::vector<Time>{ms(40'000), ms(41'000), ms(43'000), ms(47'000), ms(55'000)});
    CHECK(town.log.size() == 1); // the half-open connections of the server were reset, nobody accepted one
}

TEST_CASE("a round trip longer than a second: repeated SYNs do no harm to the connection") {
    // As on RFC 1149 lines. The answers to the SYNs of 1 s and 3 s come in when the connection is open
    // already.
    Town town(wire(Duration::seconds(2)));
    town.client.spawn(hold(town, Duration::minutes(1)));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log == Log{"connected@4s", "accepted@6s", "client: hello@8s", "client: timed out@1m8s",
                          "server: closed@1m10s"});
    CHECK(town.server.syns.size() == 3);
}

TEST_CASE("with loss, connecting takes what the repeated SYNs cost") {
    // A try succeeds with q = (1-p)^2; the k-th (from 0) is sent at 2^k - 1 s, and there are seven.
    for (double p : {0.05, 0.2}) {
        Town town(wire(one_way, p), {3, 0});
        std::vector<double> took;
        constexpr int kConnections = 6000;
        town.client.spawn(measure(town, took, kConnections));
        CHECK(town.simulation.run_until_quiet());
        REQUIRE(took.size() == kConnections);
        const double q = (1 - p) * (1 - p);
        double mean = 0, square = 0;
        for (int k = 0; k < 7; ++k) {
            const double x = std::pow(2, k) - 1 + 0.1, chance = q * std::pow(1 - q, k);
            mean += chance * x;
            square += chance * x * x;
        }
        mean += std::pow(1 - q, 7) * 600;
        square += std::pow(1 - q, 7) * 600 * 600;
        double sum = 0;
        for (double t : took)
            sum += t;
        const double sd = std::sqrt(square - mean * mean);
        CAPTURE(p);
        CHECK(std::fabs(sum / kConnections - mean) < 2.576 * sd / std::sqrt(kConnections));
    }
}

TEST_CASE("a crash of the server during the handshake") {
    // Down at 80 ms: the SYN was answered, the ACK (150 ms) is not heard. The client believes that it is
    // connected.
    Town town(wire(one_way));
    town.at(ms(80), [&] { town.server.go_down(); });
    town.at(ms(1000), [&] { town.server.come_up(); });
    town.client.spawn(hold(town, Duration::minutes(1)));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log == Log{"connected@100ms", "client: timed out@5m100ms", "client: timed out@6m100ms"});
}

TEST_CASE(
    "a crash of the client during the handshake leaves nothing behind on the server that would matter") {
    Town town(wire(one_way));
    town.at(ms(70), [&] { town.client.go_down(); }); // the SYN has been taken, the answer is on its way
    town.at(ms(200), [&] {
        town.client.come_up();
        town.client.spawn(call(town, town.server.address(), 25, Duration::minutes(5)));
    });
    town.client.spawn(hold(town, Duration::minutes(1)));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log ==
          Log{"connected@300ms", "accepted@350ms", "client: hello@400ms", "server: closed@450ms"});
}

TEST_CASE("a run can end while connections are half open or on their way") {
    for (std::int64_t end = 0; end < 300; end += 10) {
        Town town(wire(one_way));
        town.client.spawn(hold(town, Duration::minutes(1)));
        town.simulation.run_until(ms(end));
    }
    CHECK(Text::alive == 0);
}

TEST_CASE("connections are numbered by the client's node") {
    Town town(wire(one_way));
    std::vector<trace::ConnectionId> seen;
    town.server.serve = [&](std::unique_ptr<Socket> socket) {
        seen.push_back(socket->id());
        CHECK(!socket->is_client());
        CHECK(socket->port() == 25);
        CHECK(&socket->peer() == &town.client);
        return silent(std::move(socket));
    };
    for (int i = 0; i < 3; ++i)
        town.client.spawn(hold(town, Duration::seconds(1)));
    town.simulation.run_until(ms(1000));
    const kernel::NodeId node = town.client.id();
    CHECK(seen == std::vector<trace::ConnectionId>{trace::make_id(node, 1), trace::make_id(node, 2),
                                                   trace::make_id(node, 3)});
}

TEST_CASE("addresses are written as dotted quads and belong to one host") {
    CHECK(address_text(0xC0000201) == "192.0.2.1");
    CHECK(address_text(0) == "0.0.0.0");
    CHECK(address_text(0xffffffff) == "255.255.255.255");
    Town town(wire(one_way));
    CHECK(town.network.at(0xC0000202) == &town.server);
    CHECK(town.network.at(0xC0000203) == nullptr);
}
