// The queue's life cycle: taking, splitting, starting, deferring, and what a crash does to it.
#include "nodes/queue_manager.hpp"

#include <algorithm>

#include "nodes/local_delivery.hpp"
#include "postopolis/policy/recipients.hpp"

namespace postopolis::nodes {
namespace {

constexpr std::size_t kRecipientsPerEntry = 100; // RFC 5321 section 4.5.3.1.8

policy::Nanoseconds nanoseconds(Duration d) { return policy::Nanoseconds(d.count()); }
Duration duration(policy::Nanoseconds n) { return Duration::nanoseconds(n.count()); }

std::shared_ptr<const smtp::ClientConfig> client_config(const MailHost& host) {
    smtp::ClientConfig client;
    client.helo_name = host.name();
    client.verifies = host.config().queue.verifies;
    client.all_or_nothing = host.config().queue.all_or_nothing;
    client.pipelining = host.config().queue.pipelining;
    client.chunking = host.config().queue.chunking;
    client.chunk_octets = host.config().queue.chunk_octets;
    client.tls = host.config().queue.tls;
    client.tls_version = host.config().tls.version;
    return std::make_shared<const smtp::ClientConfig>(std::move(client));
}

policy::ConcurrencyLimits limits(const QueueConfig& c) { return {c.concurrency, c.per_destination}; }

} // namespace

QueueManager::QueueManager(MailHost& host)
    : host_(host), routes_(host), cache_(host), retry_stream_(host.stream("retry")) {
    const Duration interval = duration(host.config().queue.retry.scan_interval);
    if (host.config().queue.scan_phase) {
        scan_phase_ = *host.config().queue.scan_phase;
    } else if (interval > Duration()) {
        kernel::Stream phase = host.stream("queue scan");
        scan_phase_ =
            Duration::nanoseconds(static_cast<std::int64_t>(phase.below(static_cast<std::uint64_t>(interval.count()))));
    }
}

QueueEntry* QueueManager::find(std::uint64_t number) {
    auto found = entries_.find(number);
    return found == entries_.end() ? nullptr : &found->second;
}

std::vector<trace::CopyId> QueueManager::copies() const {
    std::vector<trace::CopyId> all;
    for (const auto& [number, entry] : entries_)
        for (const QueuedRecipient& r : entry.recipients)
            if (!r.served) all.push_back(r.copy);
    return all;
}

void QueueManager::take(Incoming in) {
    if (in.recipients.size() == 1) {
        DestinationPtr destination = routes_.destination(in.recipients.front().address->domain);
        return start(add(in, std::move(in.recipients), std::move(destination)));
    }
    std::vector<DestinationPtr> destinations;
    std::vector<std::string_view> keys;
    for (const QueuedRecipient& r : in.recipients) {
        destinations.push_back(routes_.destination(r.address->domain));
        keys.push_back(destinations.back()->key);
    }
    std::vector<std::uint64_t> added;
    for (policy::RecipientGroup& group :
         policy::split_recipients(std::span<const std::string_view>(keys), kRecipientsPerEntry)) {
        std::vector<QueuedRecipient> recipients;
        for (std::uint32_t i : group.index) recipients.push_back(in.recipients[i]);
        added.push_back(add(in, std::move(recipients), destinations[group.index.front()]).number);
    }
    for (std::uint64_t number : added) start(entries_.at(number));
}

QueueEntry& QueueManager::add(const Incoming& in, std::vector<QueuedRecipient> recipients,
                              DestinationPtr destination) {
    const std::uint64_t number = ++numbers_;
    QueueEntry& entry = entries_.emplace_hint(entries_.end(), number, QueueEntry{})->second;
    entry.number = number;
    entry.queue_id = in.queue_id;
    entry.letter = in.letter;
    entry.message = in.message;
    entry.reverse_path = in.reverse_path;
    entry.recipients = std::move(recipients);
    entry.destination = std::move(destination);
    entry.arrived = host_.now();
    entry.meter = trace::Meter(host_.now(), trace::Cause::queue);
    entry.cause = in.cause;
    return entry;
}

void QueueManager::start(const QueueEntry& entry) {
    if (entry.destination->local) {
        host_.local().start(entry.number);
        return;
    }
    scheduler().enqueue(entry.number, entry.destination->key);
    pump();
}

policy::FairScheduler& QueueManager::scheduler() {
    if (!scheduler_) scheduler_ = std::make_unique<policy::FairScheduler>(limits(host_.config().queue));
    return *scheduler_;
}

const std::shared_ptr<const smtp::ClientConfig>& QueueManager::client() {
    if (!client_) client_ = client_config(host_);
    return client_;
}

void QueueManager::pump() {
    while (std::optional<policy::JobId> job = scheduler_ ? scheduler_->start_next() : std::nullopt) host_.spawn(deliver(*job));
}

void QueueManager::set_alarm() {
    if (deferred_.empty() || deferred_.begin()->first >= alarm_at_) return;
    alarm_at_ = deferred_.begin()->first;
    host_.schedule(alarm_at_, &alarm_);
}

void QueueManager::on_alarm() {
    if (host_.now() >= alarm_at_) alarm_at_ = Time::max();
    bool idle = true;
    while (host_.up() && !deferred_.empty() && deferred_.begin()->first <= host_.now()) {
        QueueEntry& entry = entries_.at(deferred_.begin()->second);
        deferred_.erase(deferred_.begin());
        entry.meter.turn(host_.now(), trace::Cause::queue);
        start(entry);
        idle = false;
    }
    if (idle) host_.idle_event();
    if (host_.up()) set_alarm();
}

void QueueManager::end_stage(QueueEntry& entry, trace::Passed::Stage stage, std::string_view to, trace::Cause next) {
    const Time now = host_.now();
    entry.meter.settle(now);
    const std::vector<trace::CopyId> copies = entry.copies();
    if (now > entry.meter.start() && !copies.empty()) {
        trace::Passed passed{stage, copies, entry.meter.start(), entry.meter.account(), host_.name(), to};
        entry.cause = host_.tell(entry.cause, passed);
    }
    entry.meter = trace::Meter(now, next);
}

std::vector<std::size_t> QueueManager::unserved(const QueueEntry& entry) const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < entry.recipients.size(); ++i)
        if (!entry.recipients[i].served) indices.push_back(i);
    return indices;
}

void QueueManager::settle(std::uint64_t number, std::vector<DeliveryResult> results) {
    QueueEntry& entry = entries_.at(number);
    if (scheduler_) scheduler_->finished(number);
    std::vector<std::size_t> failed;
    for (std::size_t i = 0; i < entry.recipients.size(); ++i)
        if (!entry.recipients[i].served && results[i].kind == DeliveryResult::Kind::failed) failed.push_back(i);
    fail(entry, failed, results);
    if (!entry.served()) defer(entry, results);
    if (entry.served()) entries_.erase(number);
    pump();
    if (entries_.empty()) rest();
}

void QueueManager::rest() {
    // Hosts are many, and most of them rest most of the time; what a busy one remembers it will need again.
    constexpr std::uint64_t kBusy = 100;
    if (numbers_ >= kBusy || (scheduler_ && scheduler_->running() != 0)) return;
    scheduler_.reset();
    client_.reset();
}

policy::FailedAttempt QueueManager::history(const QueueEntry& entry) {
    const QueueConfig& config = host_.config().queue;
    policy::FailedAttempt failed;
    failed.age = nanoseconds(host_.now() - entry.arrived);
    failed.attempts_made = entry.attempts;
    failed.previous_gap = nanoseconds(entry.previous_gap);
    const Duration interval = duration(config.retry.scan_interval);
    if (interval > Duration() && !config.scan_at_arrival) {
        // The age at which this host scans its queue: its scans are a grid that knows nothing of the message.
        const Duration offset = (scan_phase_ - entry.arrived.since_start()) % interval;
        failed.scan_phase = nanoseconds(offset < Duration() ? offset + interval : offset);
    }
    failed.null_sender = !entry.reverse_path;
    failed.uniform = retry_stream_.uniform();
    return failed;
}

void QueueManager::defer(QueueEntry& entry, std::vector<DeliveryResult>& results) {
    const policy::RetrySchedule& schedule = host_.config().queue.retry;
    const policy::FailedAttempt failed = history(entry);
    const std::optional<policy::Nanoseconds> next = schedule.next_attempt(failed);
    if (!next) {
        for (DeliveryResult& r : results) {
            if (r.kind != DeliveryResult::Kind::deferred) continue;
            r.kind = DeliveryResult::Kind::failed;
            r.enhanced[0] = '5'; // RFC 3463: what failed for a time has now failed for good
            r.text = "delivery time expired: " + r.text;
        }
        return fail(entry, unserved(entry), results);
    }
    entry.previous_gap = duration(*next) - (host_.now() - entry.arrived);
    entry.next_try = entry.arrived + duration(*next);
    const std::vector<std::size_t> left = unserved(entry);
    entry.backoff = results[left.front()].backoff;
    entry.meter = trace::Meter(host_.now(), entry.backoff);
    tell_deferral(entry, results);
    if (schedule.warning_due(failed, entry.warned)) {
        entry.warned = true;
        std::vector<std::size_t> wanted;
        for (std::size_t i : left)
            if (!entry.recipients[i].dsn || entry.recipients[i].dsn->notify.wants_delay()) wanted.push_back(i);
        if (!wanted.empty()) report(entry, wanted, results, mail::Action::delayed);
    }
    deferred_.emplace(entry.next_try, entry.number);
    set_alarm();
}

void QueueManager::tell_deferral(const QueueEntry& entry, const std::vector<DeliveryResult>& results) {
    // One event for all that were put off for the same reason.
    std::vector<std::size_t> left = unserved(entry);
    while (!left.empty()) {
        const DeliveryResult& r = results[left.front()];
        auto other = std::stable_partition(left.begin(), left.end(), [&](std::size_t i) {
            return results[i].code == r.code && results[i].text == r.text && results[i].remote == r.remote;
        });
        std::vector<trace::CopyId> copies;
        for (auto i = left.begin(); i != other; ++i) copies.push_back(entry.recipients[*i].copy);
        trace::Deferred deferred{entry.letter, copies, host_.name(), r.remote, {r.code, r.enhanced, r.text},
                                 r.backoff, entry.next_try, entry.attempts};
        host_.tell(entry.cause, deferred);
        left.erase(left.begin(), other);
    }
}

void QueueManager::doubt(QueueEntry& entry, std::string_view remote) {
    if (entry.offered.empty()) return;
    std::vector<trace::CopyId> renamed;
    for (trace::CopyId old : entry.offered) {
        renamed.push_back(host_.new_copy());
        for (QueuedRecipient& r : entry.recipients)
            if (r.copy == old) r.copy = renamed.back();
    }
    trace::Doubted doubted{entry.letter, entry.offered, renamed, entry.meter.start(), host_.name(), remote};
    entry.cause = host_.tell(entry.cause, doubted);
    entry.offered.clear();
}

void QueueManager::host_goes_down(bool queue_lost) {
    cache_.forget();
    for (auto at = entries_.begin(); at != entries_.end();) {
        QueueEntry& entry = at->second;
        std::erase_if(entry.recipients, [](const QueuedRecipient& r) { return r.served; });
        if (entry.recipients.empty()) { // all were taken and only the farewell was still being said
            at = entries_.erase(at);
            continue;
        }
        doubt(entry, entry.destination->domain);
        if (queue_lost) {
            end_stage(entry, trace::Passed::Stage::waiting, host_.name(), trace::Cause::held);
            const std::vector<trace::CopyId> copies = entry.copies();
            trace::Lost lost{entry.letter, copies, host_.name(), "the host crashed and its queue was lost"};
            host_.tell(entry.cause, lost);
        } else {
            entry.meter.turn(host_.now(), trace::Cause::held);
        }
        ++at;
    }
    if (queue_lost) {
        entries_.clear();
        deferred_.clear();
    }
}

void QueueManager::host_came_up() {
    scheduler_.reset();
    std::vector<std::uint64_t> ready;
    for (auto& [number, entry] : entries_) {
        const bool waits = deferred_.contains({entry.next_try, number});
        if (waits && entry.next_try > host_.now()) {
            entry.meter.turn(host_.now(), entry.backoff);
            continue;
        }
        if (waits) deferred_.erase({entry.next_try, number});
        entry.meter.turn(host_.now(), trace::Cause::queue);
        ready.push_back(number);
    }
    for (std::uint64_t number : ready) start(entries_.at(number));
    alarm_at_ = Time::max();
    set_alarm();
}

} // namespace postopolis::nodes
