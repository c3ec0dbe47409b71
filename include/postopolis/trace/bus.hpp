// Tells events to the observers that listen for their kind.
//
// Observers are called in the order in which they were added, with const events; they cannot touch the run. An
// observer that fails (a full disk) keeps its error for its owner and must not throw into the model.
//
// In a divided run the partitions tell at once and put down what they tell; it is told to the observers a little
// later, by one thread at a time, in the order in which an undivided run would have told it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "postopolis/kernel/simulation.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::trace {

using KindMask = std::uint32_t;
template <class... T>
constexpr KindMask kinds() {
    return ((KindMask{1} << kind_index<T>()) | ... | 0);
}
inline constexpr KindMask kAllKinds = (KindMask{1} << std::variant_size_v<What>) - 1;
/// What is said, and the packets that carry it: told only where somebody listens.
inline constexpr KindMask kWireLevel = kinds<Spoke, Transmitted, SentDatagram>();
/// What the laws and the fingerprint listen for: all that happens to mail and hosts.
inline constexpr KindMask kMailLevel = kAllKinds & ~kWireLevel;

class Observer {
public:
    virtual ~Observer() = default;
    virtual KindMask listens_for() const = 0;
    virtual void on_event(const Event& event) = 0;

    /// True: it keeps apart what different nodes tell and cares for the order of each node's events only. Then, in a
    /// divided run, it is told at once, and by several threads: no two of them of one node, and of nodes below
    /// `count` of `expect_nodes`.
    virtual bool keeps_nodes_apart() const { return false; }
    virtual void expect_nodes(std::size_t) {}
};

class EventLog;

class Bus final : public kernel::Follower {
public:
    Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;
    ~Bus() override;

    /// The observer must outlive the run. Not while the run advances.
    void add(Observer& observer);
    void remove(Observer& observer);
    /// Before a run is divided into so many parts, with the bus as its follower.
    void divide(std::size_t parts, std::size_t nodes);

    template <class T>
    bool wants() const {
        return (mask_ & kinds<T>()) != 0;
    }

    /// Tells it, and gives the event's id for those that it will lead to.
    EventId tell(const kernel::Node& node, EventId cause, What what);

    bool take_over(bool all) override;
    bool is_far_behind() const override;
    void follow() override;

private:
    struct Listener {
        KindMask mask;
        Observer* observer;
        bool at_once; ///< in a divided run, too
    };
    using Logs = std::vector<std::unique_ptr<EventLog>>;
    void tell_of_part(const kernel::Node& node, const Event& event, KindMask kind);
    void tell_later(const Event& event) const;
    std::vector<Listener> listeners_;
    KindMask mask_ = 0;
    KindMask later_mask_ = 0; ///< what those listen for who are not told at once
    std::vector<std::uint32_t> counts_; ///< events told so far, by node
    Logs written_; ///< of a divided run, by partition: what is put down now,
    Logs taken_;   ///< and what `follow` goes through
};

} // namespace postopolis::trace
