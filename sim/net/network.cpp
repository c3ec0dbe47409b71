// Addresses and paths.
#include "postopolis/net/network.hpp"

#include "postopolis/kernel/check.hpp"

namespace postopolis::net {

Network::Network(kernel::Simulation& simulation, trace::Bus& bus, const PathSource& paths, TcpOptions tcp)
    : simulation_(simulation), bus_(bus), paths_(paths), tcp_(tcp) {}

Host* Network::at(std::uint32_t address) const {
    auto found = hosts_.find(address);
    if (found != hosts_.end()) return found->second;
    return finder_ ? finder_(address) : nullptr;
}

std::shared_ptr<const Path> Network::path(const Host& a, const Host& b) const {
    return paths_.path(a.place(), b.place());
}

void Network::attach(Host& host) {
    kernel::check(hosts_.emplace(host.address(), &host).second, "two hosts with one address");
}

void Network::detach(Host& host) noexcept { hosts_.erase(host.address()); }

} // namespace postopolis::net
