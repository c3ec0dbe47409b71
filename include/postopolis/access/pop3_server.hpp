// The server's side of a POP3 session (RFC 1939): AUTHORIZATION, TRANSACTION, UPDATE. It asks its owner to
// open a maildrop and, at QUIT, to remove what was marked; a session that ends otherwise removes nothing
// (section 6). Beside USER and PASS a client may come with APOP, with AUTH PLAIN (RFC 5034) or over TLS
// (STLS, RFC 2595), where that is offered. Commands may be pipelined (RFC 2449 section 6.6): the owner gives
// one after another. The maildrop is a snapshot: what arrives later is numbered in the next session (section
// 5). Calling it out of turn (a command while a question is open) is a bug of the owner and aborts.
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

struct Pop3Offer {
    std::string apop_stamp{}; // "<1896.697170952@dewey>", new for each session; empty: no APOP
    bool auth_plain = true;   // AUTH PLAIN
    bool stls = false;
    bool plain_needs_tls = false; // no passwords in the clear
};

struct Pop3Step {
    enum class Kind : std::uint8_t {
        reply,      // send `reply`
        close,      // send `reply`, then close the connection
        ask_login,  // does the user prove to be user(), and is the maildrop free? then admit(), else refuse()
        ask_commit, // remove deleted() from the maildrop, then committed(); send its reply and close
        start_tls,  // send `reply`, negotiate TLS, then secured()
    };
    Kind kind = Kind::reply;
    Pop3Reply reply{};
};

class Pop3Server {
public:
    enum class State : std::uint8_t { authorization, transaction, update, closed };

    explicit Pop3Server(std::string host_name, Pop3Offer offer = {});

    Pop3Reply greeting() const;
    Pop3Step on_command(const Pop3Command& command);
    // A line as it comes, with its CRLF: a command, or what goes on with AUTH.
    Pop3Step on_line(std::string_view line);

    Pop3Reply admit(std::vector<MaildropItem> maildrop);
    // Such as "[AUTH] no" or "[IN-USE] maildrop locked" (RFC 2449 section 8, RFC 3206). The client may try
    // again.
    Pop3Reply refuse(std::string_view text);
    Pop3Reply committed(bool all_removed);
    void secured() { secure_ = true; }

    State state() const { return state_; }
    bool closed() const { return state_ == State::closed; }
    const std::string& user() const { return user_; }
    const std::string& password() const { return password_; } // empty with APOP
    // Whether what the client said proves that it knows the password.
    bool proves(std::string_view password) const;
    const std::vector<MaildropItem>& maildrop() const { return maildrop_; }
    std::vector<std::size_t> deleted() const; // indices into maildrop(), rising

private:
    Pop3Step in_authorization(const Pop3Command& command);
    Pop3Step in_transaction(const Pop3Command& command);
    Pop3Step on_apop(std::string_view argument);
    Pop3Step on_auth(std::string_view argument);
    Pop3Step on_sasl(std::string_view response);
    Pop3Step on_quit();
    bool passwords_allowed() const { return secure_ || !offer_.plain_needs_tls; }
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
    Pop3Offer offer_;
    std::string digest_; // of APOP
    bool responding_ = false, secure_ = false;
    State state_ = State::authorization;
    bool asking_ = false;
    std::vector<MaildropItem> maildrop_;
    std::vector<bool> marked_;
};

} // namespace postopolis::access
