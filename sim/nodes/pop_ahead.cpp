// See pop_ahead.hpp.
#include "nodes/pop_ahead.hpp"

#include "nodes/ahead.hpp"

namespace postopolis::nodes {
namespace {

bool before(const net::Flow::Arrival& a, const net::Flow::Arrival& b) {
    return a.at != b.at ? a.at < b.at : a.order < b.order;
}

} // namespace

struct PopAhead::State {
    access::Pop3Client client;
    access::Pop3Server protocol;
    kernel::Stream draws;
    Duration worked, waited;
    net::Flow up, down;
    trace::Meter meter;
};

PopAhead::PopAhead(PopService& service, PopService::Session& session, Retrieval& client)
    : service_(service), session_(session), client_(client), limit_(Ahead::limit(service.host(), *session.socket)),
      up_(client.socket->flow()), down_(session.socket->flow()), meter_(client.meter) {
    client_at_.at = server_at_.at = service.host().now();
}

PopAhead::State PopAhead::state() const {
    return {client_.client, session_.protocol, session_.draws, session_.worked, session_.waited, up_, down_, meter_};
}

void PopAhead::restore(State&& s) {
    client_.client = std::move(s.client);
    session_.protocol = std::move(s.protocol);
    session_.draws = s.draws;
    session_.worked = s.worked;
    session_.waited = s.waited;
    client_.meter = s.meter;
    client_.socket->flow() = s.up;
    session_.socket->flow() = s.down;
}

bool PopAhead::begin() {
    const access::Pop3Client client = client_.client;
    const kernel::Stream draws = session_.draws;
    const Duration waited = session_.waited;
    server_works(service_.times().per_connection);
    // The client hears all that has been said before the log-in, and what comes after it before anything can change.
    if (server_says(service_.payload(session_, session_.protocol.greeting())) && play() && logs_in_ &&
        replies_.empty() && log_in_.at + session_.socket->path().minimum_delay() < limit_)
        return true;
    client_.client = client;
    session_.protocol = access::Pop3Server(service_.host().name());
    session_.draws = draws;
    session_.worked = Duration();
    session_.waited = waited;
    return false;
}

bool PopAhead::finish(const access::Pop3Reply& answer) {
    answered_ = true;
    client_.asked = client_at_.at;
    State at_log_in = state();
    if (!server_says(service_.payload(session_, answer)) || !play() || !over_) {
        restore(std::move(at_log_in));
        return false;
    }
    client_.meter = meter_;
    client_.socket->flow() = up_;
    session_.socket->flow() = down_;
    for (Taken& t : taken_) session_.socket->deliver(std::move(t.payload), t.arrival.at, t.arrival);
    session_.socket->deliver(std::make_unique<PopFarewellPayload>(), client_at_.at, client_at_);
    return true;
}

/// Until the session is over, or the server asks for its mailbox.
bool PopAhead::play() {
    for (;;) {
        const access::Pop3Action action = client_.client.next();
        switch (action.kind) {
        case access::Pop3Action::Kind::send:
            if (!client_sends(action.command)) return false;
            if (logs_in_ && !answered_) return true;
            break;
        case access::Pop3Action::Kind::receive:
            if (!client_hears()) return false;
            break;
        case access::Pop3Action::Kind::close: return over_ && client_at_.at < limit_;
        }
    }
}

/// As long as nobody's patience ends, and no transmission is so long that its progress would be told.
bool PopAhead::arrives(const net::Flow::Arrival& arrival, Time sent) const {
    return arrival.at < limit_ && arrival.at - sent <= Ahead::kLongTransmission;
}

void PopAhead::server_works(const Distribution& d) {
    const Duration needed = service_.work(session_, d);
    if (needed > Duration()) server_at_ = {server_at_.at + needed, down_.next_order()};
}

bool PopAhead::server_says(std::unique_ptr<PopReplyPayload> reply) {
    const net::Flow::Arrival arrival = down_.send(server_at_.at, access::wire_size(reply->reply));
    if (!arrives(arrival, server_at_.at)) return false;
    replies_.push_back({std::move(reply), arrival});
    return true;
}

bool PopAhead::client_sends(const access::Pop3Command& command) {
    const net::Flow::Arrival arrival = up_.send(client_at_.at, access::wire_size(command));
    if (over_ || !arrives(arrival, client_at_.at)) return false;
    if (before(server_at_, arrival)) server_at_ = arrival;
    server_works(service_.work_on(command));
    access::Pop3Step step = session_.protocol.on_command(command);
    switch (step.kind) {
    case access::Pop3Step::Kind::ask_login:
        if (answered_) return false; // the mailbox is asked for once more
        logs_in_ = true;
        log_in_ = server_at_;
        return true;
    case access::Pop3Step::Kind::ask_commit: step.reply = session_.protocol.committed(true); [[fallthrough]];
    case access::Pop3Step::Kind::close:
        over_ = true;
        end_ = server_at_;
        break;
    case access::Pop3Step::Kind::start_tls: return false;
    case access::Pop3Step::Kind::reply: break;
    }
    return server_says(service_.payload(session_, std::move(step.reply), command));
}

bool PopAhead::client_hears() {
    if (replies_.empty()) return false; // it waits for what never comes
    const Heard heard = std::move(replies_.front());
    replies_.erase(replies_.begin());
    client_at_ = heard.arrival;
    const PopReplyPayload& reply = *heard.reply;
    meter_.settle_reply(client_at_.at, reply.work, reply.waited);
    const std::size_t so_far = client_.client.fetched().size();
    client_.client.on_reply(reply.reply);
    if (client_.client.fetched().size() == so_far || reply.mail.copy == 0) return true;
    const access::Pop3Client::Fetched& fetched = client_.client.fetched().back();
    taken_.push_back({std::make_unique<PopTakenPayload>(reply.mail, fetched.uid, fetched.message, meter_), client_at_});
    return true;
}

} // namespace postopolis::nodes
