// How the hosts and people of a town are set: plain values, with the defaults that servers of today have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/dns/record.hpp"
#include "postopolis/kernel/distribution.hpp"
#include "postopolis/kernel/time.hpp"
#include "postopolis/nodes/mediation.hpp"
#include "postopolis/policy/retry.hpp"
#include "postopolis/policy/routing.hpp"
#include "postopolis/smtp/extensions.hpp"
#include "postopolis/smtp/stage.hpp"
#include "postopolis/smtp/tls.hpp"

namespace postopolis::nodes {

using kernel::Distribution;
using kernel::Duration;
using kernel::Time;

/// How long a server works; distributions in seconds.
struct ServiceTimes {
    Distribution per_connection = Distribution::constant(Duration::milliseconds(2)); ///< before the greeting
    Distribution per_command = Distribution::constant(Duration::milliseconds(1));
    Distribution per_message = Distribution::constant(Duration::milliseconds(20)); ///< before a message's last reply
};

/// Clients of a service who need no AUTH and whose mail is passed on to anywhere.
struct TrustConfig {
    std::vector<std::string> hosts;    ///< names, in any case
    std::vector<std::string> networks; ///< CIDR
    std::vector<std::string> patterns; ///< with '*', for the names of hosts and the addresses of people
};

/// How a host does TLS, as a server and as a client.
struct TlsConfig {
    smtp::tls::Version version = smtp::tls::Version::tls13; ///< the newest that it knows
    /// Seconds a server works on a handshake: a signature and a key exchange.
    Distribution handshake = Distribution::constant(Duration::milliseconds(2));
};

struct SmtpConfig {
    std::uint32_t max_sessions = 100; ///< further connections wait in the listen queue; 0: no limit
    std::uint32_t max_recipients = 100;
    std::uint64_t max_message_size = 10'240'000; ///< octets; 0: no limit
    smtp::Extensions extensions = smtp::usual_extensions(10'240'000);
    bool vrfy = false; ///< tells whether a mailbox exists (else 252)
    bool help = true;
    bool ehlo = true;            ///< false: an old server, which knows HELO only
    bool requires_tls = false;   ///< takes no mail in the clear
    bool auth_needs_tls = false; ///< takes no passwords in the clear
    ServiceTimes service;
    TrustConfig trusted;
};

struct RelayConfig {
    bool open_relay = false;
    std::vector<std::string> takes_mail_for;     ///< domains, lower case: it is an inbound server of theirs
};

struct QueueConfig {
    policy::RetrySchedule retry;
    /// When the queue is scanned: this instant and every `retry.scan_interval` from it; absent: drawn.
    std::optional<Duration> scan_phase;
    bool scan_at_arrival = false; ///< each message's scans are counted from its arrival: Postfix's ideal schedule
    std::uint32_t concurrency = 100;
    std::uint32_t per_destination = 20;
    bool verifies = false;       ///< asks with VRFY about each recipient first
    bool all_or_nothing = false; ///< where a server refuses a recipient, none of the transaction gets the message
    bool pipelining = true;      ///< uses PIPELINING where offered
    bool chunking = true;        ///< uses CHUNKING where offered
    std::uint64_t chunk_octets = 0; ///< of a BDAT at most; 0: a message is one chunk
    smtp::tls::Policy tls = smtp::tls::Policy::off; ///< STARTTLS
    /// How long a connection is kept for the next message to the same host; zero: not at all.
    Duration reuse;
    std::uint32_t reuse_limit = 100; ///< messages over one connection at most
};

struct LocalDeliveryConfig {
    std::uint32_t concurrency = 10; ///< 0: no limit
    Distribution service = Distribution::constant(Duration::milliseconds(10)); ///< seconds per copy
};

struct PopConfig {
    std::uint32_t max_sessions = 100;
    ServiceTimes service;
};

struct ImapConfig {
    std::uint32_t max_sessions = 100;
    bool idle = true; ///< offers IDLE (RFC 2177)
    ServiceTimes service;
};

struct ResolverConfig {
    Duration timeout = Duration::seconds(5);
    int tries = 3;
    std::uint32_t max_ttl_seconds = 86400;
    std::uint32_t max_negative_ttl_seconds = 10800;
    Distribution service = Distribution::constant(Duration::microseconds(100));
};

/// RFC 5321 section 4.5.3.2; `connect` is Postfix's.
struct TimeoutConfig {
    Duration connect = Duration::seconds(30);
    Duration greeting = Duration::minutes(5);
    Duration ehlo = Duration::minutes(5);
    Duration mail = Duration::minutes(5);
    Duration rcpt = Duration::minutes(5);
    Duration data = Duration::minutes(2);
    Duration data_block = Duration::minutes(3);
    Duration end_of_data = Duration::minutes(10);
    Duration quit = Duration::minutes(5);
    Duration server = Duration::minutes(5);
};

/// A refusal that a fault puts into a server's mouth.
struct AnswerFault {
    smtp::Stage stage = smtp::Stage::rcpt; ///< connect, greeting, ehlo, starttls, auth, mail, rcpt, data or end_of_data
    std::uint16_t code = 451;
    std::string enhanced = "4.3.0";
    std::string text = "Try again later";
    double probability = 1;
    std::string recipients = "*"; ///< pattern, at rcpt
    Time from;
    Time until = Time::max();
};

/// A name server that answers badly about zones that match.
struct DnsFault {
    enum class Kind { servfail, timeout, nxdomain };
    Kind kind = Kind::servfail;
    std::string zones = "*"; ///< pattern of zone names
    Time from;
    Time until = Time::max();
};

struct HostConfig {
    std::string name;
    std::string place;          ///< vertex of the network; empty: the host's own name
    std::uint32_t address = 0;  ///< IPv4 in host byte order
    bool submission = false;    ///< MSA, port 587
    bool relay = false;         ///< MTA, port 25
    bool mailboxes = false;     ///< MDA, MS, POP3 at port 110, IMAP at port 143
    bool resolver = false;
    bool name_server = false;
    SmtpConfig submission_smtp;
    bool requires_auth = true;  ///< of its submission service
    bool submissions = false;   ///< which it has at port 465 too, where TLS comes first (RFC 8314)
    bool lmtp = false;          ///< LMTP to its mailboxes at port 24
    TlsConfig tls;
    SmtpConfig smtp;
    RelayConfig relaying;
    bool checks_recipients = true; ///< refuses unknown users of the domains it takes mail for, at RCPT
    QueueConfig queue;
    policy::RouteTable routes;
    LocalDeliveryConfig local_delivery;
    PopConfig pop;
    ImapConfig imap;
    ResolverConfig resolving;
    Distribution name_service = Distribution::constant(Duration::microseconds(100));
    std::string asks_resolver;  ///< name of the host whose resolver it uses; empty: none, no DNS look-ups
    bool asks_itself = false;   ///< whatever it is called: it uses its own resolver
    int hop_limit = 50;         ///< Received fields; Postfix's hopcount_limit (RFC 5321 6.3 wants at least 100)
    TimeoutConfig timeouts;
    std::vector<AnswerFault> answers;
    std::vector<DnsFault> dns_faults;
};

struct ReadingConfig {
    Duration every = Duration::minutes(5);
    std::optional<Duration> phase; ///< of the first look after the start; absent: drawn from 0..every
    bool leave_on_server = false;
    bool imap = false;
    bool push = false;            ///< IMAP: stays connected and is told (IDLE); looks as said where that fails
    std::string folder{};         ///< IMAP: what has been read is moved there; empty: stays, or is deleted
    std::vector<ReadingConfig> others{}; ///< further devices of the same person
};

struct ReplyConfig {
    double probability = 0;
    bool to_all = false; ///< to all whom the letter went to, and not to its author alone
    Distribution delay = Distribution::constant(Duration::hours(1)); ///< seconds after reading
};

struct PersonConfig {
    std::string address;               ///< the mailbox and login name
    std::string display_name;
    bool named_after_address = false;  ///< its display name is made from the local part: "ann.lee" is "Ann Lee"
    std::string place;                 ///< vertex of the network
    std::uint32_t ip = 0;
    std::vector<std::string> submission; ///< hosts; tried in order
    bool submits_at_home = false;      ///< instead: at the host of the mailbox
    bool authenticates = true;
    std::string password;              ///< empty: made from the address
    bool wrong_password = false;
    smtp::tls::Policy tls = smtp::tls::Policy::off; ///< STARTTLS at submission
    bool implicit_tls = false;         ///< instead: port 465
    std::optional<ReadingConfig> reading;
    ReplyConfig replies;
    std::optional<std::uint64_t> quota; ///< octets; absent: none
    std::shared_ptr<const MailboxRules> rules; ///< null for none
    TimeoutConfig timeouts;
};

struct DomainConfig {
    struct Mx {
        std::string host;
        std::uint16_t preference = 10;
    };
    std::string name;
    std::string mailboxes;         ///< host that files its mail; empty: it has none
    std::vector<Mx> mx;            ///< also hosts that do not exist, if that is wanted
    bool null_mx = false;          ///< RFC 7505
    bool implicit_mx = false;      ///< no MX record; an address record that leads to mx.front()
    std::vector<std::string> name_servers;
    std::uint32_t ttl_seconds = 3600;
    std::uint32_t negative_ttl_seconds = 900;
    std::vector<dns::Record> records; ///< further ones; they replace those of the same name and type
    /// By local part, lower case. Where there is an account of that name, the account gets the mail.
    std::vector<std::pair<std::string, MediatorConfig>> mediators;
    std::optional<AliasConfig> catch_all; ///< for what nobody is called
    /// What stands after this in a local part does not matter (RFC 5233): "alice+news" is alice's. Empty: all of it does.
    std::string detail_separator;
};

} // namespace postopolis::nodes
