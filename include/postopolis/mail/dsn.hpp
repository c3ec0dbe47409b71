// Delivery status notifications: multipart/report messages of RFC 3464, 3462 and 6522 that tell an author, in
// words and in fields, what became of a message.
#pragma once

#include "postopolis/mail/compose.hpp"
#include "postopolis/mail/parse.hpp"
#include "postopolis/mail/status.hpp"

namespace postopolis::mail {

enum class Action : std::uint8_t { failed, delayed, delivered, relayed, expanded };
std::string_view action_name(Action action); ///< As RFC 3464 section 2.3.3 writes it.

struct ReportRecipient {
    AddressPtr final_recipient;
    AddressPtr original_recipient; ///< If known to differ (section 2.3.1).
    Action action = Action::failed;
    EnhancedStatus status;
    std::string diagnostic_code;          ///< "smtp; 550 5.1.1 No such user"; may be empty.
    std::string remote_mta;               ///< The host that said so; empty if nobody did.
    std::optional<Date> last_attempt;     ///< Section 2.3.7.
    std::optional<Date> will_retry_until; ///< Section 2.3.9; for delayed ones only.
};

struct ReportSpec {
    std::string reporting_mta;
    std::string envelope_id; ///< Of the message it is about (RFC 3461 section 4.4); empty if it had none.
    std::optional<Date> arrival_date;
    AddressPtr from; ///< MAILER-DAEMON at the reporting host.
    AddressPtr
        to; ///< The reverse path of the message it is about. The report's own is null (RFC 5321 4.5.5).
    std::string message_id;
    Date date;
    std::vector<ReportRecipient> recipients;
    Message original;
    bool full_original = true; ///< Return all of it; otherwise only its header (text/rfc822-headers).
};

ContentPtr compose_report(ReportSpec spec);

struct ParsedReport {
    std::string reporting_mta;
    std::string envelope_id;
    std::optional<Date> arrival_date;
    std::vector<ReportRecipient> recipients;
    std::string original_message_id; ///< Without angle brackets; empty if the original shows none.
};

/// Nothing if the message is no multipart/report with a readable delivery status.
std::optional<ParsedReport> parse_report(const ParsedMessage& message);

} // namespace postopolis::mail
