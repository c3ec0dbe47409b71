// What becomes of mail that a host cannot deliver: a report to its sender (RFC 3464), itself mail with the null
// reverse path (RFC 5321 section 4.5.5), which is never reported on again.
#include "nodes/queue_manager.hpp"
#include "postopolis/mail/dsn.hpp"

namespace postopolis::nodes {
namespace {

trace::LetterKind kind_of(mail::Action action) {
    switch (action) {
    case mail::Action::failed: return trace::LetterKind::bounce;
    case mail::Action::delayed: return trace::LetterKind::warning;
    default: return trace::LetterKind::confirmation;
    }
}

/// As the sender gave it with ORCPT, where it is an address of the Internet's.
mail::AddressPtr original_recipient(const smtp::DsnRequest& dsn) {
    constexpr std::string_view type = "rfc822;";
    const std::string_view whole = dsn.original_recipient;
    std::string lower(whole.substr(0, type.size()));
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (lower != type) return nullptr;
    auto parsed = mail::parse_mailbox(whole.substr(type.size()));
    auto* address = std::get_if<mail::Address>(&parsed);
    return address != nullptr ? std::make_shared<const mail::Address>(std::move(*address)) : nullptr;
}

} // namespace

void QueueManager::fail(QueueEntry& entry, const std::vector<std::size_t>& failed,
                        const std::vector<DeliveryResult>& results) {
    if (failed.empty()) return;
    if (entry.reverse_path) {
        std::vector<std::size_t> wanted;
        for (std::size_t i : failed) {
            const QueuedRecipient& r = entry.recipients[i];
            if (!r.dsn || r.dsn->notify.wants_failure())
                wanted.push_back(i);
            else
                drop_silently(entry, r, results[i]);
        }
        if (!wanted.empty()) report(entry, wanted, results, mail::Action::failed);
    } else {
        for (std::size_t i : failed) {
            const std::vector<trace::CopyId> copies{entry.recipients[i].copy};
            const std::string why = "a bounce to nowhere: " + results[i].text;
            trace::Lost lost{entry.letter, copies, host_.name(), why};
            host_.tell(entry.cause, lost);
        }
    }
    for (std::size_t i : failed) entry.recipients[i].served = true;
}

/// RFC 3461 section 5.2.6: who wants to hear of no failure does not.
void QueueManager::drop_silently(const QueueEntry& entry, const QueuedRecipient& recipient, const DeliveryResult& result) {
    const std::vector<trace::CopyId> copies{recipient.copy};
    const std::string why = "NOTIFY=" + smtp::to_string(recipient.dsn->notify) + ": " + result.text;
    trace::Discarded discarded{entry.letter, copies, host_.name(), why};
    host_.tell(entry.cause, discarded);
}

void QueueManager::confirm(QueueEntry& entry, std::span<const QueuedRecipient> recipients, mail::Action action,
                           const std::string& remote) {
    if (!entry.reverse_path) return;
    std::vector<std::size_t> about;
    std::vector<DeliveryResult> results(entry.recipients.size());
    for (const QueuedRecipient& r : recipients) {
        const auto i = static_cast<std::size_t>(&r - entry.recipients.data());
        if (!r.dsn || !r.dsn->notify.success) continue;
        about.push_back(i);
        results[i].kind = DeliveryResult::Kind::delivered;
        results[i].code = 250;
        results[i].enhanced = action == mail::Action::relayed ? "2.0.0" : "2.1.5";
        results[i].remote = remote;
    }
    if (!about.empty()) report(entry, about, results, action);
}

mail::ContentPtr QueueManager::compose_report(const QueueEntry& entry, const std::vector<std::size_t>& about,
                                              const std::vector<DeliveryResult>& results, mail::Action action,
                                              const std::string& message_id) const {
    const bool warning = action == mail::Action::delayed;
    const World& world = host_.world();
    mail::ReportSpec spec;
    spec.reporting_mta = host_.name();
    spec.arrival_date = world.date(entry.arrived);
    spec.from = std::make_shared<const mail::Address>(mail::Address{"MAILER-DAEMON", host_.name()});
    spec.to = entry.reverse_path;
    spec.message_id = message_id;
    spec.date = world.date(host_.now());
    spec.original = entry.message;
    // RFC 3461 section 6.2: all of it only where something failed, and the sender does not ask for less.
    spec.full_original = action == mail::Action::failed;
    for (std::size_t i : about) {
        const DeliveryResult& r = results[i];
        mail::ReportRecipient recipient;
        recipient.final_recipient = entry.recipients[i].address;
        recipient.action = action;
        if (const auto& dsn = entry.recipients[i].dsn) {
            if (dsn->ret == smtp::DsnRequest::Return::headers) spec.full_original = false;
            spec.envelope_id = dsn->envelope_id;
            recipient.original_recipient = original_recipient(*dsn);
        }
        recipient.status = mail::parse_enhanced_status(r.enhanced).value_or(
            mail::EnhancedStatus{static_cast<std::uint8_t>(warning ? 4 : 5), 0, 0});
        if (action == mail::Action::failed) recipient.status.klass = 5;
        if (action == mail::Action::relayed) {
            recipient.remote_mta = r.remote;
        } else if (action == mail::Action::delivered) {
            recipient.diagnostic_code = {};
        } else if (r.from_remote && !r.said.empty()) {
            recipient.remote_mta = r.remote;
            recipient.diagnostic_code = "smtp; " + r.said;
        } else {
            recipient.diagnostic_code = "x-postopolis; " + r.text;
        }
        recipient.last_attempt = world.date(host_.now());
        if (warning)
            recipient.will_retry_until =
                world.date(entry.arrived + Duration::nanoseconds(host_.config().queue.retry.lifetime.count()));
        spec.recipients.push_back(std::move(recipient));
    }
    return mail::compose_report(std::move(spec));
}

void QueueManager::report(QueueEntry& entry, const std::vector<std::size_t>& about,
                          const std::vector<DeliveryResult>& results, mail::Action action) {
    NewMail mail;
    mail.letter = host_.new_letter();
    mail.queue_id = host_.new_queue_id();
    mail.recipient = {entry.reverse_path, host_.new_copy()};
    mail.kind = kind_of(action);
    mail.about = entry.letter;
    trace::EventId cause = entry.cause;
    if (action == mail::Action::delayed) {
        std::vector<trace::CopyId> copies;
        for (std::size_t i : about) copies.push_back(entry.recipients[i].copy);
        trace::Warned warned{entry.letter, copies, host_.name(), mail.letter};
        cause = host_.tell(cause, warned);
    } else if (action == mail::Action::failed) {
        for (std::size_t i : about) {
            const DeliveryResult& r = results[i];
            const std::vector<trace::CopyId> copies{entry.recipients[i].copy};
            trace::Bounced bounced{entry.letter, copies, host_.name(), {r.code, r.enhanced, r.text}, mail.letter};
            cause = host_.tell(entry.cause, bounced);
        }
    }
    mail.cause = cause;
    mail.message_id = mail.queue_id + "@" + host_.name();
    mail.content = compose_report(entry, about, results, action, mail.message_id);
    post(std::move(mail));
}

} // namespace postopolis::nodes
