// What FETCH asks for (RFC 9051 section 6.4.5), and its answer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postopolis/access/imap_folder.hpp"
#include "postopolis/access/imap_line.hpp"
#include "postopolis/access/imap_structure.hpp"

namespace postopolis::access {

class ImapLexer;

struct ImapFetchItem {
    enum class Kind : std::uint8_t {
        uid,
        flags,
        internal_date,
        size,
        modseq,
        envelope,
        body, ///< the structure without extension data
        structure,
        section, ///< BODY[...]
        binary,  ///< BINARY[...] (RFC 3516): the transfer encoding undone
        binary_size,
    };
    enum class Text : std::uint8_t { all, header, fields, fields_not, text, mime };

    Kind kind = Kind::uid;
    bool peek = false;                 ///< \Seen stays as it is
    std::vector<std::uint32_t> part{}; ///< 4.2.1
    Text text = Text::all;
    std::vector<std::string> fields{};
    std::optional<std::pair<std::uint64_t, std::uint64_t>> partial{}; ///< first octet, and how many at most
    std::string old_name{}; ///< "RFC822.TEXT", where it was asked for under such a name

    bool sets_seen() const { return !peek && (kind == Kind::section || kind == Kind::binary); }
    /// All that a message is.
    bool whole() const { return kind == Kind::section && part.empty() && text == Text::all && !partial; }
    /// As the answer calls it: "BODY[HEADER.FIELDS (DATE FROM)]<0>".
    std::string label() const;
};

/// "ALL", one item, or a list in parentheses. Nothing if it is none of these.
std::optional<std::vector<ImapFetchItem>> parse_fetch_items(ImapLexer& in);

/// Appends the items, without the parentheses around them. `parts` is made if something needs it. False when
/// a section cannot be decoded (BINARY, RFC 3516 section 4.3: UNKNOWN-CTE).
bool put_fetch(ImapOutput& out, const ImapMessage& message, const std::vector<ImapFetchItem>& items,
               const std::string& flags, std::unique_ptr<ImapParts>& parts);

/// "17-Jul-1996 02:44:25 -0700", without quotes.
std::string imap_date_time(mail::Date date);
std::optional<mail::Date> parse_imap_date_time(std::string_view text);
/// Days since 1970-01-01, in the date's own zone.
std::int64_t imap_day(mail::Date date);
std::optional<std::int64_t> parse_imap_day(std::string_view text); ///< "1-Feb-1994"

} // namespace postopolis::access
