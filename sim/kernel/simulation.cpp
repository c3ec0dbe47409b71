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
