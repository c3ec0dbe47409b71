// How soon something can pass from one part of a town to another: one search (Dijkstra's) from each part.
#include <algorithm>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "postopolis/kernel/check.hpp"
#include "postopolis/net/routes.hpp"

namespace postopolis::net {
namespace {

using kernel::Duration;

/// The ends of each vertex's links, with the least delay of each link.
class Neighbours {
public:
    struct End {
        VertexId vertex;
        Duration delay;
    };

    explicit Neighbours(const Topology& topology) : first_(topology.vertex_count() + 1, 0) {
        std::vector<Duration> minimum;
        for (LinkSpecId id = 0; id < topology.spec_count(); ++id)
            minimum.push_back(topology.shared_spec(id)->minimum_delay());
        for (LinkId id = 0; id < topology.link_count(); ++id)
            for (VertexId v : {topology.link(id).a, topology.link(id).b})
                ++first_[v + 1];
        for (std::size_t v = 1; v < first_.size(); ++v)
            first_[v] += first_[v - 1];
        ends_.resize(first_.back());
        std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
        for (LinkId id = 0; id < topology.link_count(); ++id) {
            const Link& link = topology.link(id);
            ends_[next[link.a]++] = {link.b, minimum[link.spec]};
            ends_[next[link.b]++] = {link.a, minimum[link.spec]};
        }
    }

    std::span<const End> of(VertexId v) const { return {ends_.data() + first_[v], first_[v + 1] - first_[v]}; }

private:
    std::vector<std::size_t> first_; ///< by vertex, into `ends_`
    std::vector<End> ends_;
};

/// From the nearest of the vertices, by vertex; Duration::max() where there is no way.
std::vector<Duration> distances(const Neighbours& neighbours, std::uint32_t vertices,
                                const std::vector<VertexId>& from) {
    using Reached = std::pair<Duration, VertexId>;
    std::vector<Duration> distance(vertices, Duration::max());
    std::priority_queue<Reached, std::vector<Reached>, std::greater<>> open;
    auto reach = [&](VertexId v, Duration d) {
        if (d >= distance[v]) return;
        distance[v] = d;
        open.emplace(d, v);
    };
    for (const VertexId v : from)
        reach(v, Duration());
    while (!open.empty()) {
        const auto [d, v] = open.top();
        open.pop();
        if (d > distance[v]) continue;
        for (const Neighbours::End& end : neighbours.of(v))
            if (end.delay < Duration::max() - d) reach(end.vertex, d + end.delay);
    }
    return distance;
}

} // namespace

Duration Routes::lookahead(std::span<const Station> stations, std::uint32_t parts) const {
    const Neighbours neighbours(*topology_);
    Duration least = Duration::max();
    for (std::uint32_t part = 0; part < parts; ++part) {
        // The ways between two leaves are those from `one` to `other`.
        std::vector<VertexId> from;
        for (const Station& s : stations) {
            const Leaves* leaves = leaves_of(s.place);
            if (s.part == part && s.answers) from.push_back(leaves != nullptr ? leaves->one : s.place);
        }
        const std::vector<Duration> distance = distances(neighbours, topology_->vertex_count(), from);
        for (const Station& s : stations) {
            const Leaves* leaves = leaves_of(s.place);
            if (s.part != part) least = std::min(least, distance[leaves != nullptr ? leaves->other : s.place]);
        }
    }
    return least == Duration() ? loopback_delay : least; // two at one place
}

} // namespace postopolis::net
