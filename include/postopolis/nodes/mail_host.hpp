// A mail host: a computer with the roles of RFC 5598 that its configuration gives it.
//
// The roles are parts with a file of their own: SmtpService (MSA, and an MTA's receiving side), QueueManager (an MTA's
// sending side and its bounces), LocalDelivery (MDA), PopService and ImapService (the ways to the MS), Resolver and NameServer.
// A crash destroys all that runs; mailboxes and, unless the fault says otherwise, the queue are on disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "postopolis/dns/zone.hpp"
#include "postopolis/net/host.hpp"
#include "postopolis/nodes/config.hpp"
#include "postopolis/nodes/mail_store.hpp"
#include "postopolis/nodes/world.hpp"

namespace postopolis::nodes {

class SmtpService;
class QueueManager;
class LocalDelivery;
class PopService;
class ImapService;
class DnsClient;
class Resolver;
class NameServer;

class MailHost final : public net::Host {
public:
    /// `world` must outlive it.
    MailHost(World& world, HostConfig config, net::HostRef place);
    /// The host of a settlement's domain.
    MailHost(World& world, const Settlement& settlement, std::uint32_t domain, kernel::NodeId id);
    ~MailHost() override;

    /// Many hosts may share one; its name, place and address are this host's only if it has it to itself.
    const HostConfig& config() const { return *config_; }
    World& world() const { return world_; }
    const mail::SharedText& shared_name();
    /// Of the host whose resolver it uses; empty for none.
    const std::string& resolver_name() const { return config_->asks_itself ? name() : config_->asks_resolver; }
    bool is_of(const Settlement& settlement, std::uint32_t domain) const {
        return settlement_ == &settlement && domain_ == domain;
    }

    // Parts are made when they are first needed.
    QueueManager& queue();
    LocalDelivery& local();
    DnsClient& dns();
    Resolver* resolver(); ///< null when it is none
    MailStore& store() { return store_; }
    const MailStore& store() const { return store_; }
    /// Only before the run; the host must be a name server.
    void serve_zone(dns::Zone zone);

    /// Only before the run: this host is an inbound server of the domain.
    void take_mail_for(const std::string& domain);
    /// Only before the run: mail for domains that match goes that way. False when the pattern has a route already.
    bool route(std::string_view pattern, policy::RouteAction action);
    void add_fault(AnswerFault fault);
    void add_fault(DnsFault fault);

    /// True when mailboxes of the domain (lower case) are on this host.
    bool has_mailboxes_of(std::string_view domain) const;
    bool takes_mail_for(std::string_view domain) const;

    trace::LetterId new_letter() { return trace::make_id(id(), ++letters_); }
    trace::CopyId new_copy() { return trace::make_id(id(), ++copies_); }
    std::string new_queue_id();

    /// Set before a crash: what waits in the queue is lost with it.
    void lose_queue_at_next_crash() { loses_queue_ = true; }
    std::size_t queued() const;
    /// The recipient copies for which this host is responsible now, in the order of the queue.
    std::vector<trace::CopyId> copies_in_queue() const;

    /// Messages came or went: sessions that wait for news are told. Costs nothing where nobody ever came with IMAP.
    void mailbox_changed(const std::string& mailbox);
    /// Some IMAP session will be told.
    bool pushes_to(const std::string& mailbox) const;

    /// What a fault makes the server say at a stage and instant, if anything. `recipient` is empty except at rcpt.
    const AnswerFault* answer_fault(smtp::Stage stage, std::string_view recipient, Time when,
                                    kernel::Stream& draws) const;

protected:
    bool refuses_connection() override;
    net::Acceptor* acceptor_at(std::uint16_t port) override;
    void on_datagram(std::uint32_t from, net::PayloadPtr payload) override;
    void on_down() override;
    void on_up() override;

private:
    /// To change it, before the run: a copy of its own.
    HostConfig& own_config();
    NameServer* name_server();

    World& world_;
    std::shared_ptr<const HostConfig> config_;
    const Settlement* settlement_ = nullptr;
    std::uint32_t domain_ = 0; ///< of the settlement
    mail::SharedText shared_name_;
    std::uint64_t letters_ = 0;
    std::uint64_t copies_ = 0;
    std::uint64_t queue_ids_ = 0;
    bool loses_queue_ = false;
    bool refuses_ = false; ///< some fault refuses connections at some time
    MailStore store_;
    std::unique_ptr<kernel::Stream> fault_stream_;
    std::unique_ptr<DnsClient> dns_;
    std::unique_ptr<Resolver> resolver_;
    std::unique_ptr<NameServer> name_server_;
    std::unique_ptr<QueueManager> queue_;
    std::unique_ptr<LocalDelivery> local_;
    std::unique_ptr<SmtpService> smtp_;
    std::unique_ptr<SmtpService> submission_;
    std::unique_ptr<SmtpService> submissions_;
    std::unique_ptr<SmtpService> lmtp_;
    std::unique_ptr<PopService> pop_;
    std::unique_ptr<ImapService> imap_;
};

inline constexpr std::uint16_t kSmtpPort = 25;
inline constexpr std::uint16_t kSubmissionPort = 587;
inline constexpr std::uint16_t kSubmissionsPort = 465; ///< with TLS from the beginning
inline constexpr std::uint16_t kLmtpPort = 24;
inline constexpr std::uint16_t kPopPort = 110;
inline constexpr std::uint16_t kImapPort = 143;

} // namespace postopolis::nodes
