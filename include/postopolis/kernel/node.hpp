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
    /// Under an id of `Simulation::reserve`.
    Node(Simulation& simulation, std::string name, NodeId reserved);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    virtual ~Node();

    NodeId id() const { return id_; }
    const std::string& name() const { return name_; }
    Simulation& simulation() const { return simulation_; }
    Time now() const { return simulation_.now(); }
    /// The stream "<name of the node>/<purpose>".
    Stream stream(std::string_view purpose) const;

    /// Starts a task of this node at the present instant, through the event queue. The node owns it from now on.
    void spawn(Task<void> task);

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
        simulation_.queue().push(Event::resume(t, next_order(), h));
    }
    void wake(std::coroutine_handle<> h) { resume_at(now(), h); }
    /// Schedules an occurrence that this node caused, on itself or on another node.
    void schedule(Time t, Occurrence* what) { simulation_.queue().push(Event::occur(t, next_order(), what)); }

    /// Spans of which a deadline is armed, or was until lately: time-outs that vary must not pile up.
    std::size_t deadline_spans() const { return deadlines_ ? deadlines_->size() : 0; }

    /// Destroys all tasks of this node, the youngest first, and forgets their wake-ups: what a crash does.
    void kill_tasks();

private:
    friend class Deadline;
    friend class DeadlineList;
    friend class Simulation;
    void destroy_tasks() noexcept;
    std::uint64_t next_order() { return (static_cast<std::uint64_t>(id_) << kSequenceBits) | sequence_++; }
    DeadlineList& deadlines(Duration span);

    Simulation& simulation_;
    std::string name_;
    NodeId id_;
    std::uint64_t sequence_ = 0;
    detail::RootLink roots_;
    std::unique_ptr<std::map<Duration, DeadlineList>> deadlines_; ///< null while there are none
};

} // namespace postopolis::kernel
