#include "postopolis/net/internet.hpp"

#include <algorithm>
#include <cmath>

#include "postopolis/kernel/check.hpp"

namespace postopolis::net {

namespace {

// Two points in a square are 0.512 sides apart in the median, to which two heights are added: with these
// figures the median over pairs of sites is 20 ms, 90 % of them between 8 and 33 ms.
constexpr double side = 0.0298;
constexpr double median_height = 0.002, height_sigma = 0.6;
constexpr double least_height = 0.0003, greatest_height = 0.030;
// A host's half of the way to a neighbour on its LAN.
constexpr double least_lan = 0.0001, greatest_lan = 0.0002;

/// A stream that depends on a name alone, not on the run: the map stays when the seed changes.
kernel::Stream stream_of(std::uint64_t name_hash, std::uint64_t geography) {
    return kernel::Stream(kernel::RunKey{geography, 0}, name_hash);
}

std::string_view site_of(std::string_view host) {
    std::size_t dot = host.find('.');
    if (dot == std::string_view::npos || host.find('.', dot + 1) == std::string_view::npos) return host;
    return host.substr(dot + 1);
}

} // namespace

std::optional<std::string> InternetOptions::problem() const {
    if (!(scale > 0) || scale > 1e6) return "scale must be positive and at most 1000000";
    if (!(loss >= 0 && loss <= 1)) return "loss must be between 0 and 1";
    if (!(jitter_sigma >= 0) || jitter_sigma > 10) return "the jitter's sigma must be between 0 and 10";
    if (!(jitter_share >= 0) || jitter_share > 1000) return "the jitter's share must be between 0 and 1000";
    return std::nullopt;
}

std::size_t Internet::NameHash::operator()(std::string_view name) const {
    return kernel::hash_name(name);
}

Internet::Internet(InternetOptions options) : options_(options) {
    kernel::check(!options.problem(), "Internet: impossible options");
}

HostRef Internet::add_host(std::string_view name) {
    return add_host(name, site_of(name));
}

HostRef Internet::add_host(std::string_view name, std::string_view site) {
    if (auto known = find(name)) return *known;
    Host host;
    host.site = kernel::hash_name(site);
    kernel::Stream place = stream_of(host.site, options_.geography);
    host.x = static_cast<float>(side * place.uniform());
    host.y = static_cast<float>(side * place.uniform());
    double height = median_height * std::exp(height_sigma * place.normal());
    host.height = static_cast<float>(std::clamp(height, least_height, greatest_height));
    // A host may bear the name of its site, and is another thing all the same.
    kernel::Stream own = stream_of(kernel::hash_combine(kernel::hash_name(name), 1), options_.geography);
    host.lan = static_cast<float>(least_lan + (greatest_lan - least_lan) * own.uniform());
    HostRef ref = host_count();
    hosts_.push_back(host);
    names_.emplace(name, ref);
    return ref;
}

std::optional<HostRef> Internet::find(std::string_view name) const {
    auto found = names_.find(name);
    return found == names_.end() ? std::nullopt : std::optional(found->second);
}

double Internet::base_delay(const Host& a, const Host& b) const {
    if (a.site == b.site) return double{a.lan} + double{b.lan};
    double dx = double{a.x} - double{b.x}, dy = double{a.y} - double{b.y};
    // Not std::hypot: a square root is rounded the same everywhere.
    return options_.scale * (std::sqrt(dx * dx + dy * dy) + (double{a.height} + double{b.height}));
}

std::shared_ptr<const Path> Internet::path(HostRef a, HostRef b) const {
    kernel::check(a < hosts_.size() && b < hosts_.size(), "Internet::path: no such host");
    auto path = std::make_shared<Path>();
    if (a == b) return path;
    const Host& from = hosts_[a];
    const Host& to = hosts_[b];
    bool lan = from.site == to.site;
    double base = base_delay(from, to);
    auto way = std::make_shared<LinkSpec>();
    way->delay = kernel::Distribution::constant(base);
    way->bandwidth_bps = lan ? options_.lan_bandwidth_bps : options_.bandwidth_bps;
    way->loss = lan ? 0 : options_.loss;
    if (!lan && options_.jitter_sigma > 0 && options_.jitter_share > 0)
        way->jitter.emplace(
            kernel::Distribution::Lognormal{base * options_.jitter_share, options_.jitter_sigma});
    path->append(way);
    return path;
}

kernel::Duration Internet::lookahead() const {
    double least = std::min(2 * least_lan, 2 * least_height * options_.scale);
    // A nanosecond less, as the places are floats.
    return std::max(least_link_delay,
                    kernel::Duration::from_seconds(least) - kernel::Duration::nanoseconds(1));
}

} // namespace postopolis::net
