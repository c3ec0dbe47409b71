// The two ends of a connection.
#include "postopolis/net/socket.hpp"

#include <algorithm>

#include "net/parcel.hpp"
#include "postopolis/kernel/check.hpp"
#include "postopolis/net/network.hpp"

namespace postopolis::net {

using kernel::Duration;
using kernel::Time;

namespace {
const std::uint64_t kClientStream = kernel::hash_name("tcp/client");
const std::uint64_t kServerStream = kernel::hash_name("tcp/server");
constexpr Duration kLongTransmission = Duration::seconds(20);

// A node keeps one list of deadlines for each span that it uses: waits that depend on a transmission are rounded up,
// so that there are few. What arrives within a second does not count.
Duration in_steps(Duration d) {
    constexpr Duration kStep = Duration::seconds(10);
    return d < Duration::seconds(1) ? Duration() : kStep * ((d + kStep - Duration::nanoseconds(1)) / kStep);
}
} // namespace

/// Asked for all that is sent: to be compiled into who asks.
inline bool Socket::is_watched() const { return host_.somebody_wants<trace::Transmitted>(); }

Socket::Socket(Host& host, Host& peer, trace::ConnectionId id, std::uint16_t port, bool is_client,
               std::shared_ptr<const Path> path)
    : host_(host), peer_(&peer), id_(id), port_(port), is_client_(is_client), path_(std::move(path)),
      flow_(*path_, host.network().tcp(),
            kernel::Stream(host.simulation().key(), kernel::hash_combine(is_client ? kClientStream : kServerStream, id)),
            host.activity_order(), host.now()) {
    self_ = host.add_socket(*this);
}

Socket::~Socket() {
    host_.remove_socket(self_);
    if (host_.simulation().shutting_down() || !host_.up() || state_ == State::closed) return;
    if (!peer_gone_ && peer_socket_.generation != 0) {
        auto* reset = new Parcel(*peer_, host_, Parcel::Kind::rst, peer_socket_, self_);
        const Flow::Arrival arrival = flow_.send_control(host_.now());
        host_.schedule(arrival.at, arrival.order, reset);
        if (is_watched()) tell_control(trace::Transmitted::Kind::rst, arrival);
    }
    if (peer_gone_ && state_ == State::open) tell_last_fin();
    if (is_client_ && state_ == State::open) end("aborted");
}

void Socket::end(std::string_view how) {
    trace::Disconnected told{id_, how};
    host_.tell(open_event_, told);
}

void Socket::send(PayloadPtr payload, std::uint64_t bytes) {
    if (state_ != State::open || peer_gone_) return;
    const Flow::Arrival arrival = is_watched() ? send_watched(*payload, bytes) : flow_.send(host_.now(), bytes);
    if (arrival.ever()) deliver(std::move(payload), host_.now(), arrival);
}

void Socket::deliver(PayloadPtr payload, Time sent, Flow::Arrival arrival) {
    auto* parcel = new Parcel(*peer_, host_, Parcel::Kind::data, peer_socket_, self_);
    parcel->sent = sent;
    parcel->port = port_;
    parcel->connection = id_;
    parcel->payload = std::move(payload);
    host_.schedule(arrival.at, arrival.order, parcel);
    // The receiver's time-out starts again with every block that it reads (RFC 5321 section 4.5.3.2.5): tell it for how
    // long blocks will be coming in.
    if (arrival.at - sent > kLongTransmission) {
        auto* progress = new Parcel(*peer_, host_, Parcel::Kind::progress, peer_socket_, self_);
        progress->sent = arrival.at;
        host_.schedule(sent + path_->minimum_delay(), flow_.next_order(), progress);
    }
}

Duration Socket::sending_for() const {
    const Time last = flow_.last_arrival();
    return last > host_.now() ? in_steps(last - host_.now()) : Duration();
}

void Socket::take_progress(Time until) {
    data_until_ = std::max(data_until_, until);
    if (waiter_) start_timeout();
}

void Socket::start_timeout() {
    const Duration patience = data_until_ > host_.now() ? in_steps(data_until_ - host_.now()) : Duration();
    arm(host_, timeout_ < Duration::max() - patience ? timeout_ + patience : Duration::max());
}

Socket::Pause Socket::pause(Duration d) { return {host_, host_.now() + d, flow_.next_order()}; }
Socket::Pause Socket::pause_until(Flow::Arrival event) { return {host_, event.at, event.order}; }

void Socket::close() {
    if (state_ != State::open) return;
    part();
    if (peer_gone_) return tell_last_fin();
    auto* fin = new Parcel(*peer_, host_, Parcel::Kind::fin, peer_socket_, self_);
    const Flow::Arrival arrival = flow_.send_control(host_.now());
    host_.schedule(arrival.at, arrival.order, fin);
    if (is_watched()) tell_control(trace::Transmitted::Kind::fin, arrival, open_event_);
}

void Socket::part() {
    if (state_ != State::open) return;
    state_ = State::closed;
    if (is_client_) end("closed");
}

void Socket::finish_handshake() {
    if (state_ != State::opening) return;
    state_ = State::open;
    std::vector<trace::Segment> segments;
    const Flow::Arrival arrival = flow_.send_ack(host_.now(), is_watched() ? &segments : nullptr);
    if (!segments.empty()) tell_packets(trace::Transmitted::Kind::ack, segments, {}, 0);
    auto* ack = new Parcel(*peer_, host_, Parcel::Kind::ack, peer_socket_, self_);
    ack->sent = host_.now();
    ack->port = port_;
    ack->connection = id_;
    ack->invitation = invitation_;
    host_.schedule(arrival.at, arrival.order, ack);
    arrive(nullptr);
}

void Socket::take_data(Parcel& parcel) {
    if (state_ != State::open) return;
    if (host_.somebody_wants<trace::Spoke>()) {
        std::string bytes;
        parcel.payload->render(bytes);
        const trace::LetterId letter = parcel.payload->content_of();
        trace::Spoke spoke{id_, !is_client_, peer_->name(), host_.name(), parcel.sent, bytes, letter != 0, letter};
        host_.tell(parcel.payload->cause, spoke);
    }
    arrive(std::move(parcel.payload));
}

void Socket::take_end(Received::Kind kind) {
    if (peer_gone_) return;
    peer_gone_ = true;
    end_ = kind;
    if (state_ != State::closed) wake_receiver();
}

void Socket::arrive(PayloadPtr payload) {
    if (has_next_) {
        later_.push_back(std::move(payload));
    } else {
        has_next_ = true;
        next_ = std::move(payload);
    }
    wake_receiver();
}

void Socket::wake_receiver() {
    if (!waiter_) return;
    disarm();
    std::exchange(waiter_, {}).resume(); // may destroy this socket
}

void Socket::expired() {
    if (waiter_) std::exchange(waiter_, {}).resume();
}

void Socket::Receive::await_suspend(std::coroutine_handle<> h) {
    kernel::check(!socket_.waiter_, "a socket has one receiver at a time");
    socket_.waiter_ = h;
    socket_.timeout_ = timeout_;
    socket_.start_timeout();
}

Received Socket::Receive::await_resume() {
    Received item;
    if (!socket_.has_next_) {
        item.kind = socket_.end_; // that of the connection, or the deadline resumed us
        return item;
    }
    item.kind = Received::Kind::payload;
    item.payload = std::move(socket_.next_);
    if (socket_.later_.empty()) {
        socket_.has_next_ = false;
    } else {
        socket_.next_ = std::move(socket_.later_.front());
        socket_.later_.erase(socket_.later_.begin());
    }
    return item;
}

} // namespace postopolis::net
