// The server's side of an SMTP dialogue: RFC 5321 sections 4.1.4 (order of commands) and 4.3.2 (replies),
// with AUTH (RFC 4954), SIZE (RFC 1870), DSN parameters (RFC 3461), BDAT (RFC 3030) and STARTTLS (RFC 3207, as a
// change of state only); or of an LMTP dialogue (RFC 2033). What the protocol decides the session replies to itself; what is a matter of policy it asks
// its owner.
//
//     Step step = session.on_command(command);
//     if (step.kind == Step::Kind::ask_rcpt) step.reply = session.answer(my_verdict(session.path()));
//     send(step.reply);
//
// Calling it out of turn (a command while a question is open) is a bug of the owner and aborts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/mail/address.hpp"
#include "postopolis/mail/message.hpp"
#include "postopolis/smtp/command.hpp"
#include "postopolis/smtp/credentials.hpp"
#include "postopolis/smtp/extensions.hpp"
#include "postopolis/smtp/limits.hpp"
#include "postopolis/smtp/reply.hpp"

namespace postopolis::smtp {

struct ServerConfig {
    std::string host_name{};
    std::string greeting = "ESMTP"; // after the host's name in the 220 line
    Extensions
        extensions{}; // SIZE's value is taken from max_message_size; never offers SMTPUTF8
    std::size_t max_recipients = limits::recipients; // further ones get 452 4.5.3
    std::uint64_t max_message_size = 0;              // octets; 0: no limit
    bool requires_auth = false; // a submission service (RFC 6409): strangers must authenticate before MAIL
    bool greets_client = false; // "foo.com greets bar.com" in the reply to EHLO and HELO
    bool help = true;           // implements HELP (else 502)
    bool vrfy = false;          // tells who exists (else 252: RFC 5321 section 7.3)
    bool extended = true;       // false: an old server, to which EHLO is no command
    bool lmtp = false;          // LHLO instead of EHLO, and after the content one reply for each recipient
    bool requires_tls = false;  // nobody sends in the clear (530: RFC 3207 section 4)
    bool auth_needs_tls = false; // passwords do not go in the clear (538: RFC 4954 section 4)
};

// A configuration with the replies that depend on nothing else, made once and shared by all sessions of a
// server.
class ServerProfile {
public:
    explicit ServerProfile(ServerConfig config);

    const ServerConfig& config() const { return config_; }
    const ReplyPtr& greeting() const { return greeting_; } // 220
    const ReplyPtr& closing() const { return closing_; }   // 221
    ReplyPtr ehlo(std::string_view client, bool tls) const;
    ReplyPtr helo(std::string_view client) const;
    // A reply as this server says it: without enhanced code where ENHANCEDSTATUSCODES is not offered.
    ReplyPtr spoken(ReplyPtr reply) const;

private:
    Reply make_ehlo(std::string_view client, bool tls) const;

    ServerConfig config_;
    ReplyPtr greeting_, closing_, ehlo_, ehlo_tls_, helo_;
};

struct Step {
    enum class Kind : std::uint8_t {
        reply,       // send `reply`
        close,       // send `reply`, then close the connection
        start_tls,   // send `reply`, negotiate, then call tls_established()
        ask_mail,    // may path() send? answer(): default 250 2.1.0
        ask_rcpt,    // is path() a recipient here? answer(): default 250 2.1.5
        ask_auth,    // are these credentials() right? answer(): default 235 2.7.0
        ask_vrfy,    // is who_is_asked_for() known? answer(): default 252 2.0.0
        ask_data,    // go on with these recipients()? answer(): default 354, after which content comes
        ask_content, // take responsibility for the message? answer(): default 250 2.0.0; LMTP: answer_each(), with
                     // `reply` for everybody if there is one
    };
    Kind kind = Kind::reply;
    ReplyPtr reply{};
};

class ServerSession {
public:
    // A trusted client (its network says so) need not authenticate. `tls`: from the beginning (RFC 8314 section 3.3).
    explicit ServerSession(std::shared_ptr<const ServerProfile> profile, bool trusted_client = false, bool tls = false);

    const ReplyPtr& greeting() const { return profile_->greeting(); }
    // What makes the challenges of this session unlike others' (CRAM-MD5).
    void set_nonce(std::uint64_t nonce) { nonce_ = nonce; }

    // Takes the next command. In an AUTH exchange (expects_response()) only Verb::response continues it. The octets of
    // a BDAT have come with it, and are content if content_taken() is true afterwards.
    Step on_command(const Command& command);
    // The refusal that parse_command gave, as this session says it.
    Step on_syntax_error(const Reply& refusal);
    // The content has come, `size` octets of it (unstuffed). Only after ask_data was answered with 354.
    Step on_content(std::uint64_t size);
    // The owner's verdict on the open question; nothing given means yes with the default reply. A positive
    // reply (354 for ask_data) changes the state; a 421 closes the session. Gives the reply to send.
    ReplyPtr answer(ReplyPtr verdict = {});
    // LMTP: the verdicts on the content, one for each of recipients() (RFC 2033 section 4.2).
    std::vector<ReplyPtr> answer_each(std::vector<ReplyPtr> verdicts);
    // The TLS handshake is done: everything the client said before is forgotten (RFC 3207 section 4.2).
    void tls_established();
    // The server wants to end: the 421 reply (RFC 5321 section 3.8) to send before closing.
    ReplyPtr shut_down(std::string_view reason);

    bool greeted() const { return greeted_; }
    bool extended() const { return extended_; } // EHLO, not HELO
    bool tls() const { return tls_; }
    bool closed() const { return state_ == State::closed; }
    bool receiving() const { return state_ == State::content; }
    bool expects_response() const { return exchange_ != Exchange::none; }
    bool in_transaction() const { return state_ == State::mail || state_ == State::content || state_ == State::chunks; }
    bool content_taken() const { return chunk_taken_; } // of the last BDAT: its octets belong to the message
    bool asks_about_content() const { return question_ == Question::content; }
    bool lmtp() const { return profile_->config().lmtp; }
    const std::string& helo_name() const { return helo_name_; }
    const std::string& user() const { return user_; } // authenticated as; empty if not
    bool trusted() const { return trusted_; }
    mail::Protocol with_protocol() const; // the "with" clause of Received (RFC 3848)

    // The question that is open.
    const mail::AddressPtr& path() const { return path_; }
    const Credentials& credentials() const { return credentials_; }
    const std::string& who_is_asked_for() const { return who_; } // with VRFY: a name or a mailbox
    const std::vector<Parameter>& parameters() const { return parameters_; }

    // The transaction. Kept until the verdict on its content has been given.
    const mail::AddressPtr& reverse_path() const { return reverse_path_; } // empty for "<>"
    const std::vector<mail::AddressPtr>& recipients() const {
        return recipients_;
    } // the accepted ones, in order
    const std::vector<Parameter>& mail_parameters() const { return mail_parameters_; }
    // Of the i-th of recipients().
    const std::vector<Parameter>& rcpt_parameters(std::size_t i) const;
    bool any_rcpt_parameters() const { return !rcpt_parameters_.empty(); }
    std::optional<std::uint64_t> declared_size() const { return declared_size_; }

private:
    enum class State : std::uint8_t { idle, mail, content, chunks, closed };
    enum class Exchange : std::uint8_t { none, plain, login_user, login_password, cram_md5 };
    enum class Question : std::uint8_t { none, mail, rcpt, auth, vrfy, data, content };

    Step say(ReplyPtr reply) const;
    Step ask(Question question, Step::Kind kind);
    Step dispatch(const Command& command);
    Step on_hello(const Command& command);
    Step on_mail(const Command& command);
    Step on_rcpt(const Command& command);
    Step on_data();
    Step on_bdat(const Command& command);
    Step refuse_each(ReplyPtr verdict);
    bool needs_chunks() const;
    Step on_help() const;
    Step on_auth(const Command& command);
    Step on_response(std::string_view line);
    Step on_plain(std::string_view message);
    Step on_cram_md5(std::string_view response);
    Step on_starttls() const;
    ReplyPtr refuse_by_state(const Command& command) const;
    bool speaks(Verb verb) const;
    const Extensions* offered() const { return extended_ ? &profile_->config().extensions : nullptr; }
    void end_transaction();

    std::shared_ptr<const ServerProfile> profile_;
    State state_ = State::idle;
    Exchange exchange_ = Exchange::none;
    Question question_ = Question::none;
    bool trusted_ = false, greeted_ = false, extended_ = false, tls_ = false, saw_rcpt_ = false, chunk_taken_ = false;
    std::string challenge() const;
    std::string helo_name_, user_, who_;
    Credentials credentials_;
    mail::AddressPtr path_, reverse_path_;
    std::vector<Parameter> parameters_, mail_parameters_;
    std::vector<mail::AddressPtr> recipients_;
    std::vector<std::pair<std::size_t, std::vector<Parameter>>> rcpt_parameters_; // of those who have some
    std::optional<std::uint64_t> asked_size_, declared_size_;
    std::uint64_t chunk_octets_ = 0; // of the message, so far
    std::uint64_t nonce_ = 0;
};

} // namespace postopolis::smtp
