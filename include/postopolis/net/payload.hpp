// What travels between two hosts: a typed value that can be rendered to the bytes it stands for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "postopolis/kernel/pool.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::net {

struct Payload : kernel::Pooled {
    virtual ~Payload() = default;
    /// The octets on the wire, appended. Called only when somebody listens.
    virtual void render(std::string& out) const = 0;
    /// Message content rather than a command or a reply: the letter it belongs to, or 0.
    virtual trace::LetterId content_of() const { return 0; }

    /// Of a datagram: the port that it comes from, and the one that it goes to. Called only when somebody listens.
    virtual std::pair<std::uint16_t, std::uint16_t> ports() const { return {}; }

    // What the model knows about it, beside the bytes:
    trace::EventId cause = 0;    ///< the event that led to it
    kernel::Duration work;       ///< of a reply: the service time in the wait for it,
    kernel::Duration waited;     ///<   and the part of it that was waiting for a slot of the server
};
using PayloadPtr = std::unique_ptr<Payload>;

} // namespace postopolis::net
