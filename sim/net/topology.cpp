#include "postopolis/net/topology.hpp"

#include <bit>
#include <limits>

#include "postopolis/kernel/random.hpp"

namespace postopolis::net {

namespace {

constexpr VertexId empty_slot = std::numeric_limits<VertexId>::max();
constexpr std::size_t most_vertices = std::size_t{1} << 31;

using Kind = TopologyError::Kind;

std::string quoted(std::string_view name) {
    return "\"" + std::string(name) + "\"";
}

} // namespace

std::string_view Topology::name(VertexId v) const {
    std::uint64_t begin = v == 0 ? 0 : name_end_[v - 1];
    return std::string_view(names_).substr(begin, name_end_[v] - begin);
}

/// The slot that holds `name`, or the empty one where it would go.
std::size_t Topology::slot_of(std::string_view wanted) const {
    std::size_t mask = index_.size() - 1;
    std::size_t slot = kernel::hash_name(wanted) & mask;
    while (index_[slot] != empty_slot && name(index_[slot]) != wanted)
        slot = (slot + 1) & mask;
    return slot;
}

std::optional<VertexId> Topology::find(std::string_view wanted) const {
    if (index_.empty()) return std::nullopt;
    VertexId found = index_[slot_of(wanted)];
    return found == empty_slot ? std::nullopt : std::optional(found);
}

void Topology::grow_index(std::size_t vertices) {
    // At most half full, so that a search looks at two slots on average.
    std::size_t slots = std::bit_ceil(std::max<std::size_t>(16, 2 * vertices));
    if (slots <= index_.size()) return;
    index_.assign(slots, empty_slot);
    for (VertexId v = 0; v < vertex_count(); ++v)
        index_[slot_of(name(v))] = v;
}

TopologyResult<VertexId> Topology::add_vertex(std::string_view new_name, VertexKind kind) {
    if (new_name.empty()) return TopologyError{Kind::EmptyName, "a vertex needs a name"};
    if (kinds_.size() >= most_vertices) return TopologyError{Kind::TooLarge, "more than 2^31 vertices"};
    grow_index(kinds_.size() + 1);
    std::size_t slot = slot_of(new_name);
    if (index_[slot] != empty_slot)
        return TopologyError{Kind::DuplicateName, "there is a vertex " + quoted(new_name) + " already"};
    VertexId id = vertex_count();
    index_[slot] = id;
    names_.append(new_name);
    name_end_.push_back(names_.size());
    kinds_.push_back(kind);
    return id;
}

TopologyResult<LinkSpecId> Topology::add_spec(LinkSpec spec) {
    if (auto problem = spec.problem()) return TopologyError{Kind::BadLink, *problem};
    LinkSpecId id = spec_count();
    specs_.push_back(std::make_shared<const LinkSpec>(std::move(spec)));
    return id;
}

TopologyResult<LinkId> Topology::add_link(VertexId a, VertexId b, LinkSpecId spec) {
    if (a >= vertex_count() || b >= vertex_count())
        return TopologyError{Kind::UnknownVertex,
                             "there is no vertex number " + std::to_string(std::max(a, b))};
    if (a == b)
        return TopologyError{Kind::SelfLink, "a link from " + quoted(name(a)) + " to itself makes no sense"};
    if (spec >= spec_count())
        return TopologyError{Kind::BadLink, "there is no link spec number " + std::to_string(spec)};
    if (links_.size() >= most_vertices) return TopologyError{Kind::TooLarge, "more than 2^31 links"};
    links_.push_back({a, b, spec});
    return link_count() - 1;
}

TopologyResult<LinkId> Topology::add_link(VertexId a, VertexId b, LinkSpec spec) {
    auto id = add_spec(std::move(spec));
    if (!id) return id.error();
    auto link = add_link(a, b, *id);
    if (!link) specs_.pop_back();
    return link;
}

TopologyResult<LinkId> Topology::add_link(std::string_view a, std::string_view b, LinkSpec spec) {
    auto va = find(a), vb = find(b);
    if (!va || !vb) return TopologyError{Kind::UnknownVertex, "there is no vertex " + quoted(va ? b : a)};
    return add_link(*va, *vb, std::move(spec));
}

void Topology::reserve(std::size_t vertices, std::size_t links) {
    name_end_.reserve(vertices);
    kinds_.reserve(vertices);
    links_.reserve(links);
    grow_index(vertices);
}

} // namespace postopolis::net
