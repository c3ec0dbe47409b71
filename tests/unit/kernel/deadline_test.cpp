// Time-outs whose spans all differ, as those of clients do that count from when their data is out.
#include <doctest/doctest.h>

#include "postopolis/kernel/node.hpp"

using namespace postopolis::kernel;

namespace {

struct Count final : Deadline {
    void expired() override { ++fired; }
    int fired = 0;
};

} // namespace

TEST_CASE("a span that nobody waits for any more is forgotten") {
    Simulation simulation(RunKey{});
    Node node(simulation, "node");
    Count count;
    for (int i = 1; i <= 100; ++i) {
        count.arm(node, Duration::microseconds(i)); // and is disarmed again by the next one
        CHECK(node.deadline_spans() <= 100);
    }
    simulation.run_until_quiet();
    CHECK(count.fired == 1);
    CHECK(node.deadline_spans() == 0);
    count.arm(node, Duration::microseconds(7));
    CHECK(node.deadline_spans() == 1);
    simulation.run_until_quiet();
    CHECK(count.fired == 2);
    CHECK(node.deadline_spans() == 0);
}

TEST_CASE("a deadline that is armed again as it fires keeps its list") {
    struct Again final : Deadline {
        explicit Again(Node& n) : node(n) {}
        void expired() override {
            if (++fired < 3) arm(node, Duration::seconds(1));
        }
        Node& node;
        int fired = 0;
    };
    Simulation simulation(RunKey{});
    Node node(simulation, "node");
    Again again(node);
    again.arm(node, Duration::seconds(1));
    simulation.run_until_quiet();
    CHECK(again.fired == 3);
    CHECK(simulation.now() == Time::at(Duration::seconds(3)));
    CHECK(node.deadline_spans() == 0);
}
