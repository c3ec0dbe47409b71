// Nodes, their tasks and their deadlines.
#include "postopolis/kernel/node.hpp"

#include <utility>

namespace postopolis::kernel {

void Deadline::arm(Node& node, Duration span) {
    disarm();
    if (span == Duration::max()) return;
    at_ = node.now() + span;
    node.deadlines(span).append(*this);
}

void Deadline::disarm() noexcept {
    if (list_ != nullptr) list_->remove(*this);
}

DeadlineList::~DeadlineList() {
    while (first_ != nullptr) remove(*first_);
}

void DeadlineList::append(Deadline& d) {
    d.list_ = this;
    d.previous_ = last_;
    d.next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = &d;
    last_ = &d;
    if (!scheduled_) {
        scheduled_ = true;
        node_.schedule(first_->at_, this);
    }
}

void DeadlineList::remove(Deadline& d) noexcept {
    (d.previous_ != nullptr ? d.previous_->next_ : first_) = d.next_;
    (d.next_ != nullptr ? d.next_->previous_ : last_) = d.previous_;
    d.list_ = nullptr;
    d.previous_ = d.next_ = nullptr;
}

void DeadlineList::happen() {
    scheduled_ = false;
    if (first_ == nullptr || first_->at_ > node_.now()) node_.idle_event();
    while (first_ != nullptr && first_->at_ <= node_.now()) {
        Deadline& d = *first_;
        remove(d);
        d.expired();
    }
    if (scheduled_) return;
    if (first_ == nullptr) {
        const Duration span = span_;
        Node& node = node_;
        node.deadlines_->erase(span); // destroys this: there may be as many spans as there are time-outs
        if (node.deadlines_->empty()) node.deadlines_.reset();
        return;
    }
    scheduled_ = true;
    node_.schedule(first_->at_, this);
}

Node::Node(Simulation& simulation, std::string name)
    : partition_(&simulation.partition(0)), name_(std::move(name)), id_(simulation.add(this)) {
    roots_.previous = roots_.next = &roots_;
}

Node::Node(const Node& original, Partition& partition)
    : partition_(&partition), name_(original.name_), id_(original.id_) {
    check(original.sequence_ <= 1, "an instance of a node begins when the node does");
    roots_.previous = roots_.next = &roots_;
}

Node::Node(Simulation& simulation, std::string name, NodeId reserved)
    : partition_(&simulation.home(reserved)), name_(std::move(name)), id_(reserved) {
    roots_.previous = roots_.next = &roots_;
    simulation.fill(reserved, this);
}

Node::~Node() {
    destroy_tasks();
    simulation().remove(this, id_);
}

Stream Node::stream(std::string_view purpose) const {
    std::string full = name_;
    full += '/';
    full += purpose;
    return Stream(simulation().key(), full);
}

Task<void>::Handle Node::adopt(Task<void> task) {
    Task<void>::Handle handle = task.release();
    auto& promise = handle.promise();
    promise.root = true;
    promise.previous = roots_.previous;
    promise.next = &roots_;
    roots_.previous->next = &promise;
    roots_.previous = &promise;
    return handle;
}

void Node::spawn(Task<void> task) { wake(adopt(std::move(task))); }
void Node::start(Task<void> task) { adopt(std::move(task)).resume(); }

void Node::destroy_tasks() noexcept {
    while (roots_.previous != &roots_) {
        auto* promise = static_cast<Task<void>::promise_type*>(roots_.previous);
        promise->unlink();
        Task<void>::Handle::from_promise(*promise).destroy();
    }
}

void Node::kill_tasks() {
    destroy_tasks();
    // Last, as a dying task may have passed its slot on to another one that is dead by now.
    partition_->queue().purge_resumptions(id_);
}

DeadlineList& Node::deadlines(Duration span) {
    if (!deadlines_) deadlines_ = std::make_unique<std::map<Duration, DeadlineList>>();
    auto found = deadlines_->find(span);
    if (found == deadlines_->end())
        found = deadlines_->emplace(std::piecewise_construct, std::forward_as_tuple(span),
                                   std::forward_as_tuple(*this, span)).first;
    return found->second;
}

} // namespace postopolis::kernel
