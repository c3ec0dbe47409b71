// Shortest routes over a topology, by mean delay.
//
// Ties: fewest hops, then the lowest vertex id looking back from the end of the route, then the lowest link
// id; the route from b to a is that from a to b reversed. So routes depend on the topology alone.
//
// Vertices of degree one, and whole trees of them, are stripped first: there the way is found by climbing,
// and a star of 10^5 hosts costs O(1) per pair. On the core that remains, one shortest-path tree per source
// is computed (Boost.Graph, Dijkstra) when first asked for and kept within a memory budget.
//
// Any number of threads may call the const functions at once: the caches are behind mutexes, and what they
// hold cannot be seen in the results. Link failures are not modelled here: whoever has them looks at
// `Path::links()`.
#pragma once

#include <cstddef>
#include <memory>

#include "postopolis/net/path.hpp"
#include "postopolis/net/topology.hpp"

namespace postopolis::net {

class Routes final : public PathSource {
public:
    struct Options {
        std::size_t tree_bytes = std::size_t{256}
                                 << 20;   ///< budget for shortest-path trees; at least one is kept
        std::size_t cached_paths = 65536; ///< slots for finished paths
    };

    explicit Routes(std::shared_ptr<const Topology> topology) : Routes(std::move(topology), Options()) {}
    Routes(std::shared_ptr<const Topology> topology, Options options);
    ~Routes() override;
    Routes(const Routes&) = delete;
    Routes& operator=(const Routes&) = delete;

    /// Hosts that are alike and too many to be vertices: all ways to and from each of them are those of the vertex
    /// `one`, and the ways between two of them are those from `one` to `other`, which must be alike. Gives the place of
    /// the first; the others follow. Before the first `path`.
    HostRef add_leaves(VertexId one, VertexId other, std::uint32_t count);
    /// Aborts when a vertex is not in the topology; null when it cannot be reached.
    std::shared_ptr<const Path> path(HostRef a, HostRef b) const override;
    std::optional<HostRef> find(std::string_view name) const override { return topology_->find(name); }
    /// The least minimum delay of any link spec; Duration::max() when there is none.
    kernel::Duration lookahead() const override;
    /// By the shortest way, link for link at its minimum, from the stations of each part to all others.
    kernel::Duration lookahead(std::span<const Station> stations, std::uint32_t parts) const override;
    const Topology& topology() const { return *topology_; }
    /// Computes the shortest-path tree that serves `source` now rather than at the first `path` call.
    void prepare(VertexId source) const;
    /// How many vertices are left when trees are stripped.
    std::uint32_t core_size() const;

private:
    struct Leaves {
        HostRef first;
        std::uint32_t count;
        VertexId one, other;
    };
    const Leaves* leaves_of(HostRef host) const;
    struct Impl;
    std::vector<Leaves> leaves_;
    std::shared_ptr<const Topology> topology_;
    std::unique_ptr<Impl> impl_;
};

} // namespace postopolis::net
