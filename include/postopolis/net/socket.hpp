// One end of a TCP connection. Payloads arrive in the order in which they were sent, later when packets are lost.
//
// Modelled: the three-way handshake, SYN retransmission, TCP timing (tcp_model.hpp), orderly close, reset, a peer
// that vanishes. A crashed host answers nothing; once it is up again it resets connections that it no longer knows.
// Not modelled: half-closed connections, keep-alives, flow control by the receiver.
#pragma once

#include <coroutine>
#include <memory>
#include <span>
#include <vector>

#include "postopolis/kernel/node.hpp"
#include "postopolis/net/flow.hpp"
#include "postopolis/net/payload.hpp"

namespace postopolis::net {

class Host;
class Parcel;
class Socket;

struct Received {
    enum class Kind { payload, closed, reset, timed_out };
    Kind kind = Kind::timed_out;
    PayloadPtr payload;
};

/// Where a parcel goes: a slot of the host's socket table and its generation, so that a late parcel finds no stranger.
struct SocketRef {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    bool operator==(const SocketRef&) const = default;
};

/// The client's side of a dialogue, for a server that can play both sides ahead of the clock.
class Counterpart {
protected:
    ~Counterpart() = default;
};

/// A client's leave to do so: once connected, the counterpart lives and waits for an answer as long as this, unless its
/// host goes down before (Host::steady_until).
struct Invitation {
    Counterpart* client = nullptr; ///< null: none
    kernel::Duration patience;
};

class Socket final : public kernel::Pooled, private kernel::Deadline {
public:
    ~Socket() override;

    /// Takes `bytes` octets on the wire. After close, or when the peer is gone, it vanishes.
    void send(PayloadPtr payload, std::uint64_t bytes);
    /// For how long what was sent is still on its way out, in tens of seconds: time-outs start after it.
    kernel::Duration sending_for() const;
    /// Orderly: what was sent before still arrives.
    void close();
    /// Both ends have agreed that nothing more is sent: a `close` of which the peer need not be told.
    void part();

    /// Suspends a coroutine of this host, as its `sleep` does; the connection decides on the order of the instant.
    struct Pause {
        kernel::Node& node;
        kernel::Time until;
        std::uint64_t order;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> h) const { node.resume_at(until, order, h); }
        void await_resume() const noexcept {}
    };
    [[nodiscard]] Pause pause(kernel::Duration d);
    [[nodiscard]] Pause pause_until(Flow::Arrival event);

    class Receive {
    public:
        Receive(Socket& socket, kernel::Duration timeout) : socket_(socket), timeout_(timeout) {}
        bool await_ready() const noexcept {
            return socket_.has_next_ || socket_.end_ != Received::Kind::timed_out;
        }
        void await_suspend(std::coroutine_handle<> h);
        Received await_resume();

    private:
        Socket& socket_;
        kernel::Duration timeout_;
    };
    /// What comes next, or `timed_out` after `timeout`. One receiver at a time, a coroutine of this host. The end of
    /// the connection is told again to whoever asks again.
    [[nodiscard]] Receive receive(kernel::Duration timeout) { return Receive(*this, timeout); }

    trace::ConnectionId id() const { return id_; }
    /// Of a client's socket: the Connected event.
    trace::EventId opened() const { return open_event_; }
    bool is_client() const { return is_client_; }
    Host& host() const { return host_; }
    /// For names in reports and logs, and the address a server checks; not to reach into another node's state.
    const Host& peer() const { return *peer_; }
    std::uint16_t port() const { return port_; } ///< the server's

    // For dialogues that are played ahead of the clock:
    /// Of a server's socket: the client's counterpart if it has invited, and until when it waits.
    Counterpart* counterpart() const { return invitation_.client; }
    kernel::Time opened_at() const { return opened_at_; } ///< when the client had the connection
    kernel::Time counterpart_until() const { return opened_at_ + invitation_.patience; }
    const Path& path() const { return *path_; }
    Flow& flow() { return flow_; } ///< what this end sends
    /// Sends what arrives at an instant that `flow` has given.
    void deliver(PayloadPtr payload, kernel::Time sent, Flow::Arrival arrival);

private:
    friend class Host;
    enum class State { opening, open, closed };

    Socket(Host& host, Host& peer, trace::ConnectionId id, std::uint16_t port, bool is_client,
           std::shared_ptr<const Path> path);
    void expired() override;
    void arrive(PayloadPtr payload); ///< null: the connection is established
    void wake_receiver();
    void start_timeout();
    void finish_handshake();
    void take_data(Parcel& parcel);
    void take_end(Received::Kind kind);
    void take_progress(kernel::Time until);
    void end(std::string_view how);
    // For those who listen to packets (packets.cpp):
    bool is_watched() const;
    Flow::Arrival send_watched(const Payload& payload, std::uint64_t bytes);
    void tell_control(trace::Transmitted::Kind kind, Flow::Arrival arrival, trace::EventId cause = 0);
    void tell_packets(trace::Transmitted::Kind kind, std::span<const trace::Segment> segments, std::string_view bytes,
                      trace::EventId cause) const;
    void tell_last_fin();

    Host& host_;
    Host* peer_;
    trace::ConnectionId id_;
    std::uint16_t port_;
    bool is_client_;
    State state_ = State::opening;
    bool peer_gone_ = false;
    trace::EventId open_event_ = 0; ///< a client's Connected
    SocketRef self_;
    SocketRef peer_socket_;
    std::shared_ptr<const Path> path_;
    Flow flow_;
    Invitation invitation_;
    kernel::Time opened_at_;
    kernel::Duration timeout_; ///< of the receiver that waits
    kernel::Time data_until_;      ///< as the sender said: blocks of a long payload are coming in
    bool has_next_ = false;
    PayloadPtr next_;               ///< what has arrived and nobody has received: the first,
    std::vector<PayloadPtr> later_; ///< and those after it, which there rarely are
    Received::Kind end_ = Received::Kind::timed_out; ///< what `receive` gives once nothing is left that has arrived
    std::coroutine_handle<> waiter_;
};

} // namespace postopolis::net
