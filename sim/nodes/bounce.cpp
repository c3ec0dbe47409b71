// What becomes of mail that a host cannot deliver: a report to its sender (RFC 3464), itself mail with the null
// reverse path (RFC 5321 section 4.5.5), which is never reported on again.
#include "nodes/queue_manager.hpp"
#include "postopolis/mail/dsn.hpp"

namespace postopolis::nodes {

void QueueManager::fail(QueueEntry& entry, const std::vector<std::size_t>& failed,
                        const std::vector<DeliveryResult>& results) {
    if (failed.empty()) return;
    if (entry.reverse_path) {
        report(entry, failed, results, false);
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

mail::ContentPtr QueueManager::compose_report(const QueueEntry& entry, const std::vector<std::size_t>& about,
                                              const std::vector<DeliveryResult>& results, bool warning,
                                              const std::string& message_id) const {
    const World& world = host_.world();
    mail::ReportSpec spec;
    spec.reporting_mta = host_.name();
    spec.arrival_date = world.date(entry.arrived);
    spec.from = std::make_shared<const mail::Address>(mail::Address{"MAILER-DAEMON", host_.name()});
    spec.to = entry.reverse_path;
    spec.message_id = message_id;
    spec.date = world.date(host_.now());
    spec.original = entry.message;
    spec.full_original = !warning;
    for (std::size_t i : about) {
        const DeliveryResult& r = results[i];
        mail::ReportRecipient recipient;
        recipient.final_recipient = entry.recipients[i].address;
        recipient.action = warning ? mail::Action::delayed : mail::Action::failed;
        recipient.status = mail::parse_enhanced_status(r.enhanced).value_or(
            mail::EnhancedStatus{static_cast<std::uint8_t>(warning ? 4 : 5), 0, 0});
        if (!warning) recipient.status.klass = 5;
        if (r.from_remote && !r.said.empty()) {
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
                          const std::vector<DeliveryResult>& results, bool warning) {
    NewMail mail;
    mail.letter = host_.new_letter();
    mail.queue_id = host_.new_queue_id();
    mail.recipient = {entry.reverse_path, host_.new_copy()};
    mail.kind = warning ? trace::LetterKind::warning : trace::LetterKind::bounce;
    mail.about = entry.letter;
    trace::EventId cause = entry.cause;
    if (warning) {
        std::vector<trace::CopyId> copies;
        for (std::size_t i : about) copies.push_back(entry.recipients[i].copy);
        trace::Warned warned{entry.letter, copies, host_.name(), mail.letter};
        cause = host_.tell(cause, warned);
    } else {
        for (std::size_t i : about) {
            const DeliveryResult& r = results[i];
            const std::vector<trace::CopyId> copies{entry.recipients[i].copy};
            trace::Bounced bounced{entry.letter, copies, host_.name(), {r.code, r.enhanced, r.text}, mail.letter};
            cause = host_.tell(entry.cause, bounced);
        }
    }
    mail.cause = cause;
    mail.message_id = mail.queue_id + "@" + host_.name();
    mail.content = compose_report(entry, about, results, warning, mail.message_id);
    post(std::move(mail));
}

} // namespace postopolis::nodes
