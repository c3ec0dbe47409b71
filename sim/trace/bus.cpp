// Dispatch of events, and their numbers.
#include "postopolis/trace/bus.hpp"

#include <algorithm>
#include <utility>

#include "postopolis/kernel/node.hpp"
#include "trace/event_log.hpp"

namespace postopolis::trace {

namespace {

// Some hundred kilobytes, which are still in the cache when they are gone through; and some ten megabytes.
constexpr std::size_t kEnough = 1024;
constexpr std::size_t kTooMany = 65536;

std::size_t count(const std::vector<std::unique_ptr<EventLog>>& logs) {
    std::size_t sum = 0;
    for (const auto& log : logs)
        sum += log->entries().size();
    return sum;
}

} // namespace

Bus::Bus() = default;
Bus::~Bus() = default;

void Bus::add(Observer& observer) {
    const KindMask mask = observer.listens_for() & kAllKinds;
    listeners_.push_back({mask, &observer, observer.keeps_nodes_apart()});
    mask_ |= mask;
    if (!listeners_.back().at_once) later_mask_ |= mask;
    if (listeners_.back().at_once && !written_.empty()) observer.expect_nodes(counts_.size());
}

void Bus::remove(Observer& observer) {
    std::erase_if(listeners_, [&](const Listener& l) { return l.observer == &observer; });
    mask_ = later_mask_ = 0;
    for (const Listener& l : listeners_) {
        mask_ |= l.mask;
        if (!l.at_once) later_mask_ |= l.mask;
    }
}

void Bus::divide(std::size_t parts, std::size_t nodes) {
    counts_.resize(nodes);
    for (const Listener& l : listeners_)
        if (l.at_once) l.observer->expect_nodes(nodes);
    for (std::size_t i = 0; i < parts; ++i) {
        written_.push_back(std::make_unique<EventLog>());
        taken_.push_back(std::make_unique<EventLog>());
    }
}

EventId Bus::tell(const kernel::Node& node, EventId cause, What what) {
    const KindMask kind = KindMask{1} << what.index();
    Event event{node.now(), node.id(), 0, cause, std::move(what)};
    if ((kind & kWireLevel) == 0) {
        if (counts_.size() <= node.id())
            counts_.resize(std::max<std::size_t>(node.id() + 1, node.simulation().nodes().size()));
        event.id = make_id(node.id(), ++counts_[node.id()]);
    }
    if (!written_.empty()) {
        tell_of_part(node, event, kind);
        return event.id;
    }
    for (const Listener& l : listeners_)
        if ((l.mask & kind) != 0) l.observer->on_event(event);
    return event.id;
}

void Bus::tell_of_part(const kernel::Node& node, const Event& event, KindMask kind) {
    for (const Listener& l : listeners_)
        if (l.at_once && (l.mask & kind) != 0) l.observer->on_event(event);
    const kernel::Partition& part = node.partition();
    if ((later_mask_ & kind) != 0) written_[part.index()]->add(part.place(), event);
}

bool Bus::take_over(bool all) {
    const std::size_t waiting = count(written_);
    if (waiting == 0 || (!all && waiting < kEnough)) return false;
    written_.swap(taken_);
    return true;
}

bool Bus::is_far_behind() const {
    return count(written_) >= kTooMany;
}

/// Each log is in the order in which its partition lived through it: what stands first in one of them is next.
void Bus::follow() {
    struct Head {
        const EventLog::Entry* next;
        const EventLog::Entry* end;
    };
    std::vector<Head> heads;
    for (const auto& log : taken_)
        if (!log->entries().empty())
            heads.push_back({log->entries().data(), log->entries().data() + log->entries().size()});
    auto later = [](const Head& a, const Head& b) { return b.next->place.before(a.next->place); };
    std::make_heap(heads.begin(), heads.end(), later);
    while (!heads.empty()) {
        std::pop_heap(heads.begin(), heads.end(), later);
        Head& head = heads.back();
        tell_later(head.next->event);
        if (++head.next == head.end)
            heads.pop_back();
        else
            std::push_heap(heads.begin(), heads.end(), later);
    }
    for (const auto& log : taken_)
        log->clear();
}

void Bus::tell_later(const Event& event) const {
    const KindMask kind = KindMask{1} << event.what.index();
    for (const Listener& l : listeners_)
        if (!l.at_once && (l.mask & kind) != 0) l.observer->on_event(event);
}

} // namespace postopolis::trace
