// A POP3 session played ahead of the clock, by the server, once it has a slot for it (see ahead.hpp for what that means
// and when it is possible).
//
// Its mailbox is shared with those who deliver, so a session has two parts: from the greeting to the log-in, and from
// there to the farewell. The server opens the mailbox at the instant of the log-in and takes messages out at that of
// QUIT, both on the clock. A second part that cannot be played ahead is played out from the log-in on.
#pragma once

#include <optional>
#include <vector>

#include "nodes/pop_service.hpp"
#include "nodes/retrieval.hpp"

namespace postopolis::nodes {

class PopAhead {
public:
    /// At the instant at which the server has a slot for the connection.
    PopAhead(PopService& service, PopService::Session& session, Retrieval& client);

    /// Up to the log-in. False: nothing has happened, and it is to be played out.
    bool begin();
    net::Flow::Arrival log_in_at() const { return log_in_; }
    /// The rest, at the instant of the log-in, with the answer to it. False: to be played out, beginning with the answer.
    bool finish(const access::Pop3Reply& answer);
    /// When the server has said farewell.
    net::Flow::Arrival end_at() const { return end_; }

private:
    struct Heard {
        std::unique_ptr<PopReplyPayload> reply;
        net::Flow::Arrival arrival;
    };
    struct Taken { ///< a message that has come in, and when
        std::unique_ptr<PopTakenPayload> payload;
        net::Flow::Arrival arrival;
    };

    /// All that a part that comes to nothing must leave as it was.
    struct State;
    State state() const;
    void restore(State&& state);

    bool play();
    bool client_sends(const access::Pop3Command& command);
    bool client_hears();
    bool arrives(const net::Flow::Arrival& arrival, Time sent) const;
    bool server_says(std::unique_ptr<PopReplyPayload> reply);
    void server_works(const Distribution& d);

    PopService& service_;
    PopService::Session& session_;
    Retrieval& client_;
    Time limit_; ///< what takes longer is played out
    net::Flow up_, down_;
    trace::Meter meter_;
    net::Flow::Arrival client_at_, server_at_, log_in_, end_;
    std::vector<Heard> replies_; ///< on their way to the client, in their order
    std::vector<Taken> taken_;
    bool logs_in_ = false;  ///< it has come to the log-in
    bool answered_ = false; ///< and further
    bool over_ = false;
};

} // namespace postopolis::nodes
