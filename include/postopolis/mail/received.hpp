// Reads Received fields (RFC 5321 section 4.4), ours and those that strangers write.
#pragma once

#include "postopolis/mail/message.hpp"

namespace postopolis::mail {

/// From the raw or unfolded body of the field. Clauses in any order; unknown ones and comments are passed
/// over. Nothing if it has no readable date, or neither "from" nor "by".
std::optional<Received> parse_received(std::string_view body);

} // namespace postopolis::mail
