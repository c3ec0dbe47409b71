// The computers of a town: what each of them does and how it is set.
//
// After loading, `roles` and `addresses` are always filled in and every host that is named anywhere exists
// in `Scenario::hosts`, so a reader of these structs need not look for what is implied.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

/// What a host does (RFC 5598 names in brackets).
struct Roles {
    bool submission = false;  ///< takes mail from its users (MSA)
    bool smtp = false;        ///< takes mail from other servers: inbound server, relay, outbound server (MTA)
    bool mailboxes = false;   ///< files mail and lets readers fetch it (MDA and MS)
    bool resolver = false;    ///< looks names up for others and remembers the answers
    bool name_server = false; ///< answers for zones
    bool operator==(const Roles&) const = default;
    bool any() const { return submission || smtp || mailboxes || resolver || name_server; }
};

/// The server side of SMTP between servers.
struct SmtpServer {
    int max_sessions = 100;   ///< further connections wait for a free one
    int max_recipients = 100; ///< in one transaction; RFC 5321 4.5.3.1.8 asks for at least 100
    std::uint64_t max_message_size = 10'240'000; ///< bytes, announced with SIZE (Postfix's default)
    std::vector<std::string> extensions = {"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES"};
    bool open_relay = false;
    bool vrfy = false; ///< tells whether a mailbox exists; else 252
    bool ehlo = true;  ///< false: an old server, which knows HELO only and has no extensions
    bool require_tls = false; ///< refuses mail before STARTTLS
    /// Hosts and networks (CIDR) whose mail is passed on to anywhere. If not said, loading puts there the
    /// hosts that send their mail through this one (as smart host, by a route, or as their domain's outbound
    /// server).
    std::optional<std::vector<std::string>> relay_for;
    Service service;
};

/// The submission service (RFC 6409).
struct SubmissionServer {
    bool require_auth = true;
    std::vector<std::string> trusted; ///< hosts, networks (CIDR), people: may submit without AUTH
    std::vector<std::string> mechanisms = {"PLAIN", "LOGIN"};
    bool require_tls = false;  ///< refuses mail before STARTTLS
    bool auth_in_clear = true; ///< false: AUTH is offered after STARTTLS only
    bool implicit_tls = false; ///< listens at port 465 too, where TLS comes first (RFC 8314)
    int max_sessions = 100;
    int max_recipients = 1000;
    std::uint64_t max_message_size = 10'240'000;
    Service service;
};

/// The queue of a host that sends mail on.
struct Queue {
    RetrySpec retry;
    int concurrency = 100;    ///< deliveries at once, all destinations together
    int per_destination = 20; ///< deliveries at once to one destination
    bool verify = false;         ///< asks with VRFY about each recipient first
    bool all_or_nothing = false; ///< where a server refuses a recipient, none of the transaction gets the message
    std::string tls = "off";     ///< STARTTLS: off, opportunistic, required
    bool pipelining = true;      ///< uses it where offered
    bool chunking = true;        ///< likewise
    std::uint64_t chunk_size = 0; ///< bytes of a chunk at most; 0: a message is one chunk
    std::optional<Duration> reuse; ///< how long a connection is kept for the next message; absent: not at all
    int reuse_limit = 100;         ///< messages over one connection at most
    std::optional<Duration> delay_warning =
        Duration::hours(4);               ///< tell the author after this long; absent: never
    std::optional<Duration> bounce_after; ///< give up after; absent: as the retry schedule says
};

/// How a host does TLS, as a server and as a client.
struct Tls {
    std::string version = "1.3"; ///< the newest that it knows
    Distribution handshake = Distribution::constant(Duration::milliseconds(2)); ///< a server's work, seconds
};

/// How long a client waits, RFC 5321 4.5.3.2; `connect` is Postfix's 30 s.
struct Timeouts {
    Duration connect = Duration::seconds(30);
    Duration greeting = Duration::minutes(5);
    Duration ehlo = Duration::minutes(5);
    Duration mail = Duration::minutes(5);
    Duration rcpt = Duration::minutes(5);
    Duration data = Duration::minutes(2);
    Duration data_block = Duration::minutes(3);
    Duration end_of_data = Duration::minutes(10);
    Duration quit = Duration::minutes(5);
    Duration server = Duration::minutes(5); ///< a server's wait for the next command (4.5.3.2.7)
};

struct Pop3Server {
    int max_sessions = 100;
    Service service;
};

struct ImapServer {
    int max_sessions = 100;
    bool idle = true; ///< offers IDLE, without which nobody is told of mail at once
    Service service;
};

struct LocalDelivery {
    int concurrency = 10;
    Distribution service = Distribution::constant(Duration::milliseconds(10)); ///< seconds per copy
};

struct ResolverSettings {
    Duration timeout = Duration::seconds(5); ///< of one query
    int tries = 3;
    Duration max_ttl = Duration::days(1);
    Duration max_negative_ttl = Duration::hours(3); ///< RFC 2308 section 5
    Distribution service = Distribution::constant(Duration::microseconds(100));
};

struct NameServerSettings {
    Distribution service = Distribution::constant(Duration::microseconds(100));
};

/// Mail for the domain `pattern` ("a.example"), for all below it (".example"), or for all ("*") goes to
/// `hosts`, in random order; an empty list means: as the MX records say. The most specific pattern wins.
struct Route {
    std::string pattern;
    std::vector<std::string> hosts;
};

struct Host {
    std::string name;
    std::string at; ///< its place: a router, another host's name, or empty for one of its own
    std::vector<std::string> addresses; ///< IPv4 or IPv6 in text; at least one after loading
    /// From the host to its place, or to the centre of the Internet; Network::internet if a file says
    /// nothing.
    Line line;
    Roles roles;
    SubmissionServer submission;
    SmtpServer smtp;
    Queue queue;
    std::vector<Route> routes;
    std::vector<std::string>
        smart_host; ///< where mail goes that is neither local nor has a route; random order
    LocalDelivery local_delivery;
    bool lmtp = false; ///< takes the mail for its mailboxes by LMTP (RFC 2033) from the hosts in front of it
    Tls tls;
    Pop3Server pop3;
    ImapServer imap;
    ResolverSettings resolving;
    NameServerSettings naming;
    std::string resolver; ///< the host that this one asks; its own name: itself
    int hop_limit = 50;   ///< Received fields; Postfix's hopcount_limit (RFC 5321 6.3 suggests at least 100)
    Timeouts timeouts;
};

} // namespace postopolis::scenario
