// Messages for servers that take 7-bit lines only: RFC 6152 section 3 lets a client encode what it cannot send as it is.
#pragma once

#include "postopolis/mail/message.hpp"

#include <optional>

namespace postopolis::mail {

/// The same message with its 8-bit parts in quoted-printable (text) or base64 (others), its trace fields kept. Nothing
/// where that is not enough: octets above 127 in a header (RFC 6532), or in what must not be encoded (RFC 2046
/// section 5.2).
std::optional<Message> to_seven_bit(const Message& message);

} // namespace postopolis::mail
