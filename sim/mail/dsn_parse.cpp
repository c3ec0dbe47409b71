// Reads delivery status notifications, ours and those of strangers, as far as they follow RFC 3464.
#include "postopolis/mail/dsn.hpp"

#include "mail/chars.hpp"

namespace postopolis::mail {
namespace {

constexpr int most_groups = 1000; // each costs a copy of what follows it

/// What follows the type and its semicolon, as in "rfc822; bob@example" (section 2.1.2).
std::string_view typed_value(std::string_view value) {
    const std::size_t semicolon = value.find(';');
    return trimmed(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1));
}

/// An address of another kind of mail (section 2.1.2) is kept as a local part without domain.
AddressPtr recipient_of(const ParsedMessage& group, std::string_view field) {
    const std::string value = group.value(field);
    if (value.empty()) return nullptr;
    const std::string_view said = typed_value(value);
    auto parsed = parse_mailbox(said);
    if (auto* address = std::get_if<Address>(&parsed)) return std::make_shared<const Address>(std::move(*address));
    const bool is_internet = same_text(trimmed(std::string_view(value).substr(0, value.find(';'))), "rfc822");
    if (is_internet || said.empty()) return nullptr;
    return std::make_shared<const Address>(Address{std::string(said), {}});
}

std::optional<Action> action_of(std::string_view name) {
    for (const Action action :
         {Action::failed, Action::delayed, Action::delivered, Action::relayed, Action::expanded})
        if (same_text(name, action_name(action))) return action;
    return std::nullopt;
}

std::optional<ReportRecipient> read_recipient(const ParsedMessage& group) {
    ReportRecipient recipient;
    recipient.final_recipient = recipient_of(group, "Final-Recipient");
    const auto action = action_of(group.value("Action"));
    if (!recipient.final_recipient || !action) return std::nullopt;
    recipient.original_recipient = recipient_of(group, "Original-Recipient");
    recipient.action = *action;
    // A comment may follow the code (section 2.3.4).
    recipient.status = leading_enhanced_status(group.value("Status")).value_or(EnhancedStatus{});
    recipient.diagnostic_code = group.value("Diagnostic-Code");
    recipient.remote_mta = typed_value(group.value("Remote-MTA"));
    recipient.last_attempt = parse_date(group.value("Last-Attempt-Date"));
    recipient.will_retry_until = parse_date(group.value("Will-Retry-Until"));
    return recipient;
}

const Part* find_part(const Part& part, std::string_view type) {
    if (part.type == type) return &part;
    for (const Part& inner : part.parts)
        if (const Part* found = find_part(inner, type)) return found;
    return nullptr;
}

std::string original_id(const ParsedMessage& message, const Part& root) {
    const Part* original = find_part(root, "message/rfc822");
    if (!original) original = find_part(root, "text/rfc822-headers");
    if (!original) return {};
    const std::string id = parse_message(decoded_body(message, *original)).value("Message-ID");
    return id.size() > 2 && id.front() == '<' && id.back() == '>' ? id.substr(1, id.size() - 2) : id;
}

} // namespace

std::optional<ParsedReport> parse_report(const ParsedMessage& message) {
    const Part root = parse_parts(message);
    if (root.type != "multipart/report") return std::nullopt;
    const Part* status = find_part(root, "message/delivery-status");
    if (!status) return std::nullopt;

    // Groups of fields parted by empty lines: the message's, then one for each recipient (section 2.1).
    ParsedMessage group = parse_message(decoded_body(message, *status));
    ParsedReport report;
    report.reporting_mta = typed_value(group.value("Reporting-MTA"));
    report.envelope_id = group.value("Original-Envelope-Id");
    report.arrival_date = parse_date(group.value("Arrival-Date"));
    if (report.reporting_mta.empty()) return std::nullopt;
    for (int groups = 0; groups < most_groups && !group.body().empty(); ++groups) {
        group = parse_message(std::string(group.body()));
        if (group.fields.empty() && group.body_offset == 0) break; // not a field: no group either
        if (auto recipient = read_recipient(group)) report.recipients.push_back(std::move(*recipient));
    }
    report.original_message_id = original_id(message, root);
    return report;
}

} // namespace postopolis::mail
