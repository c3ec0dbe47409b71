// The mediators of a host (RFC 5598 section 5): what they do with the copies that local delivery brings them. Made when
// the first such copy comes; what they remember is on the host's disk.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nodes/queue_manager.hpp"

namespace postopolis::nodes {

/// A copy that has come to a mediator.
struct Arrival {
    MailHost& host;
    QueueEntry& entry;
    QueuedRecipient& recipient;
};

/// A message that a mediator sends on.
struct Onward {
    mail::Message message;
    mail::AddressPtr reverse_path; ///< null: none
    std::vector<mail::AddressPtr> recipients;
};

// What becomes of an arrival. All of them tell it, so that the ledger knows, and give the delivery's result.
/// Files the copy that stays here, whose cause is the expansion.
using Kept = std::function<void(trace::CopyId, trace::EventId)>;
/// It becomes others (fate: expanded), which are in the host's queue then, and one that is filed here if `kept` is
/// given. Without any it is discarded.
DeliveryResult expand(Arrival& a, std::string_view by, std::vector<Onward> onward, const Kept& kept = {});
DeliveryResult discard(Arrival& a, std::string_view by, const std::string& why);
DeliveryResult refuse(const Arrival& a, std::string enhanced, std::string text);

/// The message, marked with the address that it has come to; nothing if it has been there before: a loop.
std::optional<mail::Message> marked(const Arrival& a);

/// One copy of each address; the first one stays.
void drop_doubles(std::vector<mail::AddressPtr>& addresses);

class Mediators {
public:
    explicit Mediators(MailHost& host) : host_(host) {}

    DeliveryResult mediate(const MediatorConfig& config, QueueEntry& entry, QueuedRecipient& recipient);

    /// A message of that id has been filed in the mailbox lately. It counts as filed now.
    bool is_duplicate(const std::string& mailbox, const mail::Message& message, Duration within);
    /// Answers, if the rules want it.
    void answer(const Vacation& vacation, const mail::AddressPtr& owner, const QueueEntry& entry,
                const QueuedRecipient& recipient);
    /// To where the owner wants it. The mailbox is not among them.
    Onward forwarded(const Forwarding& forwarding, const Arrival& a, mail::Message message) const;

private:
    struct ListState {
        std::set<std::string> removed; ///< members, as text in lower case
        std::set<std::string> joined;
        std::map<std::string, int> bounces; ///< by member
    };
    DeliveryResult post(const ListConfig& list, Arrival& a);
    DeliveryResult note_bounce(const ListConfig& list, Arrival& a);
    DeliveryResult obey(const ListConfig& list, Arrival& a);
    std::vector<mail::AddressPtr> members(const ListConfig& list);

    MailHost& host_;
    std::map<std::string, ListState> lists_;
    std::map<std::pair<std::string, std::string>, Time> seen_;     ///< mailbox and message id
    std::map<std::pair<std::string, std::string>, Time> answered_; ///< mailbox and sender
};

} // namespace postopolis::nodes
