// One user's mail store: folders by name, subscriptions, quota. It has no idea of sessions; a folder that is
// deleted while somebody looks at it lives on, empty, until they look away.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/access/imap_folder.hpp"

namespace postopolis::access {

inline constexpr char imap_separator = '/';

/// RFC 6154.
enum class ImapUse : std::uint8_t { none, archive, drafts, junk, sent, trash };
std::string_view to_string(ImapUse use); ///< "\Archive"; empty for none

class ImapAccount {
public:
    struct Entry {
        std::shared_ptr<ImapFolder> folder; ///< null for a name that cannot be selected (\Noselect)
        ImapUse use = ImapUse::none;
    };
    using FolderPtr = std::shared_ptr<ImapFolder>;

    /// With an INBOX. `uid_validity` is its own; folders made later get the numbers after it.
    explicit ImapAccount(std::uint32_t uid_validity = 1);

    /// Names are UTF-8; "inbox" is INBOX in any case. Null if there is no such folder.
    FolderPtr find(std::string_view name) const;
    FolderPtr inbox() const { return find("INBOX"); }
    const std::map<std::string, Entry>& entries() const { return entries_; }
    bool has_children(const std::string& name) const;

    enum class Result : std::uint8_t { done, exists, missing, bad_name, refused, over_quota };
    Result create(std::string_view name, ImapUse use = ImapUse::none);
    /// The messages go with it. A folder with children leaves its name behind, which cannot be selected then.
    Result remove(std::string_view name);
    /// With its children. Of INBOX: its messages move to the new folder (RFC 9051 section 6.3.6).
    Result rename(std::string_view from, std::string_view to);

    void subscribe(std::string_view name) { subscribed_.insert(canonical(name)); }
    void unsubscribe(std::string_view name) { subscribed_.erase(canonical(name)); }
    const std::set<std::string>& subscribed() const { return subscribed_; }

    std::uint64_t octets() const;         ///< of all folders
    std::optional<std::uint64_t> quota{}; ///< octets
    bool fits(std::uint64_t more) const { return !quota || octets() + more <= *quota; }

    static std::string canonical(std::string_view name);

private:
    bool make_parents(const std::string& name);

    std::map<std::string, Entry> entries_; ///< INBOX first in listings is not asked for
    std::set<std::string> subscribed_;
    std::uint32_t next_validity_;
};

/// Whether a LIST pattern matches: '*' is anything, '%' anything but the separator (RFC 9051 section 6.3.9).
bool imap_matches(std::string_view pattern, std::string_view name);

/// Mailbox names of IMAP4rev1 (RFC 3501 section 5.1.3). Decoding gives nothing for what is no such name.
std::string to_modified_utf7(std::string_view utf8);
std::optional<std::string> from_modified_utf7(std::string_view text);

} // namespace postopolis::access
