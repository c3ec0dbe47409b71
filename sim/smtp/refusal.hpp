// What a reply that did not say yes means for the recipients it concerns.
#pragma once

#include "postopolis/smtp/client.hpp"

namespace postopolis::smtp {

// RFC 5321 section 4.2.1: only 5yz is permanent. A reply that makes no sense where it stands (such as 250 to
// DATA) proves nothing about the next try either.
inline Outcome::Result refusal(const Reply& reply) {
    return reply.permanent() ? Outcome::Result::failed : Outcome::Result::deferred;
}

} // namespace postopolis::smtp
