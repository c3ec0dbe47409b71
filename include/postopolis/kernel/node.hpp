// A node: an actor that owns its state and runs coroutines; whatever passes between two nodes is an Occurrence
// that takes time.
//
// Everything here is called by the node itself (its coroutines and occurrences), except where it says otherwise.
#pragma once

#include <coroutine>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "postopolis/kernel/simulation.hpp"
#include "postopolis/kernel/task.hpp"

namespace postopolis::kernel {

class Node;

/// A time-out that costs no event unless it fires: all deadlines of a node with the same span stand in one
/// first-in first-out list, which is thereby in order of time, and only the list's first has an event.
class Deadline {
public:
    Deadline() = default;
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    virtual ~Deadline() { disarm(); }

    /// (Re)starts the span from now. A span of Duration::max() never fires.
    void arm(Node& node, Duration span);
    void disarm() noexcept;
    bool armed() const { return list_ != nullptr; }

protected:
    /// Called once at the instant, after the deadline has disarmed itself.
    virtual void expired() = 0;

private:
    friend class DeadlineList;
    class DeadlineList* list_ = nullptr;
    Deadline* previous_ = nullptr;
    Deadline* next_ = nullptr;
    Time at_;
};

class DeadlineList final : public Occurrence {
public:
    DeadlineList(Node& node, Duration span) : node_(node), span_(span) {}
    ~DeadlineList() override;

private:
    friend class Deadline;
    void happen() override;
    void drop() noexcept override {}
    void append(Deadline& d);
    void remove(Deadline& d) noexcept;
    Node& node_;
    Duration span_;
    Deadline* first_ = nullptr;
    Deadline* last_ = nullptr;
    bool scheduled_ = false;
};

class Node {
public:
    Node(Simulation& simulation, std::string name);
    /// Another instance of `original` in another partition: the same name, number and streams. For a node that needs
    /// nothing of others and works for nodes of all partitions: each instance does the same, for those of its own.
    Node(const Node& original, Partition& partition);
    /// Under an id of `Simulation::reserve`.
    Node(Simulation& simulation, std::string name, NodeId reserved);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    virtual ~Node();

    NodeId id() const { return id_; }
    const std::string& name() const { return name_; }
    Simulation& simulation() const { return partition_->simulation(); }
    Partition& partition() const { return *partition_; }
    Time now() const { return partition_->now(); }
    /// The stream "<name of the node>/<purpose>".
    Stream stream(std::string_view purpose) const;

    /// Starts a task of this node at the present instant, through the event queue. The node owns it from now on.
    void spawn(Task<void> task);
    /// The same within the present event: it runs up to where it first waits.
    void start(Task<void> task);

    struct Sleep {
        Node& node;
        Time until;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> h) const { node.resume_at(until, h); }
        void await_resume() const noexcept {}
    };
    [[nodiscard]] Sleep sleep(Duration d) { return Sleep{*this, now() + d}; }
    [[nodiscard]] Sleep sleep_until(Time t) { return Sleep{*this, t < now() ? now() : t}; }

    /// Resumes a coroutine of this node at `t`, which must not lie in the past.
    void resume_at(Time t, std::coroutine_handle<> h) {
        partition_->queue().push(Event::resume(t, next_order(), h));
    }
    void wake(std::coroutine_handle<> h) { resume_at(now(), h); }
    /// Schedules an occurrence that this node caused, on itself or on the node that the occurrence names.
    void schedule(Time t, Occurrence* what) { partition_->schedule(Event::occur(t, next_order(), what)); }
    /// Called by an occurrence that turned out to have nothing to do.
    void idle_event() { partition_->idle_event(); }

    /// The same at a place in the order of the instant that the caller gives. Events of one instant that come from
    /// different activities of a node must not depend on how much else the node has done: each activity numbers its
    /// own, from `activity_order`.
    void resume_at(Time t, std::uint64_t order, std::coroutine_handle<> h) {
        partition_->queue().push(Event::resume(t, order, h));
    }
    void schedule(Time t, std::uint64_t order, Occurrence* what) {
        partition_->schedule(Event::occur(t, order, what));
    }
    /// The first of 2^kStepBits places for a new activity (a connection). They come after the node's own events of the
    /// same instant. Numbers of activities repeat after 2^22.
    std::uint64_t activity_order() {
        constexpr int kNumberBits = kSequenceBits - 1 - kStepBits;
        const std::uint64_t number = ++activities_ & ((std::uint64_t{1} << kNumberBits) - 1);
        return (static_cast<std::uint64_t>(id_) << kSequenceBits) | (std::uint64_t{1} << (kSequenceBits - 1)) |
               (number << kStepBits);
    }
    static constexpr int kStepBits = 15;

    /// Spans of which a deadline is armed, or was until lately: time-outs that vary must not pile up.
    std::size_t deadline_spans() const { return deadlines_ ? deadlines_->size() : 0; }

    /// Destroys all tasks of this node, the youngest first, and forgets their wake-ups: what a crash does.
    void kill_tasks();

private:
    friend class Deadline;
    friend class DeadlineList;
    friend class Simulation;
    Task<void>::Handle adopt(Task<void> task);
    void destroy_tasks() noexcept;
    std::uint64_t next_order() { return (static_cast<std::uint64_t>(id_) << kSequenceBits) | sequence_++; }
    DeadlineList& deadlines(Duration span);

    Partition* partition_;
    std::string name_;
    NodeId id_;
    std::uint64_t sequence_ = 0;
    std::uint64_t activities_ = 0;
    detail::RootLink roots_;
    std::unique_ptr<std::map<Duration, DeadlineList>> deadlines_; ///< null while there are none
};

} // namespace postopolis::kernel
