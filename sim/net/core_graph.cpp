#include "net/core_graph.hpp"

#include <algorithm>
#include <compare>
#include <utility>

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

namespace postopolis::net {

namespace {

/// Integers, so that equal routes are equal whatever the order of adding up.
struct Cost {
    std::int64_t ns = 0;
    std::uint32_t hops = 0;
    auto operator<=>(const Cost&) const = default;
};
constexpr Cost unreachable{std::numeric_limits<std::int64_t>::max(), none};

struct Add {
    Cost operator()(const Cost& a, const Cost& b) const {
        Cost sum;
        if (__builtin_add_overflow(a.ns, b.ns, &sum.ns)) sum.ns = unreachable.ns - 1;
        sum.hops = a.hops + b.hops;
        return sum;
    }
};

struct CoreEdge {
    Cost cost;
    LinkId link;
};

using PackedGraph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, CoreEdge,
                                                 boost::no_property, std::uint32_t, std::uint64_t>;

std::vector<Cost> costs_of_specs(const Topology& topology) {
    std::vector<Cost> costs;
    for (LinkSpecId id = 0; id < topology.spec_count(); ++id) {
        auto mean = kernel::Duration::from_seconds(topology.shared_spec(id)->mean_delay());
        costs.push_back({std::max(mean, least_link_delay).count(), 1});
    }
    return costs;
}

} // namespace

struct CoreGraph::Boosted {
    PackedGraph graph;
};

CoreGraph::CoreGraph(const Topology& topology) {
    strip_trees(topology);
    build_core(topology);
}

CoreGraph::~CoreGraph() = default;

void CoreGraph::strip_trees(const Topology& topology) {
    std::uint32_t n = topology.vertex_count();
    std::vector<std::uint32_t> degree(n, 0);
    // The exclusive or of a vertex's links left is the link itself once one is left: no adjacency is needed.
    std::vector<LinkId> mixed(n, 0);
    for (LinkId id = 0; id < topology.link_count(); ++id) {
        for (VertexId v : {topology.link(id).a, topology.link(id).b}) {
            ++degree[v];
            mixed[v] ^= id;
        }
    }
    up_.assign(n, none);
    std::vector<VertexId> stripped;
    for (VertexId v = 0; v < n; ++v)
        if (degree[v] == 1) stripped.push_back(v);
    for (std::size_t i = 0; i < stripped.size(); ++i) {
        VertexId v = stripped[i];
        if (degree[v] != 1) continue; // the last of a tree: its neighbour hangs on it
        LinkId link = mixed[v];
        VertexId neighbour = topology.link(link).a ^ topology.link(link).b ^ v;
        up_[v] = link;
        degree[v] = 0;
        mixed[neighbour] ^= link;
        if (--degree[neighbour] == 1) stripped.push_back(neighbour);
    }
    depth_.assign(n, 0);
    root_.resize(n);
    for (VertexId v = 0; v < n; ++v)
        root_[v] = v;
    // A vertex is stripped before the one that it hangs on, so backwards the upper one is done first.
    for (std::size_t i = stripped.size(); i-- > 0;) {
        VertexId v = stripped[i];
        if (up_[v] == none) continue;
        VertexId above = topology.link(up_[v]).a ^ topology.link(up_[v]).b ^ v;
        depth_[v] = depth_[above] + 1;
        root_[v] = root_[above];
    }
    core_index_.assign(n, none);
    for (VertexId v = 0; v < n; ++v) {
        if (degree[v] == 0) continue;
        core_index_[v] = core_size();
        members_.push_back(v);
    }
}

void CoreGraph::build_core(const Topology& topology) {
    std::vector<Cost> costs = costs_of_specs(topology);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ends;
    std::vector<CoreEdge> edges;
    for (LinkId id = 0; id < topology.link_count(); ++id) {
        const Link& link = topology.link(id);
        std::uint32_t a = core_index_[link.a], b = core_index_[link.b];
        if (a == none || b == none) continue;
        ends.insert(ends.end(), {{a, b}, {b, a}});
        edges.insert(edges.end(), 2, {costs[link.spec], id});
    }
    graph_ = std::make_unique<Boosted>(Boosted{
        PackedGraph(boost::edges_are_unsorted_multi_pass, ends.begin(), ends.end(), edges.begin(), core_size())});
}

CoreTree CoreGraph::shortest_paths(std::uint32_t source) const {
    const PackedGraph& graph = graph_->graph;
    std::vector<Cost> distance(core_size());
    auto index = boost::get(boost::vertex_index, graph);
    boost::dijkstra_shortest_paths(
        graph, source,
        boost::distance_map(boost::make_iterator_property_map(distance.begin(), index))
            .weight_map(boost::get(&CoreEdge::cost, graph))
            .distance_compare(std::less<Cost>())
            .distance_combine(Add())
            .distance_inf(unreachable)
            .distance_zero(Cost{}));
    // Which of several equal predecessors Boost's heap met first is no law of ours: choose the lowest.
    CoreTree tree(core_size(), none);
    for (std::uint32_t v = 0; v < core_size(); ++v) {
        if (v == source || distance[v] == unreachable) continue;
        std::pair best{none, none};
        for (auto [edge, end] = boost::out_edges(v, graph); edge != end; ++edge) {
            std::uint32_t before = boost::target(*edge, graph);
            if (distance[before] != unreachable && Add()(distance[before], graph[*edge].cost) == distance[v])
                best = std::min(best, std::pair{before, graph[*edge].link});
        }
        tree[v] = best.second;
    }
    return tree;
}

} // namespace postopolis::net
