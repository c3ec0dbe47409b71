// The future: events ordered by (time, origin node, the origin's own sequence number).
//
// The order is total and depends on nothing but the model, so that a run is the same on any number of
// threads. An event resumes a coroutine or lets an `Occurrence` happen; it costs no allocation. How it works,
// and what else was measured: sim/kernel/README.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "postopolis/kernel/event.hpp"
#include "postopolis/kernel/event_buckets.hpp"

namespace postopolis::kernel {

/// A 4-ary heap: shallower than a binary one, and the four children share cache lines.
class EventHeap {
public:
    bool empty() const { return events_.empty(); }
    std::size_t size() const { return events_.size(); }
    const Event& top() const { return events_.front(); }
    void push(const Event& event);
    Event pop();
    /// Moves all events to the end of `out`, in any order.
    void give(std::vector<Event>& out);

private:
    std::vector<Event> events_;
};

/// Buckets of time: an event is appended to the bucket of its instant, and a bucket is sorted when its turn
/// comes, so that an event costs a constant, and few cache lines, however many are pending. A ring of buckets
/// covers the near future, coarser and coarser slots what lies beyond; what comes too late for its bucket
/// goes to a heap. The width of buckets follows the density of events. Whatever the load, it is never worse
/// than the heap by more than a constant.
class EventQueue {
public:
    EventQueue() = default;
    EventQueue(const EventQueue&) = delete;
    EventQueue& operator=(const EventQueue&) = delete;
    ~EventQueue() { clear(); }

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    /// The queue must not be empty. Valid until the next call that changes the queue.
    const Event& top() {
        if (sorted_count_ == 0 && late_.empty()) open_next();
        return from_heap() ? late_.top() : sorted_[sorted_count_ - 1];
    }
    void push(const Event& event) {
        ++size_;
        file(event);
    }
    /// The queue must not be empty.
    Event pop() {
        if (sorted_count_ == 0 && late_.empty()) open_next();
        --size_;
        if (!coming_.ended()) coming_.next().prefetch();
        if (from_heap()) [[unlikely]]
            return late_.pop();
        return sorted_[--sorted_count_];
    }
    /// Drops everything.
    void clear() noexcept;
    /// Removes the events that would resume a coroutine of `origin`: those frames are about to die.
    void purge_resumptions(NodeId origin);

private:
    static constexpr int kSlotBits = 6;
    static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
    static constexpr std::size_t kLevels = 10; ///< of 6 bits: with the 6 of the least ring, all 64
    static constexpr std::uint64_t kNever = UINT64_MAX;

    bool from_heap() const {
        return !late_.empty() && (sorted_count_ == 0 || late_.top().before(sorted_[sorted_count_ - 1]));
    }
    /// The number of the bucket of `t`, counted from the beginning of all time.
    std::uint64_t bucket(Time t) const {
        return (static_cast<std::uint64_t>(t.since_start().count()) ^ (std::uint64_t{1} << 63)) >> shift_;
    }
    void file(const Event& event) {
        const std::uint64_t number = bucket(event.time);
        if (number - open_ - 1 < ring_) [[likely]] {
            const std::size_t place = number & (ring_ - 1);
            if (buckets_.full(place)) extend(place);
            buckets_.append(place, event);
        } else {
            file_elsewhere(number, event);
        }
    }
    void file_elsewhere(std::uint64_t number, const Event& event);
    void file_late(const Event& event);
    void extend(std::size_t place);

    /// A bucket is opened when its first event is asked for, not before.
    void open_next();
    void open(std::uint64_t number);
    void prefetch_after(std::size_t place);
    std::uint64_t next_bucket() const;
    /// Moves the events of the first coarse slot to the ring and to finer slots.
    void refine();
    std::uint64_t first_coarse_turn() const;

    void adapt();
    std::vector<Event> take_all();
    void rebuild(const std::vector<Event>& events, int shift);

    std::uint64_t open_ = UINT64_MAX; ///< number of the open bucket; at first there are none, only the heap
    std::uint64_t ring_ = 0; ///< buckets of the ring; it holds the numbers open_ + 1 ... open_ + ring_
    int shift_ = 0;          ///< a bucket is 2^shift_ ns wide
    int ring_bits_ = 0;
    std::size_t size_ = 0;
    std::size_t sorted_count_ = 0;
    std::vector<Event>
        sorted_;     ///< the first `sorted_count_`: what is left of the open bucket, the next event last
    EventHeap late_; ///< pushed for the open bucket or an earlier one
    EventBuckets::Walk
        coming_; ///< over the bucket after the open one: what its events are for is fetched meanwhile
    EventBuckets buckets_; ///< of the ring, and then the coarse slots

    std::vector<std::uint64_t> occupied_;            ///< a bit per bucket of the ring
    std::array<std::uint64_t, 64> occupied_words_{}; ///< a bit per word of `occupied_`
    std::size_t filled_ = 0;                         ///< buckets of the ring that have events

    // A turn is the time of one ring. An event that is beyond the ring lies in a later turn than `turn_`: at
    // the level of the first digit (of kSlotBits) in which the numbers of the two turns differ, in the slot
    // of its own digit.
    std::uint64_t turn_ = 0;
    std::uint64_t coarse_turn_ = kNever;          ///< the first turn of the first slot that has events
    std::array<std::uint64_t, kLevels> coarse_{}; ///< a bit per slot

    // How well the width fits:
    std::size_t built_size_ = 0;    ///< events at the last rebuilding,
    std::size_t work_ = 0;          ///< events opened or come too late since then: they pay for the next one
    std::size_t opened_events_ = 0; ///< in the present span of observation,
    std::size_t passed_ = 0;        ///< and the buckets in which they were
    std::vector<Event> unsorted_;   ///< room for the open bucket
};

} // namespace postopolis::kernel
