// The event loop.
#include "postopolis/kernel/simulation.hpp"

#include "postopolis/kernel/check.hpp"
#include "postopolis/kernel/node.hpp"

namespace postopolis::kernel {

NodeId Simulation::add(Node* node) {
    check(nodes_.size() < kMaxNodes, "a run has at most 2^26 nodes");
    nodes_.push_back(node);
    return static_cast<NodeId>(nodes_.size() - 1);
}

bool Simulation::step() {
    if (queue_.empty()) return false;
    Event event = queue_.pop();
    check(event.time >= now_, "an event lies in the past");
    now_ = event.time;
    ++processed_;
    idle_ = false;
    if (event.is_occurrence())
        event.occurrence()->happen();
    else
        event.coroutine().resume();
    if (!idle_) last_activity_ = now_;
    return true;
}

void Simulation::run_until(Time until) {
    while (next_event_time() <= until && step()) {
    }
    if (now_ < until) now_ = until;
}

bool Simulation::run_until_quiet(Time limit) {
    while (!queue_.empty()) {
        if (queue_.top().time > limit) {
            now_ = limit;
            return false;
        }
        step();
    }
    return true;
}

void Simulation::shut_down() noexcept {
    shutting_down_ = true;
    for (std::size_t i = nodes_.size(); i-- > 0;)
        if (nodes_[i] != nullptr) nodes_[i]->destroy_tasks();
    queue_.clear();
}

} // namespace postopolis::kernel
