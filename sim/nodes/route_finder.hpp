// Where a host sends mail for a domain: its own route table, or the DNS (RFC 5321 section 5.1).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "postopolis/dns/mx.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {

struct NextStop {
    std::string name;
    std::vector<std::uint32_t> addresses; ///< empty: to be looked up when its turn comes
};

struct Route {
    bool implicit = false; ///< no MX record: the domain itself
    std::vector<NextStop> stops; ///< in the order in which to try them
    std::optional<dns::RouteFailure> failure;
};

class RouteFinder {
public:
    explicit RouteFinder(MailHost& host);

    /// Cheap and without look-ups: mail for the domain is filed here.
    bool is_local(std::string_view domain) const { return host_.has_mailboxes_of(domain); }
    /// What recipients in the domain share a transaction by: the domain (lower case), or "[host]" for a configured
    /// next hop, to which one copy goes for all the domains behind it (RFC 5321 section 4.5.4.1; Postfix's nexthop).
    std::string destination(std::string_view domain) const;
    kernel::Task<Route> find(std::string domain, trace::EventId cause);

    struct Addresses {
        std::vector<std::uint32_t> found;
        bool temporary = false; ///< none now, perhaps later
    };
    kernel::Task<Addresses> addresses(std::string host_name, trace::EventId cause);

    /// What can be worked out again.
    void forget() { names_ = {}; }

private:
    /// Null for what is no domain name. Valid until the next call.
    const dns::Name* name_of(const std::string& domain);
    MailHost& host_;
    kernel::Stream shuffle_;
    std::vector<dns::Name> own_names_;
    std::unordered_map<std::string, std::optional<dns::Name>> names_; ///< as parsed; looked up, never iterated
};

} // namespace postopolis::nodes
