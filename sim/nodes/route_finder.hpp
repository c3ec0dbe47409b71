// Where a host sends mail for a domain: its own route table, or the DNS (RFC 5321 section 5.1).
//
// What a busy host worked out for a domain is kept with the answer that it came from, and holds for as long as the
// resolver gives the same answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nodes/dns_client.hpp"
#include "postopolis/dns/mx.hpp"
#include "postopolis/nodes/directory.hpp"
#include "postopolis/nodes/mail_host.hpp"

namespace postopolis::nodes {

/// A host to which mail may be sent, and its addresses.
struct NextStop {
    std::string name;
    std::uint16_t preference = 0;
    std::uint16_t port = kSmtpPort;  ///< or kLmtpPort: there it speaks LMTP
    bool configured = false;         ///< its addresses are known without the DNS, as from a hosts file
    std::shared_ptr<const std::vector<std::uint32_t>> addresses; ///< never null
    std::optional<dns::Question> question; ///< for its addresses; none: it is no domain name
    DnsClient::Answer answer;              ///< that the addresses are from
    bool temporary = false;                ///< no addresses now, perhaps later
};
using NextStops = std::vector<NextStop>;

/// What a host knows of a domain for which it has mail.
struct Destination {
    std::string domain; ///< lower case
    /// What recipients share a transaction by: the domain, or "[host]" for a configured next hop, to which one copy
    /// goes for all the domains behind it (RFC 5321 section 4.5.4.1; Postfix's nexthop).
    std::string key;
    bool local = false; ///< its mail is filed here
    bool is_routed = false;                ///< by the route table: the stops are fixed
    std::optional<dns::Question> question; ///< for its MX records; none: it is routed, or no domain name
    DnsClient::Answer answer;              ///< that the stops are from
    /// In the order in which to try them, equals by name. Never null. Replaced by others where the answer changes, so
    /// that whoever is at it goes on with what it has.
    std::shared_ptr<NextStops> stops;
    bool has_equals = false;               ///< some stops are equal: their order is drawn each time
    bool implicit = false;                 ///< no MX record: the domain itself
    std::optional<dns::RouteFailure> failure;
};
using DestinationPtr = std::shared_ptr<Destination>;

class RouteFinder {
public:
    explicit RouteFinder(MailHost& host);

    /// Any case.
    DestinationPtr destination(std::string_view domain);

    /// Brings the stops up to date if that takes no look-up; false if it does.
    bool find_now(Destination& d, trace::EventId cause);
    kernel::Task<void> look_up(DestinationPtr d, trace::EventId cause);
    /// The same for the addresses of one of its stops.
    bool find_addresses_now(NextStop& stop, trace::EventId cause);
    kernel::Task<void> look_up_addresses(std::shared_ptr<NextStops> stops, std::size_t index, trace::EventId cause);
    /// Indices of the stops in the order of this try; none: as they stand.
    std::vector<std::size_t> order(const Destination& d);

private:
    DestinationPtr make(std::string_view domain);
    static NextStop stop(std::string name, std::uint16_t preference);
    void set_stops(Destination& d, DnsClient::Answer answer);
    static void set_addresses(NextStop& stop, DnsClient::Answer answer);

    MailHost& host_;
    kernel::Stream shuffle_;
    std::size_t made_ = 0; ///< and not kept
    Time kept_since_;      ///< the oldest of those that are kept
    CaselessMap<DestinationPtr> destinations_;
};

} // namespace postopolis::nodes
