// A host: a node with a place in the network and an address, which can be up or down.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "postopolis/kernel/node.hpp"
#include "postopolis/net/socket.hpp"
#include "postopolis/trace/bus.hpp"

namespace postopolis::net {

class Network;
class Parcel;

/// Text of an IPv4 address in host byte order.
std::string address_text(std::uint32_t address);

/// The client's own, of the ephemeral ones (RFC 6335).
constexpr std::uint16_t client_port(trace::ConnectionId connection) {
    return static_cast<std::uint16_t>(49152 + trace::count_of(connection) % 16384);
}

/// Takes connections to a port. Called on the listening host, once the handshake is complete.
class Acceptor {
public:
    virtual ~Acceptor() = default;
    virtual void on_connection(std::unique_ptr<Socket> socket) = 0;
};

struct Connecting {
    std::unique_ptr<Socket> socket; ///< null when it failed:
    std::string_view failure;       ///< "timed out", "refused", "unreachable"
};

class Host : public kernel::Node {
public:
    /// `address` is IPv4 in host byte order, unique in the network. The network must outlive the host.
    Host(Network& network, std::string name, HostRef place, std::uint32_t address);
    /// Under a node id of `Simulation::reserve`. The network does not list it: whoever makes it lets the network find
    /// it by its address (`Network::set_finder`) if others are to connect to it.
    Host(Network& network, std::string name, HostRef place, std::uint32_t address, kernel::NodeId reserved);
    ~Host() override;

    Network& network() const { return network_; }
    HostRef place() const { return place_; }
    std::uint32_t address() const { return address_; }
    bool up() const { return up_; }

    /// The host dies: its tasks, its connections and what it had heard. Called by another node's occurrence, never
    /// by a task of this host.
    void go_down();
    void come_up();
    /// Before the run: it goes down or comes up at `at`.
    void plan_change(kernel::Time at);
    /// When it next does so after `from`; Time::max() if never.
    kernel::Time steady_until(kernel::Time from) const;

    /// Whether one of its sockets has `other` at its far end.
    bool has_socket_to(const Host& other) const;

    /// At most one acceptor a port; it must outlive the host's listening.
    void listen(std::uint16_t port, Acceptor& acceptor);

    /// Connects to whoever has `address`. Gives up after `timeout`; one that is longer than TCP's own patience (127 s)
    /// stretches that.
    kernel::Task<Connecting> connect(std::uint32_t address, std::uint16_t port, kernel::Duration timeout,
                                     trace::EventId cause, Invitation invitation = {});

    /// Unreliable: may be lost on the way, and nobody is told. No fragments.
    void send_datagram(std::uint32_t address, PayloadPtr payload, std::uint64_t bytes);

    trace::EventId tell(trace::EventId cause, trace::What what) const;
    template <class T>
    bool somebody_wants() const;

protected:
    /// Called on arrival, with the sender's address.
    virtual void on_datagram(std::uint32_t from, PayloadPtr payload);
    /// Asked for each SYN: true answers it with a reset.
    virtual bool refuses_connection() { return false; }
    /// Who takes connections to the port; null for nobody.
    virtual Acceptor* acceptor_at(std::uint16_t port);
    /// Just before the tasks die; the state that does not survive a crash must go.
    virtual void on_down() {}
    virtual void on_up() {}

    /// Nothing of its own goes on: it is up for good, has no connection, and nothing is on its way between it and another
    /// host of its partition.
    bool is_quiet() const { return up_ && changes_.empty() && !sockets_ && !datagram_stream_ && parcels_ == 0; }
    /// That it has opened so far: their ids are numbered by it.
    std::uint32_t connections() const { return connections_; }
    /// For a host that takes up where another one under its id has ended, which took no connections.
    void go_on_after(std::uint32_t connections) { connections_ = generations_ = connections; }

private:
    friend class Socket;
    friend class Parcel;
    struct Slot {
        Socket* socket = nullptr;
        std::uint32_t generation = 0;
        std::unique_ptr<Socket> half_open; ///< a server's, between SYN and the end of the handshake
    };
    void arrive(Parcel& parcel);
    void take_syn(Parcel& parcel);
    void refuse(const Parcel& parcel);
    // For those who listen to packets (packets.cpp):
    void tell_vain_syns(trace::ConnectionId connection, std::uint32_t address, std::uint16_t port,
                        kernel::Duration timeout, trace::EventId cause) const;
    void tell_refusal(const Parcel& parcel, const Path& path, kernel::Time arrives);
    void tell_datagram(std::uint32_t address, const Host* peer, const Payload& payload, kernel::Time departs,
                       kernel::Time arrives, std::span<const LinkId> links) const;
    SocketRef add_socket(Socket& socket);
    void remove_socket(SocketRef ref) noexcept;
    Socket* find_socket(SocketRef ref);

    struct Sockets {
        std::vector<Slot> slots;
        std::vector<std::uint32_t> free;
    };
    using Acceptors = std::vector<std::pair<std::uint16_t, Acceptor*>>;
    void drop_half_open();

    // Hosts are many and most of them rest: what a resting one does not need is made when it is used.
    Network& network_;
    HostRef place_;
    std::uint32_t address_;
    bool up_ = true;
    std::vector<kernel::Time> changes_; ///< planned, in order
    bool listed_; ///< the network finds it by its address
    std::uint32_t connections_ = 0;
    std::uint32_t parcels_ = 0;        ///< on their way from or to it, within its partition
    std::uint32_t generations_ = 0;    ///< sockets made so far: a slot that is used again is another one
    std::unique_ptr<Sockets> sockets_; ///< null while there are none
    std::unique_ptr<Acceptors> acceptors_;
    std::unique_ptr<kernel::Stream> datagram_stream_; ///< made at the first datagram
};

} // namespace postopolis::net
