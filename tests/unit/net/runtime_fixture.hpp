// A small town of hosts on wires whose figures the tests choose.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "postopolis/net/network.hpp"

namespace postopolis::net::fixture {

using kernel::Duration;
using kernel::Task;
using kernel::Time;

inline Time ms(std::int64_t n) {
    return Time::at(Duration::milliseconds(n));
}

/// Every pair of hosts has the same wire, except those that are cut off.
class Wires final : public PathSource {
public:
    explicit Wires(LinkSpec link) : spec(std::make_shared<LinkSpec>(std::move(link))) {
        path_ = std::make_shared<Path>();
        path_->append(spec);
    }
    std::shared_ptr<const Path> path(HostRef a, HostRef b) const override {
        return a == island || b == island ? nullptr : path_;
    }
    std::optional<HostRef> find(std::string_view) const override { return std::nullopt; }
    Duration lookahead() const override { return spec->minimum_delay(); }
    using PathSource::lookahead;
    std::shared_ptr<const LinkSpec> spec;
    HostRef island = 1000;

private:
    std::shared_ptr<Path> path_;
};

struct Text final : Payload {
    explicit Text(std::string t, trace::LetterId of = 0) : text(std::move(t)), letter(of) { ++alive; }
    ~Text() override { --alive; }
    void render(std::string& out) const override {
        ++rendered;
        out += text;
    }
    trace::LetterId content_of() const override { return letter; }
    std::string text;
    trace::LetterId letter;
    static inline int alive = 0;
    static inline int rendered = 0;
};

inline PayloadPtr text(std::string t, trace::LetterId letter = 0) {
    return std::make_unique<Text>(std::move(t), letter);
}
inline std::string text_of(const Received& r) {
    switch (r.kind) {
    case Received::Kind::payload:
        return r.payload ? static_cast<const Text&>(*r.payload).text : "established";
    case Received::Kind::closed:
        return "closed";
    case Received::Kind::reset:
        return "reset";
    case Received::Kind::timed_out:
        return "timed out";
    }
    return {};
}

/// A host whose behaviour is a function.
class Box final : public Host, public Acceptor {
public:
    using Host::Host;
    void on_connection(std::unique_ptr<Socket> socket) override {
        if (serve) spawn(serve(std::move(socket)));
    }
    void on_datagram(std::uint32_t from, PayloadPtr payload) override {
        datagrams.emplace_back(now(), address_text(from) + " " + static_cast<Text&>(*payload).text);
    }
    bool refuses_connection() override {
        syns.push_back(now());
        return refusing;
    }
    std::function<Task<void>(std::unique_ptr<Socket>)> serve;
    std::vector<std::pair<Time, std::string>> datagrams;
    std::vector<Time> syns;
    bool refusing = false;
};

/// Does something at an instant, as another node would.
struct Call final : kernel::Occurrence {
    explicit Call(std::function<void()> action_of) : action(std::move(action_of)) {}
    void happen() override {
        std::unique_ptr<Call> self(this);
        action();
    }
    void drop() noexcept override { delete this; }
    std::function<void()> action;
};

/// Writes down what is told of connections, Spoke only if asked for.
class Recorder final : public trace::Observer {
public:
    explicit Recorder(trace::KindMask mask) : mask_(mask) {}
    trace::KindMask listens_for() const override { return mask_; }
    void on_event(const trace::Event& e) override {
        ids.push_back(e.id);
        std::string line = std::string(kind_name(e.what));
        if (const auto* c = std::get_if<trace::Connected>(&e.what))
            line += " " + std::string(c->client) + "->" + std::string(c->server) + " " +
                    kernel::exact_text(c->took);
        if (const auto* f = std::get_if<trace::ConnectFailed>(&e.what))
            line += " " + std::string(f->why) + " " + kernel::exact_text(f->took);
        if (const auto* d = std::get_if<trace::Disconnected>(&e.what)) line += " " + std::string(d->how);
        if (const auto* s = std::get_if<trace::Spoke>(&e.what))
            line += " " + std::string(s->from) + (s->by_client ? " (client)" : " (server)") +
                    (s->data ? " data: " : ": ") + std::string(s->bytes);
        lines.push_back(line);
    }
    std::vector<std::string> lines;
    std::vector<trace::EventId> ids;

private:
    trace::KindMask mask_;
};

struct Town {
    explicit Town(LinkSpec link, kernel::RunKey key = {}) : wires(std::move(link)), simulation(key) {
        server.listen(25, server);
        server.serve = [this](std::unique_ptr<Socket> socket) { return echo(std::move(socket)); };
    }
    ~Town() { simulation.shut_down(); }

    void at(Time t, std::function<void()> action) { outside.schedule(t, new Call(std::move(action))); }
    void note(std::string what) {
        log.push_back(std::move(what) + "@" + kernel::exact_text(simulation.now().since_start()));
    }

    /// Greets, repeats what it is told, closes when the client does.
    Task<void> echo(std::unique_ptr<Socket> socket) {
        note("accepted");
        socket->send(text("hello"), 100);
        for (;;) {
            Received got = co_await socket->receive(Duration::minutes(5));
            note("server: " + text_of(got));
            if (got.kind != Received::Kind::payload) break;
            socket->send(std::move(got.payload), 100);
        }
        socket->close();
    }

    Wires wires;
    kernel::Simulation simulation;
    trace::Bus bus;
    Network network{simulation, bus, wires};
    kernel::Node outside{simulation, "outside"};
    Box client{network, "client.example", 0, 0xC0000201}; // 192.0.2.1
    Box server{network, "server.example", 1, 0xC0000202};
    std::vector<std::string> log;
};

/// A wire with a constant one-way delay.
inline LinkSpec wire(Duration one_way, double loss = 0, std::uint64_t bandwidth = 0) {
    LinkSpec link;
    link.delay = kernel::Distribution::constant(one_way);
    link.loss = loss;
    link.bandwidth_bps = bandwidth;
    return link;
}

} // namespace postopolis::net::fixture
