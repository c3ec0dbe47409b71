// What a sender asks to be told about a message (RFC 3461): as values, and as the parameters of MAIL and RCPT.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/smtp/command.hpp"

namespace postopolis::smtp {

// When a report is wanted. Nothing set: not said, and each host does as it usually does (section 4.1: failures, and
// perhaps delays).
struct Notify {
    bool never = false, success = false, failure = false, delay = false;

    bool said() const { return never || success || failure || delay; }
    bool wants_failure() const { return !said() || failure; }
    bool wants_delay() const { return !said() || delay; }
    friend bool operator==(const Notify&, const Notify&) = default;
};

// Of one recipient, together with what the sender asked for the whole message.
struct DsnRequest {
    enum class Return : std::uint8_t { unsaid, full, headers };
    Notify notify{};
    std::string original_recipient{}; // "rfc822;bob@b.example": type, semicolon, address, decoded; empty: not said
    Return ret = Return::unsaid;
    std::string envelope_id{}; // decoded; empty: not said

    friend bool operator==(const DsnRequest&, const DsnRequest&) = default;
};

// xtext (section 4): all but "!" to "~" without "+" and "=" as "+" and two hexadecimal digits.
std::string encode_xtext(std::string_view text);
std::string decode_xtext(std::string_view text); // of what is_xtext
bool is_xtext(std::string_view text);
// The value of NOTIFY: "NEVER", or a list of the others, each once. Nothing if it is neither.
std::optional<Notify> parse_notify(std::string_view value);
std::string to_string(const Notify& notify); // "SUCCESS,DELAY"

std::vector<Parameter> mail_parameters(const DsnRequest& request); // RET, ENVID
std::vector<Parameter> rcpt_parameters(const DsnRequest& request); // NOTIFY, ORCPT
// From parameters that the session has found good. Nothing asked: all as by default.
DsnRequest dsn_request(const std::vector<Parameter>& of_mail, const std::vector<Parameter>& of_rcpt);

} // namespace postopolis::smtp
