// The part of a topology where there is more than one way: what remains when vertices of degree one are
// stripped again and again, and shortest-path trees over it.
//
// Immutable once built. Private to the module, because it is the only place that needs Boost.Graph.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "postopolis/net/topology.hpp"

namespace postopolis::net {

inline constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

/// For each vertex of the core the link towards the source; `none` for the source and for what it cannot
/// reach.
using CoreTree = std::vector<LinkId>;

class CoreGraph {
public:
    explicit CoreGraph(const Topology& topology);
    ~CoreGraph();

    /// The link by which a stripped vertex hangs on the rest; `none` for a root.
    LinkId link_up(VertexId v) const { return up_[v]; }
    /// How many links up to its root.
    std::uint32_t depth(VertexId v) const { return depth_[v]; }
    VertexId root(VertexId v) const { return root_[v]; }
    /// The number within the core, rising with the vertex id; `none` outside of it.
    std::uint32_t core_index(VertexId v) const { return core_index_[v]; }
    std::uint32_t core_size() const { return static_cast<std::uint32_t>(members_.size()); }

    /// Dijkstra from the vertex with this core index.
    CoreTree shortest_paths(std::uint32_t source) const;

private:
    struct Boosted;
    void strip_trees(const Topology& topology);
    void build_core(const Topology& topology);

    std::vector<LinkId> up_;
    std::vector<std::uint32_t> depth_;
    std::vector<VertexId> root_;
    std::vector<std::uint32_t> core_index_;
    std::vector<VertexId> members_;
    std::unique_ptr<Boosted> graph_;
};

} // namespace postopolis::net
