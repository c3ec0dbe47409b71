#include "postopolis/net/routes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <mutex>
#include <utility>

#include "net/core_graph.hpp"
#include "postopolis/kernel/check.hpp"

namespace postopolis::net {

struct Routes::Impl {
    struct Slot {
        bool used = false;
        HostRef a = 0, b = 0;
        std::shared_ptr<const Path> path;
    };

    Impl(const Topology& the_topology, const Options& options)
        : topology(the_topology)
        , core(the_topology)
        , trees(core.core_size())
        , slots(std::bit_ceil(std::clamp<std::size_t>(pairs(the_topology), 1,
                                                      std::max<std::size_t>(options.cached_paths, 1)))) {
        std::size_t bytes_each = std::max<std::size_t>(core.core_size() * sizeof(LinkId), 1);
        most_trees = std::max<std::size_t>(options.tree_bytes / bytes_each, 1);
    }

    static std::size_t pairs(const Topology& topology) {
        return std::size_t{topology.vertex_count()} * topology.vertex_count();
    }
    std::shared_ptr<const CoreTree> tree(std::uint32_t source);
    std::shared_ptr<const Path> compute(VertexId a, VertexId b);
    bool add_core_part(VertexId from, VertexId to, std::vector<LinkId>& links);
    VertexId other_end(LinkId link, VertexId v) const {
        return topology.link(link).a ^ topology.link(link).b ^ v;
    }
    std::size_t place(HostRef a, HostRef b) const { return kernel::hash_combine(a, b) & (slots.size() - 1); }
    std::mutex& lock_of(std::size_t place) { return slot_mutexes[place % slot_mutexes.size()]; }

    const Topology& topology;
    const CoreGraph core;
    std::size_t most_trees;
    std::mutex mutex; ///< guards the trees
    std::vector<std::shared_ptr<const CoreTree>> trees;
    std::deque<std::uint32_t> trees_by_age;
    std::array<std::mutex, 64> slot_mutexes; ///< each guards the slots whose places have its remainder
    std::vector<Slot> slots;
};

/// Dijkstra runs outside of the lock: two threads may compute the same tree, and either one will do.
std::shared_ptr<const CoreTree> Routes::Impl::tree(std::uint32_t source) {
    {
        std::scoped_lock lock(mutex);
        if (trees[source]) return trees[source];
    }
    auto made = std::make_shared<const CoreTree>(core.shortest_paths(source));
    std::scoped_lock lock(mutex);
    if (trees[source]) return trees[source];
    if (trees_by_age.size() >= most_trees) {
        trees[trees_by_age.front()].reset();
        trees_by_age.pop_front();
    }
    trees[source] = made;
    trees_by_age.push_back(source);
    return made;
}

/// Appends the links from one core vertex to another. The tree is always that of the lower vertex, so that
/// both directions take the same links.
bool Routes::Impl::add_core_part(VertexId from, VertexId to, std::vector<LinkId>& links) {
    auto [low, high] = std::minmax(from, to);
    if (core.core_index(low) == none || core.core_index(high) == none) return false;
    auto towards_low = tree(core.core_index(low));
    std::size_t start = links.size();
    for (VertexId v = high; v != low;) {
        LinkId link = (*towards_low)[core.core_index(v)];
        if (link == none) return false;
        links.push_back(link);
        v = other_end(link, v);
    }
    if (from == low) std::reverse(links.begin() + static_cast<std::ptrdiff_t>(start), links.end());
    return true;
}

std::shared_ptr<const Path> Routes::Impl::compute(VertexId a, VertexId b) {
    std::vector<LinkId> links, down;
    auto climb = [this](VertexId& v, std::vector<LinkId>& into) {
        into.push_back(core.link_up(v));
        v = other_end(core.link_up(v), v);
    };
    bool same_tree = core.root(a) == core.root(b);
    while (core.depth(a) > (same_tree ? core.depth(b) : 0))
        climb(a, links);
    while (core.depth(b) > (same_tree ? core.depth(a) : 0))
        climb(b, down);
    while (same_tree && a != b) {
        climb(a, links);
        climb(b, down);
    }
    if (!same_tree && !add_core_part(a, b, links)) return nullptr;
    links.insert(links.end(), down.rbegin(), down.rend());
    auto path = std::make_shared<Path>();
    for (LinkId link : links)
        path->append(link, topology.shared_spec(topology.link(link).spec));
    return path;
}

Routes::Routes(std::shared_ptr<const Topology> topology, Options options)
    : topology_(std::move(topology)), impl_(std::make_unique<Impl>(*topology_, options)) {}

Routes::~Routes() = default;

HostRef Routes::add_leaves(VertexId one, VertexId other, std::uint32_t count) {
    const HostRef first = leaves_.empty() ? topology_->vertex_count() : leaves_.back().first + leaves_.back().count;
    leaves_.push_back({first, count, one, other});
    return first;
}

const Routes::Leaves* Routes::leaves_of(HostRef host) const {
    for (const Leaves& l : leaves_)
        if (host >= l.first && host - l.first < l.count) return &l;
    return nullptr;
}

std::shared_ptr<const Path> Routes::path(HostRef a, HostRef b) const {
    if (a == b && a >= topology_->vertex_count()) return std::make_shared<const Path>();
    const Leaves* from = leaves_of(a);
    const Leaves* to = leaves_of(b);
    if (from != nullptr) a = from->one;
    if (to != nullptr) b = to == from ? to->other : to->one;
    kernel::check(a < topology_->vertex_count() && b < topology_->vertex_count(),
                  "Routes::path: no such vertex");
    const std::size_t place = impl_->place(a, b);
    {
        std::scoped_lock lock(impl_->lock_of(place));
        const Impl::Slot& slot = impl_->slots[place];
        if (slot.used && slot.a == a && slot.b == b) return slot.path;
    }
    auto path = impl_->compute(a, b);
    std::scoped_lock lock(impl_->lock_of(place));
    impl_->slots[place] = {true, a, b, path};
    return path;
}

kernel::Duration Routes::lookahead() const {
    kernel::Duration least = kernel::Duration::max();
    for (LinkSpecId id = 0; id < topology_->spec_count(); ++id)
        least = std::min(least, topology_->shared_spec(id)->minimum_delay());
    return least;
}

void Routes::prepare(VertexId source) const {
    std::uint32_t index = impl_->core.core_index(impl_->core.root(source));
    if (index != none) impl_->tree(index);
}

std::uint32_t Routes::core_size() const {
    return impl_->core.core_size();
}

} // namespace postopolis::net
