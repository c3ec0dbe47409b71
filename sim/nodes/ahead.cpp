// See ahead.hpp.
#include "nodes/ahead.hpp"

#include <algorithm>

namespace postopolis::nodes {

/// What is left for the server to do on the clock: to take the message, and to give the slot back.
class Ahead::Rest final : public kernel::Occurrence {
public:
    Rest(SmtpService& service, std::unique_ptr<net::Socket> socket, kernel::Semaphore::Permit slot, Event end)
        : service_(service), socket_(std::move(socket)), slot_(std::move(slot)), end_(end) {}
    void take_at(Event instant, SmtpService::Taking taking) {
        taking_ = std::move(taking);
        service_.host().schedule(instant.at, instant.order, this);
    }
    void end() { service_.host().schedule(end_.at, end_.order, this); }

    void happen() override {
        if (!taking_) {
            socket_->part();
            delete this;
            return;
        }
        service_.take(*std::exchange(taking_, {}), *socket_);
        end();
    }
    void drop() noexcept override { delete this; }

private:
    SmtpService& service_;
    std::unique_ptr<net::Socket> socket_;
    kernel::Semaphore::Permit slot_;
    Event end_;
    std::optional<SmtpService::Taking> taking_;
};

Time Ahead::limit(const MailHost& host, const net::Socket& socket) {
    // The client may have gone down since it had the connection.
    return std::min({socket.counterpart_until(), host.now() + host.config().timeouts.server,
                     host.steady_until(host.now()), socket.peer().steady_until(socket.opened_at())});
}

bool Ahead::possible(const MailHost& host, const net::Socket& socket) {
    if (socket.counterpart() == nullptr || host.world().dialogues == Dialogues::full) return false;
    const bool heard = host.somebody_wants<trace::Spoke>() || host.somebody_wants<trace::Transmitted>();
    if (host.world().dialogues == Dialogues::automatic && heard) return false;
    // What lies nearer than the way to the client may have changed there without our knowing.
    return host.now() + socket.path().minimum_delay() < limit(host, socket);
}

Ahead::Ahead(SmtpService& service, net::Socket& socket, Conversation& client, Duration waited)
    : service_(service), client_(client), session_(service, socket, waited), limit_(limit(service.host(), socket)),
      up_(client.socket().flow()), down_(socket.flow()), meter_(client.matter().meter) {
    client_at_.at = server_at_.at = service.host().now();
}

bool Ahead::play(std::unique_ptr<net::Socket>& socket, kernel::Semaphore::Permit& slot) {
    if (!dialogue()) {
        client_.rewind();
        return false;
    }
    client_.played_ahead(meter_);
    client_.socket().flow() = up_;
    socket->flow() = down_;
    auto payload = std::make_unique<OutcomePayload>(net::Flow::Arrival{client_at_.at, client_at_.order});
    const Time now = service_.host().now();
    socket->deliver(std::move(payload), now, {outcome_.at, outcome_.order});
    auto* rest = new Rest(service_, std::move(socket), std::move(slot), end_);
    if (taking_)
        rest->take_at(take_, std::move(*taking_));
    else
        rest->end();
    return true;
}

bool Ahead::dialogue() {
    if (!greet()) return false;
    for (;;) {
        smtp::Action action = client_.dialogue().next();
        switch (action.kind) {
        case smtp::Action::Kind::send:
            if (!client_sends(action.command)) return false;
            break;
        case smtp::Action::Kind::content:
            if (!client_sends_content(action)) return false;
            break;
        case smtp::Action::Kind::chunk:
            if (!client_sends_chunk(action)) return false;
            break;
        case smtp::Action::Kind::convert: client_.convert(); break;
        case smtp::Action::Kind::receive:
            if (!client_hears()) return false;
            break;
        case smtp::Action::Kind::start_tls:
            if (!shake_hands()) return false;
            break;
        case smtp::Action::Kind::idle:
            outcome_ = client_at_;
            said_quit_ = true;
            client_.dialogue().quit();
            break;
        case smtp::Action::Kind::close: return said_quit_ && client_at_.at < limit_;
        }
    }
}

bool Ahead::greet() {
    server_works(service_.config().service.per_connection);
    if (service_.refuse_client(session_, server_at_.at)) return false;
    return server_says(session_.protocol.greeting());
}

bool Ahead::arrives(const net::Flow::Arrival& arrival, Time sent) const {
    return arrival.at < limit_ && arrival.at - sent <= kLongTransmission;
}

/// The server acts when it is free and something has come: in the later one of the two events.
void Ahead::server_acts(Event arrival) {
    if (server_at_.before(arrival)) server_at_ = arrival;
}

void Ahead::server_works(const Distribution& d) {
    const Duration needed = service_.work(session_, d);
    if (needed > Duration()) server_at_ = {server_at_.at + needed, down_.next_order()};
}

bool Ahead::server_says(smtp::ReplyPtr reply) {
    const net::Flow::Arrival arrival = down_.send(server_at_.at, session_.on_wire(smtp::wire_size(*reply)));
    if (!arrives(arrival, server_at_.at)) return false;
    Heard heard{std::move(reply), {arrival.at, arrival.order}, std::exchange(session_.worked, Duration()),
                std::exchange(session_.waited, Duration())};
    if (next_)
        more_.push_back(std::move(heard));
    else
        next_ = std::move(heard);
    return true;
}

bool Ahead::client_sends(const smtp::Command& command) {
    const net::Flow::Arrival arrival = up_.send(client_at_.at, session_.on_wire(smtp::wire_size(command)));
    if (!arrives(arrival, client_at_.at)) return false;
    server_acts({arrival.at, arrival.order});
    session_.cause = client_.matter().cause;
    server_works(service_.config().service.per_command);
    smtp::ReplyPtr reply = service_.answer(session_, command, server_at_.at);
    if (session_.over) {
        if (command.verb != smtp::Verb::quit) return false;
        end_ = server_at_;
    }
    return server_says(std::move(reply));
}

bool Ahead::client_sends_content(const smtp::Action& action) {
    meter_.settle(client_at_.at);
    mail::Message message = action.empty ? mail::Message() : client_.message();
    const std::uint64_t octets = (action.empty ? 0 : message.size()) + 3; // ".\r\n"
    const net::Flow::Arrival arrival = up_.send(client_at_.at, session_.on_wire(octets));
    if (!arrives(arrival, client_at_.at)) return false;
    Offer offer = action.empty ? Offer{client_.matter().letter, {}, meter_} : client_.offer(meter_);
    server_acts({arrival.at, arrival.order});
    return content_arrives(std::move(message), std::move(offer), nullptr);
}

bool Ahead::client_sends_chunk(const smtp::Action& action) {
    meter_.settle(client_at_.at);
    const std::uint64_t octets = smtp::wire_size(action.command) + *action.command.size;
    const net::Flow::Arrival arrival = up_.send(client_at_.at, session_.on_wire(octets));
    if (!arrives(arrival, client_at_.at)) return false;
    server_acts({arrival.at, arrival.order});
    if (action.command.last) return content_arrives(client_.message(), client_.offer(meter_), &action.command);
    session_.cause = client_.matter().cause;
    server_works(service_.config().service.per_command);
    smtp::ReplyPtr reply = service_.answer(session_, action.command, server_at_.at);
    return !session_.over && server_says(std::move(reply));
}

bool Ahead::content_arrives(mail::Message message, Offer offer, const smtp::Command* last_chunk) {
    session_.cause = client_.matter().cause;
    offer.meter.settle(server_at_.at);
    if (smtp::ReplyPtr refusal = service_.refuse_content(session_, message, last_chunk))
        return server_says(std::move(refusal));
    offer.meter.turn(server_at_.at, trace::Cause::service);
    server_works(service_.config().service.per_message);
    if (smtp::ReplyPtr refusal = service_.refuse_message(session_, message, server_at_.at))
        return !session_.over && server_says(std::move(refusal));
    taking_ = service_.prepare(session_, std::move(message), std::move(offer));
    take_ = server_at_;
    return server_says(service_.accepted(session_));
}

/// As Conversation::shake_hands and SmtpService::shake_hands do it, in turns.
bool Ahead::shake_hands() {
    const smtp::tls::Version version = service_.common_version(client_.config().tls_version);
    const std::span<const smtp::tls::Flight> flights = smtp::tls::handshake(version);
    for (std::size_t i = 0; i < flights.size(); ++i) {
        if (flights[i].by_client) {
            const net::Flow::Arrival arrival = up_.send(client_at_.at, flights[i].octets);
            if (!arrives(arrival, client_at_.at)) return false;
            server_acts({arrival.at, arrival.order});
            (void)service_.next_flight(session_, version, i);
            continue;
        }
        if (i == 1) server_works(service_.host().config().tls.handshake);
        const net::Flow::Arrival arrival = down_.send(server_at_.at, flights[i].octets);
        if (!arrives(arrival, server_at_.at)) return false;
        client_at_ = {arrival.at, arrival.order};
        meter_.settle_reply(client_at_.at, std::exchange(session_.worked, Duration()),
                            std::exchange(session_.waited, Duration()));
    }
    return true;
}

bool Ahead::client_hears() {
    if (!next_) return false; // it waits for what never comes
    client_at_ = next_->arrival;
    meter_.settle_reply(client_at_.at, next_->work, next_->waited);
    const smtp::ReplyPtr reply = std::move(next_->reply);
    next_.reset();
    if (!more_.empty()) {
        next_ = std::move(more_.front());
        more_.erase(more_.begin());
    }
    client_.dialogue().on_reply(reply);
    return true;
}

} // namespace postopolis::nodes
