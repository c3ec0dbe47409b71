// The MDA: files messages in the mailboxes of this host, a limited number at a time.
#pragma once

#include "postopolis/kernel/semaphore.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/queue_entry.hpp"

namespace postopolis::nodes {

struct DeliveryResult;

class LocalDelivery {
public:
    explicit LocalDelivery(MailHost& host);
    void start(std::uint64_t entry_number);

private:
    kernel::Task<void> deliver(std::uint64_t entry_number);
    DeliveryResult file(QueueEntry& entry, QueuedRecipient& recipient);
    MailHost& host_;
    kernel::Semaphore slots_;
    kernel::Stream service_;
};

} // namespace postopolis::nodes
