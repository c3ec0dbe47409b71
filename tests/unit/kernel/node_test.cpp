// Nodes on the clock: sleeping, deadlines, crashes, and the same run twice.
#include "postopolis/kernel/node.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "postopolis/kernel/semaphore.hpp"

using namespace postopolis::kernel;

namespace {

using Log = std::vector<std::string>;

Time s(std::int64_t seconds) {
    return Time::at(Duration::seconds(seconds));
}

struct Run {
    Run() = default;
    ~Run() { simulation.shut_down(); }
    Simulation simulation{RunKey{}};
    Node a{simulation, "a"}, b{simulation, "b"};
    Log log;
    void note(std::string what) {
        log.push_back(std::move(what) + "@" + exact_text(simulation.now().since_start()));
    }
};

struct Alarm final : Deadline {
    explicit Alarm(std::function<void()> action_of) : action(std::move(action_of)) {}
    void expired() override { action(); }
    std::function<void()> action;
};

struct Call final : Occurrence {
    explicit Call(std::function<void()> action_of) : action(std::move(action_of)) {}
    void happen() override {
        std::unique_ptr<Call> self(this);
        action();
    }
    void drop() noexcept override { delete this; }
    std::function<void()> action;
};

void at(Node& node, Time t, std::function<void()> action) {
    node.schedule(t, new Call(std::move(action)));
}

Task<void> nap(Run& run, Node& node, std::string name, Duration d) {
    co_await node.sleep(d);
    run.note(name);
}

Task<void> nap_until(Run& run, Node& node, std::string name, Time t) {
    co_await node.sleep_until(t);
    run.note(name);
}

Task<void> tick(Run& run, Node& node, Duration period) {
    for (;;) {
        co_await node.sleep(period);
        run.note(node.name());
    }
}

} // namespace

TEST_CASE("sleepers wake in the order of their instants, ties in the order of going to sleep") {
    Run run;
    run.a.spawn(nap(run, run.a, "late", Duration::seconds(3)));
    run.a.spawn(nap(run, run.a, "early", Duration::seconds(1)));
    run.b.spawn(nap(run, run.b, "b", Duration::seconds(2)));
    run.a.spawn(nap(run, run.a, "a, first", Duration::seconds(2)));
    run.a.spawn(nap(run, run.a, "a, second", Duration::seconds(2)));
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log == Log{"early@1s", "a, first@2s", "a, second@2s", "b@2s", "late@3s"});
    CHECK(run.simulation.now() == s(3));
    CHECK(run.simulation.last_activity() == s(3));
    run.a.spawn(nap_until(run, run.a, "in the past", s(1)));
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log.back() == "in the past@3s");
}

TEST_CASE("a run can be driven until a time, and stops there") {
    Run run;
    run.a.spawn(tick(run, run.a, Duration::seconds(2)));
    run.simulation.run_until(s(4)); // up to and including
    CHECK(run.log == Log{"a@2s", "a@4s"});
    run.simulation.run_until(s(5));
    CHECK(run.log.size() == 2);
    CHECK(run.simulation.now() == s(5));
    CHECK(run.simulation.next_event_time() == s(6));
    CHECK(!run.simulation.run_until_quiet(s(7)));
    CHECK(run.simulation.now() == s(7));
    CHECK(run.log.size() == 3);
}

TEST_CASE("a deadline fires once, at its very instant") {
    Run run;
    Alarm alarm([&] { run.note("alarm"); });
    alarm.arm(run.a, Duration::nanoseconds(1'500'000'001));
    CHECK(alarm.armed());
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log == Log{"alarm@1s500ms1ns"});
    CHECK(!alarm.armed());
}

TEST_CASE("arming again starts the span anew, disarming ends it, max never ends") {
    Run run;
    Alarm again([&] { run.note("again"); }), off([&] { run.note("off"); }), never([&] { run.note("never"); });
    Alarm instant([&] { run.note("instant"); });
    again.arm(run.a, Duration::seconds(10));
    off.arm(run.a, Duration::seconds(10));
    never.arm(run.a, Duration::max());
    CHECK(!never.armed());
    instant.arm(run.a, Duration());
    at(run.b, s(9), [&] {
        again.arm(run.a, Duration::seconds(10));
        off.disarm();
        off.disarm();
    });
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log == Log{"instant@0s", "again@19s"});
}

TEST_CASE("deadlines of one span fire in the order of arming, also when the first is gone") {
    Run run;
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int i = 0; i < 6; ++i) {
        alarms.push_back(std::make_unique<Alarm>([&run, i] { run.note(std::to_string(i)); }));
        at(run.a, s(i),
           [&run, &alarms, i] { alarms[static_cast<std::size_t>(i)]->arm(run.a, Duration::seconds(10)); });
    }
    at(run.a, s(6), [&] {
        alarms[0].reset();   // destroyed while armed: the first,
        alarms[3]->disarm(); // one in the middle,
        alarms[5].reset();   // the last
    });
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log == Log{"1@11s", "2@12s", "4@14s"});
}

TEST_CASE("within an expiry, deadlines can be disarmed, armed and destroyed") {
    Run run;
    int rounds = 0;
    std::unique_ptr<Alarm> victim;
    Alarm off([&] { run.note("off"); });
    std::unique_ptr<Alarm> periodic;
    periodic = std::make_unique<Alarm>([&] {
        run.note("periodic");
        off.disarm();
        victim.reset();
        if (++rounds < 3)
            periodic->arm(run.a, Duration::seconds(1));
        else
            periodic.reset();
    });
    victim = std::make_unique<Alarm>([&] { run.note("victim"); });
    Alarm last([&] { run.note("last"); });
    periodic->arm(run.a, Duration::seconds(1));
    off.arm(run.a, Duration::seconds(1));
    victim->arm(run.a, Duration::seconds(1));
    last.arm(run.a, Duration::seconds(1));
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log == Log{"periodic@1s", "last@1s", "periodic@2s", "periodic@3s"});
}

TEST_CASE("many spans, many arms: every deadline fires when an event of its own would have") {
    Run run;
    constexpr int kAlarms = 200;
    Stream draws({1, 0}, "deadlines");
    std::vector<std::unique_ptr<Alarm>> alarms;
    std::vector<Time> due(kAlarms, Time::max());
    int fired = 0;
    for (std::size_t i = 0; i < kAlarms; ++i)
        alarms.push_back(std::make_unique<Alarm>([&, i] {
            ++fired;
            REQUIRE(due[i] == run.simulation.now());
            due[i] = Time::max();
        }));
    for (int step = 0; step < 20'000; ++step) {
        at(run.b, Time::at(Duration::milliseconds(step)), [&] {
            const auto i = static_cast<std::size_t>(draws.below(kAlarms));
            const Duration span = Duration::milliseconds(static_cast<std::int64_t>(draws.below(20) * 37));
            if (draws.chance(0.3)) {
                alarms[i]->disarm();
                due[i] = Time::max();
            } else {
                alarms[i]->arm(run.a, span);
                due[i] = run.simulation.now() + span;
            }
            for (Time t : due)
                REQUIRE(t >= run.simulation.now()); // none was missed
        });
    }
    CHECK(run.simulation.run_until_quiet());
    CHECK(fired > 3'000);
    for (std::size_t i = 0; i < kAlarms; ++i)
        CHECK(due[i] == Time::max());
}

TEST_CASE("a deadline that was called off does not count as activity") {
    Run run;
    Alarm alarm([&] { run.note("alarm"); });
    at(run.a, s(1), [&] { alarm.arm(run.a, Duration::minutes(10)); });
    at(run.a, s(2), [&] { alarm.disarm(); });
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log.empty());
    CHECK(run.simulation.last_activity() == s(2));
    // Armed again and again, as by a dialogue: one event of the list at a time, the last one idle.
    for (int i = 0; i < 100; ++i)
        at(run.a, s(1000 + i), [&] { alarm.arm(run.a, Duration::minutes(10)); });
    at(run.a, s(1100), [&] { alarm.disarm(); });
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.simulation.last_activity() == s(1100));
}

TEST_CASE("ten thousand deadlines of one span cost one event") {
    Run run;
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (int i = 0; i < 10'000; ++i) {
        alarms.push_back(std::make_unique<Alarm>([] {}));
        alarms.back()->arm(run.a, Duration::minutes(5));
    }
    CHECK(run.simulation.events_pending() == 1);
}

TEST_CASE("a crash by another node's occurrence kills tasks that sleep, and those that start or wake at that "
          "instant") {
    Run run;
    run.b.spawn(tick(run, run.b, Duration::seconds(2)));
    run.b.spawn(nap(run, run.b, "sleeper", Duration::seconds(4)));
    at(run.a, s(4), [&] { // node a comes before b at the same instant
        run.b.spawn(nap(run, run.b, "stillborn", Duration()));
        run.b.kill_tasks();
        run.note("crash");
        run.b.spawn(nap(run, run.b, "next life", Duration::seconds(1)));
    });
    CHECK(run.simulation.run_until_quiet(s(20)));
    CHECK(run.log == Log{"b@2s", "crash@4s", "next life@5s"});
}

TEST_CASE("shutting down forgets the future, occurrences included") {
    Run run;
    Alarm alarm([&] { run.note("alarm"); });
    alarm.arm(run.a, Duration::seconds(1));
    bool happened = false;
    at(run.a, s(1), [&] { happened = true; });
    run.simulation.shut_down();
    CHECK(!run.simulation.step());
    CHECK(!happened);
    CHECK(run.log.empty());
}

namespace {

/// Nodes that sleep, spawn, wait for slots and poke each other, all at random.
struct Chaos {
    explicit Chaos(RunKey key) : simulation(key) {
        for (int i = 0; i < 10; ++i) {
            nodes.push_back(std::make_unique<Node>(simulation, "n" + std::to_string(i)));
            slots.push_back(std::make_unique<Semaphore>(*nodes.back(), 2));
            draws.push_back(nodes.back()->stream("chaos"));
        }
        for (std::size_t i = 0; i < nodes.size(); ++i)
            nodes[i]->spawn(live(i));
        simulation.run_until(s(60));
    }
    ~Chaos() { simulation.shut_down(); }

    Duration some_time(std::size_t i) {
        return Duration::milliseconds(static_cast<std::int64_t>(draws[i].below(50) * 10));
    }
    void note(std::size_t i, int what) {
        log.emplace_back(simulation.now(),
                         static_cast<std::uint64_t>(i) * 10 + static_cast<std::uint64_t>(what));
    }

    Task<void> live(std::size_t i) {
        for (;;) {
            co_await nodes[i]->sleep(some_time(i));
            note(i, 1);
            if (draws[i].chance(0.4)) nodes[i]->spawn(work(i));
            if (draws[i].chance(0.3)) poke(i);
        }
    }
    Task<void> work(std::size_t i) {
        auto permit = co_await slots[i]->acquire();
        note(i, 2);
        co_await nodes[i]->sleep(some_time(i));
        note(i, 3);
    }
    void poke(std::size_t i) {
        const auto other = static_cast<std::size_t>(draws[i].below(nodes.size()));
        const bool kill = draws[i].chance(0.1);
        at(*nodes[i], simulation.now() + Duration::milliseconds(1), [this, other, kill] {
            note(other, 4);
            if (kill) {
                nodes[other]->kill_tasks();
                nodes[other]->spawn(live(other));
            }
            nodes[other]->spawn(work(other));
        });
    }

    Simulation simulation;
    std::vector<std::unique_ptr<Node>> nodes;
    std::vector<std::unique_ptr<Semaphore>> slots;
    std::vector<Stream> draws;
    std::vector<std::pair<Time, std::uint64_t>> log;
};

} // namespace

TEST_CASE("the same run is the same run, another replication is not") {
    const Chaos first(RunKey{42, 0}), second(RunKey{42, 0}), other(RunKey{42, 1});
    CHECK(first.log.size() > 3000);
    CHECK(first.log == second.log);
    CHECK(first.simulation.events_processed() == second.simulation.events_processed());
    CHECK(first.log != other.log);
}
