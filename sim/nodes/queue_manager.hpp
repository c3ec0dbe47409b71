// The sending side of an MTA: the queue, who is served next, the retries, the bounces.
//
// A message is split into one entry per destination domain, at most kRecipientsPerEntry recipients each. Entries that
// are ready wait for a slot (policy::FairScheduler); entries that were deferred wait for their next try. The queue is
// on disk: it survives a crash unless the crash takes it along.
#pragma once

#include <map>
#include <set>
#include <span>

#include "nodes/connection_cache.hpp"
#include "nodes/route_finder.hpp"
#include "postopolis/mail/dsn.hpp"
#include "postopolis/nodes/mail_host.hpp"
#include "postopolis/nodes/queue_entry.hpp"
#include "postopolis/policy/concurrency.hpp"
#include "postopolis/smtp/client.hpp"

namespace postopolis::nodes {

/// What a delivery ended with, for one recipient.
struct DeliveryResult {
    enum class Kind { delivered, deferred, failed };
    Kind kind = Kind::deferred;
    std::uint16_t code = 451;
    std::string enhanced = "4.4.1";
    std::string text;
    std::string said; ///< the reply as it was given, with its codes
    std::string remote;
    trace::Cause backoff = trace::Cause::backoff_no_answer;
    bool from_remote = false; ///< a reply of `remote`, not our own conclusion
};

/// A reply, or the lack of one, as the result of a delivery.
DeliveryResult result_of(const smtp::Outcome& outcome, const std::string& remote);

/// A message that a host writes itself. Its numbers are given out before, as what it is about names them.
struct NewMail {
    trace::LetterId letter = 0;
    trace::LetterKind kind = trace::LetterKind::reply;
    trace::LetterId about = 0;
    std::string queue_id;
    std::string message_id;
    mail::AddressPtr reverse_path; ///< null: none
    QueuedRecipient recipient;
    mail::ContentPtr content;
    trace::EventId cause = 0;
};

class QueueManager {
public:
    explicit QueueManager(MailHost& host);

    /// Responsibility has been taken: `Accepted` was told.
    void take(Incoming in);
    /// Tells that the host has written it and taken responsibility for it, and takes it.
    void post(NewMail mail);
    std::size_t size() const { return entries_.size(); }
    QueueEntry* find(std::uint64_t number);
    /// All that are not served yet.
    std::vector<trace::CopyId> copies() const;
    /// A try is over, one result per recipient: bounces what failed, defers the rest, forgets what is done.
    void settle(std::uint64_t number, std::vector<DeliveryResult> results);
    /// Tells the stage that ends now and begins the next one, whose time goes to `next`.
    void end_stage(QueueEntry& entry, trace::Passed::Stage stage, std::string_view to, trace::Cause next);

    /// Tells the sender of those of `recipients` (of the entry's) of whom it wants to hear (RFC 3461): they have their
    /// mail, or `remote` has it, which sends no reports.
    void confirm(QueueEntry& entry, std::span<const QueuedRecipient> recipients, mail::Action action,
                 const std::string& remote);

    void host_goes_down(bool queue_lost);
    void host_came_up();

private:
    class Alarm final : public kernel::Occurrence {
    public:
        explicit Alarm(QueueManager& q) : queue_(q) {}
        void happen() override { queue_.on_alarm(); }
        void drop() noexcept override {}

    private:
        QueueManager& queue_;
    };
    struct Visit; // a stop of one delivery
    QueueEntry& add(const Incoming& in, std::vector<QueuedRecipient> recipients, DestinationPtr destination);
    void start(const QueueEntry& entry);
    policy::FairScheduler& scheduler();
    /// How it speaks to servers.
    const std::shared_ptr<const smtp::ClientConfig>& client();
    void pump();
    /// Nothing is queued: hosts are many, and most of them rest most of the time.
    void rest();
    void set_alarm();
    void on_alarm();
    kernel::Task<void> deliver(std::uint64_t number);
    kernel::Task<void> visit(Visit& v);
    void not_connected(QueueEntry& entry, Visit& v, const std::vector<std::size_t>& tried, std::string_view failure);
    void doubt(QueueEntry& entry, std::string_view remote);
    void defer(QueueEntry& entry, std::vector<DeliveryResult>& results);
    void tell_deferral(const QueueEntry& entry, const std::vector<DeliveryResult>& results);
    std::vector<std::size_t> unserved(const QueueEntry& entry) const;
    void report(QueueEntry& entry, const std::vector<std::size_t>& about, const std::vector<DeliveryResult>& results,
                mail::Action action);
    void drop_silently(const QueueEntry& entry, const QueuedRecipient& recipient, const DeliveryResult& result);
    void fail(QueueEntry& entry, const std::vector<std::size_t>& failed, const std::vector<DeliveryResult>& results);
    mail::ContentPtr compose_report(const QueueEntry& entry, const std::vector<std::size_t>& about,
                                    const std::vector<DeliveryResult>& results, mail::Action action,
                                    const std::string& message_id) const;
    const std::shared_ptr<const smtp::ClientConfig>& lmtp_client();
    policy::FailedAttempt history(const QueueEntry& entry);

    MailHost& host_;
    RouteFinder routes_;
    std::shared_ptr<const smtp::ClientConfig> client_; ///< how it speaks to servers; null while the host rests
    std::shared_ptr<const smtp::ClientConfig> lmtp_client_; ///< made when it first does so by LMTP
    ConnectionCache cache_;
    std::unique_ptr<policy::FairScheduler> scheduler_; ///< null while the host rests
    std::map<std::uint64_t, QueueEntry> entries_;
    std::set<std::pair<Time, std::uint64_t>> deferred_;
    std::uint64_t numbers_ = 0;
    Alarm alarm_{*this};
    Time alarm_at_ = Time::max();
    kernel::Stream retry_stream_;
    Duration scan_phase_;
};

} // namespace postopolis::nodes
