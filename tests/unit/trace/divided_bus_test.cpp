// What the partitions of a divided run tell comes to the observers as in an undivided one, and whole.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "postopolis/kernel/node.hpp"
#include "postopolis/trace/bus.hpp"

using namespace postopolis;
using namespace postopolis::trace;
using kernel::Duration;

namespace {

/// What each event says, in words.
struct Words final : Observer {
    KindMask listens_for() const override { return kAllKinds; }
    void on_event(const Event& e) override {
        std::string line = std::string(kind_name(e.what)) + " " + std::to_string(e.id) + " at " +
                           kernel::exact_text(e.time.since_start());
        if (const auto* c = std::get_if<Composed>(&e.what)) {
            line += " " + std::string(c->subject) + " " + std::string(c->message_id) + " from " + c->sender->text();
            for (std::size_t i = 0; i < c->copies.size(); ++i)
                line += " " + std::to_string(c->copies[i]) + " to " + c->recipients[i]->text() +
                        (c->kinds[i] == RecipientKind::cc ? " cc" : "");
        } else if (const auto* d = std::get_if<Deferred>(&e.what)) {
            line += " " + std::string(d->host) + " " + std::string(d->remote) + " " + std::string(d->reason.enhanced) +
                    " " + std::string(d->reason.text);
        } else if (const auto* s = std::get_if<Spoke>(&e.what)) {
            line += " " + std::string(s->bytes);
        }
        lines.push_back(std::move(line));
    }
    std::vector<std::string> lines;
};

/// Hears each node at once, and keeps nodes apart.
struct Counts final : Observer {
    KindMask listens_for() const override { return kMailLevel; }
    void on_event(const Event& e) override { ++counts[e.node]; }
    bool keeps_nodes_apart() const override { return true; }
    void expect_nodes(std::size_t count) override { counts.resize(count); }
    std::vector<int> counts = std::vector<int>(3);
};

struct Talkers {
    Talkers() {
        for (int i = 0; i < 3; ++i) {
            nodes.emplace_back(simulation, "node " + std::to_string(i));
            nodes.back().spawn(talk(nodes.back(), i));
        }
    }
    ~Talkers() { simulation.shut_down(); }

    kernel::Task<void> talk(kernel::Node& node, int number) {
        kernel::Stream dice = node.stream("dice");
        for (int round = 0; round < 500; ++round) {
            co_await node.sleep(Duration::nanoseconds(static_cast<std::int64_t>(dice.below(3))));
            tell(node, number, round);
        }
    }
    /// All that it says is gone when it returns.
    void tell(kernel::Node& node, int number, int round) {
        const auto somebody = [&](const char* name) {
            return std::make_shared<const mail::Address>(mail::Address{name + std::to_string(round), "a.example"});
        };
        const std::string text = "round " + std::to_string(round) + " of " + std::to_string(number);
        const std::vector<mail::AddressPtr> to{somebody("bob"), somebody("carol")};
        const std::vector<RecipientKind> kinds{RecipientKind::to, RecipientKind::cc};
        const std::vector<CopyId> copies{make_id(node.id(), static_cast<std::uint64_t>(2 * round + 1)),
                                         make_id(node.id(), static_cast<std::uint64_t>(2 * round + 2))};
        Composed composed;
        const mail::AddressPtr alice = somebody("alice");
        composed.sender = alice;
        composed.subject = text;
        composed.message_id = text;
        composed.recipients = to;
        composed.kinds = kinds;
        composed.copies = copies;
        const EventId first = bus.tell(node, 0, composed);
        Deferred deferred;
        deferred.copies = copies;
        deferred.host = text;
        deferred.reason = {451, text, text};
        bus.tell(node, first, deferred);
        const std::string long_line(round == 7 ? 100'000 : 10, 'x');
        Spoke spoke;
        spoke.bytes = long_line;
        bus.tell(node, first, spoke);
    }

    kernel::Simulation simulation{kernel::RunKey{3, 0}};
    std::deque<kernel::Node> nodes;
    Bus bus;
};

} // namespace

TEST_CASE("what partitions tell is told in the order of an undivided run, with all that it points to") {
    Talkers whole;
    Words expected;
    Counts expected_counts;
    whole.bus.add(expected);
    whole.bus.add(expected_counts);
    CHECK(whole.simulation.run_until_quiet());
    CHECK(expected.lines.size() == 4500);

    for (unsigned threads : {1U, 2U, 3U}) {
        Talkers divided;
        Words words;
        Counts counts;
        divided.bus.add(words);
        divided.bus.add(counts);
        kernel::Division d;
        d.parts = 3;
        d.part_of = {0, 1, 2};
        d.lookahead = Duration::nanoseconds(2);
        d.threads = threads;
        d.follower = &divided.bus;
        divided.bus.divide(3, 3);
        divided.simulation.divide(d);
        divided.simulation.run_until(kernel::Time::at(Duration::nanoseconds(100)));
        CHECK(words.lines.size() > 100); // all that has been told so far, however little
        CHECK(divided.simulation.run_until_quiet());
        CHECK(words.lines == expected.lines);
        CHECK(counts.counts == expected_counts.counts);
    }
}
