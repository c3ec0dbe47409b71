#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "postopolis/policy/concurrency.hpp"

using namespace postopolis::policy;

TEST_CASE("first in, first out within a destination; destinations take turns") {
    FairScheduler scheduler;
    for (JobId job = 1; job <= 3; ++job)
        CHECK(scheduler.enqueue(job, "a"));
    CHECK(scheduler.enqueue(11, "b"));
    CHECK(scheduler.enqueue(12, "b"));
    CHECK(scheduler.enqueue(21, "c"));
    std::vector<JobId> order;
    while (const auto job = scheduler.start_next())
        order.push_back(*job);
    CHECK(order == std::vector<JobId>{1, 11, 21, 2, 12, 3});
    CHECK(scheduler.running() == 6);
    CHECK(scheduler.running("a") == 3);
    CHECK(scheduler.waiting() == 0);
}

TEST_CASE("limits overall and per destination") {
    FairScheduler scheduler({3, 2});
    for (JobId job = 0; job < 5; ++job)
        scheduler.enqueue(job, "a");
    CHECK(scheduler.start_next() == 0);
    CHECK(scheduler.start_next() == 1);
    CHECK_FALSE(scheduler.start_next()); // two run to "a"
    for (JobId job = 10; job < 12; ++job)
        scheduler.enqueue(job, "b");
    CHECK(scheduler.start_next() == 10);
    CHECK_FALSE(scheduler.start_next()); // three run
    CHECK(scheduler.finished(0));
    CHECK(scheduler.start_next() == 11); // "b" was ready before "a" became so again
    CHECK(scheduler.finished(10));
    CHECK(scheduler.start_next() == 2);
    CHECK(scheduler.waiting("a") == 2);
}

TEST_CASE("jobs that are known or unknown are refused; waiting ones can be removed") {
    FairScheduler scheduler({100, 1});
    CHECK(scheduler.enqueue(1, "a"));
    CHECK_FALSE(scheduler.enqueue(1, "b"));
    CHECK_FALSE(scheduler.finished(1));
    for (JobId job = 2; job <= 4; ++job)
        scheduler.enqueue(job, "a");
    CHECK(scheduler.start_next() == 1);
    CHECK_FALSE(scheduler.remove(1));
    CHECK(scheduler.remove(3));
    CHECK_FALSE(scheduler.remove(3));
    CHECK(scheduler.finished(1));
    CHECK_FALSE(scheduler.finished(1));
    CHECK(scheduler.start_next() == 2);
    CHECK(scheduler.finished(2));
    CHECK(scheduler.remove(4));
    CHECK_FALSE(scheduler.start_next());
    CHECK(scheduler.waiting() == 0);
    CHECK(scheduler.enqueue(1, "a")); // the id is free again
    CHECK(scheduler.start_next() == 1);
}

TEST_CASE("a limit of its own for one destination") {
    FairScheduler scheduler;
    scheduler.set_limit("slow", 1);
    for (JobId job = 0; job < 3; ++job)
        scheduler.enqueue(job, "slow");
    CHECK(scheduler.start_next() == 0);
    CHECK_FALSE(scheduler.start_next());
    scheduler.set_limit("slow", 2);
    CHECK(scheduler.start_next() == 1);
    scheduler.set_limit("slow", 0);
    scheduler.finished(0);
    scheduler.finished(1);
    CHECK_FALSE(scheduler.start_next());
    scheduler.set_limit("slow", 20);
    CHECK(scheduler.start_next() == 2);
}

TEST_CASE("ten thousand jobs for a slow destination do not keep the others waiting") {
    FairScheduler scheduler; // 100 overall, 20 per destination
    for (JobId job = 0; job < 10'000; ++job)
        scheduler.enqueue(job, "slow");
    int slow_started = 0;
    while (scheduler.start_next())
        ++slow_started;
    CHECK(slow_started == 20);
    // 100 quick destinations; the slow one finishes nothing: 80 slots are free at once, and every quick job
    // runs within two rounds.
    for (JobId job = 0; job < 100; ++job)
        scheduler.enqueue(100'000 + job, "quick" + std::to_string(job));
    std::vector<JobId> round;
    while (const auto job = scheduler.start_next())
        round.push_back(*job);
    CHECK(round.size() == 80);
    for (const JobId job : round)
        scheduler.finished(job);
    round.clear();
    while (const auto job = scheduler.start_next())
        round.push_back(*job);
    CHECK(round.size() == 20);
    CHECK(scheduler.waiting() == 10'000 - 20);
}

namespace {
/// The same rules, written the slow and obvious way.
struct Model {
    std::map<std::string, std::deque<JobId>> waiting;
    std::map<std::string, int> running;
    std::map<JobId, std::string> started;
    std::deque<std::string> ring;

    void refresh(const std::string& name) {
        const bool ready = !waiting[name].empty() && running[name] < 2;
        const auto place = std::find(ring.begin(), ring.end(), name);
        if (ready && place == ring.end()) ring.push_back(name);
        if (!ready && place != ring.end()) ring.erase(place);
    }
    std::optional<JobId> start() {
        if (started.size() >= 5 || ring.empty()) return std::nullopt;
        const std::string name = ring.front();
        ring.pop_front();
        const JobId job = waiting[name].front();
        waiting[name].pop_front();
        ++running[name];
        started[job] = name;
        refresh(name);
        return job;
    }
};
} // namespace

TEST_CASE("random operations agree with a plain model") {
    FairScheduler scheduler({5, 2});
    Model model;
    std::uint64_t state = 7;
    auto below = [&](std::uint64_t n) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state >> 33) % n;
    };
    for (JobId job = 0; job < 50'000; ++job) {
        const std::uint64_t what = below(10);
        if (what < 4) {
            const std::string name = "d" + std::to_string(below(6));
            CHECK(scheduler.enqueue(job, name));
            model.waiting[name].push_back(job);
            model.refresh(name);
        } else if (what < 7) {
            REQUIRE(scheduler.start_next() == model.start());
        } else if (what < 9 && !model.started.empty()) {
            auto chosen = model.started.begin();
            std::advance(chosen, static_cast<std::ptrdiff_t>(below(model.started.size())));
            const auto [id, name] = *chosen;
            model.started.erase(chosen);
            --model.running[name];
            model.refresh(name);
            CHECK(scheduler.finished(id));
        } else {
            const std::string name = "d" + std::to_string(below(6));
            std::deque<JobId>& queue = model.waiting[name];
            if (queue.empty()) continue;
            const auto place = queue.begin() + static_cast<std::ptrdiff_t>(below(queue.size()));
            CHECK(scheduler.remove(*place));
            queue.erase(place);
            model.refresh(name);
        }
        CHECK(scheduler.running() == model.started.size());
    }
}
