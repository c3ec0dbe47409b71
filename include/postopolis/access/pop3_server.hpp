// The server's side of a POP3 session (RFC 1939): AUTHORIZATION, TRANSACTION, UPDATE. It asks its owner to
// open a maildrop and, at QUIT, to remove what was marked; a session that ends otherwise removes nothing
// (section 6). The maildrop is a snapshot: what arrives later is numbered in the next session (section 5).
// Calling it out of turn (a command while a question is open) is a bug of the owner and aborts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/access/pop3_command.hpp"
#include "postopolis/access/pop3_reply.hpp"
#include "postopolis/mail/message.hpp"

namespace postopolis::access {

struct MaildropItem {
    std::string
        uid; // 1 to 70 characters 0x21 to 0x7E, never given twice in one maildrop (RFC 1939 section 7)
    mail::Message message{};
    std::uint64_t octets = 0;       // message.size()
    std::uint64_t leading_dots = 0; // of the rendered message, see access::leading_dots
};

struct Pop3Step {
    enum class Kind : std::uint8_t {
        reply,      // send `reply`
        close,      // send `reply`, then close the connection
        ask_login,  // is password() right for user(), and is the maildrop free? then admit(), else refuse()
        ask_commit, // remove deleted() from the maildrop, then committed(); send its reply and close
    };
    Kind kind = Kind::reply;
    Pop3Reply reply{};
};

class Pop3Server {
public:
    enum class State : std::uint8_t { authorization, transaction, update, closed };

    explicit Pop3Server(std::string host_name);

    Pop3Reply greeting() const;
    Pop3Step on_command(const Pop3Command& command);

    Pop3Reply admit(std::vector<MaildropItem> maildrop);
    // Such as "[AUTH] no" or "[IN-USE] maildrop locked" (RFC 2449 section 8, RFC 3206). The client may try
    // again.
    Pop3Reply refuse(std::string_view text);
    Pop3Reply committed(bool all_removed);

    State state() const { return state_; }
    bool closed() const { return state_ == State::closed; }
    const std::string& user() const { return user_; }
    const std::string& password() const { return password_; }
    const std::vector<MaildropItem>& maildrop() const { return maildrop_; }
    std::vector<std::size_t> deleted() const; // indices into maildrop(), rising

private:
    Pop3Step in_authorization(const Pop3Command& command);
    Pop3Step in_transaction(const Pop3Command& command);
    Pop3Step on_quit();
    Pop3Reply capabilities() const;
    Pop3Reply stat() const;
    Pop3Reply list(std::uint32_t number) const;
    Pop3Reply uidl(std::uint32_t number) const;
    Pop3Reply retr(std::uint32_t number) const;
    Pop3Reply top(std::uint32_t number, std::uint32_t lines) const;
    Pop3Reply dele(std::uint32_t number);
    Pop3Reply rset();
    const MaildropItem* find(std::uint32_t number) const; // null if there is none or it is marked as deleted

    std::string host_name_, user_, password_;
    State state_ = State::authorization;
    bool asking_ = false;
    std::vector<MaildropItem> maildrop_;
    std::vector<bool> marked_;
};

} // namespace postopolis::access
