// The future: events ordered by (time, origin node, the origin's own sequence number).
//
// The order is total and depends on nothing but the model, so that a run is the same on any number of threads.
// An event resumes a coroutine or lets an `Occurrence` happen; it costs no allocation.
#pragma once

#include <array>
#include <coroutine>
#include <cstdint>
#include <vector>

#include "postopolis/kernel/pool.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::kernel {

/// A node's number, in the order in which the town was built. At most 2^26 nodes.
using NodeId = std::uint32_t;
inline constexpr int kSequenceBits = 38;
inline constexpr NodeId kMaxNodes = NodeId{1} << (64 - kSequenceBits);

/// Something that happens at an instant and is not a coroutine: a parcel that arrives, a deadline.
class Occurrence : public Pooled {
public:
    virtual ~Occurrence() = default;
    /// Called once, at the instant. The queue has let go of the object: one that owns itself deletes itself.
    virtual void happen() = 0;
    /// Called instead of `happen` when the queue is destroyed or purged with the event in it.
    virtual void drop() noexcept = 0;
};

struct Event {
    Time time;
    std::uint64_t order = 0; ///< origin node << kSequenceBits | the origin's sequence number
    std::uintptr_t target = 0;

    static Event resume(Time t, std::uint64_t order, std::coroutine_handle<> h) {
        return {t, order, reinterpret_cast<std::uintptr_t>(h.address())};
    }
    static Event occur(Time t, std::uint64_t order, Occurrence* what) {
        return {t, order, reinterpret_cast<std::uintptr_t>(what) | 1U};
    }
    bool is_occurrence() const { return (target & 1U) != 0; }
    Occurrence* occurrence() const { return reinterpret_cast<Occurrence*>(target & ~std::uintptr_t{1}); }
    std::coroutine_handle<> coroutine() const {
        return std::coroutine_handle<>::from_address(reinterpret_cast<void*>(target));
    }
    NodeId origin() const { return static_cast<NodeId>(order >> kSequenceBits); }
    bool before(const Event& o) const { return time != o.time ? time < o.time : order < o.order; }
};

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

/// Buckets of time: an event is appended to the bucket of its instant, and a bucket is sorted when its turn comes, so
/// that an event costs a constant, and few cache lines, however many are pending. A ring of buckets covers the near
/// future; what lies beyond waits in a list, what comes too late for its bucket goes to a heap. The width of buckets
/// follows the density of events. Whatever the load, it is never worse than the heap by more than a constant.
class EventQueue {
public:
    EventQueue() = default;
    EventQueue(const EventQueue&) = delete;
    EventQueue& operator=(const EventQueue&) = delete;
    ~EventQueue() { clear(); }

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    /// Valid until the next call that changes the queue.
    const Event& top() const {
        if (sorted_.empty() && late_.empty()) return first_unopened();
        return from_heap() ? late_.top() : sorted_.back();
    }
    /// Drops everything.
    void clear() noexcept;
    void push(const Event& event);
    Event pop();
    /// Removes the events that would resume a coroutine of `origin`: those frames are about to die.
    void purge_resumptions(NodeId origin);

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    /// Part of a bucket: two cache lines.
    struct alignas(64) Chunk {
        std::uint32_t next = kNone;
        std::uint32_t count = 0;
        std::array<Event, 5> events;
    };

    bool from_heap() const {
        return !late_.empty() && (sorted_.empty() || late_.top().before(sorted_.back()));
    }
    /// The number of the bucket of `t`, counted from the beginning of all time.
    std::uint64_t bucket(Time t) const {
        return (static_cast<std::uint64_t>(t.since_start().count()) ^ (std::uint64_t{1} << 63)) >> shift_;
    }
    void append(std::uint64_t bucket_number, const Event& event);
    void put_far(const Event& event);
    void file(const Event& event);
    void take_bucket(std::uint64_t bucket_number, std::vector<Event>& out);
    /// A bucket is opened for the first pop from it, not before: what is pushed until then may be earlier.
    void open_next();
    const Event& first_unopened() const;
    void file_far();
    std::uint64_t next_bucket() const;
    void adapt();
    std::vector<Event> take_all();
    void rebuild(std::vector<Event> events, int shift);
    int fitting_shift(const std::vector<Event>& events) const;

    std::size_t size_ = 0;
    std::vector<Event> sorted_;       ///< the open bucket, the next event last
    EventHeap late_;                  ///< pushed for the open bucket or an earlier one
    std::uint64_t open_ = UINT64_MAX; ///< number of the open bucket; at first there are none, only the heap
    int shift_ = 0;                   ///< a bucket is 2^shift_ ns wide
    std::uint64_t mask_ = 0;          ///< buckets of the ring - 1; it holds the numbers open_ + 1 ... open_ + mask_
    std::vector<std::uint32_t> heads_;    ///< of the ring's buckets: the first chunk
    std::vector<std::uint64_t> occupied_; ///< a bit per bucket of the ring
    std::size_t in_ring_ = 0;
    std::vector<Chunk> chunks_;
    std::uint32_t free_chunk_ = kNone;
    std::vector<Event> far_; ///< beyond the ring when they were pushed
    Time far_first_ = Time::max();
    // How well the width fits:
    std::size_t built_size_ = 0;    ///< events at the last rebuilding,
    std::size_t work_ = 0;          ///< pushes and pops since then: they pay for the next one
    std::size_t opened_events_ = 0; ///< in the present span of observation,
    std::size_t passed_ = 0;        ///< and the buckets in which they were
};

} // namespace postopolis::kernel
