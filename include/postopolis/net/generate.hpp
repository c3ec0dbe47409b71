// Generated topologies, for scenarios that need a large network in one line.
//
// Each function adds its part to a topology and returns the new vertices in the order told; names begin with
// `prefix`, so that several parts fit into one topology. A name that exists or a parameter out of range is an
// error value, found before anything is added.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "postopolis/kernel/random.hpp"
#include "postopolis/net/topology.hpp"

namespace postopolis::net {

using Generated = TopologyResult<std::vector<VertexId>>;

/// A router "PREFIX-hub" and hosts "PREFIX-1" .. "PREFIX-n" around it. Hub first. n >= 1.
Generated add_star(Topology& topology, std::string_view prefix, std::uint32_t hosts, const LinkSpec& link);

/// A tree of relays: the root "PREFIX", below it "PREFIX-1" .. "PREFIX-k", below those "PREFIX-1-1" and so
/// on, `depth` levels below the root with `fan_out` children each. Level by level. `links` gives the figures
/// of each level, the links below the root first; the last one serves all deeper levels. Leaves are hosts,
/// the rest are hosts too: each relay runs on one.
Generated add_hierarchy(Topology& topology, std::string_view prefix, std::uint32_t depth,
                        std::uint32_t fan_out, const std::vector<LinkSpec>& links);

/// A random scale-free graph (Barabasi and Albert, Science 1999): "PREFIX-1" .. "PREFIX-n"; starts from a
/// full mesh of m + 1 vertices, and each later one is linked to m different earlier ones, chosen with
/// probability proportional to their degree. 1 <= m < n. m * (m + 1) / 2 + (n - m - 1) * m links.
Generated add_scale_free(Topology& topology, std::string_view prefix, std::uint32_t vertices,
                         std::uint32_t links_each, const LinkSpec& link, kernel::Stream& stream);

/// "PREFIX-1" .. "PREFIX-n" in a circle, n >= 3.
Generated add_ring(Topology& topology, std::string_view prefix, std::uint32_t vertices, const LinkSpec& link);

/// "PREFIX-1" .. "PREFIX-n", each linked with each, 2 <= n <= 10000.
Generated add_full_mesh(Topology& topology, std::string_view prefix, std::uint32_t vertices,
                        const LinkSpec& link);

} // namespace postopolis::net
