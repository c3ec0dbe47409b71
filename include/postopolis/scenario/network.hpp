// The network between the hosts: absent, written out, generated or imported.
//
// Places are vertices: routers, and hosts. A host without a place of its own in the network hangs on the
// Internet, a star whose centre is the place "internet".
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

struct Link {
    std::string a, b; ///< routers or hosts
    Line line;
};

/// A centre and its leaves: "net-hub" and "net-1" .. "net-N".
struct StarNetwork {
    int leaves = 8;
    Line line;
};

/// A tree: the root "net", below it "net-1" .. "net-K", below those "net-1-1" and so on, `depth` levels.
struct HierarchyNetwork {
    int depth = 2;
    int fan_out = 4;
    Line line;
};

/// Barabasi and Albert's random graph: "net-1" .. "net-N", each new one tied to `links_each` old ones.
struct ScaleFreeNetwork {
    int routers = 50;
    int links_each = 2;
    Line line;
};

struct GraphmlNetwork {
    std::string file; ///< as written; relative to the scenario's folder
    std::string path; ///< where it was found
};

struct Network {
    /// The line of each host that says nothing of its own.
    Line internet;
    std::variant<std::monostate, StarNetwork, HierarchyNetwork, ScaleFreeNetwork, GraphmlNetwork> generated;
    /// Hosts without `at` and without links sit at the generated routers in turn (true), or on the Internet.
    bool spread_hosts = true;
    std::vector<std::string> routers; ///< written out; those of `generated` come on top
    std::vector<Link> links;          ///< written out; likewise
};

} // namespace postopolis::scenario
