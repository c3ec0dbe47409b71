// See conversation.hpp. Time-outs are those of RFC 5321 section 4.5.3.2, as the host is configured.
#include "nodes/conversation.hpp"

#include <algorithm>

#include "postopolis/mail/seven_bit.hpp"

namespace postopolis::nodes {
namespace {

constexpr Duration kResetTimeout = Duration::seconds(20);

smtp::ReplyPtr lost_reply(smtp::Stage stage, net::Received::Kind how) {
    std::string text = how == net::Received::Kind::timed_out ? "timed out waiting for the reply to "
                                                             : "lost connection while waiting for the reply to ";
    text += smtp::to_string(stage);
    return smtp::make_reply(451, {4, 4, 2}, text);
}

/// Of all that a dialogue may wait for.
Duration least_timeout(const TimeoutConfig& t) {
    return std::min({t.greeting, t.ehlo, t.mail, t.rcpt, t.data, t.data_block, t.end_of_data, t.quit});
}

/// How long a client with these settings waits for the reply at a stage.
Duration timeout_of(const TimeoutConfig& t, smtp::Stage stage) {
    switch (stage) {
    case smtp::Stage::connect: return t.connect;
    case smtp::Stage::greeting: return t.greeting;
    case smtp::Stage::ehlo:
    case smtp::Stage::starttls:
    case smtp::Stage::auth: return t.ehlo;
    case smtp::Stage::vrfy:
    case smtp::Stage::mail: return t.mail;
    case smtp::Stage::rcpt: return t.rcpt;
    case smtp::Stage::data: return t.data;
    case smtp::Stage::content: return t.data_block;
    case smtp::Stage::end_of_data: return t.end_of_data;
    case smtp::Stage::rset: return kResetTimeout;
    case smtp::Stage::quit: return t.quit;
    }
    return t.server;
}

} // namespace

Conversation::Conversation(net::Host& host, const TimeoutConfig& timeouts,
                           std::shared_ptr<const smtp::ClientConfig> config, Matter matter)
    : host_(host), timeouts_(timeouts), config_(std::move(config)), matter_(std::move(matter)) {
    rewind();
}

smtp::Transaction Conversation::transaction() const {
    smtp::Transaction t;
    t.reverse_path = matter_.reverse_path;
    t.recipients.reserve(matter_.recipients.size());
    for (const QueuedRecipient& r : matter_.recipients) {
        t.recipients.push_back(r.address);
        if (!r.dsn) continue;
        // What is asked for the whole message is the same with each of them.
        t.mail_parameters = smtp::mail_parameters(*r.dsn);
        t.rcpt_parameters.resize(matter_.recipients.size());
        t.rcpt_parameters[t.recipients.size() - 1] = smtp::rcpt_parameters(*r.dsn);
    }
    t.size = matter_.message.size();
    t.eight_bit = matter_.message.content()->eight_bit();
    return t;
}

void Conversation::rewind() {
    converted_ = mail::Message();
    sealed_.reset();
    dialogue_.emplace(config_);
    dialogue_->begin(transaction());
}

void Conversation::resume(OpenConnection& connection) {
    socket_ = connection.socket.get();
    sealed_ = connection.sealed;
    dialogue_.emplace(std::move(connection.dialogue));
    dialogue_->begin(transaction());
}

bool Conversation::stale() const {
    const smtp::Outcome& failure = dialogue_->session_failure();
    return dialogue_->closed() && failure.result == smtp::Outcome::Result::deferred &&
           (failure.stage == smtp::Stage::rset || failure.stage == smtp::Stage::mail);
}

std::unique_ptr<OpenConnection> Conversation::release(std::unique_ptr<net::Socket> socket, std::uint32_t messages) {
    OpenConnection open{std::move(socket), std::move(*dialogue_), sealed_, messages};
    return std::make_unique<OpenConnection>(std::move(open));
}

void Conversation::convert() {
    std::optional<mail::Message> seven_bit = mail::to_seven_bit(matter_.message);
    if (!seven_bit) return dialogue_->cannot_convert();
    converted_ = std::move(*seven_bit);
    dialogue_->converted(converted_.size());
}

net::Invitation Conversation::invitation() {
    if (config_->implicit_tls || config_->lmtp) return {};
    // The first wait is the one for the greeting; a reset has a short time-out of its own.
    const Duration least = least_timeout(timeouts_);
    return {this, config_->all_or_nothing ? std::min(least, kResetTimeout) : least};
}

Offer Conversation::offer(const trace::Meter& meter) const {
    Offer offer;
    offer.letter = matter_.letter;
    const std::vector<smtp::Outcome>& outcomes = dialogue_->outcomes();
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        if (outcomes[i].result == smtp::Outcome::Result::pending) offer.copies.push_back(matter_.recipients[i].copy);
    offer.meter = meter;
    return offer;
}

void Conversation::send(net::PayloadPtr payload, std::uint64_t octets) {
    payload->cause = matter_.cause;
    socket_->send(std::move(payload), sealed_ ? smtp::tls::sealed_size(*sealed_, octets) : octets);
}

void Conversation::send_content(bool empty) {
    matter_.meter.settle(host_.now());
    Offer offered = empty ? Offer{matter_.letter, {}, matter_.meter} : offer(matter_.meter);
    matter_.offered = offered.copies;
    const std::uint64_t octets = (empty ? 0 : message().size()) + 3; // ".\r\n"
    send(std::make_unique<ContentPayload>(empty ? mail::Message() : message(), std::move(offered)), octets);
}

void Conversation::send_chunk(const smtp::Action& action) {
    matter_.meter.settle(host_.now());
    Offer offered{matter_.letter, {}, matter_.meter};
    if (action.command.last) {
        offered = offer(matter_.meter);
        matter_.offered = offered.copies;
    }
    const std::uint64_t octets = smtp::wire_size(action.command) + *action.command.size;
    send(std::make_unique<ChunkPayload>(action.command, message(), action.offset, std::move(offered)), octets);
}

kernel::Task<void> Conversation::shake_hands() {
    smtp::tls::Version version = config_->tls_version;
    for (std::size_t i = 0; i < smtp::tls::handshake(version).size(); ++i) {
        if (smtp::tls::handshake(version)[i].by_client) {
            auto flight = std::make_unique<TlsPayload>(version, i, socket_->peer().name(), socket_->id());
            const std::uint64_t octets = flight->octets();
            send(std::move(flight), octets);
            continue;
        }
        net::Received r = co_await socket_->receive(timeout_of(timeouts_, smtp::Stage::starttls));
        const bool answered = r.kind == net::Received::Kind::payload &&
                              static_cast<MailPayload&>(*r.payload).kind == MailPayload::Kind::tls;
        if (!answered) {
            lose(smtp::Stage::starttls, r.kind);
            co_return;
        }
        auto& flight = static_cast<TlsPayload&>(*r.payload);
        version = flight.version; // the server's choice
        matter_.meter.settle_reply(host_.now(), flight.work, flight.waited);
    }
    sealed_ = version;
}

void Conversation::lose(smtp::Stage stage, net::Received::Kind how) {
    if (how == net::Received::Kind::timed_out)
        matter_.meter.settle_as(host_.now(), trace::Cause::timeout);
    else
        matter_.meter.settle(host_.now());
    doubtful_ = doubtful_ || !matter_.offered.empty();
    dialogue_->on_lost(lost_reply(stage, how));
}

void Conversation::hear(ReplyPayload& reply) {
    matter_.meter.settle_reply(host_.now(), reply.work, reply.waited);
    if (dialogue_->stage() == smtp::Stage::end_of_data) {
        // Of LMTP's replies each is about one recipient, in their order.
        if (config_->lmtp && !matter_.offered.empty())
            matter_.offered.erase(matter_.offered.begin());
        else
            matter_.offered.clear();
    }
    dialogue_->on_reply(reply.reply);
}

kernel::Task<void> Conversation::run() { return converse(); }

kernel::Task<void> Conversation::leave() {
    if (farewell_) {
        co_await socket_->pause_until(*farewell_);
        socket_->part();
        co_return;
    }
    if (dialogue_->closed()) co_return;
    dialogue_->quit();
    co_await converse();
}

kernel::Task<void> Conversation::converse() {
    for (;;) {
        smtp::Action action = dialogue_->next();
        switch (action.kind) {
        case smtp::Action::Kind::send: {
            const std::size_t octets = smtp::wire_size(action.command);
            send(std::make_unique<CommandPayload>(std::move(action.command)), octets);
            break;
        }
        case smtp::Action::Kind::content: send_content(action.empty); break;
        case smtp::Action::Kind::chunk: send_chunk(action); break;
        case smtp::Action::Kind::convert: convert(); break;
        case smtp::Action::Kind::receive: {
            const smtp::Stage stage = dialogue_->stage();
            net::Received r = co_await socket_->receive(timeout_of(timeouts_, stage) + socket_->sending_for());
            if (r.kind != net::Received::Kind::payload) {
                lose(stage, r.kind);
                break;
            }
            auto& payload = static_cast<MailPayload&>(*r.payload);
            if (payload.kind == MailPayload::Kind::outcome) {
                farewell_ = static_cast<OutcomePayload&>(payload).farewell;
                co_return;
            }
            hear(static_cast<ReplyPayload&>(payload));
            break;
        }
        case smtp::Action::Kind::start_tls: co_await shake_hands(); break;
        case smtp::Action::Kind::idle: co_return;
        case smtp::Action::Kind::close:
            socket_->close();
            co_return;
        }
    }
}

} // namespace postopolis::nodes
