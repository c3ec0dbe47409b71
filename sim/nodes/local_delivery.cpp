// See local_delivery.hpp. Over quota is a temporary failure (RFC 3463 X.2.2), as Dovecot and most hosts treat it; a
// message that could never fit is refused for good.
#include "nodes/local_delivery.hpp"

#include "nodes/queue_manager.hpp"
#include "postopolis/mail/dsn.hpp"
#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {
namespace {

std::string mailbox_name(std::string name) {
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return name;
}

DeliveryResult refuse(bool for_good, std::string enhanced, std::string text, const std::string& remote) {
    DeliveryResult r;
    r.kind = for_good ? DeliveryResult::Kind::failed : DeliveryResult::Kind::deferred;
    r.code = for_good ? 550 : 452;
    r.enhanced = std::move(enhanced);
    r.text = std::move(text);
    r.remote = remote;
    r.backoff = trace::Cause::backoff_quota;
    return r;
}

} // namespace

LocalDelivery::LocalDelivery(MailHost& host)
    : host_(host), slots_(host, host.config().local_delivery.concurrency), service_(host.stream("local delivery")) {}

void LocalDelivery::start(std::uint64_t entry_number) { host_.spawn(deliver(entry_number)); }

kernel::Task<void> LocalDelivery::deliver(std::uint64_t entry_number) {
    QueueEntry& entry = *host_.queue().find(entry_number);
    if (entry.attempts++ > 0)
        host_.queue().end_stage(entry, trace::Passed::Stage::waiting, host_.name(), trace::Cause::queue);
    std::vector<DeliveryResult> results(entry.recipients.size());
    for (std::size_t i = 0; i < entry.recipients.size(); ++i) {
        if (entry.recipients[i].served) continue;
        kernel::Semaphore::Permit permit = co_await slots_.acquire();
        entry.meter.turn(host_.now(), trace::Cause::service);
        const Duration needed = host_.config().local_delivery.service.draw_duration(service_);
        if (needed > Duration()) co_await host_.sleep(needed);
        results[i] = file(entry, entry.recipients[i]);
        entry.meter.turn(host_.now(), trace::Cause::queue);
    }
    host_.queue().end_stage(entry, trace::Passed::Stage::filing, host_.name(), trace::Cause::queue);
    host_.queue().settle(entry_number, std::move(results));
}

std::optional<DeliveryResult> LocalDelivery::refuse_filing(const Account& account, const mail::Address& to,
                                                           std::uint64_t octets) const {
    if (!account) return refuse(true, "5.1.1", "unknown user: \"" + to.text() + "\"", host_.name());
    const std::optional<std::uint64_t> quota = account.quota();
    if (!quota) return std::nullopt;
    const std::string name = mailbox_name(account.address());
    const Mailbox* box = host_.store().find(name);
    if (octets > *quota)
        return refuse(true, "5.2.3", "message is larger than the mailbox of <" + name + ">", host_.name());
    if ((box != nullptr ? box->octets + box->elsewhere : 0) + octets > *quota)
        return refuse(false, "4.2.2", "mailbox of <" + name + "> is full", host_.name());
    return std::nullopt;
}

kernel::Task<DeliveryResult> LocalDelivery::file_from_lmtp(QueueEntry& entry, std::size_t i, trace::Meter client,
                                                           Filed by) {
    kernel::Semaphore::Permit permit = co_await slots_.acquire();
    client.turn(host_.now(), trace::Cause::service);
    const Duration needed = host_.config().local_delivery.service.draw_duration(service_);
    if (needed > Duration()) co_await host_.sleep(needed);
    QueuedRecipient& recipient = entry.recipients[i];
    const Account account = host_.world().directory.account(*recipient.address);
    const std::uint64_t octets = entry.message.filed(recipient.address, entry.reverse_path).size();
    std::optional<DeliveryResult> refusal = refuse_filing(account, *recipient.address, octets);
    if (refusal) co_return std::move(*refusal);
    client.settle(host_.now());
    const std::vector<trace::CopyId> copies{recipient.copy};
    trace::Passed passed{trace::Passed::Stage::transfer, copies, client.start(), client.account(), by.client,
                         host_.name()};
    const trace::EventId event = host_.tell(entry.cause, passed);
    trace::Accepted accepted{entry.letter, copies, host_.name(), entry.queue_id, by.client, by.connection,
                             entry.message.received_count(), by.with};
    entry.cause = host_.tell(event, accepted);
    entry.meter = trace::Meter(host_.now(), trace::Cause::service);
    DeliveryResult filed = file(entry, recipient);
    co_return std::move(filed);
}

DeliveryResult LocalDelivery::file(QueueEntry& entry, QueuedRecipient& recipient) {
    const Account account = host_.world().directory.account(*recipient.address);
    const mail::Message message = entry.message.filed(recipient.address, entry.reverse_path);
    const std::uint64_t octets = message.size();
    if (std::optional<DeliveryResult> refusal = refuse_filing(account, *recipient.address, octets))
        return std::move(*refusal);
    const std::string name = mailbox_name(account.address());
    entry.meter.settle(host_.now());
    const std::vector<trace::CopyId> copies{recipient.copy};
    trace::Passed passed{trace::Passed::Stage::filing, copies, entry.meter.start(), entry.meter.account(),
                         host_.name(), name};
    const trace::EventId event = host_.tell(entry.cause, passed);
    trace::Delivered delivered{entry.letter, recipient.copy, false, host_.name(), name, &message};
    StoredMessage stored;
    stored.event = host_.tell(event, delivered);
    Mailbox& box = host_.store().open(name);
    stored.uid = box.next_uid++;
    stored.message = message;
    stored.letter = entry.letter;
    stored.copy = recipient.copy;
    stored.filed = host_.now();
    box.octets += octets;
    box.messages.push_back(std::move(stored));
    recipient.served = true;
    host_.mailbox_changed(name);
    if (recipient.dsn && recipient.dsn->notify.success) host_.queue().confirm(entry, {&recipient, 1}, mail::Action::delivered, {});
    if (Person* reader = account.person()) reader->announce_mail(host_);
    DeliveryResult done;
    done.kind = DeliveryResult::Kind::delivered;
    return done;
}

} // namespace postopolis::nodes
