// From the outbox to the MSA.
#include <algorithm>

#include "nodes/conversation.hpp"
#include "nodes/outgoing.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {
namespace {

constexpr Duration kFirstPause = Duration::minutes(1);
constexpr Duration kLongestPause = Duration::minutes(30);
constexpr Duration kPatience = Duration::days(2);

std::vector<trace::CopyId> unserved(const std::vector<QueuedRecipient>& recipients) {
    std::vector<trace::CopyId> copies;
    for (const QueuedRecipient& r : recipients)
        if (!r.served) copies.push_back(r.copy);
    return copies;
}

} // namespace

std::vector<trace::CopyId> Person::copies_in_outbox() const {
    std::vector<trace::CopyId> all;
    for (const auto& letter : outbox_)
        for (trace::CopyId copy : unserved(letter->recipients)) all.push_back(copy);
    return all;
}

kernel::Task<void> Person::submit_all() {
    while (!outbox_.empty()) {
        Outgoing& letter = *outbox_.front();
        co_await submit(letter);
        outbox_.erase(outbox_.begin());
    }
    sending_ = false;
    plan_rest();
}

kernel::Task<void> Person::submit(Outgoing& letter) {
    Duration pause = kFirstPause;
    if (unserved(letter.recipients).empty()) co_return; // the computer was switched off while it said goodbye
    for (;;) {
        ++letter.attempts;
        letter.results.assign(letter.recipients.size(), DeliveryResult());
        for (DeliveryResult& r : letter.results) r.text = "no submission server is known";
        bool reached = false;
        if (config_->submits_at_home) {
            const DomainEntry home = world_.directory.domain(mailbox()->domain);
            std::string host = home ? home.mailboxes() : std::string();
            co_await submit_at(letter, std::move(host), reached);
        }
        for (const std::string& host : config_->submission) {
            if (reached) break;
            co_await submit_at(letter, host, reached);
        }
        if (now() - letter.written >= kPatience)
            for (DeliveryResult& r : letter.results) r.kind = DeliveryResult::Kind::failed;
        settle(letter);
        const std::vector<trace::CopyId> left = unserved(letter.recipients);
        if (left.empty()) co_return;
        const trace::Cause backoff = tell_deferral(letter, now() + pause);
        letter.meter = trace::Meter(now(), backoff);
        co_await sleep(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
}

trace::Cause Person::tell_deferral(const Outgoing& letter, Time next_try) {
    // One event for all that were put off for the same reason; the first of them gives the wait its name.
    std::optional<trace::Cause> backoff;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < letter.recipients.size(); ++i)
        if (!letter.recipients[i].served) left.push_back(i);
    while (!left.empty()) {
        const DeliveryResult& why = letter.results[left.front()];
        auto other = std::stable_partition(left.begin(), left.end(), [&](std::size_t i) {
            return letter.results[i].code == why.code && letter.results[i].text == why.text;
        });
        std::vector<trace::CopyId> copies;
        for (auto i = left.begin(); i != other; ++i) copies.push_back(letter.recipients[*i].copy);
        trace::Deferred deferred{letter.letter, copies, name(), why.remote, {why.code, why.enhanced, why.text},
                                 why.backoff, next_try, letter.attempts};
        tell(letter.cause, deferred);
        if (!backoff) backoff = why.backoff;
        left.erase(left.begin(), other);
    }
    return backoff.value_or(trace::Cause::backoff_no_answer);
}

kernel::Task<void> Person::submit_at(Outgoing& letter, std::string host_name, bool& reached) {
    MailHost* host = world_.host(host_name);
    if (host == nullptr) co_return;
    std::vector<std::size_t> tried;
    std::vector<QueuedRecipient> recipients;
    for (std::size_t i = 0; i < letter.recipients.size(); ++i) {
        if (letter.recipients[i].served) continue;
        tried.push_back(i);
        recipients.push_back(letter.recipients[i]);
    }
    Matter matter{letter.message, letter.letter,  letter.author, std::move(recipients),
                  letter.meter,   letter.offered, letter.cause};
    Conversation talk(*this, config_->timeouts, client_config(), std::move(matter));
    letter.meter.turn(now(), trace::Cause::transit);
    const std::uint16_t port = config_->implicit_tls ? kSubmissionsPort : kSubmissionPort;
    net::Connecting connecting = co_await connect(host->address(), port, config_->timeouts.connect, letter.cause,
                                                  talk.invitation());
    if (!connecting.socket) {
        const bool timed_out = connecting.failure == "timed out";
        letter.meter.settle_as(now(), timed_out ? trace::Cause::timeout : trace::Cause::transit);
        for (DeliveryResult& r : letter.results) {
            r.remote = host_name;
            r.text = "connect to " + host_name + "[" + net::address_text(host->address()) +
                     "]:" + std::to_string(port) + ": " + std::string(connecting.failure);
        }
        co_return;
    }
    reached = true;
    talk.connected(*connecting.socket);
    co_await talk.run();
    for (std::size_t k = 0; k < tried.size(); ++k) {
        letter.results[tried[k]] = result_of(talk.outcomes()[k], host_name);
        if (letter.results[tried[k]].kind == DeliveryResult::Kind::delivered) letter.recipients[tried[k]].served = true;
    }
    if (talk.doubtful()) doubt(letter, host_name);
    co_await talk.leave();
}

std::shared_ptr<const smtp::ClientConfig> Person::client_config() const {
    smtp::ClientConfig client;
    // RFC 5321 section 4.1.4: a client without a name gives its address.
    client.helo_name = "[" + net::address_text(Host::address()) + "]";
    client.tls = config_->tls;
    client.implicit_tls = config_->implicit_tls;
    if (config_->authenticates) {
        std::string password = world_.directory.account(*mailbox()).password();
        if (config_->wrong_password) password += "?";
        client.credentials = smtp::Credentials{name(), std::move(password)};
    }
    return std::make_shared<const smtp::ClientConfig>(std::move(client));
}

void Person::doubt(Outgoing& letter, std::string_view remote) {
    if (letter.offered.empty()) return;
    std::vector<trace::CopyId> renamed;
    for (trace::CopyId old : letter.offered) {
        renamed.push_back(trace::make_id(id(), ++copies_));
        for (QueuedRecipient& r : letter.recipients)
            if (r.copy == old) r.copy = renamed.back();
    }
    trace::Doubted doubted{letter.letter, letter.offered, renamed, letter.meter.start(), name(), remote};
    letter.cause = tell(letter.cause, doubted);
    letter.offered.clear();
}

void Person::settle(Outgoing& letter) {
    letter.meter.settle(now());
    const std::vector<trace::CopyId> left = unserved(letter.recipients);
    if (left.empty()) return;
    const std::string to = letter.results.front().remote;
    trace::Passed passed{trace::Passed::Stage::submission, left, letter.meter.start(), letter.meter.account(), name(),
                         to};
    letter.cause = tell(letter.cause, passed);
    letter.meter = trace::Meter(now(), trace::Cause::queue);
    for (std::size_t i = 0; i < letter.recipients.size(); ++i) {
        const DeliveryResult& r = letter.results[i];
        if (letter.recipients[i].served || r.kind != DeliveryResult::Kind::failed) continue;
        const std::vector<trace::CopyId> copies{letter.recipients[i].copy};
        trace::Rejected rejected{letter.letter, copies, r.remote, {r.code, r.enhanced, r.text}};
        tell(letter.cause, rejected);
        letter.recipients[i].served = true;
    }
}

} // namespace postopolis::nodes
