// The mail domains of a town: their people, servers and DNS.
//
// After loading, servers are always host names that exist in `Scenario::hosts`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/scenario/mediators.hpp"
#include "postopolis/scenario/people.hpp"
#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

struct MxEntry {
    std::string host; ///< of the town, or a name that exists nowhere if the scenario wants that
    int preference = 10;
};

/// A record that the scenario writes out; it replaces generated ones of the same name and type.
struct DnsRecord {
    std::string name;  ///< absolute
    std::string type;  ///< A, AAAA, MX, NS, CNAME, TXT
    std::string value; ///< as in a zone file: "10 mx.example"
    Duration ttl = Duration::hours(1);
};

struct Domain {
    enum class Mx {
        Listed,   ///< the hosts in `mx`
        Implicit, ///< no MX record but an address record (RFC 5321 5.1): that of the one host in `mx`
        Null,     ///< takes no mail (RFC 7505)
        Absent    ///< neither MX nor address
    };
    std::string name;
    People people;
    Mx mx_kind = Mx::Listed;
    std::vector<MxEntry> mx;
    std::vector<std::string> submission; ///< where its people submit
    std::string mailboxes;               ///< the host with their mailboxes; empty if the domain has no people
    std::vector<std::string>
        outbound; ///< the bank of servers that send its mail; empty: the submission hosts do
    std::vector<std::string> name_servers;
    std::vector<DnsRecord> dns;
    Duration ttl = Duration::hours(1);
    Duration negative_ttl = Duration::minutes(15); ///< RFC 2308
    std::optional<std::uint64_t> quota;            ///< bytes per mailbox
    std::vector<Alias> aliases;
    std::vector<MailingList> lists;
    std::string plus_addresses; ///< what parts a detail from a name, such as "+"; empty: nothing does
};

} // namespace postopolis::scenario
