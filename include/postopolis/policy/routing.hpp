// Where mail for a domain goes: a table of patterns, like Postfix's transport(5) and its smart hosts.
//
// Promises: the most specific pattern wins: the exact domain, then the longest ".suffix" (subdomains only,
// not the domain itself), then "*", else MX lookup. Case does not matter. Fails: add() says what is wrong
// with a pattern or route and where. Not modelled: routes that depend on the sender or the local part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace postopolis::policy {

/// This host delivers to its own mailboxes.
struct LocalDelivery {
    bool operator==(const LocalDelivery&) const = default;
};
/// The default: ask DNS.
struct MxLookup {
    bool operator==(const MxLookup&) const = default;
};
struct NextHop {
    std::string host;
    std::uint16_t preference = 0; // lower first; equals share the load
    std::uint16_t port = 25;
    bool operator==(const NextHop&) const = default;
};
/// A smart host or a configured route.
struct Relay {
    std::vector<NextHop> hops;
    bool operator==(const Relay&) const = default;
};
/// Mail for there is refused for good.
struct RouteError {
    int reply_code = 550;
    std::string enhanced = "5.1.2";
    std::string text = "no mail to this domain";
    bool operator==(const RouteError&) const = default;
};

using RouteAction = std::variant<MxLookup, LocalDelivery, Relay, RouteError>;

struct RouteTableError {
    std::size_t position = 0; // octet in the pattern
    std::string what;
};

class RouteTable {
public:
    /// `pattern`: "example.org", ".example.org" or "*". Nothing if it went well; else what is wrong: a
    /// pattern that is no domain, one that is there already, a relay without hosts, a reply code outside 5xx.
    std::optional<RouteTableError> add(std::string_view pattern, RouteAction action);
    /// What to do with mail for `domain` (any case, no trailing dot).
    const RouteAction& find(std::string_view domain) const;
    std::size_t size() const { return exact_.size() + below_.size() + (default_set_ ? 1 : 0); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Map = std::unordered_map<std::string, RouteAction, Hash, std::equal_to<>>; // never iterated

    Map exact_;
    Map below_; // keys without the leading dot
    RouteAction default_ = MxLookup{};
    bool default_set_ = false;
};

using ShuffleHops = std::function<void(std::span<NextHop>)>;
/// The hosts of a relay in the order in which to try them; `shuffle` is called once per group of two or more
/// equals, in ascending preference; without it they keep the order in which they were written.
std::vector<NextHop> order_hops(const Relay& relay, const ShuffleHops& shuffle);

} // namespace postopolis::policy
