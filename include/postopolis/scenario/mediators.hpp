// What a domain and its people do with mail besides putting it into mailboxes: aliases, lists, forwarding, vacations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

/// Mail for `name` goes to `to`. The name "*" is the catch-all: what nobody and nothing else is called.
struct Alias {
    std::string name;            ///< local part
    std::vector<std::string> to; ///< addresses; a name alone is one of the same domain until loading completes it
};

struct MailingList {
    std::string name;                 ///< local part
    std::vector<std::string> members; ///< addresses, patterns, domains, groups; unknown addresses are members too
    std::string subject_prefix;       ///< such as "[news]"
    std::string reply_to = "author";  ///< or "list": where answers go
    std::string footer;
    std::string posting = "anybody"; ///< or "members": who may write to it
    bool to_author = true;           ///< the author gets a copy too
    bool verp = true;                ///< an envelope sender for each member
    int remove_after = 0;            ///< bounces after which a member is removed; 0: never
};

struct Forward {
    std::vector<std::string> to; ///< addresses
    bool keep = false;           ///< in the mailbox too
    bool srs = false;            ///< rewrites the envelope sender
};

struct VacationNotice {
    std::string text;
    std::string subject; ///< empty: "Auto: " and that of the letter
    Duration again_after = Duration::days(7);
    bool polite = true; ///< by RFC 3834; else it answers everything
    Span when;
};

} // namespace postopolis::scenario
