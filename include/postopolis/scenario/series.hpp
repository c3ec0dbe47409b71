// A series of domains: very many that are alike, as one generator makes them, kept as what they have in common.
//
// Each has one host of its own, called "mail." and its name, that plays all its roles. Loading keeps a generator as a
// series if it is large and nothing in the file treats one of its hosts in a way of its own; smaller ones become
// domains and hosts like all others. It makes no difference to what happens; the hosts of series are numbered after all
// others, which the fingerprint of a run can tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/nodes/numbered_name.hpp"
#include "postopolis/scenario/domains.hpp"
#include "postopolis/scenario/hosts.hpp"

namespace postopolis::scenario {

/// Sizes of domains after Zipf's law: the n-th has a share of the people in proportion to n^-exponent.
struct ZipfSizes {
    std::uint64_t total = 0; ///< at least one for each domain
    double exponent = 1;
    bool operator==(const ZipfSizes&) const = default;
};

/// How many people live in all domains before the i-th, for i = 0 .. domains: each has one, and the rest is shared out
/// by the law, so that the sum of any first domains is less than one person off it. The last number is the total.
/// `total` is at least `domains` and below 2^32.
std::vector<std::uint32_t> people_before(const ZipfSizes& sizes, std::uint32_t domains);

struct DomainSeries {
    std::string pattern; ///< of the names, with {n}
    std::uint64_t first = 1;
    std::uint32_t count = 0;
    /// What they have in common. The last of the people's numbers is that of each domain, unless sizes differ.
    Domain domain;
    std::optional<ZipfSizes> sizes;
    Host host;                       ///< without address
    std::uint64_t first_address = 0; ///< the number of the first one's: see `numbered_address`; filled in by loading

    nodes::NumberedName names() const { return {pattern, first}; }
    std::string name(std::uint32_t index) const { return names().at(index); }
    /// Without regard to case: the index of a domain, of the host of a domain, and of the domain that a name is or
    /// lies in.
    std::optional<std::uint32_t> find(std::string_view domain_name) const;
    std::optional<std::uint32_t> find_host(std::string_view host_name) const;
    std::optional<std::uint32_t> find_zone(std::string_view any_name) const;
    std::vector<std::uint32_t> before() const; ///< as `people_before`
    std::uint64_t mailbox_count() const;
    /// Local parts in the domain with this index.
    People people(std::uint32_t index) const;
};

inline constexpr std::string_view own_host_prefix = "mail.";

/// The n-th address that hosts get who do not say one, as IPv4 in host byte order: of documentation (RFC 5737) as long
/// as there are some, then private ones (RFC 1918); and its number again.
std::uint32_t numbered_address(std::uint64_t number);
std::optional<std::uint64_t> number_of_address(std::uint32_t address);

} // namespace postopolis::scenario
