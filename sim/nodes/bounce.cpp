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
    Incoming in;
    in.letter = host_.new_letter();
    in.queue_id = host_.new_queue_id();
    in.recipients.push_back({entry.reverse_path, host_.new_copy()});
    trace::EventId cause = entry.cause;
    if (warning) {
        std::vector<trace::CopyId> copies;
        for (std::size_t i : about) copies.push_back(entry.recipients[i].copy);
        trace::Warned warned{entry.letter, copies, host_.name(), in.letter};
        cause = host_.tell(cause, warned);
    } else {
        for (std::size_t i : about) {
            const DeliveryResult& r = results[i];
            const std::vector<trace::CopyId> copies{entry.recipients[i].copy};
            trace::Bounced bounced{entry.letter, copies, host_.name(), {r.code, r.enhanced, r.text}, in.letter};
            cause = host_.tell(entry.cause, bounced);
        }
    }
    const std::string message_id = in.queue_id + "@" + host_.name();
    in.message = mail::Message(compose_report(entry, about, results, warning, message_id));

    const std::vector<mail::AddressPtr> recipients{entry.reverse_path};
    const std::vector<trace::RecipientKind> kinds{trace::RecipientKind::to};
    const std::vector<trace::CopyId> copies{in.recipients.front().copy};
    const std::string subject = in.message.content()->subject();
    trace::Composed composed{in.letter, warning ? trace::LetterKind::warning : trace::LetterKind::bounce, entry.letter,
                             nullptr, subject, message_id, in.message.size(), recipients, kinds, copies, &in.message};
    cause = host_.tell(cause, composed);
    trace::Accepted accepted{in.letter, copies, host_.name(), in.queue_id, host_.name(), 0,
                             in.message.received_count()};
    in.cause = host_.tell(cause, accepted);
    take(std::move(in));
}

} // namespace postopolis::nodes
