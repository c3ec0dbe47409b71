// An SMTP dialogue played ahead of the clock, by the server, once it has a slot for it: the folded dialogue.
//
// Both sides are the same state machines as in a dialogue that is played out, and make the same draws from the same
// streams, in the connection's own time; so the same instants, replies and fates come out. What they share with others
// (the slot, the queue, the outcome in the client's books) is touched on the clock, by events that stand in the same
// place of the order as those they stand for. A dialogue is played ahead only if nothing can interfere: no time-out
// expires, both hosts stay up, nobody hangs up, and no transmission takes so long that its progress matters. Else
// nothing has happened, and it is to be played out.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "nodes/conversation.hpp"
#include "nodes/smtp_service.hpp"

namespace postopolis::nodes {

class Ahead {
public:
    /// Whether it makes sense to try, at the instant at which the server has a slot for the connection.
    static bool possible(const MailHost& host, const net::Socket& socket);
    /// When nothing is certain any more: somebody's patience ends, or a host goes down.
    static Time limit(const MailHost& host, const net::Socket& socket);
    /// As long as a transmission may take without its progress being told to the receiver (net::Socket).
    static constexpr Duration kLongTransmission = Duration::seconds(20);
    /// At that instant; the server has waited for the slot as long as `waited`.
    Ahead(SmtpService& service, net::Socket& socket, Conversation& client, Duration waited);

    /// True if it could be played; then what is left of it is scheduled, and the socket and the slot are in its care.
    bool play(std::unique_ptr<net::Socket>& socket, kernel::Semaphore::Permit& slot);

private:
    struct Event { ///< an instant at which one side acts, and its place in the order
        Time at;
        std::uint64_t order = 0;
        bool before(const Event& o) const { return at != o.at ? at < o.at : order < o.order; }
    };
    struct Heard {
        smtp::ReplyPtr reply;
        Event arrival;
        Duration work, waited;
    };
    class Rest;

    bool dialogue();
    bool greet();
    bool client_sends(const smtp::Command& command);
    bool client_sends_content(const smtp::Action& action);
    bool client_sends_chunk(const smtp::Action& action);
    bool content_arrives(mail::Message message, Offer offer, const smtp::Command* last_chunk);
    bool shake_hands();
    bool client_hears();
    bool arrives(const net::Flow::Arrival& arrival, Time sent) const;
    void server_acts(Event arrival);
    void server_works(const Distribution& d);
    bool server_says(smtp::ReplyPtr reply);

    SmtpService& service_;
    Conversation& client_;
    SmtpService::Session session_;
    Time limit_; ///< what takes longer is played out
    net::Flow up_, down_;
    trace::Meter meter_;
    Event client_at_, server_at_;
    std::optional<Heard> next_; ///< the reply that the client hears next,
    std::vector<Heard> more_;   ///< and those behind it, where commands are sent in groups
    std::optional<SmtpService::Taking> taking_;
    Event take_, outcome_, end_;
    bool said_quit_ = false;
};

} // namespace postopolis::nodes
