// See conversation.hpp. Time-outs are those of RFC 5321 section 4.5.3.2, as the host is configured.
#include "nodes/conversation.hpp"

#include <algorithm>

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

void Conversation::rewind() {
    smtp::Transaction transaction;
    transaction.reverse_path = matter_.reverse_path;
    transaction.recipients.reserve(matter_.recipients.size());
    for (const QueuedRecipient& r : matter_.recipients) transaction.recipients.push_back(r.address);
    transaction.size = matter_.message.size();
    transaction.eight_bit = matter_.message.content()->eight_bit();
    dialogue_.emplace(config_);
    dialogue_->begin(std::move(transaction));
}

net::Invitation Conversation::invitation() {
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

void Conversation::send_content(bool empty) {
    matter_.meter.settle(host_.now());
    Offer offered = empty ? Offer{matter_.letter, {}, matter_.meter} : offer(matter_.meter);
    matter_.offered = offered.copies;
    auto payload = std::make_unique<ContentPayload>(empty ? mail::Message() : matter_.message, std::move(offered));
    payload->cause = matter_.cause;
    const std::uint64_t octets = (empty ? 0 : matter_.message.size()) + 3; // ".\r\n"
    socket_->send(std::move(payload), octets);
}

void Conversation::lose(smtp::Stage stage, net::Received::Kind how) {
    if (how == net::Received::Kind::timed_out)
        matter_.meter.settle_as(host_.now(), trace::Cause::timeout);
    else
        matter_.meter.settle(host_.now());
    doubtful_ = doubtful_ || !matter_.offered.empty();
    dialogue_->on_lost(lost_reply(stage, how));
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
            auto payload = std::make_unique<CommandPayload>(std::move(action.command));
            payload->cause = matter_.cause;
            socket_->send(std::move(payload), octets);
            break;
        }
        case smtp::Action::Kind::content: send_content(action.empty); break;
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
            auto& reply = static_cast<ReplyPayload&>(payload);
            matter_.meter.settle_reply(host_.now(), reply.work, reply.waited);
            if (stage == smtp::Stage::end_of_data) matter_.offered.clear();
            dialogue_->on_reply(reply.reply);
            break;
        }
        case smtp::Action::Kind::start_tls: break; // a change of state only: nothing to wait for
        case smtp::Action::Kind::idle: co_return;
        case smtp::Action::Kind::close:
            socket_->close();
            co_return;
        }
    }
}

} // namespace postopolis::nodes
