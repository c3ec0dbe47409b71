// See route_finder.hpp.
#include "nodes/route_finder.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace postopolis::nodes {
namespace {

/// In ascending preference.
void add(Destination& d, NextStop stop) {
    d.has_equals = d.has_equals || (!d.stops->empty() && d.stops->back().preference == stop.preference);
    d.stops->push_back(std::move(stop));
}

} // namespace

RouteFinder::RouteFinder(MailHost& host) : host_(host), shuffle_(host.stream("routes")) {}

DestinationPtr RouteFinder::destination(std::string_view domain) {
    // In a town of a million hosts most send a few letters, each to another domain: only busy ones remember.
    constexpr std::size_t kBusy = 100;
    constexpr std::size_t kMost = 10'000;
    // Answers hold for about so long, and what came from others is worth little. Most destinations are not seen again.
    constexpr Duration kLong = Duration::hours(1);
    if (made_ < kBusy) {
        ++made_;
        return make(domain);
    }
    if (host_.now() - kept_since_ >= kLong || destinations_.size() >= kMost) {
        destinations_.clear();
        kept_since_ = host_.now();
    }
    auto found = destinations_.find(domain);
    if (found == destinations_.end()) {
        DestinationPtr made = make(domain);
        std::string key = made->domain;
        found = destinations_.emplace(std::move(key), std::move(made)).first;
    }
    return found->second;
}

DestinationPtr RouteFinder::make(std::string_view domain) {
    auto d = std::make_shared<Destination>();
    d->stops = std::make_shared<NextStops>();
    d->domain = mail::to_lower_domain(domain);
    d->key = d->domain;
    d->local = host_.has_mailboxes_of(d->domain);
    const policy::RouteAction& action = host_.config().routes.find(d->domain);
    if (const auto* relay = std::get_if<policy::Relay>(&action); relay != nullptr) {
        d->is_routed = true;
        for (const policy::NextHop& hop : policy::order_hops(*relay, {})) {
            NextStop known = stop(hop.host, hop.preference);
            known.port = hop.port;
            if (const MailHost* there = host_.world().host(hop.host)) {
                known.configured = true;
                known.addresses = std::make_shared<const std::vector<std::uint32_t>>(1, there->address());
            }
            add(*d, std::move(known));
        }
        if (!d->local) {
            d->key.clear(); // no domain name has brackets
            for (const policy::NextHop& hop : relay->hops) d->key += "[" + hop.host + "]";
        }
    } else if (const auto* error = std::get_if<policy::RouteError>(&action)) {
        d->is_routed = true;
        d->failure = dns::RouteFailure{true, error->reply_code, error->enhanced, error->text};
    } else if (std::optional<dns::Name> name = dns::Name::parse(d->domain)) {
        d->question = dns::Question{std::move(*name), dns::Type::mx};
    } else {
        d->is_routed = true;
        d->failure = dns::RouteFailure{true, 550, "5.1.2", "<" + d->domain + "> is no domain name"};
    }
    return d;
}

NextStop RouteFinder::stop(std::string name, std::uint16_t preference) {
    NextStop made;
    made.addresses = std::make_shared<const std::vector<std::uint32_t>>();
    if (std::optional<dns::Name> parsed = dns::Name::parse(name))
        made.question = dns::Question{std::move(*parsed), dns::Type::a};
    made.name = std::move(name);
    made.preference = preference;
    return made;
}

bool RouteFinder::find_now(Destination& d, trace::EventId cause) {
    if (d.is_routed) return true;
    DnsClient::Answer answer = host_.dns().known(*d.question, cause);
    if (!answer) return false;
    if (answer != d.answer) set_stops(d, std::move(answer));
    return true;
}

kernel::Task<void> RouteFinder::look_up(DestinationPtr d, trace::EventId cause) {
    DnsClient::Answer answer = co_await host_.dns().look_up(*d->question, cause);
    set_stops(*d, std::move(answer));
}

void RouteFinder::set_stops(Destination& d, DnsClient::Answer answer) {
    std::vector<dns::Name> own_names;
    if (std::optional<dns::Name> me = dns::Name::parse(host_.name())) own_names.push_back(std::move(*me));
    dns::MxTargets targets = dns::select_mx(d.question->name, answer.get(), own_names, {});
    d.answer = std::move(answer);
    d.failure = std::move(targets.failure);
    d.implicit = targets.implicit;
    d.has_equals = false;
    d.stops = std::make_shared<NextStops>();
    for (const dns::MxTarget& t : targets.targets) add(d, stop(std::string(t.host.text()), t.preference));
}

bool RouteFinder::find_addresses_now(NextStop& stop, trace::EventId cause) {
    if (stop.configured || !stop.question) return true;
    DnsClient::Answer answer = host_.dns().known(*stop.question, cause);
    if (!answer) return false;
    if (answer != stop.answer) set_addresses(stop, std::move(answer));
    return true;
}

kernel::Task<void> RouteFinder::look_up_addresses(std::shared_ptr<NextStops> stops, std::size_t index,
                                                  trace::EventId cause) {
    NextStop& stop = (*stops)[index];
    DnsClient::Answer answer = co_await host_.dns().look_up(*stop.question, cause);
    set_addresses(stop, std::move(answer));
}

void RouteFinder::set_addresses(NextStop& stop, DnsClient::Answer answer) {
    std::vector<std::uint32_t> found;
    stop.temporary = dns::judge_address(*stop.question, answer.get()) == dns::AddressVerdict::temporary;
    if (answer) {
        const dns::Name target = answer->canonical(stop.question->name);
        for (const dns::Record& r : answer->answers) {
            if (r.type != dns::Type::a || !(r.name == target)) continue;
            std::uint32_t address = 0;
            for (std::uint8_t octet : std::get<dns::Ipv4>(r.data).octets) address = address << 8 | octet;
            found.push_back(address);
        }
    }
    stop.addresses = std::make_shared<const std::vector<std::uint32_t>>(std::move(found));
    stop.answer = std::move(answer);
}

std::vector<std::size_t> RouteFinder::order(const Destination& d) {
    if (!d.has_equals) return {};
    const NextStops& stops = *d.stops;
    std::vector<std::size_t> order(stops.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t first = 0; first < order.size();) {
        std::size_t last = first + 1;
        while (last < order.size() && stops[last].preference == stops[first].preference) ++last;
        if (last - first > 1) shuffle_.shuffle(std::span<std::size_t>(order).subspan(first, last - first));
        first = last;
    }
    return order;
}

} // namespace postopolis::nodes
