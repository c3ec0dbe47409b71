// One table; see canned.hpp. Each constant belongs to its function, so that no order of construction matters.
#include "smtp/canned.hpp"

namespace postopolis::smtp::canned {

ReplyPtr ok() {
    static const ReplyPtr reply = make_reply(250, mail::EnhancedStatus{2, 0, 0}, "OK");
    return shared_constant(*reply);
}

ReplyPtr mail_ok() {
    static const ReplyPtr reply = make_reply(250, mail::EnhancedStatus{2, 1, 0}, "OK");
    return shared_constant(*reply);
}

ReplyPtr rcpt_ok() {
    static const ReplyPtr reply = make_reply(250, mail::EnhancedStatus{2, 1, 5}, "OK");
    return shared_constant(*reply);
}

ReplyPtr start_input() {
    static const ReplyPtr reply =
        make_reply(354, mail::EnhancedStatus{}, "Start mail input; end with <CRLF>.<CRLF>");
    return shared_constant(*reply);
}

ReplyPtr reset() {
    static const ReplyPtr reply = make_reply(250, mail::EnhancedStatus{2, 0, 0}, "OK");
    return shared_constant(*reply);
}

ReplyPtr authenticated() {
    static const ReplyPtr reply = make_reply(235, mail::EnhancedStatus{2, 7, 0}, "Authentication successful");
    return shared_constant(*reply);
}

ReplyPtr plain_challenge() {
    static const ReplyPtr reply = make_reply(334, mail::EnhancedStatus{}, "");
    return shared_constant(*reply);
}

ReplyPtr user_challenge() {
    static const ReplyPtr reply = make_reply(334, mail::EnhancedStatus{}, "VXNlcm5hbWU6");
    return shared_constant(*reply);
}

ReplyPtr password_challenge() {
    static const ReplyPtr reply = make_reply(334, mail::EnhancedStatus{}, "UGFzc3dvcmQ6");
    return shared_constant(*reply);
}

ReplyPtr ready_for_tls() {
    static const ReplyPtr reply = make_reply(220, mail::EnhancedStatus{2, 0, 0}, "Ready to start TLS");
    return shared_constant(*reply);
}

ReplyPtr cannot_verify() {
    static const ReplyPtr reply = make_reply(
        252, mail::EnhancedStatus{2, 0, 0}, "Cannot VRFY user, but will accept message and attempt delivery");
    return shared_constant(*reply);
}

ReplyPtr help() {
    static const ReplyPtr reply =
        make_reply(214, mail::EnhancedStatus{2, 0, 0},
                   "Commands: EHLO HELO MAIL RCPT DATA RSET NOOP QUIT AUTH VRFY HELP");
    return shared_constant(*reply);
}

ReplyPtr unknown_command() {
    static const ReplyPtr reply = make_reply(500, mail::EnhancedStatus{5, 5, 2}, "Command not recognized");
    return shared_constant(*reply);
}

ReplyPtr line_too_long() {
    static const ReplyPtr reply = make_reply(500, mail::EnhancedStatus{5, 5, 2}, "Line too long");
    return shared_constant(*reply);
}

ReplyPtr auth_line_too_long() {
    static const ReplyPtr reply =
        make_reply(500, mail::EnhancedStatus{5, 5, 6}, "Authentication exchange line is too long");
    return shared_constant(*reply);
}

ReplyPtr bare_line_end() {
    static const ReplyPtr reply =
        make_reply(500, mail::EnhancedStatus{5, 5, 2}, "Bare CR or LF in a command line");
    return shared_constant(*reply);
}

ReplyPtr not_ascii() {
    static const ReplyPtr reply =
        make_reply(501, mail::EnhancedStatus{5, 5, 2}, "Only printable ASCII is allowed here");
    return shared_constant(*reply);
}

ReplyPtr no_argument_allowed() {
    static const ReplyPtr reply =
        make_reply(501, mail::EnhancedStatus{5, 5, 4}, "No argument is allowed here");
    return shared_constant(*reply);
}

ReplyPtr helo_syntax() {
    static const ReplyPtr reply = make_reply(
        501, mail::EnhancedStatus{}, "Syntax: EHLO or HELO, a blank, and a domain or address literal");
    return shared_constant(*reply);
}

ReplyPtr mail_syntax() {
    static const ReplyPtr reply =
        make_reply(501, mail::EnhancedStatus{5, 5, 2}, "Syntax: MAIL FROM:<address>");
    return shared_constant(*reply);
}

ReplyPtr rcpt_syntax() {
    static const ReplyPtr reply = make_reply(501, mail::EnhancedStatus{5, 5, 2}, "Syntax: RCPT TO:<address>");
    return shared_constant(*reply);
}

ReplyPtr bad_sender() {
    static const ReplyPtr reply = make_reply(501, mail::EnhancedStatus{5, 1, 7}, "Bad sender address syntax");
    return shared_constant(*reply);
}

ReplyPtr bad_recipient() {
    static const ReplyPtr reply =
        make_reply(501, mail::EnhancedStatus{5, 1, 3}, "Bad recipient address syntax");
    return shared_constant(*reply);
}

ReplyPtr parameter_syntax() {
    static const ReplyPtr reply =
        make_reply(501, mail::EnhancedStatus{5, 5, 4}, "Syntax error in a parameter");
    return shared_constant(*reply);
}

ReplyPtr auth_syntax() {
    static const ReplyPtr reply = make_reply(501, mail::EnhancedStatus{5, 5, 4}, "Syntax: AUTH mechanism");
    return shared_constant(*reply);
}

ReplyPtr argument_missing() {
    static const ReplyPtr reply = make_reply(501, mail::EnhancedStatus{5, 5, 4}, "An argument is missing");
    return shared_constant(*reply);
}

ReplyPtr bad_base64() {
    static const ReplyPtr reply = make_reply(501, mail::EnhancedStatus{5, 5, 2}, "Not base64");
    return shared_constant(*reply);
}

ReplyPtr auth_cancelled() {
    static const ReplyPtr reply = make_reply(501, mail::EnhancedStatus{5, 7, 0}, "Authentication cancelled");
    return shared_constant(*reply);
}

ReplyPtr not_implemented() {
    static const ReplyPtr reply = make_reply(502, mail::EnhancedStatus{5, 5, 1}, "Command not implemented");
    return shared_constant(*reply);
}

ReplyPtr greet_first() {
    static const ReplyPtr reply = make_reply(503, mail::EnhancedStatus{5, 5, 1}, "Send EHLO or HELO first");
    return shared_constant(*reply);
}

ReplyPtr nested_mail() {
    static const ReplyPtr reply =
        make_reply(503, mail::EnhancedStatus{5, 5, 1}, "A mail transaction is already open");
    return shared_constant(*reply);
}

ReplyPtr mail_first() {
    static const ReplyPtr reply = make_reply(503, mail::EnhancedStatus{5, 5, 1}, "Need MAIL before RCPT");
    return shared_constant(*reply);
}

ReplyPtr no_transaction() {
    static const ReplyPtr reply =
        make_reply(503, mail::EnhancedStatus{5, 5, 1}, "Need MAIL and RCPT before DATA");
    return shared_constant(*reply);
}

ReplyPtr rcpt_first() {
    static const ReplyPtr reply = make_reply(503, mail::EnhancedStatus{5, 5, 1}, "Need RCPT before DATA");
    return shared_constant(*reply);
}

ReplyPtr no_valid_recipients() {
    static const ReplyPtr reply = make_reply(554, mail::EnhancedStatus{5, 5, 1}, "No valid recipients");
    return shared_constant(*reply);
}

ReplyPtr in_transaction() {
    static const ReplyPtr reply =
        make_reply(503, mail::EnhancedStatus{5, 5, 1}, "Not during a mail transaction");
    return shared_constant(*reply);
}

ReplyPtr already_authenticated() {
    static const ReplyPtr reply = make_reply(503, mail::EnhancedStatus{5, 5, 1}, "Already authenticated");
    return shared_constant(*reply);
}

ReplyPtr already_tls() {
    static const ReplyPtr reply = make_reply(503, mail::EnhancedStatus{5, 5, 1}, "TLS is already active");
    return shared_constant(*reply);
}

ReplyPtr not_while_receiving() {
    static const ReplyPtr reply =
        make_reply(503, mail::EnhancedStatus{5, 5, 1}, "Not while a message is being sent");
    return shared_constant(*reply);
}

ReplyPtr unknown_mechanism() {
    static const ReplyPtr reply =
        make_reply(504, mail::EnhancedStatus{5, 5, 4}, "Authentication mechanism is not supported");
    return shared_constant(*reply);
}

ReplyPtr auth_required() {
    static const ReplyPtr reply = make_reply(530, mail::EnhancedStatus{5, 7, 0}, "Authentication required");
    return shared_constant(*reply);
}

ReplyPtr bad_credentials() {
    static const ReplyPtr reply =
        make_reply(535, mail::EnhancedStatus{5, 7, 8}, "Authentication credentials invalid");
    return shared_constant(*reply);
}

ReplyPtr too_many_recipients() {
    static const ReplyPtr reply = make_reply(452, mail::EnhancedStatus{4, 5, 3}, "Too many recipients");
    return shared_constant(*reply);
}

ReplyPtr too_large() {
    static const ReplyPtr reply =
        make_reply(552, mail::EnhancedStatus{5, 3, 4}, "Message size exceeds the limit");
    return shared_constant(*reply);
}

ReplyPtr parameter_unknown() {
    static const ReplyPtr reply =
        make_reply(555, mail::EnhancedStatus{5, 5, 4}, "Parameter not recognized or not implemented");
    return shared_constant(*reply);
}

ReplyPtr chunk_syntax() {
    static const ReplyPtr reply =
        make_reply(501, mail::EnhancedStatus{5, 5, 4}, "Syntax: BDAT octets [LAST]");
    return shared_constant(*reply);
}

ReplyPtr chunk_taken() {
    static const ReplyPtr reply =
        make_reply(250, mail::EnhancedStatus{2, 0, 0}, "Octets received");
    return shared_constant(*reply);
}

ReplyPtr binary_needs_chunks() {
    static const ReplyPtr reply =
        make_reply(503, mail::EnhancedStatus{5, 5, 1}, "A binary message is sent with BDAT");
    return shared_constant(*reply);
}

ReplyPtr tls_first() {
    static const ReplyPtr reply =
        make_reply(530, mail::EnhancedStatus{5, 7, 0}, "Must issue a STARTTLS command first");
    return shared_constant(*reply);
}

ReplyPtr auth_needs_tls() {
    static const ReplyPtr reply =
        make_reply(538, mail::EnhancedStatus{5, 7, 11}, "Encryption required for requested authentication mechanism");
    return shared_constant(*reply);
}

ReplyPtr lhlo_syntax() {
    static const ReplyPtr reply =
        make_reply(501, mail::EnhancedStatus{}, "Syntax: LHLO, a blank, and a domain or address literal");
    return shared_constant(*reply);
}

} // namespace postopolis::smtp::canned
