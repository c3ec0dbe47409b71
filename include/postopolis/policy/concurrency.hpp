// Which delivery starts next: the bookkeeping of a queue manager.
//
// Promises: at most `overall` deliveries run, at most `per_destination` to one destination (Postfix:
// default_process_limit 100, default_destination_concurrency_limit 20); destinations take turns, so that a
// slow one with a long queue starves nobody; first in, first out within a destination. Every operation is
// O(1) and the order depends on nothing but the order of calls. Fails: a job known already, or unknown, is
// refused with false. Not modelled: Postfix's slot-stealing between messages of different size, and its
// adaptation of concurrency to failures (set_limit() lets a caller do that).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace postopolis::policy {

struct ConcurrencyLimits {
    std::uint32_t overall = 100;
    std::uint32_t per_destination = 20;
};

using JobId = std::uint64_t;

class FairScheduler {
public:
    explicit FairScheduler(ConcurrencyLimits limits = {}) : limits_(limits) {}

    /// Puts a job at the end of its destination's queue. False if the id waits or runs already.
    bool enqueue(JobId job, std::string_view destination);
    /// Starts the next job whose destination has a free slot; nothing if there is none.
    std::optional<JobId> start_next();
    /// A started job is done, whatever came of it. False if it is not running.
    bool finished(JobId job);
    /// Takes out a waiting job. False if it does not wait.
    bool remove(JobId job);
    /// A limit of its own for one destination, kept until changed; 0 stops new starts. Running jobs go on.
    void set_limit(std::string_view destination, std::uint32_t limit);

    std::size_t waiting() const { return waiting_; }
    std::size_t running() const { return running_; }
    std::size_t waiting(std::string_view destination) const;
    std::size_t running(std::string_view destination) const;

private:
    using Index = std::uint32_t;
    static constexpr Index none = 0xffffffff;

    struct Job { // a node of its destination's list while it waits
        JobId id = 0;
        Index destination = none;
        Index before = none;
        Index after = none;
        bool started = false;
    };
    struct Destination {                   // a node of the ring of those that could start a job
        const std::string* name = nullptr; // the key in the map, whose nodes do not move
        Index first = none, last = none;
        Index before = none, after = none;
        std::uint32_t waiting = 0, running = 0, limit = 0;
        bool own_limit = false;
        bool ready = false;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    Index destination_of(std::string_view name);
    const Destination* look(std::string_view name) const;
    Index new_job(JobId id, Index destination);
    void unlink(Index job);
    void free_job(Index job);
    void update(Index destination); // makes it ready, not ready, or forgets it, as its counts say
    void push_ready(Index destination);
    void drop_ready(Index destination);

    ConcurrencyLimits limits_;
    std::size_t waiting_ = 0;
    std::size_t running_ = 0;
    std::vector<Job> jobs_;
    std::vector<Destination> destinations_;
    std::vector<Index> free_jobs_;
    std::vector<Index> free_destinations_;
    Index ready_first_ = none, ready_last_ = none;
    std::uint64_t enqueued_ = 0; ///< ever
    std::unordered_map<JobId, Index> by_id_;                                // never iterated
    std::unordered_map<std::string, Index, Hash, std::equal_to<>> by_name_; // never iterated
};

} // namespace postopolis::policy
