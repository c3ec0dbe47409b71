// What the nodes of one town share: the directory, the calendar, and the way to find a host by name. Read-only
// once the run has begun.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "postopolis/mail/date.hpp"
#include "postopolis/net/network.hpp"
#include "postopolis/nodes/directory.hpp"

namespace postopolis::nodes {

class MailHost;

/// Whether each command of a dialogue is an event of its own, or the whole of it is computed in one go.
enum class Dialogues : std::uint8_t {
    automatic, ///< in one go where nobody listens to what is said and nothing can interfere
    full,
    folded, ///< in one go also where somebody listens, who then hears nothing of it
};

struct World {
    net::Network* network = nullptr;
    Directory directory;
    std::int64_t start_unix_nanoseconds = 1'767'600'000'000'000'000; ///< 2026-01-05T08:00:00Z, a Monday
    Dialogues dialogues = Dialogues::automatic;
    CaselessMap<MailHost*> hosts; ///< by name, those of settlements excepted

    /// In any case; null when there is none. One of a settlement is made when it is first asked for.
    MailHost* host(std::string_view name) const;
    /// A host goes down. Dialogues are played ahead in the belief that this happens as planned only: aborts if it does
    /// not, unless dialogues are played in full.
    void check_planned(const net::Host& host) const;
    mail::Date date(kernel::Time t) const {
        return {start_unix_nanoseconds + t.since_start().count(), 0};
    }
};

} // namespace postopolis::nodes
