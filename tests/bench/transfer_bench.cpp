// What a transfer costs: letters are submitted, passed on by a number of relays, and filed; a transfer is a
// message that a host has taken with its 250, the submission included. Nothing is exported; the ledgers and
// the fingerprint are kept.
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "postopolis/nodes/town.hpp"

namespace {

using namespace postopolis;
using namespace postopolis::nodes;

constexpr int kAuthors = 100;
constexpr int kLettersEach = 20;

/// Counts what was taken over a connection.
struct Transfers final : trace::Observer {
    trace::KindMask listens_for() const override { return trace::kinds<trace::Accepted>(); }
    void on_event(const trace::Event& e) override {
        if (std::get<trace::Accepted>(e.what).connection != 0) ++count;
    }
    std::uint64_t count = 0;
};

HostConfig host(const std::string& name, const std::string& next) {
    HostConfig c;
    c.name = name;
    c.place = "isp.example";
    c.submission = c.relay = c.mailboxes = true;
    c.relaying.open_relay = true;
    if (!next.empty()) (void)c.routes.add("*", policy::Relay{{{next, 0, 25}}});
    return c;
}

std::string relay_name(std::int64_t n) {
    return "relay" + std::to_string(n) + ".isp.example";
}

/// mail.a.example -> relays -> mail.b.example, which files.
std::unique_ptr<Town> build(std::int64_t relays) {
    auto town = std::make_unique<Town>(kernel::RunKey{1, 0});
    town->add_host(host("mail.a.example", relays > 0 ? relay_name(1) : "mail.b.example"));
    for (std::int64_t i = 1; i <= relays; ++i)
        town->add_host(host(relay_name(i), i == relays ? "mail.b.example" : relay_name(i + 1)));
    town->add_host(host("mail.b.example", ""));
    for (const char* name : {"a.example", "b.example"}) {
        DomainConfig domain;
        domain.name = name;
        domain.mailboxes = std::string("mail.") + name;
        town->add_domain(std::move(domain));
    }
    PersonConfig bob;
    bob.address = "bob@b.example";
    town->add_person(bob);
    for (int i = 0; i < kAuthors; ++i) {
        PersonConfig p;
        p.address = "author" + std::to_string(i) + "@a.example";
        p.submission = {"mail.a.example"};
        Person& author = town->add_person(std::move(p));
        for (int k = 0; k < kLettersEach; ++k)
            town->write(author.mailbox()->text(), {"bob@b.example"}, "Letter",
                        kernel::Time::at(Duration::seconds(k)));
    }
    town->open();
    return town;
}

void transfer(benchmark::State& state) {
    std::uint64_t events = 0;
    Transfers transfers;
    for (auto _ : state) {
        state.PauseTiming();
        std::unique_ptr<Town> town = build(state.range(0));
        town->bus().add(transfers);
        state.ResumeTiming();
        town->run_until_quiet();
        events += town->simulation().events_processed();
        state.PauseTiming();
        town.reset();
        state.ResumeTiming();
    }
    state.counters["transfers/s"] =
        benchmark::Counter(static_cast<double>(transfers.count), benchmark::Counter::kIsRate);
    state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}

BENCHMARK(transfer)->ArgName("relays")->Arg(0)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);

} // namespace
