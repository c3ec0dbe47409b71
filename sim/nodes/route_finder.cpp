// See route_finder.hpp.
#include "nodes/route_finder.hpp"

#include "nodes/dns_client.hpp"

namespace postopolis::nodes {

RouteFinder::RouteFinder(MailHost& host) : host_(host), shuffle_(host.stream("routes")) {
    if (std::optional<dns::Name> me = dns::Name::parse(host.name())) own_names_.push_back(*me);
}

const dns::Name* RouteFinder::name_of(const std::string& domain) {
    constexpr std::size_t kMost = 10'000;
    auto found = names_.find(domain);
    if (found == names_.end()) {
        if (names_.size() >= kMost) names_.clear();
        found = names_.emplace(domain, dns::Name::parse(domain)).first;
    }
    return found->second ? &*found->second : nullptr;
}

std::string RouteFinder::destination(std::string_view domain) const {
    if (!is_local(domain)) {
        if (const auto* relay = std::get_if<policy::Relay>(&host_.config().routes.find(domain))) {
            std::string key; // no domain name has brackets
            for (const policy::NextHop& hop : relay->hops) key += "[" + hop.host + "]";
            return key;
        }
    }
    return std::string(domain);
}

kernel::Task<Route> RouteFinder::find(std::string domain, trace::EventId cause) {
    Route route;
    const policy::RouteAction& action = host_.config().routes.find(domain);
    if (const auto* error = std::get_if<policy::RouteError>(&action)) {
        route.failure = dns::RouteFailure{true, error->reply_code, error->enhanced, error->text};
        co_return route;
    }
    if (const auto* relay = std::get_if<policy::Relay>(&action)) {
        auto shuffle = [this](std::span<policy::NextHop> equals) { shuffle_.shuffle(equals); };
        for (policy::NextHop& hop : policy::order_hops(*relay, shuffle)) {
            // Configured next hops are known by address, as from a hosts file.
            NextStop stop{hop.host, {}};
            if (const MailHost* known = host_.world().host(hop.host)) stop.addresses.push_back(known->address());
            route.stops.push_back(std::move(stop));
        }
        co_return route;
    }
    const dns::Name* name = name_of(domain);
    if (name == nullptr) {
        route.failure = dns::RouteFailure{true, 550, "5.1.2", "<" + domain + "> is no domain name"};
        co_return route;
    }
    dns::Question question{*name, dns::Type::mx};
    DnsClient::Answer answer = host_.dns().known(question, cause);
    if (!answer) answer = co_await host_.dns().look_up(question, cause);
    auto shuffle = [this](std::span<dns::MxTarget> equals) { shuffle_.shuffle(equals); };
    dns::MxTargets targets = dns::select_mx(question.name, answer.get(), own_names_, shuffle);
    route.failure = targets.failure;
    route.implicit = targets.implicit;
    for (const dns::MxTarget& t : targets.targets) route.stops.push_back({std::string(t.host.text()), {}});
    co_return route;
}

kernel::Task<RouteFinder::Addresses> RouteFinder::addresses(std::string host_name, trace::EventId cause) {
    Addresses result;
    const dns::Name* name = name_of(host_name);
    if (name == nullptr) co_return result;
    dns::Question question{*name, dns::Type::a};
    DnsClient::Answer answer = host_.dns().known(question, cause);
    if (!answer) answer = co_await host_.dns().look_up(question, cause);
    result.temporary = dns::judge_address(question, answer.get()) == dns::AddressVerdict::temporary;
    if (!answer) co_return result;
    const dns::Name target = answer->canonical(question.name);
    for (const dns::Record& r : answer->answers) {
        if (r.type != dns::Type::a || !(r.name == target)) continue;
        std::uint32_t address = 0;
        for (std::uint8_t octet : std::get<dns::Ipv4>(r.data).octets) address = address << 8 | octet;
        result.found.push_back(address);
    }
    co_return result;
}

} // namespace postopolis::nodes
