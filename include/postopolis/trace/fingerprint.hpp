// One number for all that happened: equal for equal runs, whatever watches them and however they are computed.
//
// Each node's mail-level events are hashed in the node's own order, and the nodes' hashes in the nodes' order, so
// that the order in which a run's threads come to tell them does not matter. `Spoke` is left out, as it is told
// only when somebody listens. A fingerprint is a check against accidents, not against adversaries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "postopolis/trace/bus.hpp"

namespace postopolis::trace {

class Fingerprint final : public Observer {
public:
    KindMask listens_for() const override { return kMailLevel; }
    void on_event(const Event& event) override;
    bool keeps_nodes_apart() const override { return true; }
    void expect_nodes(std::size_t count) override { nodes_.resize(count); }

    std::uint64_t value() const;
    /// 16 hexadecimal digits.
    std::string text() const;

private:
    std::vector<std::uint64_t> nodes_;
};

} // namespace postopolis::trace
