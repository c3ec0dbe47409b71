// See conversation.hpp. Time-outs are those of RFC 5321 section 4.5.3.2, as the host is configured.
#include "nodes/conversation.hpp"

namespace postopolis::nodes {
namespace {

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
    case smtp::Stage::rset: return Duration::seconds(20);
    case smtp::Stage::quit: return t.quit;
    }
    return t.server;
}

void send_content(Conversation& c, bool empty) {
    Offer offer;
    offer.letter = c.letter;
    const std::vector<smtp::Outcome>& outcomes = c.dialogue.outcomes();
    if (!empty) {
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            if (outcomes[i].result != smtp::Outcome::Result::pending) continue;
            offer.copies.push_back(c.recipients[i].copy);
            c.offered.push_back(c.recipients[i].copy);
        }
    }
    c.meter.settle(c.host.now());
    offer.meter = c.meter;
    auto payload = std::make_unique<ContentPayload>(empty ? mail::Message() : c.message, std::move(offer));
    payload->cause = c.cause;
    const std::uint64_t octets = (empty ? 0 : c.message.size()) + 3; // ".\r\n"
    c.socket.send(std::move(payload), octets);
}

smtp::ReplyPtr lost_reply(smtp::Stage stage, net::Received::Kind how) {
    std::string text = how == net::Received::Kind::timed_out ? "timed out waiting for the reply to "
                                                             : "lost connection while waiting for the reply to ";
    text += smtp::to_string(stage);
    return smtp::make_reply(451, {4, 4, 2}, text);
}

} // namespace

kernel::Task<void> converse(Conversation& c) {
    for (;;) {
        smtp::Action action = c.dialogue.next();
        switch (action.kind) {
        case smtp::Action::Kind::send: {
            const std::size_t octets = smtp::wire_size(action.command);
            auto payload = std::make_unique<CommandPayload>(std::move(action.command));
            payload->cause = c.cause;
            c.socket.send(std::move(payload), octets);
            break;
        }
        case smtp::Action::Kind::content: send_content(c, action.empty); break;
        case smtp::Action::Kind::receive: {
            const smtp::Stage stage = c.dialogue.stage();
            const Duration timeout = timeout_of(c.timeouts, stage) + c.socket.sending_for();
            net::Received r = co_await c.socket.receive(timeout);
            if (r.kind == net::Received::Kind::payload) {
                auto& reply = static_cast<ReplyPayload&>(*r.payload);
                c.meter.settle_reply(c.host.now(), reply.work, reply.waited);
                if (stage == smtp::Stage::end_of_data) c.offered.clear();
                c.dialogue.on_reply(reply.reply);
                break;
            }
            if (r.kind == net::Received::Kind::timed_out)
                c.meter.settle_as(c.host.now(), trace::Cause::timeout);
            else
                c.meter.settle(c.host.now());
            c.doubtful = c.doubtful || !c.offered.empty();
            c.dialogue.on_lost(lost_reply(stage, r.kind));
            break;
        }
        case smtp::Action::Kind::start_tls: break; // a change of state only: nothing to wait for
        case smtp::Action::Kind::idle: co_return;
        case smtp::Action::Kind::close:
            c.socket.close();
            co_return;
        }
    }
}

} // namespace postopolis::nodes
