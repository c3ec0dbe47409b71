// Forwarding of a mailbox's mail (RFC 5321 section 3.9.1), with the sender's envelope address or a rewritten one.
#include "nodes/mediators/mediators.hpp"
#include "nodes/mediators/srs.hpp"

namespace postopolis::nodes {

Onward Mediators::forwarded(const Forwarding& forwarding, const Arrival& a, mail::Message message) const {
    Onward onward{std::move(message), a.entry.reverse_path, forwarding.to};
    drop_doubles(onward.recipients);
    const std::string& home = a.recipient.address->domain;
    // A null path stays null, and the forwarder's own senders need no way back.
    if (!forwarding.srs || !onward.reverse_path || mail::same_domain(onward.reverse_path->domain, home)) return onward;
    constexpr std::int64_t kDay = 86400LL * 1'000'000'000;
    const std::int64_t day = host_.world().date(host_.now()).unix_nanoseconds / kDay;
    onward.reverse_path = std::make_shared<const mail::Address>(srs_forward(*onward.reverse_path, home, day));
    return onward;
}

} // namespace postopolis::nodes
