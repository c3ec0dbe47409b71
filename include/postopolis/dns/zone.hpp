// What one name server is authoritative for, and how it answers: RFC 1034 section 4.3.2, with wildcards as
// RFC 4592 makes them precise.
//
// Promises: lookups in O(log n); records lie in one sorted array, so that a zone of three records costs a few
// hundred octets and a million zones fit in memory. Fails: add() says why it refuses a record. Not modelled:
// zone transfer, dynamic update, DNSSEC, DNAME.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "postopolis/dns/message.hpp"

namespace postopolis::dns {

enum class Outcome : std::uint8_t {
    answer,     // at least one record of the type asked for
    nodata,     // the name exists, but without records of that type
    nxdomain,   // no such name
    delegation, // below a zone cut: authority says whom to ask, additional has the glue
    alias_out,  // a CNAME chain that leaves the zone: the resolver goes on at its end
    alias_loop, // a CNAME chain without end: SERVFAIL
    not_in_zone // refused
};

struct Answer {
    Outcome outcome = Outcome::not_in_zone;
    Response response;
};

class Zone {
public:
    /// `ttl` is that of the SOA record itself; soa.minimum that of negative answers (RFC 2308 section 4; the
    /// smaller of both counts).
    Zone(Name origin, Soa soa, std::uint32_t ttl = 3600);

    const Name& origin() const { return soa_.name; }
    const Record& soa() const { return soa_; }
    std::span<const Record> records() const { return records_; }

    /// Adds one record. Nothing if it went well; else why it cannot be here: outside the zone, a CNAME beside
    /// other data (RFC 1034 section 3.6.2), data of the wrong kind, an SOA (the zone has one). A record
    /// that is there already is not added twice (RFC 2181 section 5).
    std::optional<std::string> add(Record record);
    /// Adds many at once in O(n log n) to an empty zone, in canonical order; stops at the first of that order
    /// that cannot be here and tells its index and why.
    std::optional<std::pair<std::size_t, std::string>> add(std::vector<Record> records);
    /// Takes out all records of that name and type; tells how many.
    std::size_t remove(const Name& name, Type type);

    Answer lookup(const Name& name, Type type) const;

private:
    std::span<const Record> at(const Name& name) const;
    bool exists(const Name& name) const;
    const Record* find_cut(const Name& name) const;
    std::optional<Name> wildcard_for(const Name& name) const;
    void negative(Answer& answer, Outcome outcome) const;
    void refer(Answer& answer, const Name& cut) const;
    void add_addresses(Response& response, std::span<const Record> pointing) const;

    Record soa_;
    std::vector<Record> records_; // canonical order of names, then type, then order of arrival
};

} // namespace postopolis::dns
