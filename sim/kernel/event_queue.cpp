// The 4-ary heap behind the event queue.
#include "postopolis/kernel/event_queue.hpp"

#include <algorithm>

namespace postopolis::kernel {

void EventQueue::clear() noexcept {
    for (const Event& e : heap_)
        if (e.is_occurrence()) e.occurrence()->drop();
    heap_.clear();
}

void EventQueue::push(const Event& event) {
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
        std::size_t parent = (hole - 1) / 4;
        if (!event.before(heap_[parent])) break;
        heap_[hole] = heap_[parent];
        hole = parent;
    }
    heap_[hole] = event;
}

void EventQueue::sift_down(std::size_t hole, const Event& event) {
    const std::size_t n = heap_.size();
    for (;;) {
        std::size_t first = hole * 4 + 1;
        if (first >= n) break;
        std::size_t least = first;
        std::size_t last = std::min(first + 4, n);
        for (std::size_t child = first + 1; child < last; ++child)
            if (heap_[child].before(heap_[least])) least = child;
        if (!heap_[least].before(event)) break;
        heap_[hole] = heap_[least];
        hole = least;
    }
    heap_[hole] = event;
}

Event EventQueue::pop() {
    Event first = heap_.front();
    Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0, last);
    return first;
}

void EventQueue::purge_resumptions(NodeId origin) {
    std::erase_if(heap_, [origin](const Event& e) { return !e.is_occurrence() && e.origin() == origin; });
    for (std::size_t i = heap_.size() / 4 + 1; i-- > 0;)
        if (i < heap_.size()) sift_down(i, Event(heap_[i]));
}

} // namespace postopolis::kernel
