// See build_hosts.hpp.
#include "scenario/build_hosts.hpp"

#include <algorithm>
#include <charconv>

#include "scenario/town_network.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {
namespace {

std::uint32_t seconds(Duration d) {
    return static_cast<std::uint32_t>(d.count() / 1'000'000'000);
}
policy::Nanoseconds nanoseconds(Duration d) {
    return policy::Nanoseconds(d.count());
}

std::uint32_t ipv4_of(const Host& h) {
    for (const std::string& text : h.addresses) {
        std::optional<dns::Ipv4> ip = dns::Ipv4::parse(text);
        if (!ip) continue;
        std::uint32_t address = 0;
        for (std::uint8_t octet : ip->octets)
            address = address << 8 | octet;
        return address;
    }
    return 0;
}

smtp::Extensions extensions(const std::vector<std::string>& names, std::uint64_t max_size) {
    smtp::Extensions e;
    const bool all = std::find(names.begin(), names.end(), "all") != names.end();
    const auto offers = [&](std::string_view name) {
        return all || std::find(names.begin(), names.end(), name) != names.end();
    };
    e.pipelining = offers("PIPELINING");
    e.eightbitmime = offers("8BITMIME");
    e.enhanced_status_codes = offers("ENHANCEDSTATUSCODES");
    e.starttls = offers("STARTTLS");
    e.dsn = offers("DSN");
    e.chunking = offers("CHUNKING");
    e.binarymime = offers("BINARYMIME");
    if (offers("SIZE")) e.size = max_size;
    return e;
}

smtp::tls::Policy tls_policy(std::string_view word) {
    if (word == "opportunistic") return smtp::tls::Policy::opportunistic;
    return word == "required" ? smtp::tls::Policy::required : smtp::tls::Policy::off;
}

nodes::ServiceTimes service(const Service& s) {
    return {s.per_connection, s.per_command, s.per_message};
}

nodes::TimeoutConfig timeouts(const Timeouts& t) {
    return {t.connect, t.greeting,   t.ehlo,        t.mail, t.rcpt,
            t.data,    t.data_block, t.end_of_data, t.quit, t.server};
}

nodes::TrustConfig trust(const std::vector<std::string>& list) {
    nodes::TrustConfig trusted;
    for (const std::string& item : list) {
        if (item.find('@') != std::string::npos || item.find('*') != std::string::npos)
            trusted.patterns.push_back(item);
        else if (dns::Ipv4::parse(item.substr(0, item.find('/'))))
            trusted.networks.push_back(item);
        else
            trusted.hosts.push_back(item);
    }
    return trusted;
}

policy::Relay relay_to(const std::vector<std::string>& hosts, std::uint16_t port = nodes::kSmtpPort) {
    policy::Relay relay;
    for (const std::string& h : hosts)
        relay.hops.push_back({h, 0, port});
    return relay;
}

} // namespace

policy::RetrySchedule retry_schedule(const Queue& queue) {
    policy::RetrySchedule schedule;
    const RetrySpec& spec = queue.retry;
    switch (spec.form) {
    case RetrySpec::Form::Preset:
        if (const policy::RetryPreset* preset = policy::find_retry_preset(spec.preset))
            schedule = preset->schedule;
        break;
    case RetrySpec::Form::Backoff:
        schedule.backoff = policy::AgeBackoff{nanoseconds(spec.minimal), nanoseconds(spec.maximal)};
        schedule.scan_interval = nanoseconds(spec.scan);
        break;
    case RetrySpec::Form::Ages: {
        policy::AgeList list;
        for (Duration d : spec.at)
            list.ages.push_back(nanoseconds(d));
        if (spec.every) list.then_every = nanoseconds(*spec.every);
        if (list.ages.empty() && spec.every)
            schedule.backoff = policy::FixedInterval{nanoseconds(*spec.every)};
        else
            schedule.backoff = std::move(list);
        break;
    }
    case RetrySpec::Form::Exim:
        if (std::optional<policy::RetrySchedule> parsed = policy::parse_exim_rule(spec.rule))
            schedule = *parsed;
        break;
    }
    if (spec.lifetime) schedule.lifetime = schedule.bounce_lifetime = nanoseconds(*spec.lifetime);
    if (queue.bounce_after) schedule.lifetime = schedule.bounce_lifetime = nanoseconds(*queue.bounce_after);
    schedule.delay_warning = queue.delay_warning ? nanoseconds(*queue.delay_warning) : policy::Nanoseconds{};
    return schedule;
}

nodes::HostConfig host_config(const Host& h) {
    nodes::HostConfig c;
    c.name = h.name;
    c.place = TownNetwork::host_place(h);
    c.address = ipv4_of(h);
    c.submission = h.roles.submission;
    c.relay = h.roles.smtp;
    c.mailboxes = h.roles.mailboxes;
    c.resolver = h.roles.resolver;
    c.name_server = h.roles.name_server;

    c.submission_smtp.max_sessions = static_cast<std::uint32_t>(h.submission.max_sessions);
    c.submission_smtp.max_recipients = static_cast<std::uint32_t>(h.submission.max_recipients);
    c.submission_smtp.max_message_size = h.submission.max_message_size;
    c.submission_smtp.extensions = extensions(h.smtp.extensions, h.submission.max_message_size);
    auto offers = [&](std::string_view mechanism) {
        return std::find(h.submission.mechanisms.begin(), h.submission.mechanisms.end(), mechanism) !=
               h.submission.mechanisms.end();
    };
    c.submission_smtp.extensions.auth = {offers("PLAIN"), offers("LOGIN"), offers("CRAM-MD5")};
    c.submission_smtp.requires_tls = h.submission.require_tls;
    c.submission_smtp.auth_needs_tls = !h.submission.auth_in_clear;
    c.submission_smtp.ehlo = true;
    c.submissions = h.roles.submission && h.submission.implicit_tls;
    c.submission_smtp.service = service(h.submission.service);
    c.requires_auth = h.submission.require_auth;

    c.smtp.max_sessions = static_cast<std::uint32_t>(h.smtp.max_sessions);
    c.smtp.max_recipients = static_cast<std::uint32_t>(h.smtp.max_recipients);
    c.smtp.max_message_size = h.smtp.max_message_size;
    c.smtp.extensions = extensions(h.smtp.extensions, h.smtp.max_message_size);
    c.smtp.service = service(h.smtp.service);
    c.smtp.vrfy = h.smtp.vrfy;
    c.smtp.ehlo = h.smtp.ehlo;
    c.smtp.requires_tls = h.smtp.require_tls;
    c.lmtp = h.roles.mailboxes && h.lmtp;
    c.tls.version = h.tls.version == "1.2" ? smtp::tls::Version::tls12 : smtp::tls::Version::tls13;
    c.tls.handshake = h.tls.handshake;
    c.relaying.open_relay = h.smtp.open_relay;
    c.submission_smtp.trusted = trust(h.submission.trusted);
    if (h.smtp.relay_for) c.smtp.trusted = trust(*h.smtp.relay_for);

    c.queue.retry = retry_schedule(h.queue);
    c.queue.scan_at_arrival = h.queue.retry.scan_at_arrival;
    c.queue.concurrency = static_cast<std::uint32_t>(h.queue.concurrency);
    c.queue.per_destination = static_cast<std::uint32_t>(h.queue.per_destination);
    c.queue.verifies = h.queue.verify;
    c.queue.all_or_nothing = h.queue.all_or_nothing;
    c.queue.tls = tls_policy(h.queue.tls);
    c.queue.pipelining = h.queue.pipelining;
    c.queue.chunking = h.queue.chunking;
    c.queue.chunk_octets = h.queue.chunk_size;
    c.queue.reuse = h.queue.reuse.value_or(Duration());
    c.queue.reuse_limit = static_cast<std::uint32_t>(h.queue.reuse_limit);
    for (const Route& r : h.routes) {
        const std::string pattern = r.pattern.starts_with("*.") ? r.pattern.substr(1) : r.pattern;
        // Validation has told of patterns that stand there twice: the first wins.
        (void)c.routes.add(pattern, r.hosts.empty() ? policy::RouteAction(policy::MxLookup{})
                                                    : policy::RouteAction(relay_to(r.hosts)));
    }
    if (!h.smart_host.empty()) (void)c.routes.add("*", relay_to(h.smart_host));

    c.local_delivery.concurrency = static_cast<std::uint32_t>(h.local_delivery.concurrency);
    c.local_delivery.service = h.local_delivery.service;
    c.pop.max_sessions = static_cast<std::uint32_t>(h.pop3.max_sessions);
    c.pop.service = service(h.pop3.service);
    c.imap.max_sessions = static_cast<std::uint32_t>(h.imap.max_sessions);
    c.imap.idle = h.imap.idle;
    c.imap.service = service(h.imap.service);
    c.resolving.timeout = h.resolving.timeout;
    c.resolving.tries = h.resolving.tries;
    c.resolving.max_ttl_seconds = seconds(h.resolving.max_ttl);
    c.resolving.max_negative_ttl_seconds = seconds(h.resolving.max_negative_ttl);
    c.resolving.service = h.resolving.service;
    c.name_service = h.naming.service;
    c.asks_resolver = h.resolver;
    c.hop_limit = h.hop_limit;
    c.timeouts = timeouts(h.timeouts);
    return c;
}

nodes::SettlementConfig settlement_config(const DomainSeries& series, net::HostRef first_place) {
    nodes::SettlementConfig c;
    c.domains = series.names();
    c.count = series.count;
    c.host_prefix = own_host_prefix;
    nodes::HostConfig host = host_config(series.host);
    host.asks_itself = same_name(series.host.resolver, series.host.name);
    c.host = std::make_shared<const nodes::HostConfig>(std::move(host));
    c.first_place = first_place;
    const std::uint64_t first = series.first_address;
    const std::uint32_t count = series.count;
    c.address_of = [first](std::uint32_t i) { return numbered_address(first + i); };
    c.host_with = [first, count](std::uint32_t address) -> std::optional<std::uint32_t> {
        const std::optional<std::uint64_t> number = number_of_address(address);
        if (!number || *number < first || *number - first >= count) return std::nullopt;
        return static_cast<std::uint32_t>(*number - first);
    };
    c.zone.name_servers = series.domain.name_servers;
    c.zone.ttl_seconds = seconds(series.domain.ttl);
    c.zone.negative_ttl_seconds = seconds(series.domain.negative_ttl);
    c.named = series.domain.people.names;
    if (!series.domain.people.numbered.empty())
        c.numbered = {series.domain.people.numbered.back().pattern, series.domain.people.numbered.back().first};
    c.before = series.before();
    return c;
}

void add_routes(nodes::Town& town, const Scenario& s) {
    for (const Domain& d : s.domains) {
        auto lead = [&](const std::string& from, std::string_view pattern,
                        const std::vector<std::string>& to, std::uint16_t port = nodes::kSmtpPort) {
            nodes::MailHost* host = town.host(from);
            const bool itself = to.size() == 1 && host == town.host(to.front());
            if (host != nullptr && !itself && !to.empty()) host->route(pattern, relay_to(to, port));
        };
        const nodes::MailHost* store = d.mailboxes.empty() ? nullptr : town.host(d.mailboxes);
        const bool by_lmtp = store != nullptr && store->config().lmtp;
        const bool reachable = store != nullptr && (store->config().relay || by_lmtp);
        const std::uint16_t port = by_lmtp ? nodes::kLmtpPort : nodes::kSmtpPort;
        int best = 65536;
        for (const MxEntry& mx : d.mx)
            best = std::min(best, mx.preference);
        if (reachable && d.mx_kind != Domain::Mx::Null) {
            // The front line hands on to the mailboxes; a backup MX finds the front line by the MX records.
            for (const MxEntry& mx : d.mx)
                if (mx.preference == best) lead(mx.host, d.name, {d.mailboxes}, port);
            for (const std::string& host : d.submission)
                lead(host, d.name, {d.mailboxes}, port);
        }
        for (const std::string& host : d.submission)
            lead(host, "*", d.outbound);
        if (!d.mailboxes.empty()) lead(d.mailboxes, "*", d.outbound);
    }
}

nodes::AnswerFault answer_fault(const SmtpAnswer& answer) {
    nodes::AnswerFault f;
    switch (answer.step) {
    case SmtpAnswer::Step::Connect:
        f.stage = smtp::Stage::connect;
        break;
    case SmtpAnswer::Step::Greeting:
        f.stage = smtp::Stage::greeting;
        break;
    case SmtpAnswer::Step::Ehlo:
        f.stage = smtp::Stage::ehlo;
        break;
    case SmtpAnswer::Step::Starttls:
        f.stage = smtp::Stage::starttls;
        break;
    case SmtpAnswer::Step::Auth:
        f.stage = smtp::Stage::auth;
        break;
    case SmtpAnswer::Step::Mail:
        f.stage = smtp::Stage::mail;
        break;
    case SmtpAnswer::Step::Rcpt:
        f.stage = smtp::Stage::rcpt;
        break;
    case SmtpAnswer::Step::Data:
        f.stage = smtp::Stage::data;
        break;
    case SmtpAnswer::Step::EndOfData:
        f.stage = smtp::Stage::end_of_data;
        break;
    }
    f.code = static_cast<std::uint16_t>(answer.code);
    f.enhanced = answer.enhanced.empty() ? std::to_string(answer.code / 100) + ".0.0" : answer.enhanced;
    f.text = !answer.text.empty() ? answer.text : answer.code < 500 ? "Try again later" : "Refused";
    f.probability = answer.probability;
    f.recipients = answer.recipients;
    return f;
}

std::optional<dns::Record> dns_record(const DnsRecord& r) {
    std::optional<dns::Name> name = dns::Name::parse(r.name);
    if (!name) return std::nullopt;
    const std::uint32_t ttl = seconds(r.ttl);
    if (r.type == "A") {
        std::optional<dns::Ipv4> ip = dns::Ipv4::parse(r.value);
        return ip ? std::optional(dns::Record::address(*name, *ip, ttl)) : std::nullopt;
    }
    if (r.type == "AAAA") {
        std::optional<dns::Ipv6> ip = dns::Ipv6::parse(r.value);
        return ip ? std::optional(dns::Record::address(*name, *ip, ttl)) : std::nullopt;
    }
    if (r.type == "TXT") {
        dns::Strings strings; // a character-string has at most 255 octets
        for (std::size_t at = 0; at == 0 || at < r.value.size(); at += 255)
            strings.push_back(r.value.substr(at, 255));
        return dns::Record::txt(*name, std::move(strings), ttl);
    }
    std::string target = r.value;
    std::uint16_t preference = 0;
    if (r.type == "MX") {
        auto [end, error] = std::from_chars(target.data(), target.data() + target.size(), preference);
        if (error != std::errc()) return std::nullopt;
        target = target.substr(static_cast<std::size_t>(end - target.data()));
        target.erase(0, target.find_first_not_of(" \t"));
    }
    std::optional<dns::Name> to = dns::Name::parse(target);
    if (!to) return std::nullopt;
    if (r.type == "MX") return dns::Record::mx(*name, preference, *to, ttl);
    if (r.type == "NS") return dns::Record::ns(*name, *to, ttl);
    if (r.type == "CNAME") return dns::Record::cname(*name, *to, ttl);
    return std::nullopt;
}

} // namespace postopolis::scenario
