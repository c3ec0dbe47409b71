// LMTP (RFC 2033): the server has no queue. Each recipient's copy is in the mailbox before the reply about it, or stays with
// the client.
#include "nodes/local_delivery.hpp"
#include "nodes/queue_manager.hpp"
#include "nodes/smtp_service.hpp"

namespace postopolis::nodes {
namespace {

smtp::ReplyPtr verdict(const DeliveryResult& r) {
    if (r.kind == DeliveryResult::Kind::delivered) return {};
    return smtp::make_reply(r.code, mail::parse_enhanced_status(r.enhanced).value_or(mail::EnhancedStatus{}), r.text);
}

} // namespace

kernel::Task<void> SmtpService::file_for_each(Session& s, mail::Message message, Offer offer, smtp::ReplyPtr for_all) {
    if (!for_all) for_all = judge_message(s, message, host_.now());
    Taking taking = prepare(s, std::move(message), std::move(offer));
    std::vector<smtp::ReplyPtr> verdicts(taking.recipients.size(), for_all);
    if (!for_all) {
        QueueEntry entry = received(taking);
        for (std::size_t i = 0; i < entry.recipients.size(); ++i) {
            const Filed filed{s.socket.peer().name(), s.socket.id(), taking.hop.with};
            const DeliveryResult result = co_await host_.local().file_from_lmtp(entry, i, taking.offer.meter, filed);
            verdicts[i] = verdict(result);
        }
    }
    s.over = for_all && for_all->code == 421;
    for (smtp::ReplyPtr& one : s.protocol.answer_each(std::move(verdicts))) reply(s, std::move(one));
}

/// The message as this host has it, which is in no queue.
QueueEntry SmtpService::received(Taking& taking) {
    QueueEntry entry;
    entry.queue_id = host_.new_queue_id();
    entry.letter = taking.offer.letter;
    entry.reverse_path = taking.reverse_path;
    entry.message = with_received(taking, entry.queue_id);
    entry.arrived = host_.now();
    entry.cause = taking.cause;
    for (std::size_t i = 0; i < taking.recipients.size(); ++i)
        entry.recipients.push_back({taking.recipients[i], taking.offer.copies[i], false,
                                    taking.dsn.empty() ? nullptr : taking.dsn[i]});
    return entry;
}

} // namespace postopolis::nodes
