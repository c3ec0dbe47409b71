// See resolver.hpp.
#include "nodes/resolver.hpp"

#include <algorithm>

#include "nodes/zones.hpp"

namespace postopolis::nodes {
namespace {

constexpr int kLongestAliasChain = 8;

dns::CacheLimits limits(const ResolverConfig& c) {
    dns::CacheLimits l;
    l.max_ttl = c.max_ttl_seconds;
    l.max_negative_ttl = c.max_negative_ttl_seconds;
    return l;
}

// What a top-level domain's server would say, with the negative TTL that most of them have.
dns::Response no_such_domain() {
    constexpr std::uint32_t kNegativeTtl = 900;
    dns::Response response;
    response.rcode = dns::Rcode::nxdomain;
    dns::Soa soa;
    soa.minimum = kNegativeTtl;
    response.authority.push_back(dns::Record::soa(dns::Name(), soa, kNegativeTtl));
    return response;
}

} // namespace

Resolver::Resolver(MailHost& host)
    : host_(host), cache_(limits(host.config().resolving)), stream_(host.stream("resolver")) {}

kernel::Task<dns::Response> Resolver::ask(dns::Question question, trace::EventId cause) {
    dns::Response result;
    dns::Question at = question;
    for (int alias = 0; alias < kLongestAliasChain; ++alias) {
        dns::Response part = co_await ask_authority(at, cause);
        std::vector<dns::Record> chain = std::move(result.answers);
        const bool answered = part.has_answer(at);
        const dns::Name next = part.canonical(at.name);
        chain.insert(chain.end(), part.answers.begin(), part.answers.end());
        result = std::move(part);
        result.answers = std::move(chain);
        if (answered || result.rcode != dns::Rcode::noerror || next == at.name) break;
        at.name = next; // an alias that leads into another zone (RFC 1034 section 5.3.3, step 4c)
    }
    cache_.put(question, result, host_.now().since_start().count());
    co_return result;
}

kernel::Task<dns::Response> Resolver::ask_authority(dns::Question question, trace::EventId cause) {
    const std::vector<std::uint32_t>* known = host_.world().directory.name_servers(question.name);
    if (known == nullptr) {
        dns::Response nothing = no_such_domain();
        co_return nothing;
    }
    std::vector<std::uint32_t> servers = *known;
    stream_.shuffle(std::span<std::uint32_t>(servers));
    for (int attempt = 0; attempt < host_.config().resolving.tries && !servers.empty(); ++attempt) {
        const std::uint32_t server = servers[static_cast<std::size_t>(attempt) % servers.size()];
        const std::uint32_t number = pending_.new_number();
        auto query = std::make_unique<DnsQueryPayload>(number, question);
        query->cause = cause;
        host_.send_datagram(server, std::move(query), dns::wire_size(question));
        std::unique_ptr<DnsResponsePayload> answer =
            co_await pending_.wait(host_, number, host_.config().resolving.timeout);
        if (!answer) continue;
        const dns::Rcode rcode = answer->response.rcode;
        if (rcode == dns::Rcode::noerror || rcode == dns::Rcode::nxdomain) co_return std::move(answer->response);
    }
    dns::Response failure;
    failure.rcode = dns::Rcode::servfail;
    co_return failure;
}

kernel::Task<void> Resolver::serve(std::uint32_t client, std::unique_ptr<DnsQueryPayload> query) {
    const Duration needed = host_.config().resolving.service.draw_duration(stream_);
    if (needed > Duration()) co_await host_.sleep(needed);
    std::optional<dns::Response> response = cache_.get(query->question, host_.now().since_start().count());
    const bool from_cache = response.has_value();
    if (!from_cache) response = co_await ask(query->question, query->cause);
    const std::size_t octets = dns::wire_size(query->question, *response);
    auto answer = std::make_unique<DnsResponsePayload>(query->number, std::move(query->question), std::move(*response));
    answer->from_cache = from_cache;
    answer->cause = query->cause;
    host_.send_datagram(client, std::move(answer), octets);
}

NameServer::NameServer(MailHost& host) : host_(host), stream_(host.stream("name server")) {}

void NameServer::add(dns::Zone zone) {
    dns::Name origin = zone.origin();
    zones_.insert_or_assign(std::move(origin), std::move(zone));
}

const dns::Zone* NameServer::zone_of(const dns::Name& name) const {
    for (dns::Name at = name;; at = at.parent()) {
        auto found = zones_.find(at);
        if (found != zones_.end()) return &found->second;
        if (at.is_root()) return nullptr;
    }
}

const dns::Zone* NameServer::settled_zone(const dns::Name& name) {
    const Directory& directory = host_.world().directory;
    for (Settlement* s : directory.settlements()) {
        const std::optional<std::uint32_t> domain = s->zone(name.text());
        if (!domain) continue;
        const std::vector<std::uint32_t>* servers = directory.name_servers(name);
        const bool mine = servers != nullptr && std::find(servers->begin(), servers->end(), host_.address()) != servers->end();
        if (!mine) return nullptr;
        if (recent_.empty()) recent_.resize(kRecent);
        Settled& kept = recent_[*domain % kRecent];
        if (kept.settlement != s || kept.domain != *domain) {
            const std::vector<ZoneMember> members{{s->host_name(*domain), s->config().address_of(*domain)}};
            kept = {s, *domain, make_zone(s->zone_config(*domain), members, host_.world())};
        }
        return &*kept.zone;
    }
    return nullptr;
}

const DnsFault* NameServer::fault_for(const dns::Name& zone) const {
    const Time now = host_.now();
    for (const DnsFault& f : host_.config().dns_faults)
        if (f.from <= now && now < f.until && matches_pattern(f.zones, zone.text())) return &f;
    return nullptr;
}

kernel::Task<void> NameServer::serve(std::uint32_t client, std::unique_ptr<DnsQueryPayload> query) {
    const Duration needed = host_.config().name_service.draw_duration(stream_);
    if (needed > Duration()) co_await host_.sleep(needed);
    dns::Response response;
    const dns::Zone* zone = zone_of(query->question.name);
    if (zone == nullptr) zone = settled_zone(query->question.name);
    if (zone == nullptr) {
        response.rcode = dns::Rcode::refused;
    } else if (const DnsFault* fault = fault_for(zone->origin())) {
        if (fault->kind == DnsFault::Kind::timeout) co_return;
        response.rcode =
            fault->kind == DnsFault::Kind::servfail ? dns::Rcode::servfail : dns::Rcode::nxdomain;
        if (response.rcode == dns::Rcode::nxdomain) response.authority.push_back(zone->soa());
    } else {
        response = zone->lookup(query->question.name, query->question.type).response;
    }
    const std::size_t octets = dns::wire_size(query->question, response);
    auto answer = std::make_unique<DnsResponsePayload>(query->number, std::move(query->question), std::move(response));
    answer->to_resolver = true;
    answer->cause = query->cause;
    host_.send_datagram(client, std::move(answer), octets);
}

} // namespace postopolis::nodes
