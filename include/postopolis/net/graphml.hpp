// Reading a topology from GraphML (http://graphml.graphdrawing.org), as NetworkX, igraph, yEd and the
// Internet Topology Zoo write it.
//
// Any bytes may come in: the answer is a topology or a list of mistakes with line and column. Read with Expat
// rather than boost::read_graphml, which cannot tell where a mistake is. A DOCTYPE that declares entities is
// refused. Directed edges are taken as duplex links. Nested graphs, hyperedges and ports are refused.
//
// What is understood, by `attr.name` of a key (in any case; anything else is passed over):
//   node  name, label       the vertex's name (`name` wins); without either, the node's id
//         kind, type        "host" or "router"; without it a host; other values are passed over
//   edge  delay, latency    a duration ("20ms") or a number of seconds; with _s, _ms or _us at the end of the
//                           attribute's name, a number in that unit
//         bandwidth         "10Mbit/s", "1Gbps" or a number of bit/s; with _bps, _kbps, _mbps, _gbps in that
//         unit;
//                           also LinkSpeedRaw (bit/s)
//         loss              a probability or a percentage ("1%"); loss_percent: a number of percent
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/net/topology.hpp"

namespace postopolis::net {

struct GraphmlOptions {
    /// For edges that say nothing of their delay, and for the bandwidth and loss of edges that do not say
    /// those. Without it an edge without delay is a mistake.
    std::optional<LinkSpec> default_link;
    bool names_from_ids = false; ///< take the node ids even where there are labels
};

struct GraphmlError {
    std::uint64_t line = 0;   ///< from 1
    std::uint64_t column = 0; ///< from 1
    std::string message;
};

struct GraphmlResult {
    std::optional<Topology> topology; ///< only when there are no errors
    std::vector<GraphmlError> errors; ///< in the order of the file, at most 20
};

GraphmlResult read_graphml(std::string_view text, const GraphmlOptions& options = {});

/// `text` as a rate in bit/s: "10Mbit/s", "1 Gbps", "64k", "9600"; decimal prefixes; empty when it is none.
std::optional<std::uint64_t> parse_bandwidth(std::string_view text);

} // namespace postopolis::net
