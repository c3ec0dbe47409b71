// See mail_host.hpp.
#include "postopolis/nodes/mail_host.hpp"

#include <algorithm>

#include "nodes/dns_client.hpp"
#include "nodes/local_delivery.hpp"
#include "nodes/pop_service.hpp"
#include "nodes/queue_manager.hpp"
#include "nodes/resolver.hpp"
#include "nodes/smtp_service.hpp"
#include "postopolis/kernel/check.hpp"

namespace postopolis::nodes {

MailHost* World::host(std::string_view name) const {
    auto found = hosts.find(mail::to_lower_domain(name));
    return found == hosts.end() ? nullptr : found->second;
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

MailHost::MailHost(World& world, HostConfig config, net::HostRef place)
    : Host(*world.network, config.name, place, config.address), world_(world), config_(std::move(config)),
      shared_name_(std::make_shared<const std::string>(config_.name)), fault_stream_(stream("faults")) {
    world.hosts[mail::to_lower_domain(config_.name)] = this;
    dns_ = std::make_unique<DnsClient>(*this);
    queue_ = std::make_unique<QueueManager>(*this);
    local_ = std::make_unique<LocalDelivery>(*this);
    if (config_.resolver) resolver_ = std::make_unique<Resolver>(*this);
    if (config_.name_server) name_server_ = std::make_unique<NameServer>(*this);
    for (const AnswerFault& f : config_.answers) refuses_ = refuses_ || f.stage == smtp::Stage::connect;
    std::sort(config_.relaying.takes_mail_for.begin(), config_.relaying.takes_mail_for.end());
    if (config_.relay) {
        smtp_ = std::make_unique<SmtpService>(*this, config_.smtp, false);
        listen(kSmtpPort, *smtp_);
    }
    if (config_.submission) {
        submission_ = std::make_unique<SmtpService>(*this, config_.submission_smtp, true);
        listen(kSubmissionPort, *submission_);
    }
    if (config_.mailboxes) {
        pop_ = std::make_unique<PopService>(*this);
        listen(kPopPort, *pop_);
    }
}

MailHost::~MailHost() { world_.hosts.erase(mail::to_lower_domain(name())); }

void MailHost::serve_zone(dns::Zone zone) {
    kernel::check(name_server_ != nullptr, "only a name server serves zones");
    name_server_->add(std::move(zone));
}

void MailHost::take_mail_for(const std::string& domain) {
    std::vector<std::string>& domains = config_.relaying.takes_mail_for;
    std::string name = mail::to_lower_domain(domain);
    auto at = std::lower_bound(domains.begin(), domains.end(), name);
    if (at == domains.end() || *at != name) domains.insert(at, std::move(name));
}

bool MailHost::route(std::string_view pattern, policy::RouteAction action) {
    return !config_.routes.add(pattern, std::move(action));
}

void MailHost::add_fault(AnswerFault fault) {
    refuses_ = refuses_ || fault.stage == smtp::Stage::connect;
    config_.answers.push_back(std::move(fault));
}

void MailHost::add_fault(DnsFault fault) { config_.dns_faults.push_back(std::move(fault)); }

bool MailHost::has_mailboxes_of(std::string_view domain) const {
    if (!config_.mailboxes) return false;
    const MailDomain* d = world_.directory.domain(domain);
    return d != nullptr && d->mailboxes == name();
}

bool MailHost::takes_mail_for(std::string_view domain) const {
    const std::vector<std::string>& domains = config_.relaying.takes_mail_for;
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

std::size_t MailHost::queued() const { return queue_->size(); }

std::vector<trace::CopyId> MailHost::copies_in_queue() const { return queue_->copies(); }

const AnswerFault* MailHost::answer_fault(smtp::Stage stage, std::string_view recipient, Time when,
                                          kernel::Stream& draws) const {
    for (const AnswerFault& f : config_.answers) {
        if (f.stage != stage || when < f.from || when >= f.until) continue;
        if (stage == smtp::Stage::rcpt && !matches_pattern(f.recipients, recipient)) continue;
        if (f.probability >= 1 || draws.chance(f.probability)) return &f;
    }
    return nullptr;
}

bool MailHost::refuses_connection() {
    return refuses_ && answer_fault(smtp::Stage::connect, {}, now(), fault_stream_) != nullptr;
}

void MailHost::on_datagram(std::uint32_t from, net::PayloadPtr payload) {
    auto& mail_payload = static_cast<MailPayload&>(*payload);
    if (mail_payload.kind == MailPayload::Kind::dns_query) {
        std::unique_ptr<DnsQueryPayload> query(static_cast<DnsQueryPayload*>(payload.release()));
        if (query->recursive && resolver_)
            spawn(resolver_->serve(from, std::move(query)));
        else if (!query->recursive && name_server_)
            spawn(name_server_->serve(from, std::move(query)));
        return;
    }
    std::unique_ptr<DnsResponsePayload> answer(static_cast<DnsResponsePayload*>(payload.release()));
    PendingAnswers& pending = answer->to_resolver && resolver_ ? resolver_->pending() : dns_->pending();
    pending.arrived(std::move(answer));
}

void MailHost::on_down() {
    world_.check_planned(*this);
    trace::HostWentDown down{name(), loses_queue_};
    tell(0, down);
    queue_->host_goes_down(loses_queue_);
    loses_queue_ = false;
    if (resolver_) resolver_->forget();
}

void MailHost::on_up() {
    trace::HostCameUp up{name()};
    tell(0, up);
    queue_->host_came_up();
}

} // namespace postopolis::nodes
