// One run: the clock, the future, and the nodes. A value that its owner drives; many can live side by side.
//
// A run can be divided into partitions, which threads then compute side by side in windows of time: [T, T + L),
// where T is the instant of the next event of all and L, the lookahead, the least delay of whatever passes between
// two partitions. So nothing that happens in a window can be of consequence in the same window elsewhere. As
// events are ordered by (time, origin, the origin's own sequence number), each node lives through the same as it
// does in a run that is not divided.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "postopolis/kernel/check.hpp"
#include "postopolis/kernel/partition.hpp"
#include "postopolis/kernel/random.hpp"

namespace postopolis::kernel {

class Node;
class Crew;

/// Goes through what the partitions of a divided run have put down for it, a few windows behind them.
class Follower {
public:
    virtual ~Follower() = default;
    /// Between two windows, and never while `follow` is at work: takes over what has been put down, if that is
    /// worth the while or `all` is asked for. True when there is work for `follow`.
    virtual bool take_over(bool all) = 0;
    /// Between two windows: so much has been put down that the next one must wait until `follow` is done.
    virtual bool is_far_behind() const = 0;
    /// On any thread, while the next windows are computed.
    virtual void follow() = 0;
};

/// How a run is divided.
struct Division {
    std::uint32_t parts = 1;
    std::vector<std::uint16_t> part_of; ///< by node; nodes beyond its end are in part 0
    Duration lookahead;                 ///< positive
    unsigned threads = 1;               ///< the caller's included
    Follower* follower = nullptr;       ///< must outlive the run
};

class Simulation {
public:
    explicit Simulation(RunKey key);
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;
    ~Simulation();

    RunKey key() const { return key_; }
    Time now() const;
    /// The instant of the last event that was more than a deadline that had nothing to do.
    Time last_activity() const;
    std::uint64_t events_processed() const;
    std::size_t events_pending() const;
    /// By id; null for one that is gone, or reserved and not made.
    const std::vector<Node*>& nodes() const { return nodes_; }

    /// Processes one event; false when there is none. Whatever model code throws leaves from here. Not for runs
    /// that are divided.
    bool step() {
        check(crew_ == nullptr, "a divided run does not go event by event");
        if (first_.queue_.empty()) return false;
        first_.step();
        return true;
    }
    /// Processes events up to and including `limit`, but not many more than `max_events`: exactly so many where the
    /// run is not divided, else it ends with a window, so that all before some instant and nothing after it has
    /// happened. False when nothing is left to happen up to `limit`. Whatever model code throws leaves from here.
    bool advance(Time limit, std::uint64_t max_events);
    /// Processes every event up to and including `until`, then sets the clock to it.
    void run_until(Time until);
    /// Processes events until nothing is left to happen or the next would be after `limit`; true when quiet.
    bool run_until_quiet(Time limit = Time::max());
    /// The next event's instant, or Time::max(). The queue may sort the events around it, nothing else changes.
    Time next_event_time();

    /// Once, before anything has happened: from here on the nodes are in the parts that they are given.
    void divide(const Division& division);
    std::size_t partitions() const { return 1 + others_.size(); }
    Partition& partition(std::size_t index) { return index == 0 ? first_ : *others_[index - 1]; }
    const Partition& partition(std::size_t index) const { return index == 0 ? first_ : *others_[index - 1]; }

    /// Ends the run: destroys every task, the youngest node's first, and forgets the future. Owners of nodes call
    /// it before they destroy them, as tasks use what their nodes own.
    void shut_down() noexcept;
    bool shutting_down() const { return shutting_down_; }

    // For nodes, not for owners of a run:
    NodeId add(Node* node);
    /// Ids for nodes that may be made later, also while the run goes on. They have no node until then.
    NodeId reserve(std::size_t count);
    /// A node for an id that was reserved. Different ids may be filled by different threads.
    void fill(NodeId id, Node* node);
    /// The partition of a node that has this id, or will have it.
    Partition& home(NodeId id) { return id < part_of_.size() ? partition(part_of_[id]) : first_; }
    void remove(const Node* node, NodeId id) noexcept {
        if (nodes_[id] == node) nodes_[id] = nullptr;
    }

private:
    Partition& home_of(const Event& event);
    void set_clocks(Time t);

    RunKey key_;
    bool shutting_down_ = false;
    Partition first_;
    std::vector<std::unique_ptr<Partition>> others_;
    std::unique_ptr<Crew> crew_; ///< of a divided run
    std::vector<std::uint16_t> part_of_; ///< of a divided run, by node
    std::vector<Node*> nodes_;
};

} // namespace postopolis::kernel
