// Hosts: connecting, accepting, and what arrives.
#include "postopolis/net/host.hpp"

#include <algorithm>

#include "net/parcel.hpp"
#include "postopolis/net/network.hpp"

namespace postopolis::net {

using kernel::Duration;
using kernel::Time;

std::string address_text(std::uint32_t a) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += std::to_string((a >> shift) & 255U);
        if (shift != 0) out += '.';
    }
    return out;
}

Host::Host(Network& network, std::string name, HostRef place, std::uint32_t address)
    : Node(network.simulation(), std::move(name)), network_(network), place_(place), address_(address), listed_(true) {
    network.attach(*this);
}

Host::Host(Network& network, std::string name, HostRef place, std::uint32_t address, kernel::NodeId reserved)
    : Node(network.simulation(), std::move(name), reserved), network_(network), place_(place), address_(address),
      listed_(false) {}

Host::~Host() {
    if (listed_) network_.detach(*this);
    up_ = false; // sockets that die with the node have nobody to tell
    drop_half_open(); // while the table that they sign off from is there
}

void Host::drop_half_open() {
    // The last socket that signs off takes the table along.
    for (std::size_t i = 0; sockets_ && i < sockets_->slots.size(); ++i) {
        const std::unique_ptr<Socket> gone = std::move(sockets_->slots[i].half_open);
    }
}

trace::EventId Host::tell(trace::EventId cause, trace::What what) const {
    return network_.bus().tell(*this, cause, std::move(what));
}

void Host::go_down() {
    if (!up_) return;
    on_down();
    up_ = false;
    kill_tasks();
    drop_half_open();
}

void Host::come_up() {
    if (up_) return;
    up_ = true;
    on_up();
}

void Host::plan_change(Time at) {
    changes_.insert(std::upper_bound(changes_.begin(), changes_.end(), at), at);
}

Time Host::steady_until(Time from) const {
    const auto next = std::upper_bound(changes_.begin(), changes_.end(), from);
    return next == changes_.end() ? Time::max() : *next;
}

bool Host::has_socket_to(const Host& other) const {
    return sockets_ && std::any_of(sockets_->slots.begin(), sockets_->slots.end(), [&](const Slot& s) {
               return s.socket != nullptr && &s.socket->peer() == &other;
           });
}

void Host::listen(std::uint16_t port, Acceptor& acceptor) {
    if (!acceptors_) acceptors_ = std::make_unique<Acceptors>();
    acceptors_->emplace_back(port, &acceptor);
}

Acceptor* Host::acceptor_at(std::uint16_t port) {
    if (!acceptors_) return nullptr;
    auto found = std::find_if(acceptors_->begin(), acceptors_->end(), [&](const auto& a) { return a.first == port; });
    return found == acceptors_->end() ? nullptr : found->second;
}

SocketRef Host::add_socket(Socket& socket) {
    if (!sockets_) sockets_ = std::make_unique<Sockets>();
    std::uint32_t slot = 0;
    if (sockets_->free.empty()) {
        slot = static_cast<std::uint32_t>(sockets_->slots.size());
        sockets_->slots.emplace_back();
    } else {
        slot = sockets_->free.back();
        sockets_->free.pop_back();
    }
    sockets_->slots[slot].socket = &socket;
    return {slot, sockets_->slots[slot].generation = ++generations_};
}

void Host::remove_socket(SocketRef ref) noexcept {
    if (sockets_->free.size() + 1 == sockets_->slots.size()) return sockets_.reset();
    sockets_->slots[ref.slot].socket = nullptr;
    sockets_->free.push_back(ref.slot);
}

Socket* Host::find_socket(SocketRef ref) {
    if (!sockets_ || ref.slot >= sockets_->slots.size()) return nullptr;
    Slot& slot = sockets_->slots[ref.slot];
    return slot.generation == ref.generation ? slot.socket : nullptr;
}

kernel::Task<Connecting> Host::connect(std::uint32_t address, std::uint16_t port, Duration timeout,
                                       trace::EventId cause, Invitation invitation) {
    const trace::ConnectionId id = trace::make_id(this->id(), ++connections_);
    const Time start = now();
    Host* peer = network_.at(address);
    std::string_view failure = "timed out";
    std::shared_ptr<const Path> path = peer != nullptr ? network_.path(*this, *peer) : nullptr;
    const std::string server_name = peer != nullptr ? peer->name() : address_text(address);
    if (peer == nullptr) {
        if (somebody_wants<trace::Transmitted>()) tell_vain_syns(id, address, port, timeout, cause);
        co_await sleep(timeout); // nobody has the address: nobody answers
    } else if (!path) {
        failure = "unreachable"; // the first router says so; the way there and back is not modelled
    } else {
        std::unique_ptr<Socket> socket(new Socket(*this, *peer, id, port, true, path));
        socket->invitation_ = invitation;
        for (std::uint32_t attempt = 0;; ++attempt) {
            const double arrives = (1 - path->loss()) * (1 - path->loss()); // the SYN, and the answer to it
            Flow::Arrival arrival{Time::max(), 0};
            if (path->loss() == 0 || socket->flow_.chance(arrives)) {
                auto* syn = new Parcel(*peer, *this, Parcel::Kind::syn, {}, socket->self_);
                syn->port = port;
                syn->connection = id;
                arrival = socket->flow_.send_control(now());
                schedule(arrival.at, arrival.order, syn);
            }
            if (somebody_wants<trace::Transmitted>()) socket->tell_control(trace::Transmitted::Kind::syn, arrival, cause);
            if (attempt > 0) socket->flow_.slow_down();
            const std::optional<Duration> next = syn_instant(attempt + 1, network_.tcp());
            const Time until = next ? start + std::min(timeout, *next) : start + timeout;
            Received answer = co_await socket->receive(until - now());
            if (answer.kind == Received::Kind::payload) {
                trace::Connected connected{id, name(), server_name, address_, address,
                                           client_port(id), port,
                                           now() - start};
                socket->open_event_ = tell(cause, connected);
                Connecting done{std::move(socket), {}};
                co_return done;
            }
            if (answer.kind == Received::Kind::reset) {
                failure = "refused";
                break;
            }
            if (now() >= start + timeout) break;
        }
    }
    trace::ConnectFailed failed{id, name(), server_name, port, failure, now() - start};
    tell(cause, failed);
    Connecting nothing{nullptr, failure};
    co_return nothing;
}

void Host::take_syn(Parcel& parcel) {
    std::shared_ptr<const Path> path = network_.path(*this, parcel.from);
    if (!path) return;
    const bool refused = acceptor_at(parcel.port) == nullptr || refuses_connection();
    std::unique_ptr<Socket> socket(
        new Socket(*this, parcel.from, parcel.connection, parcel.port, false, path));
    socket->peer_socket_ = parcel.source;
    auto* answer = new Parcel(parcel.from, *this, refused ? Parcel::Kind::rst : Parcel::Kind::syn_ack, parcel.source,
                              refused ? SocketRef{} : socket->self_);
    const Flow::Arrival arrival = socket->flow_.send_control(now());
    answer->port = parcel.port;
    answer->connection = parcel.connection;
    schedule(arrival.at, arrival.order, answer);
    using Kind = trace::Transmitted::Kind;
    if (somebody_wants<trace::Transmitted>()) socket->tell_control(refused ? Kind::rst : Kind::syn_ack, arrival);
    if (refused) {
        socket->state_ = Socket::State::closed;
        return;
    }
    const std::uint32_t slot = socket->self_.slot;
    sockets_->slots[slot].half_open = std::move(socket);
}

void Host::refuse(const Parcel& parcel) {
    std::shared_ptr<const Path> path = network_.path(*this, parcel.from);
    if (!path) return;
    const Time arrives = now() + path->minimum_delay();
    schedule(arrives, new Parcel(parcel.from, *this, Parcel::Kind::rst, parcel.source, {}));
    if (somebody_wants<trace::Transmitted>()) tell_refusal(parcel, *path, arrives);
}

void Host::arrive(Parcel& parcel) {
    if (!up_) return;
    if (parcel.kind == Parcel::Kind::syn) return take_syn(parcel);
    if (parcel.kind == Parcel::Kind::datagram) return on_datagram(parcel.from.address(), std::move(parcel.payload));

    Socket* socket = find_socket(parcel.target);
    if (socket == nullptr) {
        // RFC 9293 section 3.5.2: a segment for a connection that does not exist is answered with a reset.
        if (parcel.kind == Parcel::Kind::data || parcel.kind == Parcel::Kind::syn_ack ||
            parcel.kind == Parcel::Kind::ack) {
            refuse(parcel);
        } else {
            idle_event(); // the end of a connection that is over here
        }
        return;
    }
    switch (parcel.kind) {
    case Parcel::Kind::syn_ack:
        if (socket->state_ != Socket::State::opening) { // a SYN that was repeated in vain
            refuse(parcel);
            break;
        }
        socket->peer_socket_ = parcel.source;
        socket->finish_handshake();
        break;
    case Parcel::Kind::ack: {
        Slot& slot = sockets_->slots[parcel.target.slot];
        if (!slot.half_open) break;
        std::unique_ptr<Socket> accepted = std::move(slot.half_open);
        accepted->state_ = Socket::State::open;
        accepted->invitation_ = parcel.invitation;
        accepted->opened_at_ = parcel.sent;
        if (Acceptor* acceptor = acceptor_at(accepted->port_)) acceptor->on_connection(std::move(accepted));
        break;
    }
    case Parcel::Kind::progress: socket->take_progress(parcel.sent); break;
    case Parcel::Kind::data: socket->take_data(parcel); break;
    case Parcel::Kind::fin: socket->take_end(Received::Kind::closed); break;
    case Parcel::Kind::rst:
        if (Slot& slot = sockets_->slots[parcel.target.slot]; slot.half_open) {
            // A reset is never answered (RFC 9293 section 3.10.7.4), and where this one answers a repeated SYN+ACK, the
            // client's socket lives on with the connection that an earlier one opened.
            socket->peer_gone_ = true;
            const std::unique_ptr<Socket> gone = std::move(slot.half_open);
            break;
        }
        socket->take_end(Received::Kind::reset);
        break;
    case Parcel::Kind::syn:
    case Parcel::Kind::datagram: break;
    }
}

void Host::on_datagram(std::uint32_t, PayloadPtr) {}

void Host::send_datagram(std::uint32_t address, PayloadPtr payload, std::uint64_t bytes) {
    if (!up_) return;
    const bool watched = somebody_wants<trace::SentDatagram>();
    Host* peer = network_.at(address);
    std::shared_ptr<const Path> path = peer != nullptr ? network_.path(*this, *peer) : nullptr;
    if (!path) {
        if (watched) tell_datagram(address, nullptr, *payload, now(), Time::max(), {});
        return;
    }
    if (!datagram_stream_) datagram_stream_ = std::make_unique<kernel::Stream>(stream("datagrams"));
    const bool lost = path->loss() > 0 && datagram_stream_->chance(path->loss());
    if (lost && !watched) return;
    constexpr std::uint64_t kHeaders = 28; // IPv4 and UDP
    Duration on_the_wire;
    if (path->bandwidth_bps() != 0)
        on_the_wire = Duration::from_seconds(static_cast<double>((bytes + kHeaders) * 8) /
                                             static_cast<double>(path->bandwidth_bps()));
    if (lost) return tell_datagram(address, peer, *payload, now() + on_the_wire, Time::max(), path->links());
    const Duration delay = path->draw_delay(*datagram_stream_) + on_the_wire;
    if (watched) tell_datagram(address, peer, *payload, now() + on_the_wire, now() + delay, path->links());
    auto* parcel = new Parcel(*peer, *this, Parcel::Kind::datagram, {}, {});
    parcel->payload = std::move(payload);
    schedule(now() + delay, parcel);
}

} // namespace postopolis::net
