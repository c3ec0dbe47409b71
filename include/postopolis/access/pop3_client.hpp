// The client's side of a POP3 session: USER, PASS, STAT, UIDL, RETR of each message not seen before, DELE
// unless messages are left on the server, QUIT. A message seen before that should not be there any more (the
// last session was cut off before its QUIT) is deleted without being fetched again. Driven as
// smtp::ClientDialogue is: next() says what to do, on_reply() takes what came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/access/pop3_command.hpp"
#include "postopolis/access/pop3_reply.hpp"

namespace postopolis::access {

struct Pop3ClientConfig {
    std::string user{};
    std::string password{};
    bool leave_on_server = false;
};

using SeenUids = std::set<std::string, std::less<>>;

struct Pop3Action {
    enum class Kind : std::uint8_t { send, receive, close };
    Kind kind = Kind::close;
    Pop3Command command{};
};

class Pop3Client {
public:
    enum class Result : std::uint8_t {
        pending,
        done,    // the session ended in order, though single messages may have been refused
        refused, // the server did not let us in, or cannot do what is needed: see reason()
        lost,    // the connection broke; what was fetched is kept, deletions may not have happened
    };
    struct Fetched {
        std::string uid; // empty if the server has no UIDL
        mail::Message message;
        std::uint64_t octets = 0;
    };

    // `seen` must outlive the client; it is read only, add the fetched ones afterwards (or as they come).
    Pop3Client(Pop3ClientConfig config, const SeenUids& seen);

    Pop3Action next();
    void on_reply(const Pop3Reply& reply);
    void on_lost();

    Result result() const { return result_; }
    const std::string& reason() const { return reason_; }
    const std::vector<Fetched>& fetched() const { return fetched_; } // in the server's order
    std::vector<Fetched> take_fetched();                             // the same, moved out
    std::size_t deleted() const { return deleted_; } // DELEs accepted; they count once result is done
    std::uint32_t found() const { return found_; }   // messages in the maildrop, by STAT
    // The UIDs in the maildrop when the session began; a seen UID not among them may be forgotten.
    const std::vector<Pop3Uid>& listing() const { return listing_; }

private:
    enum class At : std::uint8_t { greeting, user, pass, stat, uidl, retr, dele, quit, closed };

    void go(At at);
    void next_message();
    void refuse(std::string_view reason);
    void on_uidl(const Pop3Reply& reply);
    void on_retr(const Pop3Reply& reply);
    Pop3Command command() const;

    Pop3ClientConfig config_;
    const SeenUids* seen_;
    At at_ = At::greeting;
    bool sent_ = true; // the greeting comes unasked
    Result result_ = Result::pending;
    std::string reason_;
    std::uint32_t found_ = 0;
    std::vector<Pop3Uid> listing_;
    std::size_t position_ = 0; // in listing_
    std::size_t deleted_ = 0;
    std::vector<Fetched> fetched_;
};

} // namespace postopolis::access
