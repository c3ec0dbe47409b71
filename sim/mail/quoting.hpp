// Quoted text of replies.
#pragma once

#include "postopolis/mail/message.hpp"

namespace postopolis::mail {

/// "On DATE, AUTHOR wrote:" and the quoted lines, with LF, followed by an empty line. Whole lines up to
/// `most_octets` with CRLF; empty if not even the first fits. Octets outside ASCII become '?' if
/// `ascii_only`.
std::string quote_block(const Quote& quote, std::size_t most_octets, bool ascii_only);

} // namespace postopolis::mail
