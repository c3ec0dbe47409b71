// The route table: one hash look-up per label of the domain, from the exact name outward.
#include "postopolis/policy/routing.hpp"

#include <algorithm>

#include "policy/text.hpp"
#include "postopolis/dns/name.hpp"

namespace postopolis::policy {
namespace {

std::optional<std::string> bad_action(const RouteAction& action) {
    if (const Relay* relay = std::get_if<Relay>(&action)) {
        if (relay->hops.empty()) return "a relay route needs at least one host";
        for (const NextHop& hop : relay->hops) {
            if (hop.host.empty() || hop.port == 0) return "a relay host needs a name and a port above 0";
        }
    }
    const RouteError* error = std::get_if<RouteError>(&action);
    if (error && (error->reply_code < 500 || error->reply_code > 599 || !error->enhanced.starts_with("5.")))
        return "an error route is for good: its reply is 5xx with an enhanced code 5.x.x";
    return std::nullopt;
}

} // namespace

std::optional<RouteTableError> RouteTable::add(std::string_view pattern, RouteAction action) {
    if (auto problem = bad_action(action)) return RouteTableError{0, std::move(*problem)};
    if (pattern == "*") {
        if (default_set_) return RouteTableError{0, "there is a route for \"*\" already"};
        default_ = std::move(action);
        default_set_ = true;
        return std::nullopt;
    }
    const bool below = pattern.starts_with('.');
    const std::string_view domain = pattern.substr(below ? 1 : 0);
    dns::NameError error;
    if (!dns::Name::parse(domain, &error))
        return RouteTableError{error.position + (below ? 1 : 0), error.what};
    if (const std::size_t star = domain.find('*'); star != std::string_view::npos)
        return RouteTableError{star + (below ? 1 : 0),
                               "\"*\" stands alone; subdomains are written \".example\""};
    if (domain.ends_with('.'))
        return RouteTableError{pattern.size() - 1, "domains in mail are written without a trailing dot"};
    Map& map = below ? below_ : exact_;
    if (!map.try_emplace(lower_case(domain), std::move(action)).second)
        return RouteTableError{0, "there is a route for \"" + std::string(pattern) + "\" already"};
    return std::nullopt;
}

const RouteAction& RouteTable::find(std::string_view domain) const {
    if (exact_.empty() && below_.empty()) return default_;
    const std::string lower = lower_case(domain);
    if (const auto found = exact_.find(lower); found != exact_.end()) return found->second;
    for (std::size_t dot = lower.find('.'); dot != std::string::npos; dot = lower.find('.', dot + 1)) {
        const auto found = below_.find(std::string_view(lower).substr(dot + 1));
        if (found != below_.end()) return found->second;
    }
    return default_;
}

std::vector<NextHop> order_hops(const Relay& relay, const ShuffleHops& shuffle) {
    std::vector<NextHop> hops = relay.hops;
    std::stable_sort(hops.begin(), hops.end(),
                     [](const NextHop& a, const NextHop& b) { return a.preference < b.preference; });
    for (auto first = hops.begin(); first != hops.end();) {
        const auto last = std::find_if(
            first, hops.end(), [first](const NextHop& hop) { return hop.preference != first->preference; });
        if (last - first > 1 && shuffle) shuffle({first, last});
        first = last;
    }
    return hops;
}

} // namespace postopolis::policy
