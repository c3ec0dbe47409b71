// The network of a scenario that writes no links: a plain Internet with plausible delays.
//
// After Vivaldi (Dabek et al., SIGCOMM 2004): each site has a point in a plane and an access height, drawn
// from its name alone, and the one-way delay between two sites is the distance of the points plus both
// heights. The median over pairs of sites is about 20 ms. Hosts of one site (by default those of one domain)
// share a LAN of about 0.3 ms. A pair costs O(1), there is no graph, and adding a host changes no other
// delay.
//
// Not modelled: violations of the triangle inequality, asymmetric routes, congestion that varies over the
// day.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "postopolis/net/path.hpp"

namespace postopolis::net {

struct InternetOptions {
    std::uint64_t geography = 0; ///< another number, another map: where the sites lie
    double scale = 1;            ///< multiplies all delays between sites; positive
    /// 0: constant delays. Otherwise each packet has an extra delay, lognormal with this sigma, whose median
    /// is `jitter_share` of the constant delay.
    double jitter_sigma = 0;
    double jitter_share = 0.05;
    double loss = 0;                                 ///< packet loss between sites, 0..1
    std::uint64_t bandwidth_bps = 100'000'000;       ///< between sites; 0 is unlimited
    std::uint64_t lan_bandwidth_bps = 1'000'000'000; ///< within a site; 0 is unlimited

    /// What is wrong with the figures, or nothing.
    std::optional<std::string> problem() const;
};

class Internet final : public PathSource {
public:
    /// Aborts on options that `problem` would report.
    explicit Internet(InternetOptions options = {});

    /// The host `name` at `site`; adding a name again gives the host that is there. Not while other threads
    /// read.
    HostRef add_host(std::string_view name, std::string_view site);
    /// At the site of its domain: what follows the first dot ("mx1.a.example" at "a.example"), or the name
    /// itself when it has no more than one dot.
    HostRef add_host(std::string_view name);

    std::shared_ptr<const Path> path(HostRef a, HostRef b) const override;
    std::optional<HostRef> find(std::string_view name) const override;
    kernel::Duration lookahead() const override;
    using PathSource::lookahead;
    std::uint32_t host_count() const { return static_cast<std::uint32_t>(hosts_.size()); }

private:
    struct Host {
        std::uint64_t site; ///< hash of the site's name
        float x, y;         ///< of the site, in seconds
        float height;       ///< of the site, in seconds
        float lan;          ///< this host's share of a LAN delay, in seconds
    };
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const;
    };
    double base_delay(const Host& a, const Host& b) const;

    InternetOptions options_;
    std::vector<Host> hosts_;
    std::unordered_map<std::string, HostRef, NameHash, std::equal_to<>> names_; ///< looked up, never iterated
};

} // namespace postopolis::net
