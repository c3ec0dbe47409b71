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

NodeId Simulation::reserve(std::size_t count) {
    check(count <= kMaxNodes && nodes_.size() <= kMaxNodes - count, "a run has at most 2^26 nodes");
    const auto first = static_cast<NodeId>(nodes_.size());
    nodes_.resize(nodes_.size() + count);
    return first;
}

void Simulation::fill(NodeId id, Node* node) {
    check(id < nodes_.size() && nodes_[id] == nullptr, "a node takes an id that was reserved for it");
    nodes_[id] = node;
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
