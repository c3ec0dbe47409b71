// What leaves a host, told packet by packet to those who listen (trace/packets.hpp). Without them none of
// this runs.
//
// The model draws the loss of a SYN and of the answer to it as one: it is told as that of the SYN.
#include <algorithm>
#include <array>

#include "net/parcel.hpp"
#include "postopolis/net/network.hpp"

namespace postopolis::net {

using kernel::Duration;
using kernel::Time;
using trace::Segment;
using trace::Transmitted;

namespace {

/// Makes segments of `told` octets carry the `rendered` ones that there are. Those too many go where the last
/// segment ends, and what it cannot take into more of them at the instants of the last one.
void fit(std::vector<Segment>& segments, std::uint64_t told, std::uint64_t rendered, std::uint32_t most) {
    std::erase_if(segments, [&](const Segment& s) { return s.offset >= rendered; });
    if (segments.empty()) return;
    std::uint64_t end = told;
    for (Segment& s : segments) {
        if (s.offset + s.octets >= std::min(told, rendered))
            s.octets = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, rendered - s.offset));
        end = std::max(end, s.offset + s.octets);
    }
    for (; end < rendered; end += most) {
        Segment more = segments.back();
        more.offset = end;
        more.octets = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, rendered - end));
        segments.push_back(more);
    }
}

} // namespace

Flow::Arrival Socket::send_watched(const Payload& payload, std::uint64_t bytes) {
    std::vector<Segment> segments;
    const Flow::Arrival arrival = flow_.send(host_.now(), bytes, segments);
    // All that goes over the wire is rendered here: what an encrypted connection would carry is written here
    // too.
    std::string rendered;
    payload.render(rendered);
    // Dots that are doubled on the way are not counted by the model.
    fit(segments, bytes, rendered.size(), host_.network().tcp().segment_bytes);
    tell_packets(Transmitted::Kind::data, segments, rendered, payload.cause);
    return arrival;
}

void Socket::tell_control(Transmitted::Kind kind, Flow::Arrival arrival, trace::EventId cause) {
    const std::array<Segment, 1> segment{
        Segment{0, 0, std::min(std::max(host_.now(), flow_.last_departure()), arrival.at), arrival.at}};
    tell_packets(kind, segment, {}, cause);
}

void Socket::tell_packets(Transmitted::Kind kind, std::span<const Segment> segments, std::string_view bytes,
                          trace::EventId cause) const {
    const std::uint16_t own_port = is_client_ ? client_port(id_) : port_;
    const std::uint16_t peer_port = is_client_ ? port_ : client_port(id_);
    Transmitted told;
    told.kind = kind;
    told.connection = id_;
    told.by_client = is_client_;
    told.source = {host_.id(), host_.address(), own_port};
    told.target = {peer_->id(), peer_->address(), peer_port};
    told.segment_bytes = host_.network().tcp().segment_bytes;
    told.bytes = bytes;
    told.segments = segments;
    told.back = Duration::from_seconds(path_->mean_delay_seconds());
    told.links = path_->links();
    host_.tell(cause, told);
}

/// The end of a connection whose other end has said that it is over: nothing waits for it but the listeners.
/// The flow is not used after it.
void Socket::tell_last_fin() {
    if (end_ != Received::Kind::closed || !host_.somebody_wants<Transmitted>()) return;
    tell_control(Transmitted::Kind::fin, flow_.send_control(host_.now()), open_event_);
}

void Host::tell_vain_syns(trace::ConnectionId connection, std::uint32_t address, std::uint16_t port,
                          Duration timeout, trace::EventId cause) const {
    std::vector<Segment> segments;
    for (std::uint32_t attempt = 0;; ++attempt) {
        const std::optional<Duration> when = syn_instant(attempt, network_.tcp());
        if (!when || *when >= timeout) break;
        segments.push_back({0, 0, now() + *when, Time::max()});
    }
    Transmitted told;
    told.kind = Transmitted::Kind::syn;
    told.connection = connection;
    told.by_client = true;
    told.source = {id(), address_, client_port(connection)};
    told.target = {trace::kNobody, address, port};
    told.segment_bytes = network_.tcp().segment_bytes;
    told.segments = segments;
    tell(cause, told);
}

void Host::tell_refusal(const Parcel& parcel, const Path& path, Time arrives) {
    const bool by_client = trace::node_of(parcel.connection) == id();
    const std::uint16_t clients = client_port(parcel.connection);
    const std::array<Segment, 1> segment{Segment{0, 0, now(), arrives}};
    Transmitted told;
    // A SYN+ACK that comes once more is acknowledged once more (RFC 9293 section 3.10.7.4): the parcel only
    // takes the second half-open socket away.
    told.kind = parcel.kind == Parcel::Kind::syn_ack && find_socket(parcel.target) != nullptr
                    ? Transmitted::Kind::ack
                    : Transmitted::Kind::rst;
    told.connection = parcel.connection;
    told.by_client = by_client;
    told.source = {id(), address_, by_client ? clients : parcel.port};
    told.target = {parcel.from.id(), parcel.from.address(), by_client ? parcel.port : clients};
    told.segment_bytes = network_.tcp().segment_bytes;
    told.segments = segment;
    told.back = Duration::from_seconds(path.mean_delay_seconds());
    told.links = path.links();
    tell(0, told);
}

void Host::tell_datagram(std::uint32_t address, const Host* peer, const Payload& payload, Time departs,
                         Time arrives, std::span<const LinkId> links) const {
    std::string bytes;
    payload.render(bytes);
    const auto [from_port, to_port] = payload.ports();
    trace::SentDatagram told;
    told.source = {id(), address_, from_port};
    told.target = {peer != nullptr ? peer->id() : trace::kNobody, address, to_port};
    told.bytes = bytes;
    told.departs = departs;
    told.arrives = arrives;
    told.links = links;
    tell(payload.cause, told);
}

} // namespace postopolis::net
