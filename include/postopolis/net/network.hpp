// What connects the hosts of a town: the paths between them and the addresses by which they are found.
//
// Fixed once the run has begun, and shared by all nodes; hosts are reached only by parcels that take time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "postopolis/net/host.hpp"

namespace postopolis::net {

class Network {
public:
    /// All must outlive the network.
    Network(kernel::Simulation& simulation, trace::Bus& bus, const PathSource& paths, TcpOptions tcp = {});
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    kernel::Simulation& simulation() const { return simulation_; }
    trace::Bus& bus() const { return bus_; }
    const TcpOptions& tcp() const { return tcp_; }

    /// The host that has the address, up or down; null when nobody has.
    Host* at(std::uint32_t address) const;
    /// Asked for addresses that no listed host has; callable from several threads at once. Null for nobody's.
    using Finder = std::function<Host*(std::uint32_t)>;
    void set_finder(Finder finder) { finder_ = std::move(finder); }
    /// Null when the hosts are not connected.
    std::shared_ptr<const Path> path(const Host& a, const Host& b) const;

private:
    friend class Host;
    void attach(Host& host);
    void detach(Host& host) noexcept;

    kernel::Simulation& simulation_;
    trace::Bus& bus_;
    const PathSource& paths_;
    TcpOptions tcp_;
    std::unordered_map<std::uint32_t, Host*> hosts_; ///< looked up, never iterated
    Finder finder_;
};

template <class T>
bool Host::somebody_wants() const {
    return network_.bus().wants<T>();
}

} // namespace postopolis::net
