// The client's side of an IMAP session, as a mail reader that keeps up with one mailbox has it: log in,
// SELECT INBOX, ask for what is new by UID, fetch each message whole, do with it as configured, and then
// LOGOUT, or wait in IDLE for more. Several such readers stay in step, since what one does is seen by the
// others. Driven as Pop3Client is: next() says what to do, on_line() takes what came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/access/imap_line.hpp"
#include "postopolis/mail/message.hpp"

namespace postopolis::access {

struct ImapClientConfig {
    enum class After : std::uint8_t {
        keep,   ///< marked as \Seen
        remove, ///< \Deleted, and expunged
        file,   ///< \Seen, and moved to `folder`, which is made if it is not there
    };
    std::string user{};
    std::string password{};
    After after = After::keep;
    std::string folder{};
    bool push = false; ///< stays in IDLE, if the server has it
};

/// What a device remembers from one session to the next.
struct ImapMemory {
    std::uint32_t uid_validity = 0;
    std::uint32_t last_uid = 0; ///< everything up to it has been fetched
};

struct ImapAction {
    enum class Kind : std::uint8_t { send, receive, close };
    Kind kind = Kind::close;
    ImapOutput output{};
};

class ImapClient {
public:
    enum class Result : std::uint8_t {
        pending,
        done,    ///< the session ended in order
        refused, ///< the server did not let us in, or has not what is needed: see reason()
        lost,    ///< the connection broke; what was fetched is kept
    };
    struct Fetched {
        std::uint32_t uid = 0;
        mail::Message message;
        bool seen = false; ///< another device had read it before
    };

    /// `memory` must outlive the client, which keeps it up to date.
    ImapClient(ImapClientConfig config, ImapMemory& memory);

    ImapAction next();
    void on_line(const ImapLine& line);
    void on_lost();

    /// It waits in IDLE: nothing comes until there is news.
    bool idling() const { return at_ == At::idle && going_; }
    /// Ends IDLE to ask again, as a client does that is not sure of its connection any more.
    void look_again() { news_ = news_ || idling(); }
    /// From IDLE to LOGOUT, as when the reader is closed.
    void leave() { leaving_ = true; }

    Result result() const { return result_; }
    const std::string& reason() const { return reason_; }
    std::vector<Fetched> take_fetched(); ///< since the last time, in the server's order

private:
    enum class At : std::uint8_t {
        greeting,
        login,
        select,
        look,
        body,
        mark,
        expunge,
        move,
        create,
        idle,
        wake,
        logout,
        closed
    };

    void go(At at);
    void refuse(std::string_view text);
    std::string command() const;
    void on_untagged(const ImapLine& line);
    void on_data(std::uint64_t number, const std::string& word, class ImapLexer& in);
    void on_result(bool ok, const std::string& text);
    void next_message();
    bool has(std::string_view capability) const;
    void learn(const std::string& text);

    struct Known {
        std::uint32_t uid = 0;
        bool seen = false;
    };

    ImapClientConfig config_;
    ImapMemory& memory_;
    At at_ = At::greeting;
    bool sent_ = true;   ///< the greeting comes unasked
    bool going_ = false; ///< the server has said "+"
    bool leaving_ = false;
    bool news_ = false;     ///< more messages than when we last looked
    bool expunges_ = false; ///< something is marked as deleted
    bool created_ = false;
    std::uint64_t exists_ = 0;
    std::uint32_t tag_ = 0;
    std::string capabilities_;
    std::vector<Known> found_; ///< new ones
    std::size_t position_ = 0;
    std::vector<Fetched> fetched_;
    Result result_ = Result::pending;
    std::string reason_;
};

} // namespace postopolis::access
