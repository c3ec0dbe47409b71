// See local_delivery.hpp. Over quota is a temporary failure (RFC 3463 X.2.2), as Dovecot and most hosts treat it; a
// message that could never fit is refused for good.
#include "nodes/local_delivery.hpp"

#include "nodes/mediators/mediators.hpp"
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

DeliveryResult delivered() {
    DeliveryResult done;
    done.kind = DeliveryResult::Kind::delivered;
    return done;
}

} // namespace

LocalDelivery::~LocalDelivery() = default;

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

std::optional<DeliveryResult> LocalDelivery::over_quota(const Account& account, const std::string& name,
                                                        std::uint64_t octets) {
    const std::optional<std::uint64_t> quota = account.quota();
    if (!quota) return std::nullopt;
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
    const mail::Address& to = *recipient.address;
    const Account account = host_.world().directory.account(to);
    // What becomes of other mail is decided in the host's own queue: what is refused there is bounced.
    const bool files = account && !account.rules();
    std::optional<DeliveryResult> refusal;
    if (files)
        refusal = over_quota(account, mailbox_name(account.address()),
                             entry.message.filed(recipient.address, entry.reverse_path).size());
    else if (!account && !host_.world().directory.takes(to))
        refusal = unknown_user(to);
    if (refusal) co_return std::move(*refusal);
    client.settle(host_.now());
    const std::vector<trace::CopyId> copies{recipient.copy};
    trace::Passed passed{trace::Passed::Stage::transfer, copies, client.start(), client.account(), by.client,
                         host_.name()};
    const trace::EventId event = host_.tell(entry.cause, passed);
    trace::Accepted accepted{entry.letter, copies, host_.name(), entry.queue_id, by.client, by.connection,
                             entry.message.received_count(), by.with};
    entry.cause = host_.tell(event, accepted);
    if (!files) {
        Incoming in;
        in.letter = entry.letter;
        in.queue_id = entry.queue_id;
        in.message = entry.message;
        in.reverse_path = entry.reverse_path;
        in.recipients.push_back(recipient);
        in.cause = entry.cause;
        host_.queue().take(std::move(in));
        recipient.served = true;
        co_return delivered();
    }
    entry.meter = trace::Meter(host_.now(), trace::Cause::service);
    DeliveryResult filed = file(entry, recipient);
    co_return std::move(filed);
}

DeliveryResult LocalDelivery::unknown_user(const mail::Address& to) const {
    return refuse(true, "5.1.1", "unknown user: \"" + to.text() + "\"", host_.name());
}

DeliveryResult LocalDelivery::file(QueueEntry& entry, QueuedRecipient& recipient) {
    const mail::Address& to = *recipient.address;
    Account account = host_.world().directory.account(to);
    if (!account) {
        const LocalName other = host_.world().directory.other(to);
        if (other.mediator != nullptr) return mediators().mediate(*other.mediator, entry, recipient);
        account = other.account;
    }
    if (!account) return unknown_user(to);
    const std::string name = mailbox_name(account.address());
    const mail::Message message = entry.message.filed(recipient.address, entry.reverse_path);
    if (host_.world().directory.has_rules())
        if (const std::shared_ptr<const MailboxRules> rules = account.rules())
            return follow(*rules, account, entry, recipient, message);
    if (std::optional<DeliveryResult> refusal = over_quota(account, name, message.size())) return *std::move(refusal);
    const trace::EventId event = end_filing(entry, recipient.copy, name);
    store(account, name, entry, recipient.copy, event, message);
    return filed(entry, recipient);
}

DeliveryResult LocalDelivery::filed(QueueEntry& entry, QueuedRecipient& recipient) {
    recipient.served = true;
    if (recipient.dsn && recipient.dsn->notify.success)
        host_.queue().confirm(entry, {&recipient, 1}, mail::Action::delivered, {});
    return delivered();
}

trace::EventId LocalDelivery::end_filing(QueueEntry& entry, trace::CopyId copy, const std::string& to) {
    entry.meter.settle(host_.now());
    const std::vector<trace::CopyId> copies{copy};
    trace::Passed passed{trace::Passed::Stage::filing, copies, entry.meter.start(), entry.meter.account(),
                         host_.name(), to};
    return host_.tell(entry.cause, passed);
}

void LocalDelivery::store(const Account& account, const std::string& name, const QueueEntry& entry, trace::CopyId copy,
                          trace::EventId cause, mail::Message message) {
    const std::uint64_t octets = message.size();
    trace::Delivered delivered{entry.letter, copy, false, host_.name(), name, &message};
    StoredMessage stored;
    stored.event = host_.tell(cause, delivered);
    Mailbox& box = host_.store().open(name);
    stored.uid = box.next_uid++;
    stored.message = std::move(message);
    stored.letter = entry.letter;
    stored.copy = copy;
    stored.filed = host_.now();
    box.octets += octets;
    box.messages.push_back(std::move(stored));
    host_.mailbox_changed(name);
    if (Person* reader = account.person()) reader->announce_mail(host_);
}

DeliveryResult LocalDelivery::follow(const MailboxRules& rules, const Account& account, QueueEntry& entry,
                                     QueuedRecipient& recipient, const mail::Message& message) {
    const std::string name = mailbox_name(account.address());
    const std::string by = "rules of " + name;
    Arrival arrival{host_, entry, recipient};
    const bool files = !rules.forwarding || rules.forwarding->keep;
    std::optional<mail::Message> onward;
    if (rules.forwarding) {
        onward = marked(arrival);
        if (!onward) return nodes::refuse(arrival, "5.4.6", "mail forwarding loop for " + recipient.address->text());
    }
    if (files)
        if (std::optional<DeliveryResult> refusal = over_quota(account, name, message.size()))
            return *std::move(refusal);
    if (rules.drops_duplicates && mediators().is_duplicate(name, entry.message, *rules.drops_duplicates))
        return discard(arrival, by, "a message of the same id has come already");
    if (rules.vacation) {
        auto parsed = mail::parse_mailbox(account.address());
        const auto owner = std::make_shared<const mail::Address>(std::get<mail::Address>(std::move(parsed)));
        mediators().answer(*rules.vacation, owner, entry, recipient);
    }
    if (!rules.forwarding) {
        const trace::EventId event = end_filing(entry, recipient.copy, name);
        store(account, name, entry, recipient.copy, event, message);
        return filed(entry, recipient);
    }
    std::vector<Onward> all;
    all.push_back(mediators().forwarded(*rules.forwarding, arrival, std::move(*onward)));
    if (!files) return expand(arrival, by, std::move(all));
    const Kept kept = [&](trace::CopyId copy, trace::EventId cause) {
        store(account, name, entry, copy, cause, message);
    };
    return expand(arrival, by, std::move(all), kept);
}

Mediators& LocalDelivery::mediators() {
    if (!mediators_) mediators_ = std::make_unique<Mediators>(host_);
    return *mediators_;
}

} // namespace postopolis::nodes
