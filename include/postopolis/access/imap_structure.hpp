// ENVELOPE, BODY and BODYSTRUCTURE of a message (RFC 9051 sections 7.5.2 and 9), and the octets of its parts.
// Header fields are told as they are, unfolded, with encoded words left for the client. An address field that
// cannot be read is NIL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/access/imap_line.hpp"
#include "postopolis/mail/parse.hpp"

namespace postopolis::access {

/// A message taken apart; the work is done once for all that is asked of it.
class ImapParts {
public:
    explicit ImapParts(const mail::Message& message);

    const mail::ParsedMessage& header() const { return message_; }
    std::string_view source() const { return message_.source; }
    const mail::Part& root() const { return root_; }
    std::string_view text_of(const mail::Part& part) const {
        return source().substr(part.body, part.end - part.body);
    }
    std::string_view header_of(const mail::Part& part) const {
        return source().substr(part.begin, part.body - part.begin);
    }

    /// A part by its number, such as 4.2.1 (section 6.4.5.1).
    struct Found {
        const mail::Part* part = nullptr;
        bool whole_message =
            false; ///< part 1 of a message that is no multipart: it has no MIME header of its own
    };
    std::optional<Found> find(const std::vector<std::uint32_t>& number) const;

private:
    mail::ParsedMessage message_;
    mail::Part root_;
};

void put_envelope(ImapOutput& out, const mail::ParsedMessage& header);
/// With the extension data of BODYSTRUCTURE, or without, as BODY has it.
void put_structure(ImapOutput& out, const ImapParts& parts, bool extended);

} // namespace postopolis::access
