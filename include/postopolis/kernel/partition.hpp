// A part of a run's nodes with a future and a clock of its own, so that several can be computed side by side.
//
// A run has one partition, or several that take turns of a window of time each (see simulation.hpp). Nodes are
// in one partition for the whole run. What one schedules for a node of another is put down and taken in between
// two windows; it must lie beyond the window, which the least delay between the two sees to.
#pragma once

#include <cstdint>
#include <vector>

#include "postopolis/kernel/check.hpp"
#include "postopolis/kernel/event_queue.hpp"

namespace postopolis::kernel {

class Simulation;

/// Where an event stands among all of a run: in the order in which an undivided run would have them happen.
struct Place {
    Time time;
    std::uint64_t shared = 0; ///< order of the last event of the instant that all partitions have; 0: none so far
    std::uint64_t order = 0;  ///< greatest order of the events of the instant since then
    bool before(const Place& o) const {
        if (time != o.time) return time < o.time;
        return shared != o.shared ? shared < o.shared : order < o.order;
    }
};

class Partition {
public:
    Partition(Simulation& simulation, std::uint32_t index) : simulation_(simulation), index_(index) {}
    Partition(const Partition&) = delete;
    Partition& operator=(const Partition&) = delete;

    Simulation& simulation() const { return simulation_; }
    std::uint32_t index() const { return index_; }
    Time now() const { return now_; }
    /// Of the present event. Not kept where there is one partition, as nobody needs it.
    const Place& place() const { return place_; }
    EventQueue& queue() { return queue_; }

    /// What a node of this partition schedules, perhaps for a node of another one.
    void schedule(const Event& event) {
        if (alone_) [[likely]]
            queue_.push(event);
        else
            send(event);
    }
    /// Called by an occurrence that turned out to have nothing to do.
    void idle_event() { last_activity_ = activity_before_; }
    /// Called by an event that all partitions have, for their instances of a node. One of them counts it.
    void shared_event() {
        place_.shared = place_.order;
        place_.order = 0;
        if (index_ != 0) --processed_;
    }

private:
    friend class Simulation;
    friend class Crew;
    struct Outbox {
        std::vector<Event> events;
        Time first = Time::max();
    };

    /// The queue must not be empty.
    void step() {
        const Event event = queue_.pop();
        happen(event);
    }
    void happen(const Event& event) {
        check(event.time >= now_, "an event lies in the past");
        now_ = event.time;
        ++processed_;
        activity_before_ = last_activity_;
        last_activity_ = now_;
        if (event.is_occurrence())
            event.occurrence()->happen();
        else
            event.coroutine().resume();
    }
    Time next_event_time() { return queue_.empty() ? Time::max() : queue_.top().time; }
    /// Takes in what came in the last window, and has everything before `end` happen.
    void run_window(Time end);
    void take_in(std::size_t round);
    void send(const Event& event);

    EventQueue queue_;
    Time now_;
    Time last_activity_;   ///< the instant of the last event that had something to do
    Time activity_before_; ///< as it was before the present event
    std::uint64_t processed_ = 0;
    Simulation& simulation_;
    std::uint32_t index_;
    bool alone_ = true;

    // With others:
    bool in_window_ = false;
    Time window_end_;
    Place place_;
    std::size_t round_ = 0; ///< 0 and 1 in turn: what is sent in one window is taken in during the next
    std::vector<std::vector<Outbox>> outboxes_; ///< by round, then by target
    Time next_; ///< after a window: of what is in the queue
};

} // namespace postopolis::kernel
