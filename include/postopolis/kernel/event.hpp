// An event: an instant, a place in the order of its instant, and what is to happen.
#pragma once

#include <coroutine>
#include <cstdint>

#include "postopolis/kernel/pool.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::kernel {

class Node;

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
    /// The node whose state it touches, if that is not the one that schedules it; else null.
    virtual Node* node() const { return nullptr; }
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
    /// Brings what is to happen into the cache: among a million events it is not there, and a miss costs more
    /// than all else.
    void prefetch() const {
        const char* at = reinterpret_cast<const char*>(target & ~std::uintptr_t{1});
        __builtin_prefetch(at);
        if (is_occurrence()) return;
        __builtin_prefetch(at + 64); // a coroutine's frame has its locals behind the promise
        __builtin_prefetch(at + 128);
    }
};

} // namespace postopolis::kernel
