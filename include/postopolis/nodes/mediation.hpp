// What else may become of mail for an address than being filed in a mailbox (RFC 5598 section 5: mediators), as plain
// values: aliases, mailing lists, forwarding, vacation notices. What they do is in sim/nodes/mediators.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/kernel/time.hpp"
#include "postopolis/mail/address.hpp"

namespace postopolis::nodes {

/// Mail goes to others under the same envelope sender (RFC 5321 section 3.9.1).
struct AliasConfig {
    std::vector<mail::AddressPtr> to;
};

/// Mail goes to the members under the list's own envelope sender (RFC 5321 section 3.9.2), so that bounces come to it.
struct ListConfig {
    mail::AddressPtr address;
    std::vector<mail::AddressPtr> members;
    std::string subject_prefix; ///< such as "[news]"; put before a subject that does not have it
    bool reply_to_list = false; ///< sets Reply-To to the list's address ("munging")
    std::string footer;         ///< UTF-8 text below each message
    bool members_only = false;  ///< others' messages are refused
    bool to_author = true;      ///< the author gets a copy too
    bool verp = true;           ///< each copy has an envelope sender of its own, which names the member
    int remove_after = 0;       ///< bounces of different postings after which a member is removed; 0: never
};

/// The way back of what was forwarded with SRS: no domain enters it, it follows from the addresses.
struct SrsConfig {};

using MediatorConfig = std::variant<AliasConfig, ListConfig, SrsConfig>;

struct Forwarding {
    std::vector<mail::AddressPtr> to;
    bool keep = false; ///< files it in the mailbox too
    bool srs = false;  ///< rewrites a foreign envelope sender to one of the forwarder's domain, which leads back
};

struct Vacation {
    std::string subject; ///< empty: "Auto: " and the subject that it answers
    std::string text;
    kernel::Duration again_after = kernel::Duration::days(7); ///< to the same sender
    /// RFC 3834 and 5230: no answer to what is automatic, to lists, to what does not name the owner, or again too soon.
    /// Else it answers everything, as the first such programs did.
    bool polite = true;
    kernel::Time from;
    kernel::Time until = kernel::Time::max();
};

/// What a mailbox's owner has told the server to do.
struct MailboxRules {
    std::optional<kernel::Duration> drops_duplicates; ///< a message id that came within this time is not filed again
    std::optional<Forwarding> forwarding;
    std::optional<Vacation> vacation;
};

} // namespace postopolis::nodes
