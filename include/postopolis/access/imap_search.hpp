// SEARCH keys (RFC 9051 section 6.4.4, and MODSEQ of RFC 7162), and which messages they match. Texts are
// compared without regard to the case of ASCII letters; header fields after decoding (RFC 2047), bodies after
// undoing the transfer encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/access/imap_folder.hpp"
#include "postopolis/access/imap_set.hpp"
#include "postopolis/access/imap_structure.hpp"

namespace postopolis::access {

class ImapLexer;

struct ImapSearchKey {
    enum class Kind : std::uint8_t {
        all,     ///< every message; the other keys that are lists of conditions hold them in `keys`
        both,    ///< all of `keys`
        either,  ///< one of the two `keys`
        negated, ///< not the one in `keys`
        numbers, ///< `set`
        uids,
        flag, ///< `text`: its name
        recent,
        before, ///< `number`: the day, as imap_day gives it
        on,
        since,
        sent_before,
        sent_on,
        sent_since,
        larger, ///< `number`: octets
        smaller,
        header, ///< `field` and `text`
        body,
        text,
        modseq, ///< `number`
    };
    Kind kind = Kind::all;
    std::string field{}, text{};
    std::int64_t number = 0;
    ImapSet set{};
    std::vector<ImapSearchKey> keys{};
};

/// What is known of a message beside what is in it.
struct ImapSearched {
    const ImapMessage* message = nullptr;
    std::uint32_t number = 0; ///< in the session
    bool recent = false;
};

class ImapSearch {
public:
    /// `largest_number` and `largest_uid` are what '*' stands for; `saved` (UIDs) what "$" does.
    ImapSearch(ImapSearchKey key, std::uint32_t largest_number, std::uint32_t largest_uid,
               const ImapSet& saved);
    bool matches(const ImapSearched& searched);

private:
    struct Ranges {
        bool uids;
        std::vector<ImapSet::Range> ranges;
    };
    void resolve(ImapSearchKey& key, std::uint32_t largest_number, std::uint32_t largest_uid,
                 const ImapSet& saved);
    bool holds(const ImapSearchKey& key, const ImapSearched& searched);
    const ImapParts& parts(const ImapSearched& searched);
    bool day_holds(const ImapSearchKey& key, const ImapSearched& searched);
    bool text_holds(const ImapSearchKey& key, const ImapSearched& searched);

    ImapSearchKey key_;
    std::vector<Ranges> sets_; ///< of keys with a set, which hold their index
    std::optional<ImapParts> parts_;
    std::uint32_t parts_uid_ = 0;
};

/// One or more keys, all of which must hold. Nothing if they are none.
std::optional<ImapSearchKey> parse_search_keys(ImapLexer& in);
/// Whether a key asks for modification sequences.
bool asks_modseq(const ImapSearchKey& key);

} // namespace postopolis::access
