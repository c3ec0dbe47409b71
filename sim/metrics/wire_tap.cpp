// See wire_tap.hpp.
#include "metrics/wire_tap.hpp"

#include <algorithm>

#include "postopolis/kernel/random.hpp"

namespace postopolis::metrics {

using trace::Time;
using trace::Transmitted;
using Kind = Transmitted::Kind;

namespace {

/// One end of a connection. Positions count octets of its stream: the SYN is the first one, the FIN the last.
struct End {
    trace::Endpoint at;
    std::uint32_t initial = 0;                                   ///< sequence number of position 0
    std::uint64_t written = 1;                                   ///< handed to TCP up to here,
    std::uint64_t sent = 0;                                      ///<   and sent
    std::uint64_t received = 0;                                  ///< of the other end's stream, without a gap
    std::vector<std::pair<std::uint64_t, std::uint64_t>> beyond; ///< and what came before its turn, in order
    bool ended = false;                                          ///< has the other end's FIN
    bool gone = false;                                           ///< knows nothing of the connection any more
    std::uint16_t packets = 0;

    std::uint32_t sequence(std::uint64_t position) const {
        return initial + static_cast<std::uint32_t>(position);
    }

    void receive(std::uint64_t first, std::uint64_t end) {
        if (end <= received) return;
        beyond.emplace_back(first, end);
        std::sort(beyond.begin(), beyond.end());
        std::vector<std::pair<std::uint64_t, std::uint64_t>> rest;
        for (const auto& block : beyond) {
            if (block.first <= received)
                received = std::max(received, block.second);
            else if (!rest.empty() && block.first <= rest.back().second)
                rest.back().second = std::max(rest.back().second, block.second);
            else
                rest.push_back(block);
        }
        beyond = std::move(rest);
    }
};

Station station(const trace::Endpoint& e) {
    return {e.node, ipv4(e.address), e.port};
}

} // namespace

struct WireTap::Connection {
    trace::ConnectionId id = 0;
    End client, server;
    std::uint32_t segment_bytes = 0;
    trace::Duration back;
    std::vector<std::uint32_t> up, down; ///< the links from client to server, and those back

    End& end(bool of_client) { return of_client ? client : server; }
};

/// Something on its way, or a frame that is to be seen.
struct WireTap::Item {
    enum class What : std::uint8_t { departs, arrives, is_seen };
    Time at;
    std::uint64_t order = 0;
    What what = What::departs;
    Kind kind = Kind::data;
    bool by_client = false;
    bool last = false;                ///< of its transmission
    std::uint64_t first = 0, end = 0; ///< positions in the stream
    Time arrival;                     ///< Time::max(): never
    std::shared_ptr<Connection> connection;
    trace::ConnectionId id = 0;               ///< of what is seen
    std::shared_ptr<const std::string> bytes; ///< of the transmission, or the frame
    std::size_t offset = 0;
};

bool WireTap::Later::operator()(const Item& a, const Item& b) const {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
}

WireTap::WireTap(CapturePoint point, Sink sink) : point_(std::move(point)), sink_(std::move(sink)) {}
WireTap::~WireTap() = default;

void WireTap::push(Item item) {
    item.order = ++order_;
    items_.push(std::move(item));
}

/// What happens at the very instant of an event may still follow from it.
void WireTap::work_off(Time before) {
    while (!items_.empty() && items_.top().at < before) {
        const Item item = items_.top();
        items_.pop();
        switch (item.what) {
        case Item::What::departs:
            departs(item);
            break;
        case Item::What::arrives:
            arrives(item);
            break;
        case Item::What::is_seen:
            sink_(item.at, item.id, *item.bytes);
            break;
        }
    }
}

void WireTap::hear(const trace::Event& event, const Transmitted& sent) {
    work_off(event.time);
    auto found = connections_.find(sent.connection);
    if (found == connections_.end()) {
        if (sent.kind != Kind::syn) return; // the last words of a connection that both ends are done with
        auto fresh = std::make_shared<Connection>();
        fresh->id = sent.connection;
        fresh->client.at = sent.source;
        fresh->server.at = sent.target;
        fresh->client.initial = static_cast<std::uint32_t>(kernel::hash_combine(sent.connection, 1));
        fresh->server.initial = static_cast<std::uint32_t>(kernel::hash_combine(sent.connection, 2));
        fresh->segment_bytes = sent.segment_bytes;
        fresh->back = sent.back;
        fresh->up.assign(sent.links.begin(), sent.links.end());
        fresh->down.assign(sent.links.rbegin(), sent.links.rend());
        found = connections_.emplace(sent.connection, std::move(fresh)).first;
    }
    const std::shared_ptr<Connection>& connection = found->second;
    End& end = connection->end(sent.by_client);
    Item item;
    item.kind = sent.kind;
    item.by_client = sent.by_client;
    item.connection = connection;
    const bool handshake = sent.kind == Kind::syn || sent.kind == Kind::syn_ack;
    const std::uint64_t base = handshake ? 0 : end.written;
    if (sent.kind == Kind::data) {
        item.bytes = std::make_shared<const std::string>(sent.bytes);
        end.written += sent.bytes.size();
    } else if (sent.kind == Kind::fin) {
        end.written += 1;
    } else if (sent.kind == Kind::rst) {
        end.gone = true;
    }
    for (const trace::Segment& s : sent.segments) {
        item.at = s.departs;
        item.arrival = s.arrives;
        item.first = base + s.offset;
        item.end = item.first + (handshake || sent.kind == Kind::fin ? 1 : s.octets);
        item.offset = static_cast<std::size_t>(s.offset);
        item.last = s.offset + s.octets >= sent.bytes.size();
        push(item);
    }
}

void WireTap::hear(const trace::Event& event, const trace::SentDatagram& sent) {
    work_off(event.time);
    const Way way{sent.source.node, sent.target.node, sent.departs, sent.arrives, sent.links};
    const std::optional<Time> seen = point_.passes(way);
    if (!seen || (*seen != sent.departs && is_down(sent.target.node))) return;
    std::string frame;
    append_udp_frame(frame, station(sent.source), station(sent.target), ++datagrams_, sent.bytes);
    put(Time::start(), *seen, 0, std::move(frame));
}

void WireTap::host_down(const trace::Event& event) {
    work_off(event.time);
    down_.insert(event.node);
    for (auto& [id, connection] : connections_)
        for (End* end : {&connection->client, &connection->server})
            if (end->at.node == event.node) end->gone = true;
}

void WireTap::host_up(const trace::Event& event) {
    work_off(event.time);
    down_.erase(event.node);
}

void WireTap::departs(const Item& item) {
    Connection& connection = *item.connection;
    End& from = connection.end(item.by_client);
    if (from.gone && item.kind != Kind::rst) return; // it was to be sent, and its host let go of it before
    TcpFields fields;
    fields.syn = item.kind == Kind::syn || item.kind == Kind::syn_ack;
    fields.fin = item.kind == Kind::fin;
    fields.rst = item.kind == Kind::rst;
    fields.ack = item.kind != Kind::syn;
    fields.push = item.kind == Kind::data && item.last;
    if (fields.syn) fields.segment_bytes = static_cast<std::uint16_t>(connection.segment_bytes);
    const bool empty = item.kind == Kind::ack || item.kind == Kind::rst;
    // A reset that answers a SYN has no sequence numbers to go by (RFC 9293 section 3.10.7.1).
    fields.sequence = empty ? (from.sent == 0 ? 0 : from.sequence(from.sent)) : from.sequence(item.first);
    fields.acknowledgment = connection.end(!item.by_client).sequence(from.received);
    if (!empty) from.sent = std::max(from.sent, item.end);
    std::string_view data;
    if (item.kind == Kind::data)
        data = std::string_view(*item.bytes)
                   .substr(item.offset, static_cast<std::size_t>(item.end - item.first));
    show(connection, item.by_client, fields, data, item.at, item.arrival);
    if (item.arrival == Time::max()) return;
    Item arriving = item;
    arriving.what = Item::What::arrives;
    arriving.at = item.arrival;
    arriving.bytes.reset();
    push(std::move(arriving));
}

void WireTap::arrives(const Item& item) {
    Connection& connection = *item.connection;
    End& to = connection.end(!item.by_client);
    if (item.kind == Kind::rst) {
        to.gone = true;
        connections_.erase(connection.id);
        return;
    }
    if (to.gone || is_down(to.at.node)) return;
    if (item.end > item.first) to.receive(item.first, item.end);
    if (item.kind == Kind::data || item.kind == Kind::fin) acknowledge(item);
    if (item.kind != Kind::fin) return;
    to.ended = true;
    if (connection.client.ended && connection.server.ended) connections_.erase(connection.id);
}

void WireTap::acknowledge(const Item& item) {
    Connection& connection = *item.connection;
    const End& other = connection.end(item.by_client);
    const End& from = connection.end(!item.by_client);
    TcpFields fields;
    fields.ack = true;
    fields.sequence = from.sequence(from.sent);
    fields.acknowledgment = other.sequence(from.received);
    // The block that has just grown comes first (RFC 2018 section 4).
    constexpr std::size_t kBlocks = 3;
    for (const auto& block : from.beyond) {
        const std::pair<std::uint32_t, std::uint32_t> numbers{other.sequence(block.first),
                                                              other.sequence(block.second)};
        const bool newest = item.first >= block.first && item.end <= block.second;
        fields.sack.insert(newest ? fields.sack.begin() : fields.sack.end(), numbers);
    }
    if (fields.sack.size() > kBlocks) fields.sack.resize(kBlocks);
    show(connection, !item.by_client, fields, {}, item.at, item.at + connection.back);
}

void WireTap::show(Connection& connection, bool by_client, const TcpFields& fields, std::string_view data,
                   Time at, Time arrives) {
    End& from = connection.end(by_client);
    const End& to = connection.end(!by_client);
    const Way way{from.at.node, to.at.node, at, arrives, by_client ? connection.up : connection.down};
    ++from.packets;
    const std::optional<Time> seen = point_.passes(way);
    if (!seen || (*seen != at && is_down(to.at.node))) return;
    std::string frame;
    append_tcp_frame(frame, station(from.at), station(to.at), from.packets, fields, data);
    put(at, *seen, connection.id, std::move(frame));
}

void WireTap::put(Time now, Time seen, trace::ConnectionId id, std::string frame) {
    if (seen <= now) return sink_(seen, id, frame);
    Item item;
    item.what = Item::What::is_seen;
    item.at = seen;
    item.id = id;
    item.bytes = std::make_shared<const std::string>(std::move(frame));
    push(std::move(item));
}

} // namespace postopolis::metrics
