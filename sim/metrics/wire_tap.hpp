// From what hosts hand to TCP and UDP to the frames that pass a point of capture, in the order of time.
//
// The model says when each segment leaves, whether it gets lost and when it arrives; here stands what follows
// from that: sequence numbers, and acknowledgments: one for each segment, at the instant at which it arrives,
// with the blocks that came out of order (RFC 2018), as net/tcp_model.hpp assumes. A host that is down, or
// does not know the connection any more, acknowledges nothing.
#pragma once

#include <functional>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/capture_point.hpp"
#include "metrics/packet.hpp"
#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

class WireTap {
public:
    /// Whose frame it is: a connection's, or 0.
    using Sink = std::function<void(trace::Time, trace::ConnectionId, const std::string& frame)>;
    WireTap(CapturePoint point, Sink sink);
    ~WireTap();

    void hear(const trace::Event& event, const trace::Transmitted& sent);
    void hear(const trace::Event& event, const trace::SentDatagram& sent);
    void host_down(const trace::Event& event);
    void host_up(const trace::Event& event);
    /// All that is still on its way.
    void finish() { work_off(trace::Time::max()); }
    /// True once both ends are done with it.
    bool is_over(trace::ConnectionId id) const { return !connections_.contains(id); }

private:
    struct Connection;
    struct Item;
    struct Later {
        bool operator()(const Item& a, const Item& b) const;
    };

    void work_off(trace::Time before);
    void push(Item item);
    void departs(const Item& item);
    void arrives(const Item& item);
    void acknowledge(const Item& item);
    void show(Connection& connection, bool by_client, const TcpFields& fields, std::string_view data,
              trace::Time at, trace::Time arrives);
    void put(trace::Time now, trace::Time seen, trace::ConnectionId id, std::string frame);
    bool is_down(trace::NodeId node) const { return down_.contains(node); }

    CapturePoint point_;
    Sink sink_;
    std::priority_queue<Item, std::vector<Item>, Later> items_;
    std::uint64_t order_ = 0;
    std::uint16_t datagrams_ = 0;
    std::unordered_map<trace::ConnectionId, std::shared_ptr<Connection>> connections_;
    std::set<trace::NodeId> down_;
};

} // namespace postopolis::metrics
