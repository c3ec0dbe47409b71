#include "postopolis/net/generate.hpp"

#include <algorithm>
#include <string>

namespace postopolis::net {

namespace {

constexpr std::uint64_t most_generated = 50'000'000;
constexpr std::uint32_t deepest_hierarchy = 1000;
constexpr std::uint32_t largest_mesh = 10'000;

TopologyError bad(std::string message) {
    return {TopologyError::Kind::BadParameter, std::move(message)};
}

std::vector<std::string> numbered(std::string_view prefix, std::uint32_t count) {
    std::vector<std::string> names;
    names.reserve(count);
    for (std::uint32_t i = 1; i <= count; ++i)
        names.push_back(std::string(prefix) + "-" + std::to_string(i));
    return names;
}

/// Adds all the vertices or none. `first` is the kind of the first one; the others are hosts.
Generated add_all(Topology& topology, const std::vector<std::string>& names,
                  VertexKind first = VertexKind::Host) {
    for (const std::string& name : names)
        if (topology.find(name))
            return TopologyError{TopologyError::Kind::DuplicateName,
                                 "there is a vertex \"" + name + "\" already"};
    std::vector<VertexId> vertices;
    vertices.reserve(names.size());
    for (const std::string& name : names) {
        auto vertex = topology.add_vertex(name, vertices.empty() ? first : VertexKind::Host);
        if (!vertex) return vertex.error();
        vertices.push_back(*vertex);
    }
    return vertices;
}

/// What all generators check before they add anything.
std::optional<TopologyError> unfit(std::string_view prefix, std::uint64_t links, const LinkSpec& link) {
    if (prefix.empty())
        return TopologyError{TopologyError::Kind::EmptyName, "a generated part needs a prefix"};
    if (links > most_generated) return bad("more than 50 million links");
    if (auto problem = link.problem()) return TopologyError{TopologyError::Kind::BadLink, *problem};
    return std::nullopt;
}

/// For vertices just added and a spec looked at before: cannot fail.
void connect(Topology& topology, VertexId a, VertexId b, LinkSpecId spec) {
    (void)topology.add_link(a, b, spec);
}

} // namespace

Generated add_star(Topology& topology, std::string_view prefix, std::uint32_t hosts, const LinkSpec& link) {
    if (hosts < 1) return bad("a star needs at least one host");
    if (auto error = unfit(prefix, hosts, link)) return *error;
    std::vector<std::string> names = numbered(prefix, hosts);
    names.insert(names.begin(), std::string(prefix) + "-hub");
    auto made = add_all(topology, names, VertexKind::Router);
    if (!made) return made;
    LinkSpecId spec = *topology.add_spec(link);
    for (std::uint32_t i = 1; i <= hosts; ++i)
        connect(topology, (*made)[0], (*made)[i], spec);
    return made;
}

Generated add_hierarchy(Topology& topology, std::string_view prefix, std::uint32_t depth,
                        std::uint32_t fan_out, const std::vector<LinkSpec>& links) {
    if (fan_out < 1) return bad("a hierarchy needs a fan-out of at least 1");
    // Names grow with the depth.
    if (depth > deepest_hierarchy) return bad("a hierarchy has at most 1000 levels");
    if (links.empty()) return bad("a hierarchy needs the figures of at least one link");
    std::uint64_t total = 1, level = 1;
    for (std::uint32_t d = 0; d < depth && total <= most_generated; ++d)
        total += level *= fan_out;
    for (const LinkSpec& link : links)
        if (auto error = unfit(prefix, total, link)) return *error;
    std::vector<std::string> names{std::string(prefix)};
    std::vector<std::uint32_t> depth_of{0};
    names.reserve(total);
    for (std::size_t parent = 0; names.size() < total; ++parent)
        for (std::uint32_t child = 1; child <= fan_out; ++child) {
            names.push_back(names[parent] + "-" + std::to_string(child));
            depth_of.push_back(depth_of[parent] + 1);
        }
    auto vertices = add_all(topology, names);
    if (!vertices) return vertices;
    std::vector<LinkSpecId> specs;
    for (const LinkSpec& link : links)
        specs.push_back(*topology.add_spec(link));
    for (std::size_t i = 1; i < names.size(); ++i) {
        std::size_t parent = (i - 1) / fan_out;
        connect(topology, (*vertices)[parent], (*vertices)[i],
                specs[std::min<std::size_t>(depth_of[parent], specs.size() - 1)]);
    }
    return vertices;
}

Generated add_scale_free(Topology& topology, std::string_view prefix, std::uint32_t vertices,
                         std::uint32_t links_each, const LinkSpec& link, kernel::Stream& stream) {
    if (links_each < 1 || links_each >= vertices)
        return bad("a scale-free graph needs at least one link for each vertex, and fewer than vertices");
    if (auto error = unfit(prefix, std::uint64_t{vertices} * links_each, link)) return *error;
    auto made = add_all(topology, numbered(prefix, vertices));
    if (!made) return made;
    LinkSpecId spec = *topology.add_spec(link);
    // Each vertex stands here once for each of its links: a uniform choice is one in proportion to the
    // degree.
    std::vector<VertexId> by_degree;
    auto join = [&](VertexId a, VertexId b) {
        connect(topology, a, b, spec);
        by_degree.insert(by_degree.end(), {a, b});
    };
    for (std::uint32_t i = 0; i <= links_each; ++i)
        for (std::uint32_t j = 0; j < i; ++j)
            join((*made)[j], (*made)[i]);
    std::vector<VertexId> chosen;
    for (std::uint32_t i = links_each + 1; i < vertices; ++i) {
        chosen.clear();
        while (chosen.size() < links_each) {
            VertexId candidate = by_degree[stream.below(by_degree.size())];
            if (std::find(chosen.begin(), chosen.end(), candidate) == chosen.end())
                chosen.push_back(candidate);
        }
        for (VertexId earlier : chosen)
            join(earlier, (*made)[i]);
    }
    return made;
}

Generated add_ring(Topology& topology, std::string_view prefix, std::uint32_t vertices,
                   const LinkSpec& link) {
    if (vertices < 3) return bad("a ring needs at least three vertices");
    if (auto error = unfit(prefix, vertices, link)) return *error;
    auto made = add_all(topology, numbered(prefix, vertices));
    if (!made) return made;
    LinkSpecId spec = *topology.add_spec(link);
    for (std::uint32_t i = 0; i < vertices; ++i)
        connect(topology, (*made)[i], (*made)[(i + 1) % vertices], spec);
    return made;
}

Generated add_full_mesh(Topology& topology, std::string_view prefix, std::uint32_t vertices,
                        const LinkSpec& link) {
    if (vertices < 2 || vertices > largest_mesh) return bad("a full mesh needs between 2 and 10000 vertices");
    if (auto error = unfit(prefix, vertices, link)) return *error;
    auto made = add_all(topology, numbered(prefix, vertices));
    if (!made) return made;
    LinkSpecId spec = *topology.add_spec(link);
    for (std::uint32_t i = 0; i < vertices; ++i)
        for (std::uint32_t j = i + 1; j < vertices; ++j)
            connect(topology, (*made)[i], (*made)[j], spec);
    return made;
}

} // namespace postopolis::net
