// Dispatch of events, and their numbers.
#include "postopolis/trace/bus.hpp"

#include <algorithm>
#include <utility>

#include "postopolis/kernel/node.hpp"

namespace postopolis::trace {

void Bus::add(Observer& observer) {
    KindMask mask = observer.listens_for() & kAllKinds;
    listeners_.push_back({mask, &observer});
    mask_ |= mask;
}

void Bus::remove(Observer& observer) {
    std::erase_if(listeners_, [&](const Listener& l) { return l.observer == &observer; });
    mask_ = 0;
    for (const Listener& l : listeners_) mask_ |= l.mask;
}

EventId Bus::tell(const kernel::Node& node, EventId cause, What what) {
    const KindMask kind = KindMask{1} << what.index();
    Event event{node.now(), node.id(), 0, cause, std::move(what)};
    if (kind != kinds<Spoke>()) {
        if (counts_.size() <= node.id())
            counts_.resize(std::max<std::size_t>(node.id() + 1, node.simulation().nodes().size()));
        event.id = make_id(node.id(), ++counts_[node.id()]);
    }
    for (const Listener& l : listeners_)
        if ((l.mask & kind) != 0) l.observer->on_event(event);
    return event.id;
}

} // namespace postopolis::trace
