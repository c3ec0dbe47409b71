// Mailbox files in the mboxrd variant of RFC 4155's family: a From_ line, the message with LF line ends in
// which lines of the form >*From get one more ">", and an empty line. mboxrd because it can be undone
// exactly.
#pragma once

#include "postopolis/mail/message.hpp"

namespace postopolis::mail {

/// Appends one message. A null sender is written MAILER-DAEMON, as MDAs do.
void append_mbox(std::string& out, const Message& message, const AddressPtr& sender, Date delivered);

} // namespace postopolis::mail
