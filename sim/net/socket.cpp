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

Socket::Socket(Host& host, Host& peer, trace::ConnectionId id, std::uint16_t port, bool is_client,
               std::shared_ptr<const Path> path)
    : host_(host), peer_(&peer), id_(id), port_(port), is_client_(is_client), path_(std::move(path)),
      // Each connection has streams of its own, so that draws do not depend on the order in which connections run.
      stream_(host.simulation().key(),
              kernel::hash_combine(is_client ? kClientStream : kServerStream, id)),
      sender_(make_sender(host.network().tcp())),
      figures_{Duration::from_seconds(2 * path_->mean_delay_seconds()), {}, path_->bandwidth_bps(), path_->loss()}, last_sent_(host.now()), last_arrival_(host.now()) {
    self_ = host.add_socket(*this);
    // The RTT is known from the handshake; its losses are played out in Host::connect.
    TcpSender other = sender_;
    const Duration one_way = Duration::from_seconds(path_->mean_delay_seconds());
    PathFigures lossless{one_way * 2, one_way, path_->bandwidth_bps(), 0};
    shake_hands(sender_, other, lossless, stream_, host.network().tcp());
}

Socket::~Socket() {
    host_.remove_socket(self_);
    if (host_.simulation().shutting_down() || !host_.up() || state_ == State::closed) return;
    if (!peer_gone_ && peer_socket_.generation != 0) {
        auto* reset = new Parcel(*peer_, host_, Parcel::Kind::rst, peer_socket_, self_);
        host_.schedule(std::max(last_arrival_, host_.now() + path_->draw_delay(stream_)), reset);
    }
    if (is_client_ && state_ == State::open) {
        trace::Disconnected end{id_, "aborted"};
        host_.tell(open_event_, end);
    }
}

Time Socket::arrival(std::uint64_t bytes) {
    rest(sender_, host_.now() - last_sent_, host_.network().tcp());
    figures_.one_way = path_->draw_delay(stream_);
    Transmission t = transmit(sender_, figures_, bytes, stream_, host_.network().tcp());
    last_sent_ = host_.now();
    if (!t.arrives) return Time::max();
    last_arrival_ = std::max(last_arrival_, host_.now() + t.delivered_after);
    return last_arrival_;
}

void Socket::send(PayloadPtr payload, std::uint64_t bytes) {
    if (state_ != State::open || peer_gone_) return;
    const Time at = arrival(bytes);
    if (at == Time::max()) return;
    auto* parcel = new Parcel(*peer_, host_, Parcel::Kind::data, peer_socket_, self_);
    parcel->sent = host_.now();
    parcel->payload = std::move(payload);
    host_.schedule(at, parcel);
    // The receiver's time-out starts again with every block that it reads (RFC 5321 section 4.5.3.2.5): tell it for how
    // long blocks will be coming in.
    if (at - host_.now() > kLongTransmission) {
        auto* progress = new Parcel(*peer_, host_, Parcel::Kind::progress, peer_socket_, self_);
        progress->sent = at;
        host_.schedule(host_.now() + path_->minimum_delay(), progress);
    }
}

Duration Socket::sending_for() const {
    return last_arrival_ > host_.now() ? in_steps(last_arrival_ - host_.now()) : Duration();
}

void Socket::take_progress(Time until) {
    data_until_ = std::max(data_until_, until);
    if (waiter_) start_timeout();
}

void Socket::start_timeout() {
    const Duration patience = data_until_ > host_.now() ? in_steps(data_until_ - host_.now()) : Duration();
    arm(host_, timeout_ < Duration::max() - patience ? timeout_ + patience : Duration::max());
}

void Socket::close() {
    if (state_ != State::open) return;
    state_ = State::closed;
    if (is_client_) {
        trace::Disconnected end{id_, "closed"};
        host_.tell(open_event_, end);
    }
    if (peer_gone_) return;
    auto* fin = new Parcel(*peer_, host_, Parcel::Kind::fin, peer_socket_, self_);
    host_.schedule(std::max(last_arrival_, host_.now() + path_->draw_delay(stream_)), fin);
}

void Socket::finish_handshake() {
    if (state_ != State::opening) return;
    state_ = State::open;
    // The last part of the handshake; when it is lost the server repeats its SYN+ACK (RFC 6298 section 2.1).
    Duration delay = path_->draw_delay(stream_);
    if (path_->loss() > 0) {
        Duration rto = host_.network().tcp().initial_rto;
        while (stream_.chance(path_->loss()) && rto < Duration::minutes(2)) {
            delay += rto;
            rto = rto * 2;
        }
    }
    last_arrival_ = host_.now() + delay;
    host_.schedule(last_arrival_, new Parcel(*peer_, host_, Parcel::Kind::ack, peer_socket_, self_));
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
