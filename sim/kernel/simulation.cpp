// The event loop of an undivided run, and what its partitions have in common.
#include "postopolis/kernel/simulation.hpp"

#include <algorithm>

#include "kernel/crew.hpp"
#include "postopolis/kernel/check.hpp"
#include "postopolis/kernel/node.hpp"

namespace postopolis::kernel {

Simulation::Simulation(RunKey key) : key_(key), first_(*this, 0) {}

Simulation::~Simulation() = default;

Time Simulation::now() const {
    Time latest = first_.now_;
    for (const auto& p : others_)
        latest = std::max(latest, p->now_);
    return latest;
}

Time Simulation::last_activity() const {
    Time latest = first_.last_activity_;
    for (const auto& p : others_)
        latest = std::max(latest, p->last_activity_);
    return latest;
}

std::uint64_t Simulation::events_processed() const {
    std::uint64_t sum = first_.processed_;
    for (const auto& p : others_)
        sum += p->processed_;
    return sum;
}

std::size_t Simulation::events_pending() const {
    std::size_t sum = first_.queue_.size();
    for (const auto& p : others_)
        sum += p->queue_.size();
    return sum;
}

Time Simulation::next_event_time() {
    Time next = first_.next_event_time();
    for (const auto& p : others_)
        next = std::min(next, p->next_event_time());
    return next;
}

void Simulation::set_clocks(Time t) {
    first_.now_ = t;
    for (const auto& p : others_)
        p->now_ = t;
}

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

bool Simulation::advance(Time limit, std::uint64_t max_events) {
    if (crew_ == nullptr) {
        for (std::uint64_t n = 0; n < max_events; ++n) {
            if (first_.queue_.empty() || first_.queue_.top().time > limit) return false;
            first_.step();
        }
        return true;
    }
    crew_->advance(limit, max_events);
    set_clocks(now());
    const Time next = next_event_time();
    return next <= limit && next != Time::max();
}

void Simulation::run_until(Time until) {
    while (advance(until, UINT64_MAX)) {
    }
    if (now() < until) set_clocks(until);
}

bool Simulation::run_until_quiet(Time limit) {
    while (advance(limit, UINT64_MAX)) {
    }
    if (events_pending() == 0) return true;
    set_clocks(limit);
    return false;
}

Partition& Simulation::home_of(const Event& event) {
    const Node* node = event.is_occurrence() ? event.occurrence()->node() : nullptr;
    return (node != nullptr ? node : nodes_[event.origin()])->partition();
}

void Simulation::divide(const Division& division) {
    check(crew_ == nullptr && events_processed() == 0, "a run is divided before anything has happened");
    check(division.parts >= 1 && division.threads >= 1, "a run has at least one part and one thread");
    check(division.lookahead > Duration(), "what passes between two parts of a run takes time");
    if (division.parts == 1) return;
    for (std::uint32_t i = 1; i < division.parts; ++i)
        others_.push_back(std::make_unique<Partition>(*this, i));
    for (std::uint32_t i = 0; i < division.parts; ++i) {
        Partition& p = partition(i);
        p.alone_ = false;
        p.outboxes_.assign(2, std::vector<Partition::Outbox>(division.parts));
    }
    for (std::size_t i = 0; i < nodes_.size() && i < division.part_of.size(); ++i) {
        check(division.part_of[i] < division.parts, "a node's part is one of the run's");
        if (nodes_[i] != nullptr) nodes_[i]->partition_ = &partition(division.part_of[i]);
    }
    part_of_ = division.part_of;
    std::vector<Event> known;
    while (!first_.queue_.empty())
        known.push_back(first_.queue_.pop());
    for (const Event& event : known)
        home_of(event).queue_.push(event);
    crew_ = std::make_unique<Crew>(*this, division);
}

void Simulation::shut_down() noexcept {
    crew_.reset();
    shutting_down_ = true;
    for (std::size_t i = nodes_.size(); i-- > 0;)
        if (nodes_[i] != nullptr) nodes_[i]->destroy_tasks();
    first_.queue_.clear();
    for (const auto& p : others_)
        p->queue_.clear();
}

} // namespace postopolis::kernel
