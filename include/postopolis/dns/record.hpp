// Resource records as typed values (RFC 1035 section 3.2 and 3.3, RFC 3596 for AAAA).
//
// Promises: small records (a Record is some 60 octets beside its shared name). Fails: address parsing gives
// nothing. Not modelled: classes other than IN, DNSSEC; types not listed here travel as opaque octets.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "postopolis/dns/name.hpp"

namespace postopolis::dns {

/// The values are those on the wire; others than these may come out of a decoded message.
enum class Type : std::uint16_t { a = 1, ns = 2, cname = 5, soa = 6, ptr = 12, mx = 15, txt = 16, aaaa = 28 };

/// "MX"; "TYPE4711" for types without a name here (RFC 3597 section 5).
std::string to_string(Type type);
/// The reverse, in any case; nothing for what is no type.
std::optional<Type> parse_type(std::string_view text);

struct Ipv4 {
    std::array<std::uint8_t, 4> octets{};
    static std::optional<Ipv4> parse(std::string_view text);
    std::string to_string() const;
    auto operator<=>(const Ipv4&) const = default;
};

struct Ipv6 {
    std::array<std::uint8_t, 16> octets{};
    static std::optional<Ipv6> parse(std::string_view text);
    std::string to_string() const; // RFC 5952
    auto operator<=>(const Ipv6&) const = default;
};

struct Mx {
    std::uint16_t preference = 0;
    Name exchange;
    bool operator==(const Mx&) const = default;
};

struct Soa {
    Name primary;
    Name mailbox;
    std::uint32_t serial = 1;
    std::uint32_t refresh = 86400;
    std::uint32_t retry = 7200;
    std::uint32_t expire = 3600000;
    std::uint32_t minimum = 3600; // RFC 2308 section 4: the TTL of "there is none"
    bool operator==(const Soa&) const = default;
};

using Octets = std::vector<std::uint8_t>;
using Strings = std::vector<std::string>; // TXT: one or more character-strings of at most 255 octets

/// Which alternative belongs to which type: A Ipv4, AAAA Ipv6, CNAME/NS/PTR Name, MX Mx, TXT Strings, SOA a
/// shared Soa (never null), anything else Octets.
using Data = std::variant<Ipv4, Ipv6, Name, Mx, Strings, std::shared_ptr<const Soa>, Octets>;

struct Record {
    Name name;
    Type type = Type::a;
    std::uint32_t ttl = 3600; // seconds, below 2^31 (RFC 2181 section 8)
    Data data;

    static Record address(Name name, Ipv4 to, std::uint32_t ttl = 3600);
    static Record address(Name name, Ipv6 to, std::uint32_t ttl = 3600);
    static Record mx(Name name, std::uint16_t preference, Name exchange, std::uint32_t ttl = 3600);
    static Record cname(Name name, Name target, std::uint32_t ttl = 3600);
    static Record ns(Name name, Name server, std::uint32_t ttl = 3600);
    static Record ptr(Name name, Name target, std::uint32_t ttl = 3600);
    static Record txt(Name name, Strings strings, std::uint32_t ttl = 3600);
    static Record soa(Name name, Soa soa, std::uint32_t ttl = 3600);

    /// The name that a CNAME, NS, PTR or MX record points to; null for others.
    const Name* target() const;
};

bool operator==(const Record& a, const Record& b);

/// True if the alternative in `data` is the one that `type` needs and its parts fit the wire (TXT strings).
bool fits(Type type, const Data& data);

/// Master file form without the class, as a person reads it: "example. 3600 MX 10 mx1.example."
std::string to_string(const Record& record);

} // namespace postopolis::dns
