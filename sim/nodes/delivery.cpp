// One delivery: from route to result. RFC 5321 section 5.1 says which hosts are tried and in which order.
#include <algorithm>

#include "nodes/conversation.hpp"
#include "nodes/queue_manager.hpp"

namespace postopolis::nodes {
namespace {

// Postfix's smtp_mx_session_limit and smtp_mx_address_limit.
constexpr int kSessionLimit = 2;
constexpr int kAddressLimit = 5;

trace::Cause backoff_of(const smtp::Outcome& outcome) {
    if (outcome.local || !outcome.reply) return trace::Cause::backoff_no_answer;
    const smtp::Reply& r = *outcome.reply;
    if (r.code == 421) return trace::Cause::backoff_throttled;
    if (r.enhanced.subject == 2 && r.enhanced.detail == 2) return trace::Cause::backoff_quota;
    const std::string text = smtp::to_string(r);
    if (text.find("reylist") != std::string::npos) return trace::Cause::backoff_greylisted;
    return trace::Cause::backoff_refused;
}

std::string text_of(const smtp::Reply& reply) {
    std::string out;
    for (const std::string& line : reply.lines) {
        if (!out.empty()) out += ' ';
        out += line;
    }
    return out;
}

DeliveryResult from_failure(const dns::RouteFailure& f, const std::string& domain) {
    DeliveryResult r;
    r.kind = f.permanent ? DeliveryResult::Kind::failed : DeliveryResult::Kind::deferred;
    r.code = static_cast<std::uint16_t>(f.reply_code);
    r.enhanced = f.enhanced;
    r.text = f.text;
    r.remote = domain;
    r.backoff = trace::Cause::backoff_dns;
    return r;
}

} // namespace

DeliveryResult result_of(const smtp::Outcome& outcome, const std::string& remote) {
    DeliveryResult r;
    r.remote = remote;
    r.from_remote = !outcome.local;
    switch (outcome.result) {
    case smtp::Outcome::Result::delivered: r.kind = DeliveryResult::Kind::delivered; break;
    case smtp::Outcome::Result::failed: r.kind = DeliveryResult::Kind::failed; break;
    default: r.kind = DeliveryResult::Kind::deferred; break;
    }
    if (r.kind == DeliveryResult::Kind::delivered) return r; // nobody asks what was said
    r.backoff = backoff_of(outcome);
    if (outcome.reply) {
        r.code = outcome.reply->code;
        r.said = smtp::to_string(*outcome.reply);
        r.text = text_of(*outcome.reply);
        r.enhanced = outcome.reply->enhanced ? outcome.reply->enhanced.text()
                                             : std::to_string(r.code / 100) + ".0.0"; // RFC 3463 section 3.1
    } else {
        r.text = "lost connection";
    }
    // A server that greets with 5xx does not want to talk, which says nothing of the recipients: Postfix's
    // smtp_skip_5xx_greeting goes on to the next host, and tries again later.
    if (r.kind == DeliveryResult::Kind::failed && outcome.stage == smtp::Stage::greeting && !outcome.local)
        r.kind = DeliveryResult::Kind::deferred;
    return r;
}

/// One stop of a delivery: a host, by one of its addresses.
struct QueueManager::Visit {
    std::uint64_t number;
    const std::string& name;
    std::uint32_t address;
    std::uint16_t port;
    std::vector<DeliveryResult>& results;
    bool reached = false; ///< there was a connection
};

kernel::Task<void> QueueManager::deliver(std::uint64_t number) {
    QueueEntry& entry = entries_.at(number);
    end_stage(entry, trace::Passed::Stage::waiting, host_.name(), trace::Cause::dns);
    ++entry.attempts;
    if (!routes_.find_now(*entry.destination, entry.cause)) co_await routes_.look_up(entry.destination, entry.cause);
    const std::shared_ptr<NextStops> stops = entry.destination->stops;
    const std::vector<std::size_t> order = routes_.order(*entry.destination);
    const std::optional<dns::RouteFailure> none_to_try = entry.destination->failure;
    const bool implicit = entry.destination->implicit;
    std::vector<DeliveryResult> results(entry.recipients.size());
    int sessions = 0;
    int addresses = 0;
    bool any_temporary = false;
    auto goes_on = [&] {
        if (sessions >= kSessionLimit || addresses >= kAddressLimit) return false;
        for (std::size_t i = 0; i < results.size(); ++i)
            if (!entry.recipients[i].served && results[i].kind == DeliveryResult::Kind::deferred) return true;
        return false;
    };
    for (std::size_t i = 0; i < stops->size(); ++i) {
        if (!goes_on()) break; // the addresses of hosts that nobody goes to are not looked up
        const std::size_t index = order.empty() ? i : order[i];
        NextStop& stop = (*stops)[index];
        if (!stop.configured) entry.meter.turn(host_.now(), trace::Cause::dns);
        if (!routes_.find_addresses_now(stop, entry.cause))
            co_await routes_.look_up_addresses(stops, index, entry.cause);
        any_temporary = any_temporary || stop.temporary;
        const std::shared_ptr<const std::vector<std::uint32_t>> found = stop.addresses;
        for (std::uint32_t address : *found) {
            if (!goes_on()) break;
            ++addresses;
            Visit v{number, stop.name, address, stop.port, results};
            co_await visit(v);
            if (v.reached) ++sessions;
        }
    }
    const std::string& domain = entry.destination->domain;
    if (addresses == 0) {
        dns::RouteFailure failure{true, 550, "5.4.4", "no host of " + domain + " has an address"};
        if (none_to_try)
            failure = *none_to_try;
        else if (any_temporary)
            failure = dns::RouteFailure{false, 451, "4.4.3", "name service error for " + domain};
        else if (implicit)
            failure = dns::RouteFailure{true, 550, "5.1.2", "no host " + domain + " found"};
        for (DeliveryResult& r : results) r = from_failure(failure, domain);
    }
    if (!entry.served()) {
        const std::string last = results.empty() ? domain : results.back().remote;
        end_stage(entry, trace::Passed::Stage::transfer, last, trace::Cause::queue);
    }
    settle(number, std::move(results));
}

kernel::Task<void> QueueManager::visit(Visit& v) {
    QueueEntry& entry = entries_.at(v.number);
    std::vector<std::size_t> tried;
    std::vector<QueuedRecipient> recipients;
    for (std::size_t i = 0; i < entry.recipients.size(); ++i) {
        if (entry.recipients[i].served || v.results[i].kind != DeliveryResult::Kind::deferred) continue;
        tried.push_back(i);
        recipients.push_back(entry.recipients[i]);
    }
    Matter matter{entry.message, entry.letter,  entry.reverse_path, std::move(recipients),
                  entry.meter,   entry.offered, entry.cause};
    Conversation talk(host_, host_.config().timeouts, v.port == kLmtpPort ? lmtp_client() : client(), std::move(matter));

    entry.meter.turn(host_.now(), trace::Cause::transit);
    std::unique_ptr<net::Socket> socket;
    std::uint32_t messages = 1;
    const bool reuses = host_.config().queue.reuse > Duration();
    std::unique_ptr<OpenConnection> kept;
    if (reuses) kept = cache_.take(v.address, v.port);
    if (kept) {
        talk.resume(*kept);
        socket = std::move(kept->socket);
        messages = kept->messages + 1;
        co_await talk.run();
        if (talk.stale()) {
            socket.reset();
            talk.rewind();
            messages = 1;
        }
    }
    if (!socket) {
        const net::Invitation invitation = reuses ? net::Invitation() : talk.invitation();
        net::Connecting connecting = co_await host_.connect(v.address, v.port, host_.config().timeouts.connect,
                                                            entry.cause, invitation);
        if (!connecting.socket) {
            not_connected(entry, v, tried, connecting.failure);
            co_return;
        }
        socket = std::move(connecting.socket);
        talk.connected(*socket);
        co_await talk.run();
    }
    v.reached = true;
    if (talk.doubtful()) doubt(entry, v.name);
    for (std::size_t k = 0; k < tried.size(); ++k) {
        v.results[tried[k]] = result_of(talk.outcomes()[k], v.name);
        if (v.results[tried[k]].kind == DeliveryResult::Kind::delivered) entry.recipients[tried[k]].served = true;
    }
    // RFC 3461 section 5.2.2: who hands a message to a server that knows no DSN is the last one to tell of it.
    if (!talk.dialogue().extensions().dsn) {
        for (std::size_t i : tried)
            if (entry.recipients[i].served && entry.recipients[i].dsn)
                confirm(entry, {&entry.recipients[i], 1}, mail::Action::relayed, v.name);
    }
    if (reuses && talk.dialogue().idle() && messages < host_.config().queue.reuse_limit)
        cache_.keep(v.address, v.port, talk.release(std::move(socket), messages));
    else
        co_await talk.leave();
}

void QueueManager::not_connected(QueueEntry& entry, Visit& v, const std::vector<std::size_t>& tried,
                                 std::string_view failure) {
    entry.meter.settle_as(host_.now(), failure == "timed out" ? trace::Cause::timeout : trace::Cause::transit);
    for (std::size_t i : tried) {
        v.results[i] = DeliveryResult();
        v.results[i].remote = v.name;
        v.results[i].text = "connect to " + v.name + "[" + net::address_text(v.address) + "]:" +
                            std::to_string(v.port) + ": " + std::string(failure);
    }
}

const std::shared_ptr<const smtp::ClientConfig>& QueueManager::lmtp_client() {
    if (!lmtp_client_) {
        smtp::ClientConfig config = *client();
        config.lmtp = true;
        lmtp_client_ = std::make_shared<const smtp::ClientConfig>(std::move(config));
    }
    return lmtp_client_;
}

} // namespace postopolis::nodes
