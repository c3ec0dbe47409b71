// See contacts.hpp.
#include "postopolis/nodes/contacts.hpp"

#include <cmath>

#include "postopolis/kernel/check.hpp"

namespace postopolis::nodes {

GeneratedContacts::GeneratedContacts(kernel::RunKey key, Acquaintances law, Crowd among, CaselessMap<Crowd> neighbours,
                                     const Directory& directory)
    : key_(key), law_(law), among_(std::move(among)), neighbours_(std::move(neighbours)), directory_(directory) {
    kernel::check(!among_.empty(), "contacts are chosen among somebody");
}

kernel::Stream GeneratedContacts::stream(const mail::Address& of, std::uint64_t number) const {
    return {key_, kernel::hash_combine(kernel::hash_combine(kernel::hash_name(of.text()), kernel::hash_name("contacts")),
                                       number)};
}

std::uint64_t GeneratedContacts::count(const mail::Address& of) const {
    kernel::Stream draw = stream(of, 0);
    // The mean of exp(N(mu, sigma)) is exp(mu + sigma^2 / 2). Rounded up or down by chance, which leaves it as it is.
    const double wanted =
        law_.sigma > 0 ? law_.mean * std::exp(law_.sigma * draw.normal() - law_.sigma * law_.sigma / 2) : law_.mean;
    const double whole = std::floor(wanted);
    const bool up = wanted > whole && draw.chance(wanted - whole);
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(whole) + (up ? 1 : 0));
}

mail::AddressPtr GeneratedContacts::at(const mail::Address& of, std::uint64_t number) const {
    kernel::Stream draw = stream(of, number + 1);
    if (!(law_.within > 0 && draw.chance(law_.within))) return among_.address(draw.below(among_.size()));
    const std::string_view domain = of.domain;
    if (auto found = neighbours_.find(domain); found != neighbours_.end())
        return found->second.address(draw.below(found->second.size()));
    for (const Settlement* s : directory_.settlements()) {
        const std::optional<std::uint32_t> d = s->domain(domain);
        if (!d) continue;
        const std::uint32_t first = s->first_person(*d);
        const auto chosen = static_cast<std::uint32_t>(draw.below(s->first_person(*d + 1) - first));
        return std::make_shared<const mail::Address>(s->address(first + chosen));
    }
    return among_.address(draw.below(among_.size()));
}

} // namespace postopolis::nodes
