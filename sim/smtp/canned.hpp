// The replies that the protocol itself gives, made once and never counted. Codes are RFC 5321's, enhanced
// codes RFC 3463's (and RFC 4954's for AUTH).
#pragma once

#include "postopolis/smtp/reply.hpp"

namespace postopolis::smtp::canned {

ReplyPtr ok();
ReplyPtr mail_ok();
ReplyPtr rcpt_ok();
ReplyPtr start_input();
ReplyPtr reset();
ReplyPtr authenticated();
ReplyPtr plain_challenge();
ReplyPtr user_challenge();
ReplyPtr password_challenge();
ReplyPtr ready_for_tls();
ReplyPtr cannot_verify();
ReplyPtr help();
ReplyPtr unknown_command();
ReplyPtr line_too_long();
ReplyPtr auth_line_too_long();
ReplyPtr bare_line_end();
ReplyPtr not_ascii();
ReplyPtr no_argument_allowed();
ReplyPtr helo_syntax();
ReplyPtr mail_syntax();
ReplyPtr rcpt_syntax();
ReplyPtr bad_sender();
ReplyPtr bad_recipient();
ReplyPtr parameter_syntax();
ReplyPtr auth_syntax();
ReplyPtr argument_missing();
ReplyPtr bad_base64();
ReplyPtr auth_cancelled();
ReplyPtr not_implemented();
ReplyPtr greet_first();
ReplyPtr nested_mail();
ReplyPtr mail_first();
ReplyPtr no_transaction();
ReplyPtr rcpt_first();
ReplyPtr no_valid_recipients();
ReplyPtr in_transaction();
ReplyPtr already_authenticated();
ReplyPtr already_tls();
ReplyPtr not_while_receiving();
ReplyPtr unknown_mechanism();
ReplyPtr auth_required();
ReplyPtr bad_credentials();
ReplyPtr too_many_recipients();
ReplyPtr too_large();
ReplyPtr parameter_unknown();
ReplyPtr chunk_syntax();
ReplyPtr chunk_taken();
ReplyPtr binary_needs_chunks();
ReplyPtr tls_first();
ReplyPtr auth_needs_tls();
ReplyPtr lhlo_syntax();

} // namespace postopolis::smtp::canned
