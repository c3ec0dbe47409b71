// The network of a scenario as a topology, with the places of its hosts and people.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "postopolis/net/routes.hpp"
#include "postopolis/scenario/scenario.hpp"

namespace postopolis::scenario {

class TownNetwork {
public:
    /// `error()` is not empty when a part cannot be built (an unreadable GraphML file).
    TownNetwork(const Scenario& scenario, kernel::RunKey key);

    const std::string& error() const { return error_; }
    /// Where the host's vertex is: named like it, in lower case.
    static std::string host_place(const Host& host);
    /// For `count` hosts that hang on the Internet by lines that are alike: which place from `finish` the first of
    /// them has, once the network is finished.
    std::size_t add_leaves(const Line& line, std::uint32_t count);
    net::HostRef first_leaf(std::size_t leaves) const { return leaves_[leaves].first; }
    /// The place of people with these settings: one for all who share it, as they never talk to one another.
    /// `home` is the host that they submit to, whose part of the network they live in when they are nowhere
    /// else.
    std::string person_place(const PersonSettings& settings, const std::string& home);
    /// Once all places are known.
    std::unique_ptr<net::PathSource> finish();

private:
    void generate(const Network& network, kernel::RunKey key);
    void link(const std::string& a, const std::string& b, const Line& line);
    void vertex(const std::string& name, net::VertexKind kind);
    bool connected(const std::string& a, const std::string& b);

    std::shared_ptr<net::Topology> topology_;
    std::map<std::string, std::string> parents_; ///< union-find over places, to know what hangs together
    std::map<std::string, std::string> people_;
    struct Leaves {
        std::string one, other; ///< two vertices that stand for all of them
        std::uint32_t count;
        net::HostRef first = 0;
    };
    std::vector<Leaves> leaves_;
    std::string error_;
};

} // namespace postopolis::scenario
