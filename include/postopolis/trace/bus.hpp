// Tells events to the observers that listen for their kind.
//
// Observers are called in the order in which they were added, with const events; they cannot touch the run. An
// observer that fails (a full disk) keeps its error for its owner and must not throw into the model.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "postopolis/trace/event.hpp"

namespace postopolis::kernel {
class Node;
}

namespace postopolis::trace {

using KindMask = std::uint32_t;
template <class... T>
constexpr KindMask kinds() {
    return ((KindMask{1} << kind_index<T>()) | ... | 0);
}
inline constexpr KindMask kAllKinds = (KindMask{1} << std::variant_size_v<What>) - 1;
/// What the laws and the fingerprint listen for: all that happens to mail and hosts, not what is said.
inline constexpr KindMask kMailLevel = kAllKinds & ~kinds<Spoke>();

class Observer {
public:
    virtual ~Observer() = default;
    virtual KindMask listens_for() const = 0;
    virtual void on_event(const Event& event) = 0;
};

class Bus {
public:
    /// The observer must outlive the run. Not during a run of `Simulation::step`.
    void add(Observer& observer);
    void remove(Observer& observer);

    template <class T>
    bool wants() const {
        return (mask_ & kinds<T>()) != 0;
    }

    /// Tells it, and gives the event's id for those that it will lead to.
    EventId tell(const kernel::Node& node, EventId cause, What what);

private:
    struct Listener {
        KindMask mask;
        Observer* observer;
    };
    std::vector<Listener> listeners_;
    KindMask mask_ = 0;
    std::vector<std::uint32_t> counts_; ///< events told so far, by node
};

} // namespace postopolis::trace
