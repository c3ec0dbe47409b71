// The client's side of an SMTP dialogue over a connection: drives smtp::ClientDialogue and keeps the time ledger.
#pragma once

#include "nodes/payloads.hpp"
#include "postopolis/net/network.hpp"
#include "postopolis/nodes/config.hpp"
#include "postopolis/nodes/queue_entry.hpp"
#include "postopolis/smtp/client.hpp"

namespace postopolis::nodes {

struct Conversation {
    net::Host& host;
    net::Socket& socket;
    smtp::ClientDialogue& dialogue;
    const TimeoutConfig& timeouts;
    trace::Meter& meter;
    const mail::Message& message;
    trace::LetterId letter;
    const std::vector<QueuedRecipient>& recipients; ///< as given to the dialogue's transaction
    std::vector<trace::CopyId>& offered; ///< filled when the content goes out, emptied by the answer
    trace::EventId cause;
    /// The connection was lost between the content and its answer: nobody here knows who has the message now.
    bool doubtful = false;
};

/// Runs until the dialogue is idle or closed. All references are to be alive until then.
kernel::Task<void> converse(Conversation& c);

} // namespace postopolis::nodes
