// Slots: first come first served, none is lost when its holder or its waiter dies.
#include "postopolis/kernel/semaphore.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace postopolis::kernel;

namespace {

using Log = std::vector<std::string>;

struct Run {
    explicit Run(std::uint32_t slots) : semaphore(node, slots) {}
    ~Run() { simulation.shut_down(); }
    Simulation simulation{RunKey{}};
    Node node{simulation, "server"}, other{simulation, "other"};
    Semaphore semaphore;
    Log log;
    void note(const std::string& what) {
        log.push_back(what + "@" + exact_text(simulation.now().since_start()));
    }
};

Task<void> customer(Run& run, std::string name, Duration arrives, Duration service) {
    co_await run.node.sleep(arrives);
    auto permit = co_await run.semaphore.acquire();
    run.note(name);
    co_await run.node.sleep(service);
}

/// Leaves and comes back at the same instant: must not overtake those who wait.
Task<void> pushy(Run& run) {
    {
        auto permit = co_await run.semaphore.acquire();
        co_await run.node.sleep(Duration::seconds(5));
    }
    auto permit = co_await run.semaphore.acquire();
    run.note("pushy");
}

Task<void> holds(Run& run) {
    auto permit = co_await run.semaphore.acquire();
    co_await run.node.sleep(Duration::hours(1));
}

Task<void> moves(Run& run) {
    auto permit = co_await run.semaphore.acquire();
    Semaphore::Permit moved(std::move(permit));
    CHECK(run.semaphore.in_use() == 1);
}

struct Crash final : Occurrence {
    explicit Crash(Node& victim_of) : victim(victim_of) {}
    void happen() override { victim.kill_tasks(); }
    void drop() noexcept override {}
    Node& victim;
};

} // namespace

TEST_CASE("slots are given out first come first served") {
    Run run(2);
    for (int i = 0; i < 6; ++i)
        run.node.spawn(customer(run, std::to_string(i), Duration::milliseconds(i), Duration::seconds(10)));
    run.simulation.run_until(Time::at(Duration::seconds(1)));
    CHECK(run.semaphore.in_use() == 2);
    CHECK(run.semaphore.waiting() == 4);
    CHECK(run.semaphore.limit() == 2);
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log == Log{"0@0s", "1@1ms", "2@10s", "3@10s1ms", "4@20s", "5@20s1ms"});
    CHECK(run.semaphore.in_use() == 0);
    CHECK(run.semaphore.waiting() == 0);
}

TEST_CASE("a newcomer at the instant of a release does not overtake") {
    Run run(1);
    run.node.spawn(pushy(run));
    run.node.spawn(customer(run, "patient", Duration::seconds(1), Duration::seconds(2)));
    run.node.spawn(customer(run, "newcomer", Duration::seconds(5), Duration::seconds(2)));
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log == Log{"patient@5s", "pushy@7s", "newcomer@7s"});
}

TEST_CASE("zero slots mean no limit") {
    Run run(0);
    for (int i = 0; i < 100; ++i)
        run.node.spawn(customer(run, "x", Duration(), Duration::seconds(1)));
    run.simulation.run_until(Time::start());
    CHECK(run.semaphore.in_use() == 100);
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.simulation.now() == Time::at(Duration::seconds(1)));
    CHECK(run.semaphore.in_use() == 0);
}

TEST_CASE("a permit that is moved is held once") {
    Run run(1);
    run.node.spawn(moves(run));
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.semaphore.in_use() == 0);
}

TEST_CASE("a crash frees what was held and forgets who waited") {
    for (std::int64_t instant :
         {1, 10}) { // 10 s: the holders go, and the slots are granted, at that very instant
        Run run(2);
        for (int i = 0; i < 6; ++i)
            run.node.spawn(customer(run, "x", Duration(), Duration::seconds(10)));
        Crash crash(run.node);
        run.other.schedule(Time::at(Duration::seconds(instant)), &crash);
        run.simulation.run_until(Time::at(Duration::seconds(15)));
        CHECK(run.semaphore.in_use() == 0);
        CHECK(run.semaphore.waiting() == 0);
        CHECK(run.simulation.events_pending() == 0);
        run.log.clear();
        run.node.spawn(customer(run, "next", Duration(), Duration::seconds(1)));
        run.node.spawn(customer(run, "next", Duration(), Duration::seconds(1)));
        CHECK(run.simulation.run_until_quiet());
        CHECK(run.log == Log{"next@15s", "next@15s"});
    }
}

TEST_CASE("a slot that was granted to a task which died before it ran is not lost") {
    Run run(1);
    // Occurs at 10 s between the release (earlier in the node's order) and the wake-up of the one it was
    // granted to.
    run.node.spawn(customer(run, "first", Duration(), Duration::seconds(10)));
    run.simulation.run_until(Time::at(Duration::seconds(1)));
    run.node.spawn(customer(run, "second", Duration(), Duration::seconds(10)));
    run.simulation.run_until(Time::at(Duration::seconds(2)));
    CHECK(run.semaphore.waiting() == 1);
    while (run.semaphore.waiting() == 1)
        REQUIRE(run.simulation.step());
    CHECK(run.simulation.now() == Time::at(Duration::seconds(10)));
    CHECK(run.semaphore.in_use() == 1); // granted, not yet taken
    run.node.kill_tasks();
    CHECK(run.semaphore.in_use() == 0);
    CHECK(run.simulation.events_pending() == 0);
}

TEST_CASE("shutting down with permits held and tasks waiting is clean") {
    Run run(2);
    for (int i = 0; i < 5; ++i)
        run.node.spawn(holds(run));
    run.simulation.run_until(Time::at(Duration::seconds(1)));
    run.simulation.shut_down();
    CHECK(run.semaphore.in_use() == 0);
    CHECK(run.semaphore.waiting() == 0);
    CHECK(run.simulation.events_pending() == 0);
}
