#include "scenario/complete.hpp"

#include <algorithm>
#include <set>

#include "postopolis/dns/record.hpp"
#include "postopolis/scenario/document.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "scenario/presets.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

void NameIndex::add(std::string_view name, std::size_t index) {
    index_.emplace(lower(name), index);
    // Suggestions out of a very large town would cost more than they help.
    if (names_.size() < 20'000) names_.emplace_back(name);
}

std::optional<std::size_t> NameIndex::find(std::string_view name) const {
    auto it = index_.find(lower(name));
    return it == index_.end() ? std::nullopt : std::optional(it->second);
}

std::string NameIndex::nearest(std::string_view name) const {
    return scenario::nearest(name, names_);
}

std::string host_pointer(std::string_view name) {
    return "/hosts/" + escape_pointer(name);
}
std::string domain_pointer(std::string_view name) {
    return "/domains/" + escape_pointer(name);
}

bool without_servers(const Domain& d) {
    return d.mx_kind == Domain::Mx::Listed && d.mx.empty() && d.submission.empty() && d.mailboxes.empty() &&
           d.outbound.empty();
}

namespace {

/// Whether a domain gives the host something to do.
bool names_host(const Domain& d, std::string_view host) {
    auto is_it = [&](const std::string& name) { return same_name(name, host); };
    return is_it(d.mailboxes) || std::any_of(d.submission.begin(), d.submission.end(), is_it) ||
           std::any_of(d.outbound.begin(), d.outbound.end(), is_it) ||
           std::any_of(d.mx.begin(), d.mx.end(), [&](const MxEntry& mx) { return is_it(mx.host); });
}

} // namespace

std::vector<std::string> implied_hosts(const Scenario& s) {
    NameIndex hosts(s.hosts);
    std::vector<std::string> names;
    for (const Domain& d : s.domains) {
        std::string own = "mail." + d.name;
        if ((!without_servers(d) && !names_host(d, own)) || hosts.find(own)) continue;
        hosts.add(own, s.hosts.size() + names.size());
        names.push_back(std::move(own));
    }
    bool provider = std::any_of(s.domains.begin(), s.domains.end(),
                                [](const Domain& d) { return d.name_servers.empty(); }) ||
                    std::any_of(s.series.begin(), s.series.end(),
                                [](const DomainSeries& d) { return d.domain.name_servers.empty(); });
    if (provider && !hosts.find(provider_name_server)) names.emplace_back(provider_name_server);
    return names;
}

namespace {

/// Replaces patterns in a list of hosts by the hosts that match; other names stay as they are.
void expand_patterns(std::vector<std::string>& list, const std::vector<Host>& hosts,
                     const std::string& pointer, Remarks& remarks) {
    if (std::none_of(list.begin(), list.end(),
                     [](const std::string& n) { return n.find('*') != std::string::npos; }))
        return;
    std::vector<std::string> result;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].find('*') == std::string::npos) {
            result.push_back(list[i]);
            continue;
        }
        std::size_t before = result.size();
        for (const Host& h : hosts)
            if (matches(list[i], h.name)) result.push_back(h.name);
        if (result.size() == before)
            remarks.push_back({pointer + "/" + std::to_string(i), "no host matches \"" + list[i] + "\""});
    }
    list = std::move(result);
}

void expand_mx(Domain& d, const std::vector<Host>& hosts, Remarks& remarks) {
    std::vector<MxEntry> result;
    for (std::size_t i = 0; i < d.mx.size(); ++i) {
        std::vector<std::string> names{d.mx[i].host};
        expand_patterns(names, hosts, domain_pointer(d.name) + "/mx/" + std::to_string(i), remarks);
        for (std::string& name : names)
            result.push_back({std::move(name), d.mx[i].preference});
    }
    d.mx = std::move(result);
}

const MxEntry* best_mx(const Domain& d) {
    auto best = std::min_element(d.mx.begin(), d.mx.end(), [](const MxEntry& a, const MxEntry& b) {
        return a.preference < b.preference;
    });
    return best == d.mx.end() ? nullptr : &*best;
}

/// Who does what for a domain, where it says only a part.
void fill_servers(Domain& d) {
    if (without_servers(d)) {
        std::string host = "mail." + d.name;
        d.mx.push_back({host, 10});
        d.submission = {host};
        d.mailboxes = host;
    }
    bool people = d.people.count() > 0;
    if ((people || !d.aliases.empty() || !d.lists.empty()) && d.mailboxes.empty())
        if (const MxEntry* mx = best_mx(d)) d.mailboxes = mx->host;
    if (d.mx_kind == Domain::Mx::Listed && d.mx.empty() && !d.mailboxes.empty())
        d.mx.push_back({d.mailboxes, 10});
    if (people && d.submission.empty() && !d.mailboxes.empty()) d.submission = {d.mailboxes};
    if (d.name_servers.empty()) d.name_servers = {std::string(provider_name_server)};
}

/// What hosts do for domains and for each other, worked out from who names them.
class Relations {
public:
    explicit Relations(Scenario& s)
        : s_(s), index_(s.hosts), roles_(s.hosts.size()), clients_(s.hosts.size()) {}

    void run() {
        for (const Domain& d : s_.domains)
            from_domain(d);
        // The hosts of a series are in no list; what their domains name besides them is.
        for (const DomainSeries& d : s_.series)
            from_domain(d.domain);
        for (const Host& h : s_.hosts)
            from_host(h);
        for (DomainSeries& d : s_.series)
            settle_series(d);
        for (std::size_t i = 0; i < s_.hosts.size(); ++i)
            settle(s_.hosts[i], roles_[i], clients_[i]);
        for (std::size_t i = 0; i < s_.hosts.size(); ++i)
            if (auto r = index_.find(s_.hosts[i].resolver)) s_.hosts[*r].roles.resolver = true;
        for (const DomainSeries& d : s_.series)
            if (auto r = index_.find(d.host.resolver)) s_.hosts[*r].roles.resolver = true;
    }

private:
    template<class Do>
    void with(std::string_view name, Do act) {
        if (auto i = index_.find(name)) act(*i);
    }

    void sends_through(std::string_view client, std::string_view server) {
        if (same_name(client, server)) return;
        with(server, [&](std::size_t i) {
            roles_[i].smtp = true;
            if (client_sets_[i].insert(lower(client)).second) clients_[i].emplace_back(client);
        });
    }

    void from_domain(const Domain& d) {
        for (const MxEntry& mx : d.mx)
            with(mx.host, [&](std::size_t i) { roles_[i].smtp = true; });
        for (const std::string& name : d.submission) {
            with(name, [&](std::size_t i) { roles_[i].submission = true; });
            for (const std::string& server : d.outbound)
                sends_through(name, server);
        }
        // Where people submit to the host of their mailboxes it serves as MX as well or gets mail from the MX
        // hosts.
        with(d.mailboxes, [&](std::size_t i) {
            roles_[i].mailboxes = true;
            for (const MxEntry& mx : d.mx)
                if (!same_name(mx.host, d.mailboxes)) roles_[i].smtp = true;
        });
        // The bounces that a mailbox host writes go out as the domain's other mail does.
        for (const std::string& server : d.outbound)
            if (!d.mailboxes.empty()) sends_through(d.mailboxes, server);
        for (const std::string& name : d.name_servers)
            with(name, [&](std::size_t i) { roles_[i].name_server = true; });
    }

    void from_host(const Host& h) {
        for (const std::string& server : h.smart_host)
            sends_through(h.name, server);
        for (const Route& r : h.routes)
            for (const std::string& server : r.hosts)
                sends_through(h.name, server);
    }

    static void settle_series(DomainSeries& d) {
        Host& h = d.host;
        settle(h, Roles{true, true, true, false, false}, {});
        if (same_name(h.resolver, h.name)) h.roles.resolver = true;
    }

    static void settle(Host& h, const Roles& implied, const std::vector<std::string>& clients) {
        if (!h.roles.any()) h.roles = implied;
        if (!h.smtp.relay_for) h.smtp.relay_for = clients;
        bool sends = h.roles.submission || h.roles.smtp || h.roles.mailboxes;
        if (h.resolver.empty() && sends) h.resolver = h.name;
    }

    Scenario& s_;
    NameIndex index_;
    std::vector<Roles> roles_;
    std::vector<std::vector<std::string>> clients_;
    std::map<std::size_t, std::set<std::string>> client_sets_;
};

std::uint32_t ipv4(const std::string& text) {
    std::optional<dns::Ipv4> ip = dns::Ipv4::parse(text);
    std::uint32_t address = 0;
    for (std::size_t i = 0; ip && i < ip->octets.size(); ++i)
        address = address << 8U | ip->octets[i];
    return address;
}

std::string ipv4_text(std::uint32_t address) {
    dns::Ipv4 ip;
    for (std::size_t i = 0; i < ip.octets.size(); ++i)
        ip.octets[i] = static_cast<std::uint8_t>(address >> (24 - 8 * i));
    return ip.to_string();
}

void fill_addresses(Scenario& s) {
    std::set<std::string> taken;
    for (const Host& h : s.hosts)
        taken.insert(h.addresses.begin(), h.addresses.end());
    std::uint64_t next = 0;
    for (Host& h : s.hosts) {
        if (!h.addresses.empty()) continue;
        std::string address = ipv4_text(numbered_address(next++));
        while (taken.contains(address))
            address = ipv4_text(numbered_address(next++));
        h.addresses = {std::move(address)};
    }
    if (s.series.empty()) return;
    // A series has numbers in a row: the first gap that is large enough.
    std::set<std::uint64_t> numbers;
    for (const Host& h : s.hosts)
        for (const std::string& address : h.addresses)
            if (auto number = number_of_address(ipv4(address))) numbers.insert(*number);
    std::uint64_t free = 0;
    for (DomainSeries& d : s.series) {
        for (auto at = numbers.lower_bound(free); at != numbers.end() && *at < free + d.count;
             at = numbers.lower_bound(free))
            free = *at + 1;
        d.first_address = free;
        free += d.count;
    }
}

PersonSettings everybody() {
    PersonSettings p;
    p.at = "";
    p.line = Line{Distribution::constant(Duration::milliseconds(5)), 50e6, 0};
    p.submission = "";
    p.password = "";
    p.wrong_password = false;
    p.tls = "off";
    p.authenticates = true;
    p.reads = true;
    p.reading = Reading{};
    p.contacts = std::vector<std::string>{};
    p.replies = Replying{};
    p.quota = 0;
    return p;
}

/// "*" comes first, with every field; what the scenario says of "*" overrides ours.
void fill_people(Scenario& s) {
    PersonRule all{"*", everybody()};
    auto written =
        std::find_if(s.people.begin(), s.people.end(), [](const PersonRule& r) { return r.pattern == "*"; });
    if (written != s.people.end()) {
        PersonSettings& w = written->settings;
        auto take = [](auto& ours, auto& theirs) {
            if (theirs) ours = std::move(theirs);
        };
        take(all.settings.at, w.at);
        take(all.settings.line, w.line);
        take(all.settings.submission, w.submission);
        take(all.settings.password, w.password);
        take(all.settings.wrong_password, w.wrong_password);
        take(all.settings.tls, w.tls);
        take(all.settings.authenticates, w.authenticates);
        take(all.settings.reads, w.reads);
        take(all.settings.reading, w.reading);
        if (w.contacts || w.contact_graph) {
            all.settings.contacts = std::move(w.contacts);
            all.settings.contact_graph = std::move(w.contact_graph);
        }
        take(all.settings.replies, w.replies);
        take(all.settings.quota, w.quota);
        take(all.settings.forward, w.forward);
        take(all.settings.vacation, w.vacation);
        take(all.settings.drop_duplicates, w.drop_duplicates);
        s.people.erase(written);
    }
    s.people.insert(s.people.begin(), std::move(all));
}

} // namespace

void name_letters(Scenario& s) {
    std::set<std::string> ids;
    for (const Letter& l : s.letters)
        ids.insert(l.id);
    for (std::size_t i = 0; i < s.letters.size(); ++i) {
        Letter& l = s.letters[i];
        if (!l.id.empty()) continue;
        bool subject = !l.subject.empty() && ids.insert(l.subject).second;
        l.id = subject ? l.subject : "#" + std::to_string(i);
    }
}

void fill_defaults(Scenario& s, Remarks& remarks) {
    for (const std::string& name : implied_hosts(s)) {
        Host& h = s.hosts.emplace_back();
        h.name = name;
        h.line = s.network.internet;
    }
    for (Domain& d : s.domains) {
        std::string at = domain_pointer(d.name);
        expand_mx(d, s.hosts, remarks);
        expand_patterns(d.submission, s.hosts, at + "/submission", remarks);
        expand_patterns(d.outbound, s.hosts, at + "/outbound", remarks);
        expand_patterns(d.name_servers, s.hosts, at + "/name_servers", remarks);
        fill_servers(d);
        for (Alias& alias : d.aliases)
            for (std::string& to : alias.to)
                if (to.find('@') == std::string::npos) to += "@" + d.name;
    }
    for (DomainSeries& d : s.series)
        fill_servers(d.domain);
    for (Host& h : s.hosts) {
        expand_patterns(h.smart_host, s.hosts, host_pointer(h.name) + "/smart_host", remarks);
        for (Route& r : h.routes)
            expand_patterns(r.hosts, s.hosts, host_pointer(h.name) + "/routes/" + escape_pointer(r.pattern),
                            remarks);
        for (std::string& address : h.addresses)
            if (auto canonical = canonical_ip(address)) address = *canonical;
    }
    Relations(s).run();
    fill_addresses(s);
    fill_people(s);
    name_letters(s);
    for (std::size_t i = 0; i < s.traffic.size(); ++i)
        if (s.traffic[i].name.empty()) s.traffic[i].name = "traffic" + std::to_string(i);
}

} // namespace postopolis::scenario
