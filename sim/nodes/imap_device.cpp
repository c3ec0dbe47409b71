// Sessions of devices that read by IMAP. The time ledger: a letter that a waiting device is told of was on its way from
// the instant at which it was filed; one that had to wait until the device looked, or was done with others, was waiting
// for its reader.
#include <algorithm>

#include "nodes/mail_device.hpp"

namespace postopolis::nodes {

struct ImapDevice::Talk {
    net::Socket& socket;
    access::ImapClient client;
    access::ImapReader reader{access::ImapReader::Side::client};
    Time began;        ///< this look: when the connection was opened, or when there was news
    Time idle_since{}; ///< what is filed from then on is told at once
    bool told = false; ///< this look follows from news
    trace::Meter meter;
};

void ImapDevice::mail_waits(bool pushed) {
    if (!config_.push) return MailDevice::mail_waits(pushed);
    if (talk_ == nullptr) {
        waiting_ = true;
        if (person_.up()) look_at(person_.now());
        return;
    }
    if (pushed || !talk_->client.idling()) return;
    // The server knows of no session: it has been down. A client finds out when it starts IDLE again, every 29 minutes
    // at the latest; only the time that matters is played out.
    talk_->client.look_again();
    access::ImapAction action = talk_->client.next();
    if (action.kind != access::ImapAction::Kind::send) return;
    const std::uint64_t octets = action.output.size();
    talk_->socket.send(std::make_unique<ImapPayload>(std::move(action.output)), octets);
}

kernel::Task<void> ImapDevice::fetch() {
    const Time began = person_.now();
    net::Connecting connecting = co_await connect(kImapPort);
    if (!connecting.socket) co_return;
    using After = access::ImapClientConfig::After;
    const After after = !config_.folder.empty() ? After::file : config_.leave_on_server ? After::keep : After::remove;
    access::ImapClientConfig settings{person_.name(), password(), after, config_.folder, config_.push};
    Talk talk{.socket = *connecting.socket,
              .client = access::ImapClient(std::move(settings), memory_),
              .began = began,
              .meter = trace::Meter(began, trace::Cause::transit)};
    waiting_ = false; // what is announced from here on may come too late for this look
    talk_ = &talk;
    co_await converse(talk);
    talk_ = nullptr;
    if (talk.client.result() != access::ImapClient::Result::done) waiting_ = true;
}

kernel::Task<void> ImapDevice::converse(Talk& talk) {
    for (;;) {
        access::ImapAction action = talk.client.next();
        if (action.kind == access::ImapAction::Kind::close) break;
        if (action.kind == access::ImapAction::Kind::send) {
            const std::uint64_t octets = action.output.size();
            talk.socket.send(std::make_unique<ImapPayload>(std::move(action.output)), octets);
            continue;
        }
        const bool idle = talk.client.idling();
        const Duration patience = idle ? Duration::max() : timeouts().server;
        net::Received r = co_await talk.socket.receive(patience);
        if (r.kind != net::Received::Kind::payload) {
            talk.client.on_lost();
            break;
        }
        if (idle) { // a look begins
            talk.began = person_.now();
            talk.told = true;
            talk.meter = trace::Meter(talk.began, trace::Cause::transit);
        }
        hear(talk, static_cast<const ImapPayload&>(*r.payload));
        if (!idle && talk.client.idling()) talk.idle_since = person_.now();
    }
    talk.socket.close();
}

void ImapDevice::hear(Talk& talk, const ImapPayload& payload) {
    talk.meter.settle_reply(person_.now(), payload.work, payload.waited);
    talk.reader.feed(payload.output);
    while (talk.reader.next() == access::ImapReader::Found::line) talk.client.on_line(talk.reader.take_line());
    const std::vector<access::ImapClient::Fetched> fetched = talk.client.take_fetched();
    for (std::size_t i = 0; i < std::min(fetched.size(), payload.origins.size()); ++i) {
        if (!payload.origins[i]) continue; // a message that some client has put there
        const auto& origin = static_cast<const StoredOrigin&>(*payload.origins[i]);
        if (origin.copy == 0) continue;
        const bool at_once = talk.told && origin.filed >= talk.idle_since;
        const trace::Cause before = at_once ? trace::Cause::transit : trace::Cause::pickup;
        const bool left = config_.leave_on_server || !config_.folder.empty();
        took({origin.letter, origin.copy, origin.filed, origin.event, spent(origin.filed, talk.began, talk.meter, before),
              left, fetched[i].message});
    }
}

} // namespace postopolis::nodes
