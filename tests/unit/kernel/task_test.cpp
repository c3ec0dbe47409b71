// Tasks: lazy, one owner, values and exceptions travel, frames die when and in the order in which they
// should.
#include "postopolis/kernel/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "postopolis/kernel/node.hpp"

using namespace postopolis::kernel;

namespace {

using Log = std::vector<std::string>;

/// Lives in a frame and says when it dies.
struct Witness {
    Witness(Log& to, std::string what) : log(to), name(std::move(what)) { ++alive; }
    Witness(const Witness&) = delete;
    ~Witness() {
        --alive;
        log.push_back("~" + name);
    }
    Log& log;
    std::string name;
    static inline int alive = 0;
};

Task<int> answer(Log& log) {
    Witness w(log, "answer");
    log.push_back("answer");
    co_return 42;
}

Task<std::unique_ptr<int>> boxed(Node& node, int value) {
    co_await node.sleep(Duration::seconds(1));
    auto box = std::make_unique<int>(value);
    co_return box;
}

Task<void> ask(Log& log) {
    Witness w(log, "ask");
    Task<int> question = answer(log);
    log.push_back("asked");
    const int value = co_await question;
    log.push_back(std::to_string(value));
}

Task<int> fail(Node& node, bool late) {
    if (late) co_await node.sleep(Duration::seconds(1));
    throw std::runtime_error("no");
    co_return 1;
}

Task<void> fail_void(Node& node) {
    co_await node.sleep(Duration::seconds(1));
    throw std::runtime_error("nothing");
}

Task<void> catches(Node& node, Log& log, bool late) {
    Task<int> failing = fail(node, late);
    try {
        const int value = co_await failing;
        log.push_back(std::to_string(value));
    } catch (const std::runtime_error& e) {
        log.push_back(e.what());
    }
}

Task<void> passes_on(Node& node, Log& log) {
    Witness w(log, "passes_on");
    Task<void> failing = fail_void(node);
    co_await failing;
    log.push_back("not reached");
}

Task<void> nap(Node& node, Log& log, std::string name, Duration d) {
    Witness w(log, name);
    co_await node.sleep(d);
    log.push_back(name + " woke");
}

Task<void> outer(Node& node, Log& log, std::string name) {
    Witness w(log, name);
    Task<void> inner = nap(node, log, name + ".inner", Duration::hours(1));
    co_await inner;
}

Task<std::uint64_t> depth(std::uint64_t n) {
    if (n == 0) co_return 0;
    Task<std::uint64_t> deeper = depth(n - 1);
    const std::uint64_t below = co_await deeper;
    co_return below + 1;
}

Task<void> dive(std::uint64_t n, std::uint64_t& out) {
    Task<std::uint64_t> d = depth(n);
    out = co_await d;
}

Task<long> ready(long i) {
    co_return i;
}

Task<void> loop(long n, long& sum) {
    for (long i = 0; i < n; ++i) {
        Task<long> next = ready(i);
        const long value = co_await next;
        sum += value;
    }
}

Task<void> take(Node& node, int& out, Time& when) {
    Task<std::unique_ptr<int>> task = boxed(node, 7);
    std::unique_ptr<int> box = co_await task;
    out = *box;
    when = node.now();
}

Task<void> say(Log& log, std::string what) {
    log.push_back(what);
    co_return;
}

Task<void> spawns(Node& node, Log& log) {
    node.spawn(say(log, "child"));
    log.push_back("parent");
    co_return;
}

struct Run {
    Run() = default;
    ~Run() { simulation.shut_down(); }
    Simulation simulation{RunKey{}};
    Node a{simulation, "a"}, b{simulation, "b"};
    Log log;
};

} // namespace

TEST_CASE("a task does nothing until it is awaited, and gives its value to its awaiter") {
    Run run;
    Task<void> task = ask(run.log);
    CHECK(run.log.empty());
    run.a.spawn(std::move(task));
    CHECK(run.log.empty()); // spawned tasks start through the event queue
    CHECK(run.simulation.events_pending() == 1);
    CHECK(run.simulation.step());
    CHECK(run.log == Log{"asked", "answer", "~answer", "42", "~ask"});
    CHECK(!run.simulation.step());
    CHECK(Witness::alive == 0);
}

TEST_CASE("values that can only be moved pass through a wait") {
    Run run;
    int value = 0;
    Time when;
    run.a.spawn(take(run.a, value, when));
    run.simulation.run_until_quiet();
    CHECK(value == 7);
    CHECK(when == Time::at(Duration::seconds(1)));
}

TEST_CASE("a task that is dropped without being awaited never runs") {
    Log log;
    { Task<void> task = ask(log); }
    Task<int> first = answer(log), second = answer(log);
    first = std::move(second);
    CHECK(log.empty());
    CHECK(Witness::alive == 0);
}

TEST_CASE("exceptions travel to the awaiter") {
    for (bool late : {false, true}) {
        Run run;
        run.a.spawn(catches(run.a, run.log, late));
        run.simulation.run_until_quiet();
        CHECK(run.log == Log{"no"});
    }
}

TEST_CASE("an exception that nobody catches leaves step, and its frames are freed") {
    Run run;
    run.a.spawn(passes_on(run.a, run.log));
    CHECK(run.simulation.step());
    CHECK_THROWS_WITH(run.simulation.step(), "nothing");
    CHECK(run.simulation.now() == Time::at(Duration::seconds(1)));
    CHECK(run.log == Log{"~passes_on"});
    CHECK(Witness::alive == 0);
    run.b.spawn(say(run.log, "goes on"));
    CHECK(run.simulation.run_until_quiet());
    CHECK(run.log.back() == "goes on");
}

TEST_CASE("spawned tasks start in the order of (node, spawn), at the present instant") {
    Run run;
    run.b.spawn(say(run.log, "b1"));
    run.a.spawn(say(run.log, "a1"));
    run.b.spawn(say(run.log, "b2"));
    run.a.spawn(say(run.log, "a2"));
    run.simulation.run_until_quiet();
    CHECK(run.log == Log{"a1", "a2", "b1", "b2"});
    CHECK(run.simulation.now() == Time::start());
    run.log.clear();
    run.a.spawn(spawns(run.a, run.log));
    run.simulation.run_until_quiet();
    CHECK(run.log == Log{"parent", "child"});
}

TEST_CASE("a node's tasks die youngest first, what they await before them") {
    Run run;
    run.a.spawn(outer(run.a, run.log, "old"));
    run.a.spawn(outer(run.a, run.log, "young"));
    run.b.spawn(outer(run.b, run.log, "other"));
    run.simulation.run_until(Time::at(Duration::seconds(1)));
    CHECK(Witness::alive == 6);
    CHECK(run.log.empty());
    run.a.kill_tasks();
    CHECK(run.log == Log{"~young.inner", "~young", "~old.inner", "~old"});
    CHECK(run.simulation.events_pending() == 1); // the other node's
    run.simulation.shut_down();
    CHECK(Witness::alive == 0);
    CHECK(run.simulation.events_pending() == 0);
}

TEST_CASE("shutting down kills the youngest node's tasks first") {
    Run run;
    run.a.spawn(nap(run.a, run.log, "a", Duration::hours(1)));
    run.b.spawn(nap(run.b, run.log, "b", Duration::hours(1)));
    run.simulation.step();
    run.simulation.step();
    run.simulation.shut_down();
    CHECK(run.simulation.shutting_down());
    CHECK(run.log == Log{"~b", "~a"});
    CHECK(!run.simulation.step());
}

TEST_CASE("tasks that were spawned but never ran are freed, too") {
    Run run;
    run.a.spawn(ask(run.log));
    run.simulation.shut_down();
    CHECK(run.log.empty());
}

TEST_CASE("neither long loops of ready tasks nor deep nesting eat the stack") {
    Run run;
#ifdef __SANITIZE_ADDRESS__
    constexpr long kLoops =
        1'000; // GCC makes no sibling calls where ASan watches the frame: here the stack does grow
#else
    constexpr long kLoops = 1'000'000;
#endif
    long sum = 0;
    run.a.spawn(loop(kLoops, sum));
    run.simulation.run_until_quiet();
    CHECK(sum == kLoops * (kLoops - 1) / 2);
    std::uint64_t reached = 0;
    run.a.spawn(dive(1'000, reached));
    run.simulation.run_until_quiet();
    CHECK(reached == 1'000);
}
