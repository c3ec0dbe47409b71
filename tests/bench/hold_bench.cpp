// The hold model (Jones, CACM 29(4), 1986): n events are pending, each schedules one more on a random entity
// after a random time. Through the kernel's public interface with occurrences and with coroutines, and as a
// bare loop around std::priority_queue, which does nothing but keep the order.
#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include <benchmark/benchmark.h>

#include "postopolis/kernel/node.hpp"

namespace {

using namespace postopolis::kernel;

/// Cheap draws, the same for all: what is measured is the queue.
struct Draws {
    std::uint64_t state = 1;
    std::uint64_t next() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state;
    }
    /// Uniform up to 2^30 ns, about a second.
    Duration delay() { return Duration::nanoseconds(static_cast<std::int64_t>(next() >> 34) + 1); }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>((next() >> 32) * n >> 32); }
};

struct Entity;

struct Model {
    explicit Model(std::size_t n) : simulation(RunKey{}) {
        const std::size_t hosts = n < 1000 ? n : 1000;
        for (std::size_t i = 0; i < hosts; ++i)
            nodes.emplace_back(simulation, "n");
    }
    ~Model() { simulation.shut_down(); }
    Simulation simulation;
    std::deque<Node> nodes;
    std::vector<Entity> entities;
    Draws draws;
};

struct Entity final : Occurrence {
    Entity(Model& m, Node& n) : model(m), node(n) {}
    void happen() override {
        Entity& next = model.entities[model.draws.below(model.entities.size())];
        node.schedule(node.now() + model.draws.delay(), &next);
    }
    void drop() noexcept override {}
    Model& model;
    Node& node;
};

void run(benchmark::State& state, Model& model, std::size_t pending) {
    for (std::size_t i = 0; i < 3 * pending; ++i)
        model.simulation.step(); // into the steady state
    for (auto _ : state)
        model.simulation.step();
    state.SetItemsProcessed(state.iterations());
}

void occurrences(benchmark::State& state) {
    const auto pending = static_cast<std::size_t>(state.range(0));
    Model model(pending);
    model.entities.reserve(pending);
    for (std::size_t i = 0; i < pending; ++i)
        model.entities.emplace_back(model, model.nodes[i % model.nodes.size()]);
    for (Entity& e : model.entities)
        e.node.schedule(Time::at(model.draws.delay()), &e);
    run(state, model, pending);
}

Task<void> sleeper(Model& model, Node& node) {
    for (;;)
        co_await node.sleep(model.draws.delay());
}

void coroutines(benchmark::State& state) {
    const auto pending = static_cast<std::size_t>(state.range(0));
    Model model(pending);
    for (std::size_t i = 0; i < pending; ++i) {
        Node& node = model.nodes[i % model.nodes.size()];
        node.spawn(sleeper(model, node));
    }
    for (std::size_t i = 0; i < pending; ++i)
        model.simulation.step();
    run(state, model, pending);
}

struct Later {
    bool operator()(const Event& a, const Event& b) const { return b.before(a); }
};

void priority_queue_alone(benchmark::State& state) {
    const auto pending = static_cast<std::size_t>(state.range(0));
    std::priority_queue<Event, std::vector<Event>, Later> queue;
    Draws draws;
    std::uint64_t sequence = 0;
    for (std::size_t i = 0; i < pending; ++i)
        queue.push(Event::occur(Time::at(draws.delay()), ++sequence, nullptr));
    auto hold = [&] {
        const Event e = queue.top();
        queue.pop();
        const std::uint64_t node = draws.below(1000);
        queue.push(Event::occur(e.time + draws.delay(), (node << kSequenceBits) | ++sequence, nullptr));
    };
    for (std::size_t i = 0; i < 3 * pending; ++i)
        hold();
    for (auto _ : state)
        hold();
    state.SetItemsProcessed(state.iterations());
}

/// The loads that queues of buckets find hard.
enum class Load : std::int64_t { one_instant, two_spacings, far_future };

Duration hard_delay(Draws& draws, Load load) {
    const bool rare = draws.next() >> 61 == 0;
    switch (load) {
    case Load::one_instant: return rare ? Duration::seconds(1) : Duration();
    case Load::two_spacings: return rare ? Duration::hours(4) + draws.delay() : draws.delay() / 1'000'000;
    default: return Duration::nanoseconds(static_cast<std::int64_t>(draws.next() >> (8 + draws.below(56))));
    }
}

/// The hold model with the queue alone, and events for nobody.
template<class Queue>
void hard_load(benchmark::State& state, Load load) {
    const auto pending = static_cast<std::size_t>(state.range(0));
    Queue queue;
    Draws draws;
    std::uint64_t sequence = 0;
    auto push = [&](Time after) {
        queue.push(Event::resume(after + hard_delay(draws, load), ++sequence, {}));
    };
    auto hold = [&] {
        const Time now = queue.top().time;
        queue.pop();
        push(now);
    };
    for (std::size_t i = 0; i < pending; ++i)
        push(Time());
    for (std::size_t i = 0; i < 3 * pending; ++i)
        hold();
    for (auto _ : state)
        hold();
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(priority_queue_alone)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(occurrences)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(coroutines)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);

void heap_alone(benchmark::State& state, Load load) {
    hard_load<std::priority_queue<Event, std::vector<Event>, Later>>(state, load);
}
void queue_alone(benchmark::State& state, Load load) { hard_load<EventQueue>(state, load); }
BENCHMARK_CAPTURE(heap_alone, one_instant, Load::one_instant)->Arg(100'000);
BENCHMARK_CAPTURE(queue_alone, one_instant, Load::one_instant)->Arg(100'000);
BENCHMARK_CAPTURE(heap_alone, two_spacings, Load::two_spacings)->Arg(100'000);
BENCHMARK_CAPTURE(queue_alone, two_spacings, Load::two_spacings)->Arg(100'000);
BENCHMARK_CAPTURE(heap_alone, far_future, Load::far_future)->Arg(100'000);
BENCHMARK_CAPTURE(queue_alone, far_future, Load::far_future)->Arg(100'000);

} // namespace
