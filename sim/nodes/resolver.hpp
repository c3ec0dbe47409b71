// A resolver: looks names up at the zones' name servers for others, and remembers the answers (dns::Cache).
//
// The root and the top-level domains are not nodes: every resolver knows which servers a zone of the town is delegated
// to, and that a name outside all zones does not exist.
#pragma once

#include "nodes/dns_client.hpp"
#include "postopolis/dns/cache.hpp"

namespace postopolis::nodes {

class Resolver {
public:
    explicit Resolver(MailHost& host);

    /// From the cache, with TTLs as they were when it was stored; null for nothing. For the host's own use.
    std::shared_ptr<const dns::Response> cached(const dns::Question& question) {
        return cache_.get_shared(question, host_.now().since_start().count());
    }
    /// From the zones' servers; remembers it. `cause`: the event that led to it.
    kernel::Task<dns::Response> ask(dns::Question question, trace::EventId cause);
    /// A client's question has arrived.
    kernel::Task<void> serve(std::uint32_t client, std::unique_ptr<DnsQueryPayload> query);
    void forget() { cache_.clear(); }
    PendingAnswers& pending() { return pending_; }

private:
    kernel::Task<dns::Response> ask_authority(dns::Question question, trace::EventId cause);
    MailHost& host_;
    dns::Cache cache_;
    PendingAnswers pending_;
    kernel::Stream stream_;
};

class NameServer {
public:
    explicit NameServer(MailHost& host);
    void add(dns::Zone zone);
    kernel::Task<void> serve(std::uint32_t client, std::unique_ptr<DnsQueryPayload> query);

private:
    const dns::Zone* zone_of(const dns::Name& name) const;
    /// A zone of a settlement, made when it is asked for: they are many. Null for none. Valid until the next call.
    const dns::Zone* settled_zone(const dns::Name& name);
    const DnsFault* fault_for(const dns::Name& zone) const;
    MailHost& host_;
    std::unordered_map<dns::Name, dns::Zone> zones_; ///< looked up, never iterated
    struct Settled {
        const Settlement* settlement = nullptr;
        std::uint32_t domain = 0;
        std::optional<dns::Zone> zone;
    };
    static constexpr std::size_t kRecent = 4096;
    /// By the domain's number modulo kRecent: who asks for a domain's servers asks for their addresses next, and the
    /// domains of many people are asked for often. Made at the first.
    std::vector<Settled> recent_;
    kernel::Stream stream_;
};

} // namespace postopolis::nodes
