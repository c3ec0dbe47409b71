// The MDA: files messages in the mailboxes of this host, a limited number at a time.
#pragma once

#include "postopolis/kernel/semaphore.hpp"
#include "postopolis/nodes/directory.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/queue_entry.hpp"

namespace postopolis::nodes {

struct DeliveryResult;
class Mediators;

/// The LMTP session by which a copy came.
struct Filed {
    const std::string& client;
    trace::ConnectionId connection;
    mail::Protocol with;
};

class LocalDelivery {
public:
    explicit LocalDelivery(MailHost& host);
    ~LocalDelivery();
    void start(std::uint64_t entry_number);
    /// By way of LMTP: the i-th recipient's copy of a message that is in no queue. Its client's stage ends here, if it
    /// can be filed; else the client keeps it.
    kernel::Task<DeliveryResult> file_from_lmtp(QueueEntry& entry, std::size_t i, trace::Meter client, Filed by);

private:
    kernel::Task<void> deliver(std::uint64_t entry_number);
    DeliveryResult file(QueueEntry& entry, QueuedRecipient& recipient);
    /// To a mailbox whose owner has told the server what to do.
    DeliveryResult follow(const MailboxRules& rules, const Account& account, QueueEntry& entry,
                          QueuedRecipient& recipient, const mail::Message& message);
    /// What keeps it out of the mailbox, if anything.
    std::optional<DeliveryResult> over_quota(const Account& account, const std::string& name, std::uint64_t octets);
    DeliveryResult unknown_user(const mail::Address& to) const;
    void store(const Account& account, const std::string& name, const QueueEntry& entry, trace::CopyId copy,
               trace::EventId cause, mail::Message message);
    trace::EventId end_filing(QueueEntry& entry, trace::CopyId copy, const std::string& to);
    /// It is in the mailbox; who asked to hear of that is told.
    DeliveryResult filed(QueueEntry& entry, QueuedRecipient& recipient);
    Mediators& mediators();
    MailHost& host_;
    kernel::Semaphore slots_;
    kernel::Stream service_;
    std::unique_ptr<Mediators> mediators_; ///< made when the first copy comes to one
};

} // namespace postopolis::nodes
