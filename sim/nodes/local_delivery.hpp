// The MDA: files messages in the mailboxes of this host, a limited number at a time.
#pragma once

#include "postopolis/kernel/semaphore.hpp"
#include "postopolis/nodes/directory.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/queue_entry.hpp"

namespace postopolis::nodes {

struct DeliveryResult;

/// The LMTP session by which a copy came.
struct Filed {
    const std::string& client;
    trace::ConnectionId connection;
    mail::Protocol with;
};

class LocalDelivery {
public:
    explicit LocalDelivery(MailHost& host);
    void start(std::uint64_t entry_number);
    /// By way of LMTP: the i-th recipient's copy of a message that is in no queue. Its client's stage ends here, if it
    /// can be filed; else the client keeps it.
    kernel::Task<DeliveryResult> file_from_lmtp(QueueEntry& entry, std::size_t i, trace::Meter client, Filed by);

private:
    kernel::Task<void> deliver(std::uint64_t entry_number);
    DeliveryResult file(QueueEntry& entry, QueuedRecipient& recipient);
    /// Nothing: it can be filed.
    std::optional<DeliveryResult> refuse_filing(const Account& account, const mail::Address& to,
                                                std::uint64_t octets) const;
    MailHost& host_;
    kernel::Semaphore slots_;
    kernel::Stream service_;
};

} // namespace postopolis::nodes
