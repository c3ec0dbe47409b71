// An IMAP command as a value (RFC 9051 section 6, with the extensions that the server has), and the parser
// for lines that come from strangers. Whether a command fits the state is the session's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "postopolis/access/imap_account.hpp"
#include "postopolis/access/imap_fetch.hpp"
#include "postopolis/access/imap_flags.hpp"
#include "postopolis/access/imap_line.hpp"
#include "postopolis/access/imap_search.hpp"
#include "postopolis/access/imap_set.hpp"

namespace postopolis::access {

enum class ImapVerb : std::uint8_t {
    capability,
    noop,
    logout,
    id, // any state
    starttls,
    authenticate,
    login, // not authenticated
    enable,
    select,
    examine,
    create,
    remove,
    rename,
    subscribe,
    unsubscribe,
    list,
    lsub,
    name_space,
    status,
    append,
    idle,
    get_quota,
    get_quota_root,
    set_quota, // authenticated
    check,
    close,
    unselect,
    expunge,
    search,
    fetch,
    store,
    copy,
    move, // selected
    unknown,
};
std::string_view to_string(ImapVerb verb); ///< "FETCH"; empty for unknown

/// STATUS items (section 6.3.11; HIGHESTMODSEQ: RFC 7162; RECENT: RFC 3501), in the order in which they were
/// asked for.
enum class ImapStatusItem : std::uint8_t {
    messages,
    recent,
    uid_next,
    uid_validity,
    unseen,
    deleted,
    size,
    highest_modseq
};
std::string_view to_string(ImapStatusItem item);

/// LIST with its extensions (section 6.3.9).
struct ImapList {
    std::string reference{};
    std::vector<std::string> patterns{};
    bool only_subscribed = false, only_special = false, recursive = false;
    bool tells_subscribed = false, tells_children = false, tells_special = false;
    std::vector<ImapStatusItem> status{};
};

struct ImapStore {
    enum class How : std::uint8_t { replace, add, remove };
    How how = How::replace;
    bool silent = false;
    ImapFlags flags{};
};

/// SEARCH's RETURN options (section 6.4.4).
struct ImapReturns {
    bool given = false; ///< the answer is ESEARCH
    bool min = false, max = false, all = false, count = false, save = false;
};

struct ImapCommand {
    std::string tag{};
    ImapVerb verb = ImapVerb::unknown;
    bool uid = false;        ///< UID FETCH, UID STORE, UID SEARCH, UID COPY, UID MOVE, UID EXPUNGE
    std::string name{};      ///< mailbox, user, mechanism, quota root; unknown: the word
    std::string second{};    ///< RENAME: the new name; LOGIN: password; AUTHENTICATE: initial response
    bool has_second = false; ///< AUTHENTICATE
    std::vector<std::string> words{}; ///< ENABLE, in upper case
    bool condstore = false;           ///< SELECT and EXAMINE: (CONDSTORE)
    ImapUse use = ImapUse::none;      ///< CREATE (RFC 6154)
    ImapList list{};                  ///< LIST, LSUB
    std::vector<ImapStatusItem> status{};
    ImapSet set{};
    std::vector<ImapFetchItem> items{};    ///< FETCH
    std::optional<std::uint64_t> modseq{}; ///< FETCH: CHANGEDSINCE; STORE: UNCHANGEDSINCE
    ImapStore store{};
    ImapSearchKey key{};
    ImapReturns returns{};
    std::string charset{}; ///< SEARCH; upper case, empty if not said
    ImapFlags flags{};     ///< APPEND
    std::optional<mail::Date> date{};
    ImapPiece literal{};
};

/// Why a line is no command; the tag is "*" where there was none (section 2.2.1).
struct ImapMistake {
    std::string tag = "*";
    std::string text{};
};

std::variant<ImapCommand, ImapMistake> parse_imap_command(const ImapLine& line);

} // namespace postopolis::access
