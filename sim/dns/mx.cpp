// From DNS answers to the hosts to try, and the words for when there are none.
#include "postopolis/dns/mx.hpp"

#include <algorithm>

namespace postopolis::dns {
namespace {

std::string quote(const Name& domain) {
    return std::string(domain.text());
}

MxTargets failed(RouteFailure failure) {
    MxTargets targets;
    targets.failure = std::move(failure);
    return targets;
}

RouteFailure lookup_failed(const Name& domain, const Response* answer) {
    const std::string why = answer ? std::string(to_string(answer->rcode)) : "no answer in time";
    return {false, 451, "4.4.3", "look-up of " + quote(domain) + " failed for now: " + why};
}

/// The MX records at the end of the CNAME chain, without "." ones (RFC 7505 section 3 forbids those beside
/// others); `null_mx` tells whether there were any such.
std::vector<MxTarget> collect(const Response& mx, const Name& domain, bool& null_mx) {
    const Name owner = mx.canonical(domain);
    std::vector<MxTarget> targets;
    for (const Record& record : mx.answers) {
        const Mx* data = std::get_if<Mx>(&record.data);
        if (!data || record.name != owner) continue;
        if (data->exchange.is_root())
            null_mx = true;
        else
            targets.push_back({data->preference, data->exchange});
    }
    return targets;
}

/// By preference, then by name; a host that is named twice stays where it is preferred most.
void sort_targets(std::vector<MxTarget>& targets) {
    std::sort(targets.begin(), targets.end(), [](const MxTarget& a, const MxTarget& b) {
        return a.preference != b.preference ? a.preference < b.preference : a.host < b.host;
    });
    std::vector<MxTarget> kept;
    for (MxTarget& target : targets) {
        const bool known = std::any_of(kept.begin(), kept.end(),
                                       [&](const MxTarget& other) { return other.host == target.host; });
        if (!known) kept.push_back(std::move(target));
    }
    targets = std::move(kept);
}

/// Drops this host and all that are not strictly more preferred: mail must come closer with every hop.
void drop_from_own(std::vector<MxTarget>& targets, std::span<const Name> own_names) {
    const auto own = std::find_if(targets.begin(), targets.end(), [&](const MxTarget& target) {
        return std::find(own_names.begin(), own_names.end(), target.host) != own_names.end();
    });
    if (own == targets.end()) return;
    const std::uint16_t preference = own->preference;
    std::erase_if(targets, [preference](const MxTarget& target) { return target.preference >= preference; });
}

void shuffle_equals(std::vector<MxTarget>& targets, const Shuffle& shuffle) {
    for (auto first = targets.begin(); first != targets.end();) {
        const auto last = std::find_if(first, targets.end(), [first](const MxTarget& target) {
            return target.preference != first->preference;
        });
        if (last - first > 1 && shuffle) shuffle({first, last});
        first = last;
    }
}

} // namespace

MxTargets select_mx(const Name& domain, const Response* mx, std::span<const Name> own_names,
                    const Shuffle& shuffle) {
    if (mx && mx->rcode == Rcode::nxdomain)
        return failed({true, 550, "5.1.2", "the domain " + quote(domain) + " does not exist"});
    if (!mx || mx->rcode != Rcode::noerror) return failed(lookup_failed(domain, mx));
    MxTargets result;
    bool null_mx = false;
    result.targets = collect(*mx, domain, null_mx);
    if (result.targets.empty() && null_mx)
        return failed({true, 556, "5.1.10", "the domain " + quote(domain) + " accepts no mail (null MX)"});
    if (result.targets.empty()) {
        // "the domain itself": at the end of the alias if it is one (RFC 5321 section 5.1: the resulting
        // name is processed as if it were the initial name).
        result.implicit = true;
        result.targets.push_back({0, mx->canonical(domain)});
    }
    sort_targets(result.targets);
    drop_from_own(result.targets, own_names);
    if (result.targets.empty())
        return failed({true, 554, "5.4.6", "mail for " + quote(domain) + " loops back to this host"});
    shuffle_equals(result.targets, shuffle);
    return result;
}

AddressVerdict judge_address(const Question& question, const Response* answer) {
    if (!answer || (answer->rcode != Rcode::noerror && answer->rcode != Rcode::nxdomain))
        return AddressVerdict::temporary;
    return answer->has_answer(question) ? AddressVerdict::usable : AddressVerdict::none;
}

AddressVerdict combine(AddressVerdict a, AddressVerdict aaaa) {
    if (a == AddressVerdict::usable || aaaa == AddressVerdict::usable) return AddressVerdict::usable;
    const bool temporary = a == AddressVerdict::temporary || aaaa == AddressVerdict::temporary;
    return temporary ? AddressVerdict::temporary : AddressVerdict::none;
}

RouteFailure no_usable_host(const Name& domain, const MxTargets& targets, bool any_temporary) {
    if (any_temporary)
        return {false, 451, "4.4.3", "look-up of the hosts for " + quote(domain) + " failed for now"};
    if (targets.implicit)
        return {true, 550, "5.1.2", "the domain " + quote(domain) + " has neither MX nor address records"};
    return {true, 550, "5.4.4", "none of the MX hosts of " + quote(domain) + " has an address"};
}

} // namespace postopolis::dns
