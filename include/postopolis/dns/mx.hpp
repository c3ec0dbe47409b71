// What a mail client makes of DNS answers: RFC 5321 section 5.1 and RFC 7505.
//
// Promises: the hosts to try in order, or a failure that says whether trying later can help. Pure: the caller
// does the look-ups (they take virtual time) and brings the shuffling. Not modelled: MTA-STS, DANE.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "postopolis/dns/message.hpp"

namespace postopolis::dns {

/// Why mail for a domain cannot be sent now (permanent false) or at all, as an SMTP client reports it.
struct RouteFailure {
    bool permanent = false;
    int reply_code = 451;           // what an SMTP server would have said: 5xx if permanent, else 4xx
    std::string enhanced = "4.4.3"; // RFC 3463
    std::string text;
    bool operator==(const RouteFailure&) const = default;
};

struct MxTarget {
    std::uint16_t preference = 0;
    Name host;
    bool operator==(const MxTarget&) const = default;
};

struct MxTargets {
    std::vector<MxTarget> targets; // in the order in which to try them; empty with a failure
    bool implicit = false;         // no MX record: the domain itself
    std::optional<RouteFailure> failure;
};

/// Puts a group of hosts of equal preference in random order (RFC 5321 section 5.1: "MUST randomize").
using Shuffle = std::function<void(std::span<MxTarget>)>;

/// Judges the answer to the MX question for `domain`; null if there was no answer in time. Hosts of equal
/// preference are sorted by name before `shuffle` sees them, so that the result does not depend on the order
/// in the answer; it is called once per group of two or more, in ascending preference. A host in `own_names`
/// goes out together with all that are not strictly more preferred (RFC 5321 section 5.1).
///
/// Failures: 5.1.10 null MX (RFC 7505); 5.1.2 NXDOMAIN; 4.4.3 SERVFAIL, REFUSED, no answer; 5.4.6 when only
/// this host and less preferred ones are named.
MxTargets select_mx(const Name& domain, const Response* mx, std::span<const Name> own_names,
                    const Shuffle& shuffle);

enum class AddressVerdict : std::uint8_t {
    usable,    // there are addresses
    none,      // the name does not exist or has no address: go to the next host
    temporary, // no usable answer: go to the next host, and later may be better
};

/// Judges the answer to an A or AAAA question for one host; null if there was no answer in time. A CNAME on
/// the way is followed: RFC 5321 section 5.1 forbids it for MX hosts, clients tolerate it (RFC 2181 10.3).
AddressVerdict judge_address(const Question& question, const Response* answer);
/// The same for a host asked for both A and AAAA: usable if either is, temporary if either may become so.
AddressVerdict combine(AddressVerdict a, AddressVerdict aaaa);

/// What to report when no host of `targets` was usable: 4.4.3 if any look-up failed for now, else 5.1.2 for
/// the implicit MX (RFC 5321 section 5.1: "MUST be reported as an error"), 5.4.4 for listed ones.
RouteFailure no_usable_host(const Name& domain, const MxTargets& targets, bool any_temporary);

} // namespace postopolis::dns
