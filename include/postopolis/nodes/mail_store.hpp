// The message store of a host: mailboxes that cost nothing until their first message.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "postopolis/kernel/time.hpp"
#include "postopolis/mail/message.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::nodes {

struct StoredMessage {
    std::uint64_t uid = 0; ///< RFC 1939 section 7: its digits are the unique-id
    mail::Message message;
    trace::LetterId letter = 0;
    trace::CopyId copy = 0;
    kernel::Time filed;
    trace::EventId event = 0; ///< its Delivered
};

struct Mailbox {
    std::vector<StoredMessage> messages; ///< oldest first
    std::uint64_t octets = 0;
    std::uint64_t elsewhere = 0; ///< octets in the user's other folders, where IMAP has put some: they count for the quota
    std::uint64_t next_uid = 1;
    bool locked = false; ///< by a POP3 session (RFC 1939 section 4)
};

/// By address (lower-cased). Deliveries and readers go by name; order of iteration is that of the names. A mailbox that
/// has become empty is forgotten but for the number that its next message gets (RFC 1939 section 7: no id comes again).
class MailStore {
public:
    /// Null when it is empty.
    Mailbox* find(const std::string& address);
    Mailbox& open(const std::string& address);
    /// Called when something was taken out: it may be empty now. References to it do not outlive this.
    void tidy(const std::string& address);
    std::size_t size() const { return boxes_.size(); }
    const std::map<std::string, Mailbox>& boxes() const { return boxes_; }
    std::map<std::string, Mailbox>& boxes() { return boxes_; }

private:
    std::map<std::string, Mailbox> boxes_;
    std::unordered_map<std::uint64_t, std::uint64_t> next_uids_; ///< of empty ones, by hash of the address; never iterated
};

} // namespace postopolis::nodes
