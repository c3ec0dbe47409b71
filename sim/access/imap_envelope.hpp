// The addresses of an ENVELOPE.
#pragma once

#include <string_view>

#include "postopolis/access/imap_line.hpp"

namespace postopolis::access {

/// An address list of RFC 5322 as a list of "(name route mailbox host)", groups with their marks; NIL for an
/// empty list or one that cannot be read.
void put_addresses(ImapOutput& out, std::string_view list);

} // namespace postopolis::access
