// The town's network as a graph: named vertices (hosts and routers) and links between them.
//
// Only grows. Mistakes (a name used twice, a link to itself, impossible figures) come back as values and
// leave the topology as it was. Made for a million vertices: about 20 bytes and the name for each, 12 bytes
// for a link, and link specs are shared. Reading from several threads is safe once building is over.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/net/link.hpp"
#include "postopolis/net/path.hpp"

namespace postopolis::net {

using VertexId = std::uint32_t;
using LinkSpecId = std::uint32_t;

enum class VertexKind : std::uint8_t { Host, Router };

struct TopologyError {
    enum class Kind { DuplicateName, EmptyName, UnknownVertex, SelfLink, BadLink, BadParameter, TooLarge };
    Kind kind;
    std::string message; ///< a sentence for people, naming the vertex
};

/// A value or why there is none.
template<class T>
class TopologyResult {
public:
    TopologyResult(T value) : value_(std::move(value)) {}
    TopologyResult(TopologyError error) : error_(std::move(error)) {}
    explicit operator bool() const { return value_.has_value(); }
    const T& operator*() const { return value_.value(); }
    const T* operator->() const { return &value_.value(); }
    /// Only when there is no value.
    const TopologyError& error() const { return error_.value(); }

private:
    std::optional<T> value_;
    std::optional<TopologyError> error_;
};

struct Link {
    VertexId a, b;
    LinkSpecId spec;
};

class Topology {
public:
    /// Names are compared byte by byte: whoever has DNS names brings them to one case first.
    TopologyResult<VertexId> add_vertex(std::string_view name, VertexKind kind = VertexKind::Host);
    /// For many links of one kind: the figures are stored once.
    TopologyResult<LinkSpecId> add_spec(LinkSpec spec);
    /// Two vertices may have several links between them.
    TopologyResult<LinkId> add_link(VertexId a, VertexId b, LinkSpecId spec);
    TopologyResult<LinkId> add_link(VertexId a, VertexId b, LinkSpec spec);
    /// Error when either name is unknown.
    TopologyResult<LinkId> add_link(std::string_view a, std::string_view b, LinkSpec spec);
    void reserve(std::size_t vertices, std::size_t links);

    std::uint32_t vertex_count() const { return static_cast<std::uint32_t>(kinds_.size()); }
    std::uint32_t link_count() const { return static_cast<std::uint32_t>(links_.size()); }
    std::optional<VertexId> find(std::string_view name) const;
    std::string_view name(VertexId v) const;
    VertexKind kind(VertexId v) const { return kinds_[v]; }
    const Link& link(LinkId id) const { return links_[id]; }
    const LinkSpec& spec(LinkId id) const { return *specs_[links_[id].spec]; }
    const std::shared_ptr<const LinkSpec>& shared_spec(LinkSpecId id) const { return specs_[id]; }
    std::uint32_t spec_count() const { return static_cast<std::uint32_t>(specs_.size()); }

private:
    std::size_t slot_of(std::string_view name) const;
    void grow_index(std::size_t vertices);

    std::string names_;                   ///< all names one after another
    std::vector<std::uint64_t> name_end_; ///< where the name of each vertex ends in `names_`
    std::vector<VertexKind> kinds_;
    std::vector<VertexId> index_; ///< open addressing over hash_name; a power of two slots
    std::vector<Link> links_;
    std::vector<std::shared_ptr<const LinkSpec>> specs_;
};

} // namespace postopolis::net
