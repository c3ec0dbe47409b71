// A mailbox as IMAP has it (RFC 9051 section 2.3): messages with rising UIDs, flags and modification
// sequences (RFC 7162). Any number of sessions look at one folder; each keeps its own list of what it has
// told its client.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "postopolis/access/imap_flags.hpp"
#include "postopolis/mail/date.hpp"
#include "postopolis/mail/message.hpp"

namespace postopolis::access {

/// What the owner of a store knows of a message beside what is in it; copies share it.
struct ImapOrigin {
    virtual ~ImapOrigin() = default;
};
using ImapOriginPtr = std::shared_ptr<const ImapOrigin>;

struct ImapMessage {
    std::uint32_t uid = 0;
    mail::Message message;
    mail::Date received; ///< INTERNALDATE
    ImapFlags flags;
    std::uint64_t modseq = 1;
    ImapOriginPtr origin; ///< may be null
    bool expunged = false;
};
using ImapMessagePtr = std::shared_ptr<ImapMessage>;

class ImapFolder {
public:
    explicit ImapFolder(std::uint32_t uid_validity) : uid_validity_(uid_validity) {}

    const std::vector<ImapMessagePtr>& messages() const { return messages_; } ///< rising UIDs
    ImapMessagePtr find(std::uint32_t uid) const;                             ///< null if there is none
    std::uint32_t uid_validity() const { return uid_validity_; }
    std::uint32_t uid_next() const { return uid_next_; }
    std::uint64_t highest_modseq() const { return modseq_; }
    std::uint64_t octets() const { return octets_; }
    /// Grows with every change: of messages, flags, or their number.
    std::uint64_t changes() const { return changes_; }
    std::uint64_t expunges() const { return expunges_; } ///< messages that are gone, ever
    std::size_t unseen() const;
    std::vector<std::string> keywords() const; ///< in use, sorted

    ImapMessagePtr add(mail::Message message, mail::Date received, ImapFlags flags,
                       ImapOriginPtr origin = {});
    /// With a UID that the owner gives: uid_next() or more.
    ImapMessagePtr add_as(std::uint32_t uid, mail::Message message, mail::Date received,
                          ImapOriginPtr origin = {});
    /// Numbers below are never given again.
    void reserve_uids(std::uint32_t next);
    /// True if that changes anything.
    bool set_flags(ImapMessage& message, ImapFlags flags);
    void expunge(ImapMessage& message);
    void expunge_all();

    /// The first UID that no session has been told of as \Recent (RFC 3501 section 2.3.2), and that it is
    /// told now.
    std::uint32_t recent_from() const { return recent_from_; }
    void recent_told() { recent_from_ = uid_next_; }

private:
    std::uint32_t uid_validity_;
    std::uint32_t uid_next_ = 1;
    std::uint32_t recent_from_ = 1;
    std::uint64_t modseq_ = 1;
    std::uint64_t octets_ = 0;
    std::uint64_t changes_ = 0;
    std::uint64_t expunges_ = 0;
    std::vector<ImapMessagePtr> messages_;
};

} // namespace postopolis::access
