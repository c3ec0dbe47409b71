// The ESMTP parameters that a server understands, and what their values must look like.
#pragma once

#include <vector>

#include "postopolis/smtp/command.hpp"
#include "postopolis/smtp/extensions.hpp"

namespace postopolis::smtp {

// The reply that refuses the command because of its parameters: 555 for one that was not offered, 501 for a
// bad value. Empty if all are fine. `offered` is nothing after HELO, which offers no parameters at all.
ReplyPtr refuse_parameters(const Command& command, const Extensions* offered);

} // namespace postopolis::smtp
