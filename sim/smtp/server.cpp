// One function per command, each in the order of RFC 5321 section 4.1.1; AUTH has its own file.
#include "postopolis/smtp/server.hpp"

#include "smtp/canned.hpp"
#include "smtp/parameters.hpp"
#include "smtp/require.hpp"

namespace postopolis::smtp {

ServerSession::ServerSession(std::shared_ptr<const ServerProfile> profile, bool trusted_client, bool tls)
    : profile_(std::move(profile)), trusted_(trusted_client), tls_(tls) {}

Step ServerSession::say(ReplyPtr reply) const {
    return {Step::Kind::reply, profile_->spoken(std::move(reply))};
}

Step ServerSession::ask(Question question, Step::Kind kind) {
    question_ = question;
    return {kind, {}};
}

Step ServerSession::on_command(const Command& command) {
    require(question_ == Question::none, "a command came while a question was open");
    require(state_ != State::closed, "a command came after the session was closed");
    if (expects_response()) {
        if (command.verb == Verb::response) return on_response(command.argument);
        // On the wire this line is a response like any other, and no command is base64.
        exchange_ = Exchange::none;
        return say(canned::bad_base64());
    }
    if (auto refusal = refuse_by_state(command)) return say(std::move(refusal));
    return dispatch(command);
}

// What is wrong with this command now, whatever it says (RFC 5321 section 4.1.4; RFC 4954 sections 4 and 6).
ReplyPtr ServerSession::refuse_by_state(const Command& command) const {
    if (state_ == State::content) return canned::not_while_receiving();
    if (profile_->config().requires_tls && !tls_) {
        switch (command.verb) {
        case Verb::ehlo:
        case Verb::helo:
        case Verb::lhlo:
        case Verb::noop:
        case Verb::starttls:
        case Verb::quit:
            return {};
        default:
            return canned::tls_first();
        }
    }
    switch (command.verb) {
    case Verb::mail:
    case Verb::rcpt:
    case Verb::data:
    case Verb::bdat:
        if (!greeted_) return canned::greet_first();
        [[fallthrough]];
    case Verb::vrfy:
    case Verb::expn:
        if (profile_->config().requires_auth && !trusted_ && user_.empty()) return canned::auth_required();
        return {};
    default:
        return {};
    }
}

// LMTP has LHLO instead of EHLO and HELO (RFC 2033 section 4.1); an old server has HELO only.
bool ServerSession::speaks(Verb verb) const {
    const ServerConfig& config = profile_->config();
    switch (verb) {
    case Verb::lhlo:
        return config.lmtp;
    case Verb::ehlo:
        return !config.lmtp && config.extended;
    case Verb::helo:
        return !config.lmtp;
    case Verb::bdat:
        return extended_ && config.extensions.chunking;
    default:
        return true;
    }
}

Step ServerSession::dispatch(const Command& command) {
    if (!speaks(command.verb)) return say(canned::unknown_command());
    switch (command.verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
        return on_hello(command);
    case Verb::mail:
        return on_mail(command);
    case Verb::rcpt:
        return on_rcpt(command);
    case Verb::data:
        return on_data();
    case Verb::rset:
        end_transaction();
        return say(canned::reset());
    case Verb::noop:
        return say(canned::ok());
    case Verb::quit:
        state_ = State::closed;
        return {Step::Kind::close, profile_->closing()};
    case Verb::auth:
        return on_auth(command);
    case Verb::vrfy:
        if (!profile_->config().vrfy) return say(canned::cannot_verify());
        who_ = command.argument;
        return ask(Question::vrfy, Step::Kind::ask_vrfy);
    case Verb::expn:
        return say(canned::not_implemented());
    case Verb::help:
        return on_help();
    case Verb::starttls:
        return on_starttls();
    case Verb::bdat:
        return on_bdat(command);
    case Verb::response:
    case Verb::unknown:
        break;
    }
    return say(canned::unknown_command());
}

Step ServerSession::on_syntax_error(const Reply& refusal) {
    require(question_ == Question::none, "a line came while a question was open");
    exchange_ = Exchange::none;
    return say(std::make_shared<const Reply>(refusal));
}

Step ServerSession::on_hello(const Command& command) {
    if (!mail::is_domain_name(command.argument) && !mail::is_address_literal(command.argument)) {
        return say(command.verb == Verb::lhlo ? canned::lhlo_syntax() : canned::helo_syntax());
    }
    end_transaction(); // RFC 5321 section 4.1.4: as if RSET had come
    greeted_ = true;
    extended_ = command.verb != Verb::helo;
    helo_name_ = command.argument;
    return say(extended_ ? profile_->ehlo(helo_name_, tls_) : profile_->helo(helo_name_));
}

Step ServerSession::on_mail(const Command& command) {
    if (state_ != State::idle) return say(canned::nested_mail());
    if (auto refusal = refuse_parameters(command, offered())) return say(std::move(refusal));
    const auto limit = profile_->config().max_message_size;
    if (limit != 0 && command.size.value_or(0) > limit) return say(canned::too_large());
    path_ = command.path;
    parameters_ = command.parameters;
    asked_size_ = command.size;
    return ask(Question::mail, Step::Kind::ask_mail);
}

Step ServerSession::on_rcpt(const Command& command) {
    if (state_ != State::mail) return say(canned::mail_first());
    saw_rcpt_ = true;
    if (!command.path) return say(canned::bad_recipient());
    if (auto refusal = refuse_parameters(command, offered())) return say(std::move(refusal));
    // RFC 5321 section 4.5.3.1.10: 452 leaves the transaction as it is, and the client sends the rest later.
    if (recipients_.size() >= profile_->config().max_recipients) return say(canned::too_many_recipients());
    path_ = command.path;
    parameters_ = command.parameters;
    return ask(Question::rcpt, Step::Kind::ask_rcpt);
}

Step ServerSession::on_data() {
    if (state_ != State::mail) return say(canned::no_transaction());
    if (needs_chunks()) return say(canned::binary_needs_chunks());
    // RFC 5321 section 4.1.1.4 leaves the choice between 503 and 554: who named no recipient is out of
    // sequence, who named bad ones has none left.
    if (recipients_.empty()) return say(saw_rcpt_ ? canned::no_valid_recipients() : canned::rcpt_first());
    return ask(Question::data, Step::Kind::ask_data);
}

Step ServerSession::on_content(std::uint64_t size) {
    require(state_ == State::content && question_ == Question::none,
            "content came though none was asked for");
    const auto limit = profile_->config().max_message_size;
    if (limit == 0 || size <= limit) return ask(Question::content, Step::Kind::ask_content);
    if (lmtp()) return refuse_each(canned::too_large());
    end_transaction();
    return say(canned::too_large());
}

Step ServerSession::on_help() const {
    return say(profile_->config().help ? canned::help() : canned::not_implemented());
}

Step ServerSession::on_starttls() const {
    if (!extended_ || !profile_->config().extensions.starttls) return say(canned::not_implemented());
    if (tls_) return say(canned::already_tls());
    if (state_ != State::idle) return say(canned::in_transaction());
    return {Step::Kind::start_tls, profile_->spoken(canned::ready_for_tls())};
}

void ServerSession::tls_established() {
    end_transaction();
    tls_ = true;
    greeted_ = extended_ = false;
    helo_name_.clear();
    user_.clear();
}

ReplyPtr ServerSession::answer(ReplyPtr verdict) {
    const Question question = std::exchange(question_, Question::none);
    require(question != Question::none, "an answer was given to no question");
    switch (question) {
    case Question::mail:
        if (!verdict) verdict = canned::mail_ok();
        if (verdict->positive()) {
            state_ = State::mail;
            reverse_path_ = std::move(path_);
            mail_parameters_ = std::move(parameters_);
            declared_size_ = asked_size_;
        }
        break;
    case Question::rcpt:
        if (!verdict) verdict = canned::rcpt_ok();
        if (verdict->positive()) {
            if (!parameters_.empty()) rcpt_parameters_.emplace_back(recipients_.size(), std::move(parameters_));
            recipients_.push_back(path_);
        }
        break;
    case Question::auth:
        if (!verdict) verdict = canned::authenticated();
        if (verdict->positive()) user_ = std::move(credentials_.user);
        credentials_ = {};
        break;
    case Question::vrfy:
        if (!verdict) verdict = canned::cannot_verify();
        break;
    case Question::data:
        if (!verdict) verdict = canned::start_input();
        if (verdict->intermediate()) state_ = State::content;
        break;
    case Question::content:
        if (!verdict) verdict = canned::ok();
        end_transaction();
        break;
    case Question::none:
        break;
    }
    if (verdict->code == 421) state_ = State::closed;
    return profile_->spoken(std::move(verdict));
}

Step ServerSession::refuse_each(ReplyPtr verdict) {
    Step step = ask(Question::content, Step::Kind::ask_content);
    step.reply = std::move(verdict);
    return step;
}

std::vector<ReplyPtr> ServerSession::answer_each(std::vector<ReplyPtr> verdicts) {
    require(std::exchange(question_, Question::none) == Question::content, "verdicts were given on no content");
    require(verdicts.size() == recipients_.size(), "the verdicts are not as many as the recipients");
    end_transaction();
    for (ReplyPtr& verdict : verdicts) verdict = profile_->spoken(verdict ? std::move(verdict) : canned::ok());
    return verdicts;
}

const std::vector<Parameter>& ServerSession::rcpt_parameters(std::size_t i) const {
    static const std::vector<Parameter> none;
    for (const auto& [index, list] : rcpt_parameters_)
        if (index == i) return list;
    return none;
}

ReplyPtr ServerSession::shut_down(std::string_view reason) {
    question_ = Question::none;
    exchange_ = Exchange::none;
    state_ = State::closed;
    std::string text = profile_->config().host_name;
    text.append(" ").append(reason.empty() ? "Service not available, closing transmission channel" : reason);
    return profile_->spoken(make_reply(421, {4, 3, 2}, text));
}

void ServerSession::end_transaction() {
    state_ = State::idle;
    saw_rcpt_ = false;
    path_.reset();
    reverse_path_.reset();
    parameters_.clear();
    mail_parameters_.clear();
    recipients_.clear();
    if (!rcpt_parameters_.empty()) rcpt_parameters_.clear();
    declared_size_.reset();
    chunk_octets_ = 0;
}

mail::Protocol ServerSession::with_protocol() const {
    if (lmtp()) {
        if (tls_) return user_.empty() ? mail::Protocol::lmtps : mail::Protocol::lmtpsa;
        return user_.empty() ? mail::Protocol::lmtp : mail::Protocol::lmtpa;
    }
    if (!extended_) return mail::Protocol::smtp;
    if (tls_) return user_.empty() ? mail::Protocol::esmtps : mail::Protocol::esmtpsa;
    return user_.empty() ? mail::Protocol::esmtp : mail::Protocol::esmtpa;
}

} // namespace postopolis::smtp
