// The future: events ordered by (time, origin node, the origin's own sequence number).
//
// The order is total and depends on nothing but the model, so that a run is the same on any number of threads.
// An event resumes a coroutine or lets an `Occurrence` happen; it costs no allocation.
#pragma once

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
class EventQueue {
public:
    EventQueue() = default;
    EventQueue(const EventQueue&) = delete;
    EventQueue& operator=(const EventQueue&) = delete;
    ~EventQueue() { clear(); }

    bool empty() const { return heap_.empty(); }
    std::size_t size() const { return heap_.size(); }
    const Event& top() const { return heap_.front(); }
    /// Drops everything.
    void clear() noexcept;
    void push(const Event& event);
    Event pop();
    /// Removes the events that would resume a coroutine of `origin`: those frames are about to die.
    void purge_resumptions(NodeId origin);

private:
    void sift_down(std::size_t hole, const Event& event);
    std::vector<Event> heap_;
};

} // namespace postopolis::kernel
