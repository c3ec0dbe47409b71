// One message in a host's queue, for the recipients at one destination.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "postopolis/mail/message.hpp"
#include "postopolis/smtp/dsn_request.hpp"
#include "postopolis/trace/account.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::nodes {

struct QueuedRecipient {
    mail::AddressPtr address;
    trace::CopyId copy = 0;
    bool served = false; ///< somebody else has responsibility for it now, or it has met its fate
    std::shared_ptr<const smtp::DsnRequest> dsn{}; ///< what its sender wants to be told; null: as usual
};

struct Destination;

struct QueueEntry {
    std::uint64_t number = 0;
    std::string queue_id;
    trace::LetterId letter = 0;
    mail::Message message;
    mail::AddressPtr reverse_path; ///< empty for a report
    std::vector<QueuedRecipient> recipients; ///< those still to be served: they share one history
    std::shared_ptr<Destination> destination; ///< of the first recipient: all of them are routed as it is
    kernel::Time arrived;
    kernel::Time next_try;
    trace::Meter meter; ///< of the present stage
    trace::EventId cause = 0;
    int attempts = 0;
    kernel::Duration previous_gap;
    bool warned = false;
    trace::Cause backoff = trace::Cause::backoff_no_answer; ///< what it waits for while it is deferred
    /// Copies that a peer has been offered and has not answered for yet.
    std::vector<trace::CopyId> offered;

    /// Nobody is left.
    bool served() const {
        for (const QueuedRecipient& r : recipients)
            if (!r.served) return false;
        return true;
    }
    /// Of the recipients not served yet.
    std::vector<trace::CopyId> copies() const {
        std::vector<trace::CopyId> ids;
        ids.reserve(recipients.size());
        for (const QueuedRecipient& r : recipients)
            if (!r.served) ids.push_back(r.copy);
        return ids;
    }
};

/// A message for which a host has taken responsibility.
struct Incoming {
    trace::LetterId letter = 0;
    mail::Message message;
    mail::AddressPtr reverse_path;
    std::vector<QueuedRecipient> recipients;
    std::string queue_id;
    trace::EventId cause = 0;
};

} // namespace postopolis::nodes
