// A letter in its author's outbox.
#pragma once

#include "nodes/queue_manager.hpp"
#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {

struct Person::Outgoing {
    trace::LetterId letter = 0;
    mail::Message message;
    mail::AddressPtr author;
    std::vector<QueuedRecipient> recipients;
    std::vector<DeliveryResult> results; ///< of the last try, one per recipient
    trace::Meter meter;
    trace::EventId cause = 0;
    Time written;
    int attempts = 0;
    std::vector<trace::CopyId> offered;
};

} // namespace postopolis::nodes
