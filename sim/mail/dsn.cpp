// Reports are written anew for each rendering, like letters. See the header; the reader is in dsn_parse.cpp.
#include "postopolis/mail/dsn.hpp"

#include "mail/encode.hpp"

#include <algorithm>
#include <array>

namespace postopolis::mail {
namespace {

bool any(const ReportSpec& spec, Action action) {
    return std::any_of(spec.recipients.begin(), spec.recipients.end(),
                       [&](const ReportRecipient& recipient) { return recipient.action == action; });
}

std::string_view title(const ReportSpec& spec) {
    if (any(spec, Action::failed)) return "Undelivered Mail Returned to Sender";
    if (any(spec, Action::delayed)) return "Delayed Mail (still being retried)";
    return "Successful Mail Delivery Report";
}

std::string_view explanation(const ReportSpec& spec) {
    if (any(spec, Action::failed))
        return "I'm sorry to have to inform you that your message could not be delivered\r\n"
               "to one or more recipients. It is attached below.\r\n"
               "\r\n"
               "Please look at what the receiving side said about each of them. Often the\r\n"
               "address is misspelt or no longer in use: correct it and send the message\r\n"
               "again, or ask the recipient by other means. If you need more help, please\r\n"
               "write to the postmaster and include this report.\r\n";
    if (any(spec, Action::delayed))
        return "####################################################################\r\n"
               "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\r\n"
               "####################################################################\r\n"
               "\r\n"
               "Your message could not be delivered yet to one or more recipients.\r\n"
               "I will keep trying, and tell you if I have to give up.\r\n";
    return "Your message was handled for the recipients below. You need not do anything.\r\n";
}

std::string_view verdict(Action action) {
    switch (action) {
    case Action::failed:
        return "could not be delivered";
    case Action::delayed:
        return "not delivered yet";
    case Action::delivered:
        return "delivered";
    case Action::relayed:
        return "passed on to a system that sends no reports";
    case Action::expanded:
        return "passed on to several recipients";
    }
    return {};
}

/// "smtp; 550 5.1.1 No such user" without its type, for people.
std::string_view spoken(std::string_view diagnostic_code) {
    const std::size_t semicolon = diagnostic_code.find("; ");
    return semicolon == std::string_view::npos ? diagnostic_code : diagnostic_code.substr(semicolon + 2);
}

/// Text from a remote host: printable ASCII, since it is shown as it is.
std::string shown(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c < ' ' || c > '~') c = static_cast<unsigned char>(c) < ' ' ? ' ' : '?';
    return out;
}

/// Filled lines of at most 72 characters, after the first indented by four.
void append_paragraph(std::string& out, std::string_view text) {
    std::size_t column = 0;
    while (!text.empty()) {
        const std::size_t space = std::min(text.find(' '), text.size());
        if (column > 0 && column + 1 + space > 72) {
            out += "\r\n    ";
            column = 4;
        } else if (column > 0) {
            out += ' ';
            ++column;
        }
        const std::string_view word =
            text.substr(0, std::min<std::size_t>(space, 900)); // below 998 in any case
        out += word;
        column += word.size();
        text.remove_prefix(std::min(space + 1, text.size()));
    }
    out += "\r\n";
}

void append_explanation(std::string& out, const ReportSpec& spec) {
    out += "This is the mail system at host " + shown(spec.reporting_mta) + ".\r\n\r\n";
    out += explanation(spec);
    out += "\r\n                   The mail system\r\n";
    for (const ReportRecipient& recipient : spec.recipients) {
        std::string line = shown(path_text(recipient.final_recipient));
        line += ": ";
        line += verdict(recipient.action);
        if (!recipient.remote_mta.empty()) line += "; host " + shown(recipient.remote_mta);
        if (!recipient.diagnostic_code.empty())
            line +=
                (recipient.remote_mta.empty() ? ": " : " said: ") + shown(spoken(recipient.diagnostic_code));
        if (recipient.status) line += " (status " + recipient.status.text() + ')';
        out += "\r\n";
        append_paragraph(out, line);
        if (recipient.action == Action::delayed && recipient.will_retry_until)
            append_paragraph(out, "    I will try until " + rfc5322_text(*recipient.will_retry_until) + '.');
    }
}

void append_recipient_fields(std::string& out, const ReportRecipient& recipient) {
    out += "\r\n";
    if (recipient.original_recipient)
        append_plain_field(out, "Original-Recipient", "rfc822; " + recipient.original_recipient->text());
    append_plain_field(out, "Final-Recipient",
                       "rfc822; " +
                           (recipient.final_recipient ? recipient.final_recipient->text() : "unknown"));
    append_plain_field(out, "Action", action_name(recipient.action));
    append_plain_field(out, "Status", recipient.status.text());
    if (!recipient.remote_mta.empty()) append_plain_field(out, "Remote-MTA", "dns; " + recipient.remote_mta);
    append_plain_field(out, "Diagnostic-Code", recipient.diagnostic_code);
    if (recipient.last_attempt)
        append_plain_field(out, "Last-Attempt-Date", rfc5322_text(*recipient.last_attempt));
    if (recipient.will_retry_until)
        append_plain_field(out, "Will-Retry-Until", rfc5322_text(*recipient.will_retry_until));
}

class Report final : public Content {
public:
    explicit Report(ReportSpec spec) : spec_(std::move(spec)) {
        std::string all;
        append_before_original(all);
        append_after_original(all);
        size_ = all.size();
        if (!spec_.original.empty())
            size_ += spec_.full_original ? spec_.original.size() : spec_.original.render_headers().size();
    }

    std::uint64_t size() const override { return size_; }
    std::string message_id() const override { return spec_.message_id; }
    std::string subject() const override { return std::string(title(spec_)); }
    bool auto_submitted() const override { return true; }
    bool eight_bit() const override {
        return !spec_.original.empty() && spec_.original.content()->eight_bit();
    }

    void render(std::string& out) const override {
        out.reserve(out.size() + size_);
        append_before_original(out);
        if (!spec_.original.empty() && spec_.full_original)
            spec_.original.render(out);
        else if (!spec_.original.empty())
            out += spec_.original.render_headers();
        append_after_original(out);
    }

    void render_headers(std::string& out) const override {
        append_plain_field(out, "Date", rfc5322_text(spec_.date));
        const NamedAddress from{spec_.from, "Mail Delivery System"};
        const NamedAddress to{spec_.to, ""};
        append_address_field(out, "From", {&from, 1}, "mailer-daemon:;");
        append_address_field(out, "To", {&to, 1}, "undisclosed-recipients:;");
        append_plain_field(out, "Subject", title(spec_));
        append_id_field(out, "Message-ID", {&spec_.message_id, 1});
        // RFC 3834 section 5, so that nobody answers it.
        out += "Auto-Submitted: auto-replied\r\n";
        out += "MIME-Version: 1.0\r\n";
        out += "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"" + boundary() +
               "\"\r\n";
        // RFC 2045 section 6.4: what holds 8bit parts must say so itself.
        if (eight_bit()) out += "Content-Transfer-Encoding: 8bit\r\n";
    }

private:
    std::string boundary() const { return boundary_for(spec_.message_id, spec_.recipients.size()); }
    void append_delimiter(std::string& out) const { out += "--" + boundary() + "\r\n"; }

    void append_before_original(std::string& out) const {
        render_headers(out);
        out += "\r\nThis is a MIME-encapsulated message.\r\n\r\n";
        append_delimiter(out);
        out += "Content-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n";
        append_explanation(out, spec_);
        out += "\r\n";
        append_delimiter(out);
        out += "Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n";
        append_plain_field(out, "Original-Envelope-Id", spec_.envelope_id);
        append_plain_field(out, "Reporting-MTA", "dns; " + spec_.reporting_mta);
        if (spec_.arrival_date) append_plain_field(out, "Arrival-Date", rfc5322_text(*spec_.arrival_date));
        for (const ReportRecipient& recipient : spec_.recipients)
            append_recipient_fields(out, recipient);
        out += "\r\n";
        if (spec_.original.empty()) return;
        append_delimiter(out);
        out += spec_.full_original
                   ? "Content-Description: Undelivered Message\r\nContent-Type: message/rfc822\r\n"
                   : "Content-Description: Undelivered Message Headers\r\n"
                     "Content-Type: text/rfc822-headers\r\n";
        if (eight_bit()) out += "Content-Transfer-Encoding: 8bit\r\n";
        out += "\r\n";
    }
    void append_after_original(std::string& out) const { out += "\r\n--" + boundary() + "--\r\n"; }

    ReportSpec spec_;
    std::uint64_t size_ = 0;
};

} // namespace

std::string_view action_name(Action action) {
    constexpr std::array<std::string_view, 5> names{"failed", "delayed", "delivered", "relayed", "expanded"};
    return names[static_cast<std::size_t>(action)];
}

ContentPtr compose_report(ReportSpec spec) {
    return std::make_shared<const Report>(std::move(spec));
}

} // namespace postopolis::mail
