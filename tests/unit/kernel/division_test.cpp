// Divided runs: each node lives through the same as in the run that is not divided, on any number of threads.
#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "postopolis/kernel/node.hpp"

using namespace postopolis::kernel;

namespace {

constexpr Duration kLeast = Duration::milliseconds(2);

Time ms(std::int64_t n) {
    return Time::at(Duration::milliseconds(n));
}

/// Does what it is told for a node that may be another's.
struct Call final : Occurrence {
    Call(Node& node_of, std::function<void()> action_of) : target(node_of), action(std::move(action_of)) {}
    void happen() override {
        std::unique_ptr<Call> self(this);
        action();
    }
    Node* node() const override { return &target; }
    void drop() noexcept override { delete this; }
    Node& target;
    std::function<void()> action;
};

/// A ring of nodes that throw balls to one another, some of them at the very same instants, and rest in between.
class Ring {
public:
    explicit Ring(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            nodes.push_back(std::make_unique<Player>(*this, i));
            nodes.back()->spawn(nodes.back()->play());
        }
    }
    ~Ring() { simulation.shut_down(); }

    Division division(std::uint32_t parts, unsigned threads) const {
        Division d;
        d.parts = parts;
        d.threads = threads;
        d.lookahead = kLeast;
        for (std::size_t i = 0; i < nodes.size(); ++i)
            d.part_of.push_back(static_cast<std::uint16_t>(i % parts));
        return d;
    }
    /// What each node has seen, and when.
    std::vector<std::vector<std::string>> logs() const {
        std::vector<std::vector<std::string>> all;
        for (const auto& n : nodes)
            all.push_back(n->log);
        return all;
    }

    struct Player final : Node {
        Player(Ring& ring_of, std::size_t n)
            : Node(ring_of.simulation, "player " + std::to_string(n)), ring(ring_of), number(n),
              dice(stream("dice")) {}
        void note(const std::string& what) { log.push_back(what + "@" + exact_text(now().since_start())); }
        Task<void> play() {
            for (int round = 0; round < 40; ++round) {
                // Whole milliseconds: many things happen at one instant.
                co_await sleep(Duration::milliseconds(static_cast<std::int64_t>(dice.below(4))));
                note("wakes");
                const std::size_t other = (number + 1 + dice.below(ring.nodes.size() - 1)) % ring.nodes.size();
                const Duration flight = kLeast + Duration::milliseconds(static_cast<std::int64_t>(dice.below(3)));
                Player& target = *ring.nodes[other];
                std::function<void()> caught = [this, &target] { target.note("catches from " + std::to_string(number)); };
                schedule(now() + flight, new Call(target, std::move(caught)));
            }
        }
        Ring& ring;
        std::size_t number;
        Stream dice;
        std::vector<std::string> log;
    };

    Simulation simulation{RunKey{7, 0}};
    std::vector<std::unique_ptr<Player>> nodes;
};

} // namespace

TEST_CASE("nodes live through the same in any division, on any number of threads") {
    Ring whole(12);
    CHECK(whole.simulation.run_until_quiet());
    CHECK(whole.nodes[0]->log.size() > 40);
    for (std::uint32_t parts : {1U, 2U, 3U, 5U, 12U}) {
        for (unsigned threads : {1U, 2U, 4U}) {
            INFO(parts, " parts, ", threads, " threads");
            Ring divided(12);
            divided.simulation.divide(divided.division(parts, threads));
            CHECK(divided.simulation.run_until_quiet());
            CHECK(divided.logs() == whole.logs());
            CHECK(divided.simulation.events_processed() == whole.simulation.events_processed());
            CHECK(divided.simulation.last_activity() == whole.simulation.last_activity());
            CHECK(divided.simulation.now() == whole.simulation.now());
        }
    }
}

TEST_CASE("a divided run stops where it is told to, and goes on") {
    Ring whole(6);
    Ring divided(6);
    divided.simulation.divide(divided.division(3, 2));
    for (std::int64_t n : {0, 1, 7, 8, 30, 1000}) {
        INFO(n, " ms");
        whole.simulation.run_until(ms(n));
        divided.simulation.run_until(ms(n));
        CHECK(divided.logs() == whole.logs());
        CHECK(divided.simulation.now() == ms(n));
        CHECK(divided.simulation.events_processed() == whole.simulation.events_processed());
        CHECK(divided.simulation.events_pending() == whole.simulation.events_pending());
    }
}

TEST_CASE("a divided run that is advanced by events has done what lies before an instant, and no more") {
    Ring divided(6);
    divided.simulation.divide(divided.division(2, 2));
    while (divided.simulation.advance(ms(1'000'000), 10)) {
        Ring whole(6);
        CHECK(whole.simulation.advance(ms(1'000'000), divided.simulation.events_processed()));
        CHECK(whole.logs() == divided.logs());
    }
    CHECK(divided.simulation.events_pending() == 0);
}

TEST_CASE("what an owner schedules between two steps of a divided run happens where it belongs") {
    Ring divided(4);
    divided.simulation.divide(divided.division(4, 2));
    divided.simulation.run_until(ms(5));
    Ring::Player& target = *divided.nodes[3];
    divided.nodes[0]->schedule(ms(6), new Call(target, [&target] { target.note("told"); }));
    divided.simulation.run_until(ms(6));
    CHECK(std::count(target.log.begin(), target.log.end(), "told@6ms") == 1);
}

TEST_CASE("what model code throws on any thread leaves from advance") {
    Ring divided(4);
    divided.simulation.divide(divided.division(4, 3));
    Node& target = *divided.nodes[2];
    target.schedule(ms(5), new Call(target, [] { throw std::runtime_error("no"); }));
    CHECK_THROWS_AS(divided.simulation.run_until_quiet(), std::runtime_error);
}

namespace {

/// Says when its partitions' windows end.
struct Ear final : Follower {
    bool take_over(bool all) override {
        const bool wanted = all || ++windows % 3 == 0;
        busy_ = busy_ || wanted;
        return wanted;
    }
    bool is_far_behind() const override { return windows % 2 == 0; }
    void follow() override {
        CHECK(busy_);
        busy_ = false;
        ++followed;
    }
    int windows = 0, followed = 0;

private:
    bool busy_ = false;
};

/// Counts beats for the nodes of its partition.
struct Beat final : Node {
    explicit Beat(Simulation& simulation) : Node(simulation, "beat") { spawn(run()); }
    Beat(const Beat& original, Partition& partition) : Node(original, partition) { spawn(run()); }
    Task<void> run() {
        partition().shared_event();
        Stream dice = stream("dice");
        for (int i = 0; i < 10; ++i) {
            co_await sleep(Duration::milliseconds(1));
            partition().shared_event();
            drawn.push_back(dice.bits());
        }
    }
    std::vector<std::uint64_t> drawn;
};

} // namespace

TEST_CASE("a follower is called by one thread at a time, and has followed to the end at the end") {
    for (unsigned threads : {1U, 2U, 3U}) {
        Ring divided(6);
        Ear ear;
        Division d = divided.division(3, threads);
        d.follower = &ear;
        divided.simulation.divide(d);
        CHECK(divided.simulation.run_until_quiet());
        CHECK(ear.windows > 10);
        CHECK(ear.followed > 1);
    }
}

TEST_CASE("instances of a node in all partitions draw the same, and their events count once") {
    Simulation whole{RunKey{}};
    Beat alone(whole);
    CHECK(whole.run_until_quiet());
    Simulation simulation{RunKey{}};
    Beat first(simulation);
    Node other(simulation, "other");
    Division d;
    d.parts = 2;
    d.threads = 2;
    d.lookahead = kLeast;
    d.part_of = {0, 1};
    simulation.divide(d);
    Beat second(first, simulation.partition(1));
    CHECK(simulation.run_until_quiet());
    CHECK(first.drawn == alone.drawn);
    CHECK(second.drawn == alone.drawn);
    CHECK(simulation.events_processed() == whole.events_processed());
    CHECK(second.id() == first.id());
    simulation.shut_down();
    whole.shut_down();
}
