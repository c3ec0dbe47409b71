// The client's side of an SMTP dialogue (RFC 5321 sections 3 and 4.3.2). The owner asks what to do next and
// does it:
//
//     dialogue.begin(transaction);
//     for (;;) switch ((action = dialogue.next()).kind) {
//         case send:      send action.command, several in a row where PIPELINING allows
//         case receive:   dialogue.on_reply(reply), or on_lost(why) after timeouts::client_seconds(dialogue.stage())
//         case content:   send the stuffed message and final dot; if action.empty: only the final dot
//         case chunk:     send action.command (BDAT) and the octets of the message that it announces, as they are
//         case convert:   the message must be made 7-bit: converted(size), or cannot_convert()
//         case start_tls: negotiate
//         case idle:      look at outcomes(); begin(another) or quit()
//         case close:     close the connection
//     }
//
// Every recipient of a transaction gets exactly one outcome, whatever the server says and whenever it goes
// away. The dialogue does not decide what follows from an outcome: that a 5xx greeting may be tried elsewhere
// is policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/mail/address.hpp"
#include "postopolis/smtp/command.hpp"
#include "postopolis/smtp/credentials.hpp"
#include "postopolis/smtp/extensions.hpp"
#include "postopolis/smtp/reply.hpp"
#include "postopolis/smtp/stage.hpp"
#include "postopolis/smtp/tls.hpp"

namespace postopolis::smtp {

struct ClientConfig {
    std::string helo_name{};                  // domain or address literal
    std::optional<Credentials> credentials{}; // given: authenticate or fail
    tls::Policy tls = tls::Policy::off;       // STARTTLS
    tls::Version tls_version = tls::Version::tls13; // the newest that it knows
    bool implicit_tls = false;                // the connection begins with it (RFC 8314 section 3.3)
    bool lmtp = false;                        // LHLO, and a reply for each recipient (RFC 2033)
    bool chunking = true;                     // use CHUNKING where offered
    std::uint64_t chunk_octets = 0;           // of a BDAT at most; 0: the message is one chunk
    bool pipelining = true;                   // use PIPELINING where offered
    bool verifies = false;                    // ask with VRFY about each recipient first, for the record
    bool all_or_nothing = false; // where a recipient is refused nobody gets the message, and RSET is said
};

struct Transaction {
    mail::AddressPtr reverse_path{};            // empty: "<>"
    std::vector<mail::AddressPtr> recipients{}; // at least one
    std::uint64_t size = 0;                     // octets of the content, unstuffed (RFC 1870 section 5)
    bool eight_bit = false;                     // the content holds octets above 127
    bool binary = false;                        // the content holds lines over 998 octets, or bare CR or LF
    std::vector<Parameter> mail_parameters{};   // for a server that offers DSN
    std::vector<std::vector<Parameter>> rcpt_parameters{}; // likewise: none at all, or one list for each recipient
};

struct Outcome {
    enum class Result : std::uint8_t { pending, delivered, deferred, failed };
    Result result = Result::pending;
    Stage stage = Stage::connect; // where it was decided
    ReplyPtr reply{};   // that decided it; empty only if the connection was lost without a reason given
    bool local = false; // the reply is this client's own conclusion; the server never said it
};

struct Action {
    enum class Kind : std::uint8_t { send, receive, content, chunk, convert, start_tls, idle, close };
    Kind kind = Kind::close;
    Command command{};  // send, chunk
    bool empty = false; // content: nobody accepted it, but the server said 354 (RFC 2920 section 3.1)
    std::uint64_t offset = 0; // chunk: in the message
};

class ClientDialogue {
public:
    explicit ClientDialogue(ClientConfig config) : ClientDialogue(std::make_shared<ClientConfig>(std::move(config))) {}
    explicit ClientDialogue(std::shared_ptr<const ClientConfig> config); // shared by all dialogues of a client

    // Before the greeting (it then starts as soon as it can) or when idle. Clears the outcomes of the one
    // before.
    void begin(Transaction transaction);
    // Ends the session in order once it is idle. Otherwise ignored.
    void quit();

    Action next();
    void on_reply(const ReplyPtr& reply);
    // The answers to `convert`.
    void converted(std::uint64_t size);
    void cannot_convert();
    // The connection failed, a timeout expired or the server talked nonsense. What is pending is deferred at
    // the present stage; `why` may be a reply made up for the occasion, such as 451 4.4.2.
    void on_lost(ReplyPtr why = {});

    Stage stage() const; // of the reply that is waited for, or of the content that is being sent
    const std::vector<Outcome>& outcomes() const { return outcomes_; } // one per recipient, in order
    bool idle() const { return phase_ == Phase::idle; }
    bool closed() const { return phase_ == Phase::closed; }
    std::size_t accepted() const { return accepted_; } // recipients the server took with RCPT, so far
    const ClientConfig& config() const { return *config_; }
    // Why the session cannot carry transactions (any more); pending until that is so.
    const Outcome& session_failure() const { return failure_; }
    const Extensions& extensions() const { return *extensions_; }
    bool extended() const { return extended_; }
    bool authenticated() const { return authenticated_; }
    bool tls() const { return tls_; }

private:
    enum class Phase : std::uint8_t { setup, idle, envelope, content, quitting, closed };
    // What was sent and is not answered yet.
    struct Expected {
        Stage stage = Stage::greeting;
        std::size_t recipient = 0; // index, for RCPT
    };

    Action send(Stage stage, Command command, std::size_t recipient = 0);
    std::optional<Action> next_envelope();
    bool in_chunks() const { return config_->chunking && extensions_->chunking; }
    std::optional<Action> next_chunk();
    void on_chunk(const Expected& expected, const ReplyPtr& reply);
    void on_end_of_data(const Expected& expected, const ReplyPtr& reply);
    void expect_end_of_data();
    void must_have_tls();
    void on_setup_reply(Stage stage, const ReplyPtr& reply);
    void on_hello(const ReplyPtr& reply);
    void on_starttls(const ReplyPtr& reply);
    void on_auth(const ReplyPtr& reply);
    void on_envelope_reply(const Expected& expected, const ReplyPtr& reply);
    void on_rcpt(std::size_t recipient, const ReplyPtr& reply);
    void on_data(const ReplyPtr& reply);
    void say_hello(Verb verb);
    void authenticate();
    void ready();
    void start_envelope();
    void settle_envelope();
    void give_up_all(const Outcome& refused);
    Command mail_command() const;
    ReplyPtr refuse_transaction() const;
    void decide_pending(Outcome::Result result, Stage stage, const ReplyPtr& reply, bool local);
    void fail_session(const Outcome& why, bool connection_usable);

    std::shared_ptr<const ClientConfig> config_;
    Phase phase_ = Phase::setup;
    bool extended_ = false, authenticated_ = false, tls_ = false;
    bool tls_pending_ = false, quit_sent_ = false, needs_reset_ = false;
    Verb hello_ = Verb::ehlo; // which greeting was sent last
    std::shared_ptr<const Extensions> extensions_; // never null
    std::optional<Command> queued_; // the next command of the setup
    Stage queued_stage_ = Stage::ehlo;
    std::vector<std::string> auth_responses_; // still to be given, last one first
    std::vector<Expected> expected_;          // in order from first_expected_
    std::size_t first_expected_ = 0;

    std::optional<Transaction> transaction_;
    std::vector<Outcome> outcomes_;
    Outcome failure_;
    std::size_t next_vrfy_ = 0, next_rcpt_ = 0, accepted_ = 0;
    std::uint64_t chunks_sent_ = 0; // octets
    bool mail_sent_ = false, mail_refused_ = false, data_sent_ = false, content_given_ = false,
         content_sent_ = false, to_convert_ = false, chunk_refused_ = false;
};

} // namespace postopolis::smtp
