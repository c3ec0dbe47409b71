// What happens in a window, and what leaves it.
#include "postopolis/kernel/partition.hpp"

#include <algorithm>

#include "postopolis/kernel/node.hpp"

namespace postopolis::kernel {

void Partition::run_window(Time end) {
    take_in(1 - round_);
    window_end_ = end;
    in_window_ = true;
    while (!queue_.empty() && queue_.top().time < end) {
        const Event event = queue_.pop();
        // What is scheduled for the present instant may have a lower order than what has happened already. An
        // undivided run would have it happen next, whatever the others do: it stands where its cause does.
        if (place_.time < event.time)
            place_ = {event.time, 0, event.order};
        else
            place_.order = std::max(place_.order, event.order);
        happen(event);
    }
    in_window_ = false;
    next_ = next_event_time();
}

void Partition::take_in(std::size_t round) {
    for (std::size_t from = 0; from < simulation_.partitions(); ++from) {
        Outbox& box = simulation_.partition(from).outboxes_[round][index_];
        for (const Event& event : box.events)
            queue_.push(event);
        box.events.clear();
        box.first = Time::max();
    }
}

void Partition::send(const Event& event) {
    const Node* node = event.occurrence()->node();
    Partition& target = node != nullptr ? node->partition() : *this;
    if (&target == this || !in_window_) return target.queue_.push(event);
    check(event.time >= window_end_, "something reaches another partition sooner than the least delay allows");
    Outbox& box = outboxes_[round_][target.index_];
    box.events.push_back(event);
    box.first = std::min(box.first, event.time);
}

} // namespace postopolis::kernel
