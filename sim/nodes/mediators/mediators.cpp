// What all mediators share; aliases and the way back of SRS, which are no more than that. Lists are in list.cpp,
// vacation notices in vacation.cpp, forwarding in forward.cpp.
#include "nodes/mediators/mediators.hpp"

#include <algorithm>

#include "nodes/mediators/srs.hpp"
#include "postopolis/mail/parse.hpp"

namespace postopolis::nodes {
namespace {

/// The copy's time up to now.
trace::EventId settle_time(Arrival& a, std::string_view to) {
    a.entry.meter.settle(a.host.now());
    const std::vector<trace::CopyId> copies{a.recipient.copy};
    trace::Passed passed{trace::Passed::Stage::filing, copies, a.entry.meter.start(), a.entry.meter.account(),
                         a.host.name(), to};
    return a.host.tell(a.entry.cause, passed);
}

DeliveryResult done(Arrival& a) {
    a.recipient.served = true;
    DeliveryResult result;
    result.kind = DeliveryResult::Kind::delivered;
    return result;
}

} // namespace

void drop_doubles(std::vector<mail::AddressPtr>& addresses) {
    std::vector<mail::AddressPtr> kept;
    for (mail::AddressPtr& address : addresses) {
        const bool known = std::any_of(kept.begin(), kept.end(), [&](const auto& k) { return *k == *address; });
        if (!known) kept.push_back(std::move(address));
    }
    addresses = std::move(kept);
}

std::optional<mail::Message> marked(const Arrival& a) {
    // As Postfix has it: the field that local delivery writes tells where a message has been.
    const mail::Address& here = *a.recipient.address;
    for (const mail::TraceField& field : a.entry.message.trace()) {
        const auto* been = std::get_if<mail::DeliveredTo>(&field);
        if (been != nullptr && been->recipient && *been->recipient == here) return std::nullopt;
    }
    return a.entry.message.prepended(mail::DeliveredTo{a.recipient.address});
}

DeliveryResult expand(Arrival& a, std::string_view by, std::vector<Onward> onward, const Kept& kept) {
    std::vector<mail::AddressPtr> recipients;
    for (const Onward& o : onward) recipients.insert(recipients.end(), o.recipients.begin(), o.recipients.end());
    if (kept) recipients.push_back(a.recipient.address);
    if (recipients.empty()) return discard(a, by, "nobody is there to get it");
    std::vector<trace::CopyId> into;
    for (std::size_t i = 0; i < recipients.size(); ++i) into.push_back(a.host.new_copy());
    const trace::EventId event = settle_time(a, by);
    trace::Expanded expanded{a.entry.letter, a.recipient.copy, by, into, recipients};
    const trace::EventId cause = a.host.tell(event, expanded);
    std::size_t next = 0;
    for (Onward& o : onward) {
        if (o.recipients.empty()) continue;
        Incoming in;
        in.letter = a.entry.letter;
        in.message = std::move(o.message);
        in.reverse_path = std::move(o.reverse_path);
        for (mail::AddressPtr& address : o.recipients) in.recipients.push_back({std::move(address), into[next++]});
        in.queue_id = a.host.new_queue_id();
        in.cause = cause;
        a.host.queue().take(std::move(in));
    }
    if (kept) kept(into.back(), cause);
    return done(a);
}

DeliveryResult discard(Arrival& a, std::string_view by, const std::string& why) {
    const trace::EventId event = settle_time(a, by);
    const std::vector<trace::CopyId> copies{a.recipient.copy};
    trace::Discarded discarded{a.entry.letter, copies, by, why};
    a.host.tell(event, discarded);
    return done(a);
}

DeliveryResult refuse(const Arrival& a, std::string enhanced, std::string text) {
    DeliveryResult r;
    r.kind = DeliveryResult::Kind::failed;
    r.code = enhanced == "5.4.6" ? 554 : 550;
    r.enhanced = std::move(enhanced);
    r.text = std::move(text);
    r.remote = a.host.name();
    return r;
}

DeliveryResult Mediators::mediate(const MediatorConfig& config, QueueEntry& entry, QueuedRecipient& recipient) {
    Arrival a{host_, entry, recipient};
    if (const auto* list = std::get_if<ListConfig>(&config)) {
        const std::string local = mail::to_lower_domain(recipient.address->local);
        const std::string name = mail::to_lower_domain(list->address->local);
        if (local == name) return post(*list, a);
        if (local == name + "-request") return obey(*list, a);
        return note_bounce(*list, a);
    }
    std::optional<mail::Message> message = marked(a);
    const std::string name = recipient.address->text();
    if (!message) return refuse(a, "5.4.6", "mail forwarding loop for " + name);
    if (const auto* alias = std::get_if<AliasConfig>(&config)) {
        Onward onward{std::move(*message), entry.reverse_path, alias->to};
        drop_doubles(onward.recipients);
        const std::string by = "alias " + name;
        std::vector<Onward> all;
        all.push_back(std::move(onward));
        return expand(a, by, std::move(all));
    }
    constexpr std::int64_t kDay = 86400LL * 1'000'000'000;
    const std::optional<mail::Address> back =
        srs_back(*recipient.address, host_.world().date(host_.now()).unix_nanoseconds / kDay);
    if (!back) return refuse(a, "5.1.1", "unknown user: \"" + name + "\"");
    std::vector<Onward> all;
    all.push_back({std::move(*message), entry.reverse_path, {std::make_shared<const mail::Address>(*back)}});
    return expand(a, "forwarder at " + host_.name(), std::move(all));
}

bool Mediators::is_duplicate(const std::string& mailbox, const mail::Message& message, Duration within) {
    const std::string id = message.content()->message_id();
    if (id.empty()) return false;
    auto [at, fresh] = seen_.try_emplace({mailbox, id}, host_.now());
    const bool lately = !fresh && host_.now() - at->second <= within;
    at->second = host_.now();
    return lately;
}

} // namespace postopolis::nodes
