// Connections once they are open: order, time-outs, ends, crashes, bandwidth, slots.
#include "postopolis/net/socket.hpp"

#include <array>

#include <doctest/doctest.h>

#include "runtime_fixture.hpp"

using namespace postopolis;
using namespace postopolis::net;
using namespace postopolis::net::fixture;

namespace {

using Log = std::vector<std::string>;
constexpr Duration one_way = Duration::milliseconds(50);

/// What a test's client does once it is connected.
using Script = std::function<Task<void>(Socket&)>;

Task<void> run_client(Town& town, Script script) {
    Task<Connecting> connecting = town.client.connect(town.server.address(), 25, Duration::minutes(5), 0);
    Connecting done = co_await connecting;
    REQUIRE(done.socket);
    Task<void> rest = script(*done.socket);
    co_await rest;
}

Task<void> hear(Town& town, Socket& socket, Duration timeout) {
    Received got = co_await socket.receive(timeout);
    town.note("client: " + text_of(got));
}

Task<void> server_listens(Town& town, std::unique_ptr<Socket> socket, Duration timeout, Duration busy) {
    co_await town.server.sleep(busy);
    for (;;) {
        Received got = co_await socket->receive(timeout);
        town.note("server: " + text_of(got));
        if (got.kind != Received::Kind::payload) break;
    }
    socket->close();
}

void listening_server(Town& town, Duration timeout, Duration busy = Duration()) {
    town.server.serve = [&town, timeout, busy](std::unique_ptr<Socket> socket) {
        return server_listens(town, std::move(socket), timeout, busy);
    };
}

Task<void> send_many(Town& town, Socket& socket) {
    for (int i = 0; i < 200; ++i) {
        socket.send(text(std::to_string(i)), 100 + static_cast<std::uint64_t>(i % 7) * 5000);
        if (i % 10 == 0) co_await town.client.sleep(Duration::milliseconds(30));
    }
    socket.close();
}

Task<void> greet_and_ask(Town& town, Socket& socket) {
    Task<void> greeting = hear(town, socket, Duration::minutes(5));
    co_await greeting;
    socket.send(text("ping"), 100);
    Task<void> echo = hear(town, socket, Duration::minutes(5));
    co_await echo;
    Task<void> nothing = hear(town, socket, Duration::seconds(10));
    co_await nothing;
}

Task<void> greet_and_drop(Town& town, Socket& socket) {
    Task<void> greeting = hear(town, socket, Duration::minutes(5));
    co_await greeting;
    socket.send(text("last words"), 100);
}

Task<void> wait_long(Town& town, Socket& socket) {
    Task<void> greeting = hear(town, socket, Duration::minutes(5));
    co_await greeting;
    Task<void> next = hear(town, socket, Duration::hours(1));
    co_await next;
    Task<void> after = hear(town, socket, Duration::seconds(1));
    co_await after;
}

Task<void> ask_after(Town& town, Socket& socket, Duration pause) {
    Task<void> greeting = hear(town, socket, Duration::minutes(5));
    co_await greeting;
    co_await town.client.sleep(pause);
    socket.send(text("still there?"), 100);
    Task<void> next = hear(town, socket, Duration::minutes(1));
    co_await next;
}

Task<void> send_big(Town& town, Socket& socket, std::uint64_t bytes) {
    socket.send(text("big"), bytes);
    town.note("sending for " + kernel::exact_text(socket.sending_for()));
    co_await town.client.sleep(socket.sending_for() + Duration::minutes(10));
    town.note("sending for " + kernel::exact_text(socket.sending_for()));
    socket.close();
}

Task<void> end_at_once(std::unique_ptr<Socket> socket, bool orderly) {
    socket->send(text("go away"), 100);
    if (orderly) socket->close();
    co_return;
}

} // namespace

TEST_CASE("payloads arrive in the order in which they were sent, whatever the line does to packets") {
    kernel::Distribution wild(kernel::Distribution::Lognormal{0.05, 1.5});
    for (double loss : {0.0, 0.3}) {
        LinkSpec link = wire(one_way, loss, 10'000'000);
        link.delay = wild;
        Town town(link, {5, 0});
        listening_server(town, Duration::hours(10));
        town.client.spawn(run_client(town, [&](Socket& s) { return send_many(town, s); }));
        CHECK(town.simulation.run_until_quiet());
        REQUIRE(town.log.size() == 201);
        for (std::size_t i = 0; i < 200; ++i)
            CHECK(town.log[i].starts_with("server: " + std::to_string(i) + "@"));
        CHECK(town.log[200].starts_with("server: closed@"));
    }
    CHECK(Text::alive == 0);
}

TEST_CASE("a round trip of a dialogue takes a round trip, a receiver's time-out its span") {
    Town town(wire(one_way));
    town.client.spawn(run_client(town, [&](Socket& s) { return greet_and_ask(town, s); }));
    CHECK(town.simulation.run_until_quiet());
    // The client's socket is dropped without a close when its task ends: the server is reset.
    CHECK(town.log == Log{"accepted@150ms", "client: hello@200ms", "server: ping@250ms", "client: ping@300ms",
                          "client: timed out@10s300ms", "server: reset@10s350ms"});
}

TEST_CASE("dropping an open socket resets the peer, after what was sent before") {
    Town town(wire(one_way));
    Recorder recorder(trace::kMailLevel);
    town.bus.add(recorder);
    town.client.spawn(run_client(town, [&](Socket& s) { return greet_and_drop(town, s); }));
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log ==
          Log{"accepted@150ms", "client: hello@200ms", "server: last words@250ms", "server: reset@250ms"});
    CHECK(recorder.lines.back() == "Disconnected aborted");
}

TEST_CASE("a server that closes, orderly or not, is heard by a waiting client") {
    for (bool orderly : {true, false}) {
        Town town(wire(one_way));
        town.server.serve = [&](std::unique_ptr<Socket> s) { return end_at_once(std::move(s), orderly); };
        town.client.spawn(run_client(town, [&](Socket& s) { return wait_long(town, s); }));
        CHECK(town.simulation.run_until_quiet());
        const std::string end = orderly ? "closed" : "reset";
        // The end is told once; there is nothing more to come, which a reader learns at once, too.
        CHECK(town.log ==
              Log{"client: go away@200ms", "client: " + end + "@200ms", "client: " + end + "@200ms"});
    }
}

TEST_CASE("a peer that has been rebooted resets connections that it no longer knows") {
    Town town(wire(one_way));
    town.client.spawn(run_client(town, [&](Socket& s) { return ask_after(town, s, Duration::seconds(10)); }));
    town.at(ms(5000), [&] { town.server.go_down(); });
    town.at(ms(6000), [&] { town.server.come_up(); });
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log == Log{"accepted@150ms", "client: hello@200ms", "client: reset@10s300ms"});
}

TEST_CASE("a peer that is down says nothing: only the receiver's own time-out ends the wait") {
    Town town(wire(one_way));
    town.client.spawn(run_client(town, [&](Socket& s) { return ask_after(town, s, Duration::seconds(10)); }));
    town.at(ms(5000), [&] { town.server.go_down(); });
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log.back() == "client: timed out@1m10s200ms");
}

TEST_CASE("bandwidth adds the time that the bits take") {
    // 1000 octets of payload and 40 of headers at 8 kbit/s: 1.04 s, then 50 ms on the way.
    Town town(wire(one_way, 0, 8000));
    listening_server(town, Duration::minutes(5));
    town.client.spawn(run_client(town, [&](Socket& s) { return send_big(town, s, 1000); }));
    town.simulation.run_until(ms(5000));
    CHECK(town.log == Log{"sending for 10s@100ms", "server: big@1s190ms"});
    CHECK(town.simulation.run_until_quiet());
    CHECK(town.log.back() == "sending for 0s@10m10s100ms");
}

TEST_CASE("a long transfer keeps the receiver from timing out (RFC 5321 section 4.5.3.2.5)") {
    // 6 MB at 80 kbit/s take some 10 min; the receiver has patience for 3 min between blocks.
    for (Duration busy : {Duration(), Duration::seconds(5)}) { // waiting already, or reading only later
        for (Duration patience : {Duration::minutes(3), Duration::max()}) {
            Town town(wire(one_way, 0, 80'000));
            listening_server(town, patience, busy);
            town.client.spawn(run_client(town, [&](Socket& s) { return send_big(town, s, 6'000'000); }));
            CHECK(town.simulation.run_until_quiet());
            CAPTURE(busy.to_seconds());
            REQUIRE(town.log.size() == 4);
            CHECK(town.log[1].starts_with("server: big@10m"));
            // Patience runs from the last block: the client closes 10 min after it.
            CHECK(town.log[patience == Duration::max() ? 3 : 2].starts_with(
                patience == Duration::max() ? "server: closed@20m" : "server: timed out@13m"));
        }
    }
}

TEST_CASE("slots of closed sockets are used again, late parcels find no stranger") {
    Town town(wire(one_way));
    for (int round = 0; round < 50; ++round)
        for (int i = 0; i < 20; ++i)
            town.at(ms(round * 97 + i), [&] {
                town.client.spawn(run_client(town, [&](Socket& s) { return greet_and_drop(town, s); }));
            });
    CHECK(town.simulation.run_until_quiet());
    int accepted = 0, resets = 0, words = 0, hellos = 0;
    for (const std::string& line : town.log) {
        accepted += line.starts_with("accepted") ? 1 : 0;
        resets += line.starts_with("server: reset") ? 1 : 0;
        words += line.starts_with("server: last words") ? 1 : 0;
        hellos += line.starts_with("client: hello") ? 1 : 0;
    }
    CHECK(accepted == 1000);
    CHECK(hellos == 1000);
    CHECK(words == 1000);
    CHECK(resets == 1000);
    CHECK(town.log.size() == 4000);
    CHECK(Text::alive == 0);
}

TEST_CASE("what is said is told only when somebody listens, and changes no event's id") {
    auto run = [](Recorder* recorder) {
        Town town(wire(one_way));
        Recorder mail(trace::kMailLevel);
        town.bus.add(mail);
        if (recorder != nullptr) town.bus.add(*recorder);
        Text::rendered = 0;
        town.client.spawn(run_client(town, [&](Socket& s) { return greet_and_ask(town, s); }));
        CHECK(town.simulation.run_until_quiet());
        return std::pair(mail.ids, town.log);
    };
    const auto silent = run(nullptr);
    CHECK(Text::rendered == 0);
    Recorder spoken(trace::kinds<trace::Spoke>());
    const auto listened = run(&spoken);
    CHECK(Text::rendered == 3);
    CHECK(silent == listened);
    CHECK(spoken.lines == Log{"Spoke server.example (server): hello", "Spoke client.example (client): ping",
                              "Spoke server.example (server): ping"});
    CHECK(spoken.ids == std::vector<trace::EventId>(3, 0));
}

TEST_CASE("the same connections draw the same delays, whatever other connections do") {
    auto arrivals = [](int others) {
        LinkSpec link = wire(one_way, 0.1);
        link.delay = kernel::Distribution(kernel::Distribution::Exponential{0.05, 0.01});
        Town town(link, {9, 0});
        listening_server(town, Duration::hours(10));
        Box other(town.network, "other.example", 2, 0xC0000203);
        town.client.spawn(run_client(town, [&](Socket& s) { return send_many(town, s); }));
        Log mine;
        for (int i = 0; i < others; ++i)
            town.outside.schedule(ms(i), new Call([&] {
                                      PayloadPtr noise = text("noise");
                                      other.send_datagram(town.server.address(), std::move(noise), 100);
                                  }));
        CHECK(town.simulation.run_until_quiet());
        mine = town.log;
        town.simulation.shut_down();
        return mine;
    };
    CHECK(arrivals(0) == arrivals(100));
}

namespace {

/// Writes down what is told of packets.
class Packets final : public trace::Observer {
public:
    trace::KindMask listens_for() const override { return trace::kinds<trace::Transmitted>(); }
    void on_event(const trace::Event& e) override {
        static constexpr std::array<std::string_view, 6> kNames{"SYN", "SYN+ACK", "ACK", "data", "FIN", "RST"};
        const auto& t = std::get<trace::Transmitted>(e.what);
        CHECK(e.id == 0);
        CHECK((t.by_client ? t.source : t.target).port == client_port(t.connection));
        CHECK((t.by_client ? t.target : t.source).port == 25);
        for (const trace::Segment& s : t.segments) {
            std::string line(t.by_client ? "client " : "server ");
            line += kNames[static_cast<std::size_t>(t.kind)];
            if (t.kind == trace::Transmitted::Kind::data) line += " " + std::string(t.bytes);
            line += " " + kernel::exact_text(s.departs.since_start());
            lines.push_back(line + (s.lost() ? " lost" : " " + kernel::exact_text(s.arrives.since_start())));
            lost += s.lost() ? 1 : 0;
        }
    }
    std::vector<std::string> lines;
    int lost = 0;
};

Task<void> ask_and_close(Town& town, Socket& socket) {
    Task<void> greeting = hear(town, socket, Duration::minutes(5));
    co_await greeting;
    socket.send(text("ping"), 100);
    Task<void> echo = hear(town, socket, Duration::minutes(5));
    co_await echo;
    socket.close();
}

} // namespace

TEST_CASE("packets of a connection: handshake, data and both ends, each when it leaves and when it arrives") {
    Town town(wire(one_way));
    Packets packets;
    town.bus.add(packets);
    town.client.spawn(run_client(town, [&](Socket& s) { return ask_and_close(town, s); }));
    CHECK(town.simulation.run_until_quiet());
    const auto line = [](const char* what, int way) {
        return std::string(what) + " " + kernel::exact_text(one_way * way) + " " + kernel::exact_text(one_way * (way + 1));
    };
    CHECK(packets.lines == Log{line("client SYN", 0), line("server SYN+ACK", 1), line("client ACK", 2),
                               line("server data hello", 3), line("client data ping", 4), line("server data ping", 5),
                               line("client FIN", 6), line("server FIN", 7)});
}

TEST_CASE("packets: listening changes neither instants nor draws, with loss, jitter and a narrow line") {
    auto run = [](bool listens, int& lost) {
        LinkSpec link = wire(one_way, 0.2, 100'000);
        link.jitter = kernel::Distribution(kernel::Distribution::Exponential{0.05, 0.01});
        Town town(link, {5, 0});
        Packets packets;
        if (listens) town.bus.add(packets);
        listening_server(town, Duration::hours(10));
        town.client.spawn(run_client(town, [&](Socket& s) { return send_many(town, s); }));
        CHECK(town.simulation.run_until_quiet());
        lost = packets.lost;
        return town.log;
    };
    int lost = 0, unheard = 0;
    const Log watched = run(true, lost);
    CHECK(watched == run(false, unheard));
    CHECK(lost > 0);
}

TEST_CASE("packets: nobody answers at an address that nobody has, at the instants of RFC 6298") {
    Town town(wire(one_way));
    Packets packets;
    town.bus.add(packets);
    auto call = [](Town& t) -> Task<void> {
        Connecting none = co_await t.client.connect(0xC00002FE, 25, Duration::seconds(10), 0);
        CHECK(none.socket == nullptr);
    };
    town.client.spawn(call(town));
    CHECK(town.simulation.run_until_quiet());
    CHECK(packets.lines == Log{"client SYN 0s lost", "client SYN 1s lost", "client SYN 3s lost", "client SYN 7s lost"});
}
