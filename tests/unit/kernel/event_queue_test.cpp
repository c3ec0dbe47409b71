// The event queue against std::multimap and std::set, under the loads that queues of its kind find hard.
#include "postopolis/kernel/event_queue.hpp"

#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "postopolis/kernel/random.hpp"

using namespace postopolis::kernel;

namespace {

struct Mark final : Occurrence {
    explicit Mark(int* dropped_count = nullptr) : dropped(dropped_count) {}
    void happen() override {}
    void drop() noexcept override {
        if (dropped != nullptr) ++*dropped;
    }
    int* dropped;
};

Time at(std::int64_t ns) {
    return Time::at(Duration::nanoseconds(ns));
}
std::uint64_t order(NodeId node, std::uint64_t sequence) {
    return (std::uint64_t{node} << kSequenceBits) | sequence;
}

using Key = std::pair<Time, std::uint64_t>;
Key key(const Event& e) {
    return {e.time, e.order};
}

/// Pushes `delay` after the last event popped; pushes and pops at random, then empties the queue.
template<class Delay>
void compare(std::uint64_t seed, int operations, double push_share, Delay delay) {
    CAPTURE(seed);
    Stream draws({seed, 0}, "queue");
    Mark mark;
    EventQueue queue;
    std::set<Key> reference;
    Time now;
    std::uint64_t sequence = 0;
    auto pop = [&] {
        REQUIRE(key(queue.top()) == *reference.begin());
        const Event e = queue.pop();
        REQUIRE(key(e) == *reference.begin());
        REQUIRE(e.occurrence() == &mark);
        reference.erase(reference.begin());
        now = e.time;
    };
    for (int i = 0; i < operations; ++i) {
        if (reference.empty() || draws.chance(push_share)) {
            const Event e = Event::occur(now + delay(draws),
                                         order(static_cast<NodeId>(draws.below(1000)), ++sequence), &mark);
            queue.push(e);
            reference.insert(key(e));
        } else {
            pop();
        }
        REQUIRE(queue.size() == reference.size());
        REQUIRE(queue.empty() == reference.empty());
    }
    while (!reference.empty())
        pop();
    CHECK(queue.empty());
}

Duration ns(std::uint64_t n) {
    return Duration::nanoseconds(static_cast<std::int64_t>(n));
}

} // namespace

TEST_CASE("events come by time, then origin, then the origin's sequence") {
    Mark mark;
    EventQueue queue;
    queue.push(Event::occur(at(5), order(1, 7), &mark));
    queue.push(Event::occur(at(5), order(0, 9), &mark));
    queue.push(Event::occur(at(4), order(3, 1), &mark));
    queue.push(Event::occur(at(5), order(1, 6), &mark));
    queue.push(Event::occur(Time::max(), order(0, 0), &mark));
    queue.push(Event::occur(at(0), order(kMaxNodes - 1, 0), &mark));
    std::vector<std::tuple<std::int64_t, NodeId, std::uint64_t>> seen;
    while (!queue.empty()) {
        const Event e = queue.pop();
        seen.emplace_back(e.time.since_start().count(), e.origin(),
                          e.order & ((std::uint64_t{1} << kSequenceBits) - 1));
    }
    CHECK(seen == decltype(seen){
                      {0, kMaxNodes - 1, 0}, {4, 3, 1}, {5, 0, 9}, {5, 1, 6}, {5, 1, 7}, {INT64_MAX, 0, 0}});
}

TEST_CASE("an event knows what it is for") {
    Mark mark;
    const Event occurs = Event::occur(at(1), order(5, 6), &mark);
    CHECK(occurs.is_occurrence());
    CHECK(occurs.occurrence() == &mark);
    CHECK(occurs.origin() == 5);
    alignas(16) char frame[16];
    const Event resumes = Event::resume(at(1), order(5, 6), std::coroutine_handle<>::from_address(frame));
    CHECK(!resumes.is_occurrence());
    CHECK(resumes.coroutine().address() == frame);
}

TEST_CASE("any order that goes in comes out sorted, as from std::multimap") {
    Stream draws({3, 0}, "order");
    std::vector<Mark> marks(4000);
    EventQueue queue;
    std::multimap<Key, Occurrence*> reference;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        const Event e = Event::occur(at(static_cast<std::int64_t>(draws.below(500))),
                                     order(static_cast<NodeId>(draws.below(20)), i), &marks[i]);
        queue.push(e);
        reference.emplace(key(e), &marks[i]);
    }
    for (const auto& [k, what] : reference) {
        REQUIRE(key(queue.top()) == k);
        REQUIRE(queue.pop().occurrence() == what);
    }
    CHECK(queue.empty());
}

TEST_CASE("pushes and pops mixed at random agree with std::set") {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        compare(seed, 20'000, 0.5, [](Stream& s) { return ns(s.below(1'000'000)); });
        compare(seed, 20'000, 0.6, [](Stream& s) { return Duration::from_seconds(s.exponential(1)); });
        // Everything at once: ties are broken by the order alone, also for pushes at the present instant.
        compare(seed, 20'000, 0.6, [](Stream& s) { return ns(s.below(3)); });
        compare(seed, 5'000, 0.7, [](Stream&) { return Duration(); });
        // From a nanosecond to a century: no bucket width fits.
        compare(seed, 20'000, 0.6, [](Stream& s) { return ns(s.bits() >> (1 + s.below(63)) >> 1 >> 1); });
        // What a town does: packets in milliseconds, time-outs in minutes, retries in hours.
        compare(seed, 40'000, 0.52, [](Stream& s) {
            const double u = s.uniform();
            return u < 0.8    ? ns(20'000'000 + s.below(1000))
                   : u < 0.95 ? Duration::minutes(5)
                              : Duration::hours(4);
        });
        // Growth and emptying, over and over: whatever adapts to the load has to do it again.
        int n = 0;
        compare(seed, 60'000, 0.6, [&n](Stream& s) {
            const std::int64_t scale = std::int64_t{1} << (((++n) / 4000) % 8 * 6);
            return ns(s.below(1000)) * scale;
        });
    }
}

TEST_CASE("ten thousand pending events are held while their density changes a millionfold") {
    Stream draws({4, 0}, "hold");
    Mark mark;
    EventQueue queue;
    std::set<Key> reference;
    std::uint64_t sequence = 0;
    Time now;
    for (int i = 0; i < 250'000; ++i) {
        const double scale = std::pow(10.0, -7 + 6 * std::fabs(std::sin(i / 25'000.0))); // seconds
        if (i > 10'000) {
            REQUIRE(key(queue.top()) == *reference.begin());
            now = queue.pop().time;
            reference.erase(reference.begin());
        }
        const Event e =
            Event::occur(now + Duration::from_seconds(draws.exponential(scale)), order(1, ++sequence), &mark);
        queue.push(e);
        reference.insert(key(e));
    }
    REQUIRE(queue.size() == reference.size());
    for (const Key& k : reference)
        REQUIRE(key(queue.pop()) == k);
    CHECK(queue.empty());
}

TEST_CASE("an earlier event than all that is there may come at any time") {
    // An owner gives a run outside events between steps: after a far event was looked at, a near one is
    // pushed.
    Mark mark;
    EventQueue queue;
    std::set<Key> reference;
    Stream draws({8, 0}, "back");
    Time now;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        const bool near = draws.chance(0.5);
        const Event e =
            Event::occur(now + (near ? ns(draws.below(10)) : Duration::from_seconds(draws.exponential(3600))),
                         order(1, i), &mark);
        queue.push(e);
        reference.insert(key(e));
        REQUIRE(key(queue.top()) == *reference.begin());
        if (draws.chance(0.45)) {
            now = queue.pop().time;
            reference.erase(reference.begin());
        }
    }
    while (!queue.empty()) {
        REQUIRE(key(queue.pop()) == *reference.begin());
        reference.erase(reference.begin());
    }
    CHECK(reference.empty());
}

TEST_CASE("many events far ahead and few nearby, in every proportion of their distances") {
    // Dense events in microseconds over a mass that lies hours to years ahead: that one comes down level by level.
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        compare(seed, 60'000, 0.55, [](Stream& s) {
            const double u = s.uniform();
            return u < 0.6    ? ns(s.below(2'000))
                   : u < 0.8  ? Duration::from_seconds(s.exponential(4 * 3600))
                   : u < 0.98 ? Duration::from_seconds(s.exponential(30 * 86400))
                              : Duration::days(36'500) + ns(s.below(3));
        });
        // Clumps of one instant with gaps that no ring spans.
        compare(seed, 60'000, 0.6, [](Stream& s) { return Duration::days(static_cast<std::int64_t>(s.below(400))); });
        // Two densities a billion times apart.
        compare(seed, 60'000, 0.6,
                [](Stream& s) { return s.chance(0.5) ? ns(s.below(100)) : Duration::seconds(90) + ns(s.below(100)); });
    }
}

TEST_CASE("events at both ends of time come in order") {
    Mark mark;
    EventQueue queue;
    std::set<Key> reference;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        const auto near = static_cast<std::int64_t>(i * 7919 % 5000);
        const Event e = Event::occur(at(i % 2 == 0 ? near : INT64_MAX - near), i, &mark);
        queue.push(e);
        reference.insert(key(e));
    }
    for (const Key& k : reference)
        REQUIRE(key(queue.pop()) == k);
    CHECK(queue.empty());
}

TEST_CASE("a purge takes a node's resumptions and nothing else") {
    alignas(16) char frame[16];
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Stream draws({seed, 0}, "purge");
        Mark mark;
        EventQueue queue;
        std::map<Key, bool> reference; // true: an occurrence
        Time now;
        for (std::uint64_t i = 0; i < 3000; ++i) {
            const auto node = static_cast<NodeId>(draws.below(5));
            const Time t = now + Duration::from_seconds(draws.exponential(draws.chance(0.1) ? 1000 : 0.01));
            const Event e = draws.chance(0.3) ? Event::occur(t, order(node, i), &mark)
                                              : Event::resume(t, order(node, i),
                                                              std::coroutine_handle<>::from_address(frame));
            queue.push(e);
            reference.emplace(key(e), e.is_occurrence());
            if (draws.chance(0.3)) {
                now = queue.top().time;
                REQUIRE(key(queue.pop()) == reference.begin()->first);
                reference.erase(reference.begin());
            }
            if (i % 500 == 499) {
                queue.purge_resumptions(node);
                std::erase_if(reference, [&](const auto& r) {
                    return !r.second && static_cast<NodeId>(r.first.second >> kSequenceBits) == node;
                });
                REQUIRE(queue.size() == reference.size());
            }
        }
        for (const auto& [k, is_occurrence] : reference) {
            REQUIRE(key(queue.top()) == k);
            REQUIRE(queue.pop().is_occurrence() == is_occurrence);
        }
        CHECK(queue.empty());
    }
}

TEST_CASE("clearing drops every occurrence once, and the queue can be used again") {
    int dropped = 0;
    Mark mark(&dropped);
    {
        EventQueue queue;
        for (std::uint64_t i = 0; i < 1000; ++i)
            queue.push(Event::occur(at(static_cast<std::int64_t>(i * i * i)), i, &mark));
        for (int i = 0; i < 10; ++i)
            queue.pop();
        queue.clear();
        CHECK(dropped == 990);
        CHECK(queue.empty());
        queue.push(Event::occur(at(3), 1, &mark));
        queue.push(Event::occur(at(2), 2, &mark));
        CHECK(queue.pop().time == at(2));
    }
    CHECK(dropped == 991); // the destructor clears, too
}
