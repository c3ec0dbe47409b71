// See mail_host.hpp.
#include "postopolis/nodes/mail_host.hpp"

#include <algorithm>

#include "nodes/dns_client.hpp"
#include "nodes/imap_service.hpp"
#include "nodes/local_delivery.hpp"
#include "nodes/pop_service.hpp"
#include "nodes/queue_manager.hpp"
#include "nodes/resolver.hpp"
#include "nodes/smtp_service.hpp"
#include "postopolis/kernel/check.hpp"

namespace postopolis::nodes {

MailHost* World::host(std::string_view name) const {
    if (auto found = hosts.find(name); found != hosts.end()) return found->second;
    for (Settlement* s : directory.settlements())
        if (std::optional<std::uint32_t> domain = s->host(name)) return &s->host_at(*domain);
    return nullptr;
}

void World::check_planned(const net::Host& host) const {
    const Time before = host.now() - Duration::nanoseconds(1);
    kernel::check(dialogues == Dialogues::full || host.steady_until(before) == host.now(),
                  "a host goes down unplanned while dialogues are folded");
}

Mailbox* MailStore::find(const std::string& address) {
    auto found = boxes_.find(address);
    return found == boxes_.end() ? nullptr : &found->second;
}

Mailbox& MailStore::open(const std::string& address) {
    auto [found, fresh] = boxes_.try_emplace(address);
    if (!fresh) return found->second;
    // Addresses of one hash would skip numbers, which is allowed.
    if (auto known = next_uids_.find(kernel::hash_name(address)); known != next_uids_.end())
        found->second.next_uid = known->second;
    return found->second;
}

void MailStore::tidy(const std::string& address) {
    auto found = boxes_.find(address);
    if (found == boxes_.end() || !found->second.messages.empty() || found->second.elsewhere != 0 || found->second.locked) return;
    std::uint64_t& next = next_uids_[kernel::hash_name(address)];
    next = std::max(next, found->second.next_uid);
    boxes_.erase(found);
}

MailHost::MailHost(World& world, HostConfig config, net::HostRef place)
    : Host(*world.network, config.name, place, config.address), world_(world) {
    world.hosts[name()] = this;
    std::sort(config.relaying.takes_mail_for.begin(), config.relaying.takes_mail_for.end());
    for (const AnswerFault& f : config.answers) refuses_ = refuses_ || f.stage == smtp::Stage::connect;
    config_ = std::make_shared<const HostConfig>(std::move(config));
}

MailHost::MailHost(World& world, const Settlement& settlement, std::uint32_t domain, kernel::NodeId id)
    : Host(*world.network, settlement.host_name(domain), settlement.config().first_place + domain,
           settlement.config().address_of(domain), id),
      world_(world), config_(settlement.config().host), settlement_(&settlement), domain_(domain) {}

MailHost::~MailHost() {
    if (settlement_ == nullptr) world_.hosts.erase(name());
}

HostConfig& MailHost::own_config() {
    auto own = std::make_shared<HostConfig>(*config_);
    HostConfig& changeable = *own;
    config_ = std::move(own);
    return changeable;
}

const mail::SharedText& MailHost::shared_name() {
    if (!shared_name_) shared_name_ = std::make_shared<const std::string>(name());
    return shared_name_;
}

QueueManager& MailHost::queue() {
    if (!queue_) queue_ = std::make_unique<QueueManager>(*this);
    return *queue_;
}

LocalDelivery& MailHost::local() {
    if (!local_) local_ = std::make_unique<LocalDelivery>(*this);
    return *local_;
}

DnsClient& MailHost::dns() {
    if (!dns_) dns_ = std::make_unique<DnsClient>(*this);
    return *dns_;
}

Resolver* MailHost::resolver() {
    if (!resolver_ && config_->resolver) resolver_ = std::make_unique<Resolver>(*this);
    return resolver_.get();
}

NameServer* MailHost::name_server() {
    if (!name_server_ && config_->name_server) name_server_ = std::make_unique<NameServer>(*this);
    return name_server_.get();
}

net::Acceptor* MailHost::acceptor_at(std::uint16_t port) {
    if (port == kSmtpPort && config_->relay) {
        if (!smtp_) smtp_ = std::make_unique<SmtpService>(*this, config_->smtp, SmtpService::Door::smtp);
        return smtp_.get();
    }
    if (port == kSubmissionPort && config_->submission) {
        if (!submission_) submission_ = std::make_unique<SmtpService>(*this, config_->submission_smtp, SmtpService::Door::submission);
        return submission_.get();
    }
    if (port == kSubmissionsPort && config_->submissions) {
        if (!submissions_)
            submissions_ = std::make_unique<SmtpService>(*this, config_->submission_smtp, SmtpService::Door::submissions);
        return submissions_.get();
    }
    if (port == kLmtpPort && config_->lmtp) {
        if (!lmtp_) lmtp_ = std::make_unique<SmtpService>(*this, config_->smtp, SmtpService::Door::lmtp);
        return lmtp_.get();
    }
    if (port == kPopPort && config_->mailboxes) {
        if (!pop_) pop_ = std::make_unique<PopService>(*this);
        return pop_.get();
    }
    if (port == kImapPort && config_->mailboxes) {
        if (!imap_) imap_ = std::make_unique<ImapService>(*this);
        return imap_.get();
    }
    return Host::acceptor_at(port);
}

void MailHost::mailbox_changed(const std::string& mailbox) {
    if (imap_) imap_->changed(mailbox);
}

bool MailHost::pushes_to(const std::string& mailbox) const { return imap_ && imap_->watched(mailbox); }

void MailHost::serve_zone(dns::Zone zone) {
    kernel::check(config_->name_server, "only a name server serves zones");
    name_server()->add(std::move(zone));
}

void MailHost::take_mail_for(const std::string& domain) {
    std::vector<std::string>& domains = own_config().relaying.takes_mail_for;
    std::string name = mail::to_lower_domain(domain);
    auto at = std::lower_bound(domains.begin(), domains.end(), name);
    if (at == domains.end() || *at != name) domains.insert(at, std::move(name));
}

bool MailHost::route(std::string_view pattern, policy::RouteAction action) {
    return !own_config().routes.add(pattern, std::move(action));
}

void MailHost::add_fault(AnswerFault fault) {
    refuses_ = refuses_ || fault.stage == smtp::Stage::connect;
    own_config().answers.push_back(std::move(fault));
}

void MailHost::add_fault(DnsFault fault) { own_config().dns_faults.push_back(std::move(fault)); }

bool MailHost::has_mailboxes_of(std::string_view domain) const {
    if (!config_->mailboxes) return false;
    if (settlement_ != nullptr) return settlement_->domain(domain) == domain_;
    return world_.directory.domain(domain).stored_at(*this);
}

bool MailHost::takes_mail_for(std::string_view domain) const {
    if (settlement_ != nullptr) return has_mailboxes_of(domain);
    const std::vector<std::string>& domains = config_->relaying.takes_mail_for;
    return std::binary_search(domains.begin(), domains.end(), mail::to_lower_domain(domain));
}

std::string MailHost::new_queue_id() {
    // Looks like a mail server's, tells nothing, and never repeats on a host: 40 bits of a mixed counter.
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::uint64_t bits = (++queue_ids_ * 0x9E3779B1U + id()) & 0xffffffffffU;
    std::string text(10, '0');
    for (std::size_t i = text.size(); i-- > 0; bits >>= 4) text[i] = kDigits[bits & 15U];
    return text;
}

std::size_t MailHost::queued() const { return queue_ ? queue_->size() : 0; }

std::vector<trace::CopyId> MailHost::copies_in_queue() const {
    return queue_ ? queue_->copies() : std::vector<trace::CopyId>();
}

const AnswerFault* MailHost::answer_fault(smtp::Stage stage, std::string_view recipient, Time when,
                                          kernel::Stream& draws) const {
    for (const AnswerFault& f : config_->answers) {
        if (f.stage != stage || when < f.from || when >= f.until) continue;
        if (stage == smtp::Stage::rcpt && !matches_pattern(f.recipients, recipient)) continue;
        if (f.probability >= 1 || draws.chance(f.probability)) return &f;
    }
    return nullptr;
}

bool MailHost::refuses_connection() {
    if (!refuses_) return false;
    if (!fault_stream_) fault_stream_ = std::make_unique<kernel::Stream>(stream("faults"));
    return answer_fault(smtp::Stage::connect, {}, now(), *fault_stream_) != nullptr;
}

void MailHost::on_datagram(std::uint32_t from, net::PayloadPtr payload) {
    auto& mail_payload = static_cast<MailPayload&>(*payload);
    if (mail_payload.kind == MailPayload::Kind::dns_query) {
        std::unique_ptr<DnsQueryPayload> query(static_cast<DnsQueryPayload*>(payload.release()));
        if (query->recursive && resolver() != nullptr)
            spawn(resolver()->serve(from, std::move(query)));
        else if (!query->recursive && name_server() != nullptr)
            spawn(name_server()->serve(from, std::move(query)));
        return;
    }
    std::unique_ptr<DnsResponsePayload> answer(static_cast<DnsResponsePayload*>(payload.release()));
    PendingAnswers& pending = answer->to_resolver && resolver() != nullptr ? resolver()->pending() : dns().pending();
    pending.arrived(std::move(answer));
}

void MailHost::on_down() {
    world_.check_planned(*this);
    trace::HostWentDown down{name(), loses_queue_};
    tell(0, down);
    if (queue_) queue_->host_goes_down(loses_queue_);
    loses_queue_ = false;
    if (resolver_) resolver_->forget();
}

void MailHost::on_up() {
    trace::HostCameUp up{name()};
    tell(0, up);
    if (queue_) queue_->host_came_up();
}

} // namespace postopolis::nodes
