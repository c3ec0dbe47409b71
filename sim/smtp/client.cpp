// The session around the transactions: greeting, EHLO or HELO, STARTTLS, AUTH, QUIT, and the ways it can
// fail.
#include "postopolis/smtp/client.hpp"

#include "postopolis/smtp/base64.hpp"
#include "smtp/refusal.hpp"
#include "smtp/require.hpp"

namespace postopolis::smtp {

using Result = Outcome::Result;

namespace {

std::shared_ptr<const Extensions> no_extensions() {
    static const Extensions none;
    return std::shared_ptr<const Extensions>(std::shared_ptr<const Extensions>(), &none);
}

} // namespace

ClientDialogue::ClientDialogue(std::shared_ptr<const ClientConfig> config)
    : config_(std::move(config)), extensions_(no_extensions()) {
    tls_pending_ = config_->implicit_tls;
    expected_.push_back({Stage::greeting, 0});
}

void ClientDialogue::begin(Transaction transaction) {
    require(!transaction_, "a transaction was begun while another was open");
    require(!transaction.recipients.empty(), "a transaction was begun without recipients");
    outcomes_.assign(transaction.recipients.size(), Outcome{});
    transaction_ = std::move(transaction);
    if (phase_ == Phase::idle) start_envelope();
    if (phase_ == Phase::quitting || phase_ == Phase::closed) {
        // A session that ended in order has no failure to tell; the recipients then wait for another one.
        const auto result = failure_.result == Result::pending ? Result::deferred : failure_.result;
        decide_pending(result, failure_.stage, failure_.reply, failure_.local);
    }
}

void ClientDialogue::quit() {
    if (phase_ == Phase::idle) phase_ = Phase::quitting;
}

Action ClientDialogue::send(Stage stage, Command command, std::size_t recipient) {
    if (first_expected_ == expected_.size()) {
        expected_.clear();
        first_expected_ = 0;
    }
    expected_.push_back({stage, recipient});
    return {.kind = Action::Kind::send, .command = std::move(command)};
}

Action ClientDialogue::next() {
    if (tls_pending_) {
        tls_pending_ = false;
        tls_ = true;
        if (config_->implicit_tls) return {.kind = Action::Kind::start_tls};
        extensions_ = no_extensions(); // RFC 3207 section 4.2: what was said in the clear is forgotten
        say_hello(config_->lmtp ? Verb::lhlo : Verb::ehlo);
        return {.kind = Action::Kind::start_tls};
    }
    if (queued_) {
        Command command = std::move(*queued_);
        queued_.reset();
        return send(queued_stage_, std::move(command));
    }
    if (phase_ == Phase::closed) return {.kind = Action::Kind::close};
    if (phase_ == Phase::idle) return {.kind = Action::Kind::idle};
    if (phase_ == Phase::envelope) {
        if (auto action = next_envelope()) return std::move(*action);
    }
    if (phase_ == Phase::content && in_chunks()) {
        if (auto action = next_chunk()) return std::move(*action);
        return {.kind = Action::Kind::receive};
    }
    if (phase_ == Phase::content && !content_given_) {
        content_given_ = true;
        return {.kind = Action::Kind::content, .command = {}, .empty = accepted_ == 0};
    }
    if (phase_ == Phase::content && !content_sent_) {
        content_sent_ = true;
        expected_.clear();
        first_expected_ = 0;
        expect_end_of_data();
    }
    if (phase_ == Phase::quitting && needs_reset_ && config_->all_or_nothing) {
        needs_reset_ = false;
        return send(Stage::rset, {.verb = Verb::rset});
    }
    if (phase_ == Phase::quitting && !quit_sent_ && first_expected_ == expected_.size()) {
        quit_sent_ = true;
        return send(Stage::quit, {.verb = Verb::quit});
    }
    return {.kind = Action::Kind::receive};
}

Stage ClientDialogue::stage() const {
    if (phase_ == Phase::content && !content_sent_ && !in_chunks()) return content_given_ ? Stage::content : Stage::data;
    if (first_expected_ < expected_.size()) return expected_[first_expected_].stage;
    if (queued_) return queued_stage_;
    switch (phase_) {
    case Phase::quitting:
    case Phase::closed:
        return Stage::quit;
    default:
        return mail_sent_ ? Stage::rcpt : Stage::mail;
    }
}

void ClientDialogue::on_reply(const ReplyPtr& reply) {
    if (phase_ == Phase::closed) return;
    // RFC 5321 section 3.8: a server may say 421 at any time, asked or not, and closes then.
    if (reply->code == 421) {
        fail_session({Result::deferred, stage(), reply, false}, false);
        return;
    }
    if (first_expected_ == expected_.size()) {
        fail_session({Result::deferred, stage(), reply, false}, false); // nobody asked: out of step for good
        return;
    }
    const Expected expected = expected_[first_expected_++];
    switch (phase_) {
    case Phase::setup:
        on_setup_reply(expected.stage, reply);
        break;
    case Phase::envelope:
    case Phase::content:
        on_envelope_reply(expected, reply);
        break;
    case Phase::quitting:
        if (expected.stage != Stage::rset) phase_ = Phase::closed;
        break; // whatever it says to QUIT, it is over
    case Phase::idle:
    case Phase::closed:
        break;
    }
}

void ClientDialogue::on_lost(ReplyPtr why) {
    if (phase_ == Phase::closed) return;
    fail_session({Result::deferred, stage(), std::move(why), true}, false);
}

void ClientDialogue::on_setup_reply(Stage stage, const ReplyPtr& reply) {
    switch (stage) {
    case Stage::greeting:
        if (reply->positive())
            say_hello(config_->lmtp ? Verb::lhlo : Verb::ehlo);
        else
            fail_session({refusal(*reply), stage, reply, false}, true);
        break;
    case Stage::ehlo:
        on_hello(reply);
        break;
    case Stage::starttls:
        on_starttls(reply);
        break;
    default:
        on_auth(reply);
        break;
    }
}

void ClientDialogue::say_hello(Verb verb) {
    hello_ = verb;
    queued_ = Command{.verb = verb, .argument = config_->helo_name};
    queued_stage_ = Stage::ehlo;
}

void ClientDialogue::on_hello(const ReplyPtr& reply) {
    // RFC 5321 section 3.2: an old server refuses EHLO; then HELO is worth a try.
    if (reply->permanent() && hello_ == Verb::ehlo) {
        say_hello(Verb::helo);
        return;
    }
    if (!reply->positive()) {
        fail_session({refusal(*reply), Stage::ehlo, reply, false}, true);
        return;
    }
    extended_ = hello_ != Verb::helo;
    if (!extended_)
        extensions_ = no_extensions();
    else
        extensions_ = reply->offered ? reply->offered : std::make_shared<const Extensions>(parse_extensions(*reply));
    if (config_->tls == tls::Policy::required && !extensions_->starttls && !tls_) return must_have_tls();
    if (config_->tls != tls::Policy::off && extensions_->starttls && !tls_) {
        queued_ = Command{.verb = Verb::starttls};
        queued_stage_ = Stage::starttls;
        return;
    }
    authenticate();
}

void ClientDialogue::on_starttls(const ReplyPtr& reply) {
    if (reply->positive())
        tls_pending_ = true;
    else if (config_->tls == tls::Policy::required)
        fail_session({Result::deferred, Stage::starttls, reply, false}, true);
    else
        authenticate(); // opportunistic: in the clear, then (RFC 3207 section 4)
}

// What the server offers today it may not offer tomorrow, so this is no failure for good.
void ClientDialogue::must_have_tls() {
    const auto reply = make_reply(451, {4, 7, 4}, "TLS is required, but was not offered");
    fail_session({Result::deferred, Stage::starttls, reply, true}, true);
}

void ClientDialogue::authenticate() {
    if (!config_->credentials) {
        ready();
        return;
    }
    std::string argument;
    if (extensions_->auth.cram_md5) {
        argument = "CRAM-MD5"; // the one that does not tell the password
    } else if (extensions_->auth.plain) {
        auth_responses_ = {encode_base64(plain_message(*config_->credentials))};
        argument = "PLAIN " + auth_responses_.front();
    } else if (extensions_->auth.login) {
        auth_responses_ = {encode_base64(config_->credentials->password),
                           encode_base64(config_->credentials->user)};
        argument = "LOGIN";
    } else {
        const auto reply =
            make_reply(554, {5, 7, 0}, "The server offers no authentication that is known here");
        fail_session({Result::failed, Stage::auth, reply, true}, true);
        return;
    }
    queued_ = Command{.verb = Verb::auth, .argument = std::move(argument)};
    queued_stage_ = Stage::auth;
}

void ClientDialogue::on_auth(const ReplyPtr& reply) {
    if (reply->positive()) {
        authenticated_ = true;
        ready();
    } else if (reply->intermediate()) {
        // A server that passed over the initial response asks for it again. One that asks for more gets "*".
        std::string response = "*";
        if (extensions_->auth.cram_md5) {
            if (auto challenge = decode_base64(reply->lines.empty() ? std::string() : reply->lines.front()))
                response = encode_base64(cram_md5_message(*config_->credentials, *challenge));
        } else if (!auth_responses_.empty()) {
            response = std::move(auth_responses_.back());
            auth_responses_.pop_back();
        }
        queued_ = Command{.verb = Verb::response, .argument = std::move(response)};
        queued_stage_ = Stage::auth;
    } else {
        fail_session({refusal(*reply), Stage::auth, reply, false}, true);
    }
}

void ClientDialogue::ready() {
    phase_ = Phase::idle;
    if (transaction_) start_envelope();
}

void ClientDialogue::decide_pending(Result result, Stage stage, const ReplyPtr& reply, bool local) {
    for (auto& outcome : outcomes_) {
        if (outcome.result == Result::pending) outcome = {result, stage, reply, local};
    }
    transaction_.reset();
}

void ClientDialogue::fail_session(const Outcome& why, bool connection_usable) {
    failure_ = why;
    queued_.reset();
    tls_pending_ = false;
    decide_pending(why.result, why.stage, why.reply, why.local);
    phase_ = connection_usable ? Phase::quitting : Phase::closed;
}

} // namespace postopolis::smtp
