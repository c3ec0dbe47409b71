// One run: the clock, the future, and the nodes. A value that its owner drives; many can live side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "postopolis/kernel/check.hpp"
#include "postopolis/kernel/event_queue.hpp"
#include "postopolis/kernel/random.hpp"

namespace postopolis::kernel {

class Node;

class Simulation {
public:
    explicit Simulation(RunKey key) : key_(key) {}
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    RunKey key() const { return key_; }
    Time now() const { return now_; }
    /// The instant of the last event that was more than a deadline that had nothing to do.
    Time last_activity() const { return last_activity_; }
    std::uint64_t events_processed() const { return processed_; }
    std::size_t events_pending() const { return queue_.size(); }
    /// By id; null for one that is gone, or reserved and not made.
    const std::vector<Node*>& nodes() const { return nodes_; }

    /// Processes one event; false when there is none. Whatever model code throws leaves from here.
    bool step() {
        if (queue_.empty()) return false;
        const Event event = queue_.pop();
        check(event.time >= now_, "an event lies in the past");
        now_ = event.time;
        ++processed_;
        activity_before_ = last_activity_;
        last_activity_ = now_;
        if (event.is_occurrence())
            event.occurrence()->happen();
        else
            event.coroutine().resume();
        return true;
    }
    /// Processes every event up to and including `until`, then sets the clock to it.
    void run_until(Time until);
    /// Processes events until nothing is left to happen or the next would be after `limit`; true when quiet.
    bool run_until_quiet(Time limit = Time::max());
    /// The next event's instant, or Time::max(). The queue may sort the events around it, nothing else changes.
    Time next_event_time() { return queue_.empty() ? Time::max() : queue_.top().time; }

    /// Ends the run: destroys every task, the youngest node's first, and forgets the future. Owners of nodes call
    /// it before they destroy them, as tasks use what their nodes own.
    void shut_down() noexcept;
    bool shutting_down() const { return shutting_down_; }

    // For nodes and the model's infrastructure, not for owners of a run:
    EventQueue& queue() { return queue_; }
    NodeId add(Node* node);
    /// Ids for nodes that may be made later, also while the run goes on. They have no node until then.
    NodeId reserve(std::size_t count);
    /// A node for an id that was reserved. Different ids may be filled by different threads.
    void fill(NodeId id, Node* node);
    void remove(NodeId id) { nodes_[id] = nullptr; }
    /// Called by an occurrence that turned out to have nothing to do.
    void idle_event() { last_activity_ = activity_before_; }

private:
    RunKey key_;
    Time now_;
    Time last_activity_;
    Time activity_before_; ///< `last_activity_` as it was before the present event
    bool shutting_down_ = false;
    std::uint64_t processed_ = 0;
    EventQueue queue_;
    std::vector<Node*> nodes_;
};

} // namespace postopolis::kernel
