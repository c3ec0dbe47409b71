// The meaning of hosts, routes and domains.
#include <algorithm>
#include <set>

#include "postopolis/policy/retry.hpp"
#include "postopolis/scenario/document.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "scenario/complete.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

class HostChecker {
public:
    HostChecker(const Scenario& s, Remarks& remarks)
        : s_(s), remarks_(remarks), hosts_(s.hosts), places_(network_places(s.network, nullptr)) {}

    void run() {
        std::map<std::string, std::string> names, addresses;
        for (const DomainSeries& d : s_.series)
            check_own_host(d);
        for (const Host& h : s_.hosts) {
            std::string at = host_pointer(h.name);
            if (auto problem = host_name_problem(h.name); problem && !told_as_domain(h.name))
                add(at, "\"" + h.name + "\" is no name for a host: " + *problem);
            if (auto [it, fresh] = names.emplace(lower(h.name), h.name); !fresh)
                add(at, "there is a host " + it->second + " already; names don't differ by case");
            for (std::size_t i = 0; i < h.addresses.size(); ++i)
                check_address(h, i, addresses);
            check_place(h);
            known_all(h.smart_host, at + "/smart_host", h.name);
            for (const Route& r : h.routes)
                known_all(r.hosts, at + "/routes/" + escape_pointer(r.pattern), "");
            check_patterns(h);
            if (!h.resolver.empty()) known(h.resolver, at + "/resolver");
            if (h.smtp.relay_for) check_clients(*h.smtp.relay_for, at + "/smtp/relay_for");
            check_clients(h.submission.trusted, at + "/submission/trusted");
            check_retry(h);
            check_tls(h);
            if (!h.roles.any())
                remarks_.push_back(
                    {at, "the host " + h.name + " has nothing to do: no domain and no route names it", "",
                     true});
        }
    }

private:
    /// A domain with a bad name makes a host with a bad name: told once is enough.
    bool told_as_domain(const std::string& name) const {
        return name.starts_with("mail.") && s_.find_domain(std::string_view(name).substr(5)) != nullptr;
    }

    void add(std::string pointer, std::string message, std::string suggestion = "") {
        remarks_.push_back({std::move(pointer), std::move(message), std::move(suggestion), false});
    }

    void known(const std::string& name, const std::string& pointer) {
        if (!hosts_.find(name))
            add(pointer, "there is no host \"" + name + "\": add it to \"hosts\"", hosts_.nearest(name));
    }

    void known_all(const std::vector<std::string>& names, const std::string& pointer,
                   const std::string& self) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            known(names[i], pointer + "/" + std::to_string(i));
            if (!self.empty() && same_name(names[i], self))
                add(pointer + "/" + std::to_string(i),
                    self + " is its own smart host: mail would go nowhere");
        }
    }

    void check_tls(const Host& h) {
        const auto offers = [&](std::string_view word) {
            return std::find(h.smtp.extensions.begin(), h.smtp.extensions.end(), word) != h.smtp.extensions.end();
        };
        if (offers("STARTTLS") || offers("all")) return;
        const std::string at = host_pointer(h.name);
        const std::string missing = " needs STARTTLS: add it to the \"extensions\" of " + h.name;
        if (h.roles.smtp && h.smtp.require_tls) add(at + "/smtp/require_tls", "a server that requires TLS" + missing);
        if (!h.roles.submission || h.submission.implicit_tls) return;
        if (h.submission.require_tls)
            add(at + "/submission/require_tls", "a server that requires TLS" + missing);
        else if (!h.submission.auth_in_clear)
            add(at + "/submission/auth_in_clear", "a server that takes no password in the clear" + missing);
    }

    void check_own_host(const DomainSeries& d) {
        const Host& h = d.host;
        const std::string at = host_pointer(h.name);
        known_all(h.smart_host, at + "/smart_host", h.name);
        for (const Route& r : h.routes)
            known_all(r.hosts, at + "/routes/" + escape_pointer(r.pattern), "");
        check_patterns(h);
        if (!same_name(h.resolver, h.name)) known(h.resolver, at + "/resolver");
        if (h.smtp.relay_for) check_clients(*h.smtp.relay_for, at + "/smtp/relay_for");
        check_clients(h.submission.trusted, at + "/submission/trusted");
        check_retry(h);
    }

    void check_address(const Host& h, std::size_t i, std::map<std::string, std::string>& taken) {
        std::string at = host_pointer(h.name) + "/address/" + std::to_string(i);
        if (!canonical_ip(h.addresses[i]))
            add(at, "\"" + h.addresses[i] +
                        "\" is no IP address; expected one such as \"192.0.2.1\" or \"2001:db8::1\"");
        else if (auto [it, fresh] = taken.emplace(h.addresses[i], h.name); !fresh)
            add(at, "the address " + h.addresses[i] + " belongs to " + it->second + " already");
    }

    void check_place(const Host& h) {
        if (h.at.empty() || hosts_.find(h.at) || h.at == "internet") return;
        if (std::find(places_.begin(), places_.end(), h.at) != places_.end()) return;
        std::string near = nearest(h.at, places_);
        add(host_pointer(h.name) + "/at", "the network has no place \"" + h.at + "\"",
            near.empty() ? hosts_.nearest(h.at) : near);
    }

    void check_patterns(const Host& h) {
        std::set<std::string> seen;
        for (const Route& r : h.routes) {
            std::string at = host_pointer(h.name) + "/routes/" + escape_pointer(r.pattern);
            std::string_view name = r.pattern;
            if (name.starts_with('.')) name.remove_prefix(1);
            if (r.pattern != "*" && host_name_problem(name))
                add(at, "a route is for a domain (\"a.example\"), for all below it (\"*.example\") or for "
                        "all (\"*\"), but this is \"" +
                            r.pattern + "\"");
            if (!seen.insert(lower(r.pattern)).second) add(at, "there are two routes for " + r.pattern);
        }
    }

    void check_clients(const std::vector<std::string>& clients, const std::string& pointer) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            const std::string& c = clients[i];
            if (c.find('*') != std::string::npos || c.find('@') != std::string::npos || canonical_ip(c) ||
                is_network(c) || hosts_.find(c))
                continue;
            add(pointer + "/" + std::to_string(i),
                "\"" + c + "\" is neither a host, a network (\"192.0.2.0/24\"), an address nor a pattern",
                hosts_.nearest(c));
        }
    }

    void check_retry(const Host& h) {
        const RetrySpec& r = h.queue.retry;
        if (r.form == RetrySpec::Form::Exim) {
            policy::RuleError error;
            if (!policy::parse_exim_rule(r.rule, &error))
                add(host_pointer(h.name) + "/queue/retry/exim", "at character " +
                                                                    std::to_string(error.position + 1) +
                                                                    " of \"" + r.rule + "\": " + error.what);
        }
        if (r.form == RetrySpec::Form::Ages && r.at.empty() && !r.every)
            add(host_pointer(h.name) + "/queue/retry",
                "this retry schedule never tries again: give \"at\" or \"every\"");
        if (h.queue.bounce_after && h.queue.delay_warning && *h.queue.delay_warning >= *h.queue.bounce_after)
            remarks_.push_back({host_pointer(h.name) + "/queue",
                                "the delay warning (" + kernel::exact_text(*h.queue.delay_warning) +
                                    ") comes no earlier than the bounce (" +
                                    kernel::exact_text(*h.queue.bounce_after) + ")",
                                "", true});
    }

    const Scenario& s_;
    Remarks& remarks_;
    NameIndex hosts_;
    std::vector<std::string> places_;
};

class DomainChecker {
public:
    DomainChecker(const Scenario& s, Remarks& remarks) : s_(s), remarks_(remarks), hosts_(s.hosts) {}

    void run() {
        std::map<std::string, std::string> names;
        if (s_.domains.empty() && s_.series.empty())
            add("/domains", "a town needs at least one domain, such as \"domains\": {\"a.example\": "
                            "{\"people\": [\"alice\"]}}");
        for (const Domain& d : s_.domains) {
            std::string at = domain_pointer(d.name);
            if (auto problem = host_name_problem(d.name))
                add(at, "\"" + d.name + "\" is no name for a domain: " + *problem);
            if (auto [it, fresh] = names.emplace(lower(d.name), d.name); !fresh)
                add(at, "there is a domain " + it->second + " already; names don't differ by case");
            check_people(d);
            check_servers(d);
            check_dns(d);
        }
        for (std::size_t i = 0; i < s_.series.size(); ++i)
            check_series(s_.series[i], "/generate/" + std::to_string(i));
    }

private:
    void add(std::string pointer, std::string message, std::string suggestion = "") {
        remarks_.push_back({std::move(pointer), std::move(message), std::move(suggestion), false});
    }

    /// That its names differ from all others, expansion has seen to. The last is the longest.
    void check_series(const DomainSeries& series, const std::string& at) {
        if (auto problem = host_name_problem(series.name(series.count - 1)))
            add(at + "/name", "\"" + series.pattern + "\" makes no names for domains: " + *problem);
        Domain largest = series.domain;
        largest.people = series.people(0);
        largest.name = series.name(0);
        check_people(largest, at + "/people");
        for (std::size_t i = 0; i < largest.name_servers.size(); ++i)
            serves(largest.name_servers[i], at + "/name_servers/" + std::to_string(i), &Roles::name_server,
                   "is no name server");
        if (s_.mailbox_count() + s_.host_count() > most_in_a_town)
            add(at + "/people", "a town has at most " + std::to_string(most_in_a_town) +
                                    " people and hosts, and this one would have " +
                                    std::to_string(s_.mailbox_count() + s_.host_count()));
        if (series.first_address + series.count > most_addresses)
            add(at, "there are no more addresses for so many hosts");
    }
    static constexpr std::uint64_t most_in_a_town = 67'000'000; ///< nodes of a run, but for a few
    static constexpr std::uint64_t most_addresses = 3 * 254 + 65536 * 254;

    void check_people(const Domain& d) { check_people(d, domain_pointer(d.name) + "/people"); }

    void check_people(const Domain& d, const std::string& at) {
        std::set<std::string> seen;
        for (std::size_t i = 0; i < d.people.names.size(); ++i) {
            const std::string& name = d.people.names[i];
            std::string here = at + "/" + std::to_string(i);
            if (auto problem = local_part_problem(name))
                add(here, "\"" + name + "\" is no name for a mailbox: " +
                              (name.find('@') != std::string::npos ? "only the part before the @ stands here"
                                                                   : *problem));
            if (!seen.insert(lower(name)).second)
                add(here, name + "@" + d.name + " stands here twice; names don't differ by case");
            for (const NumberedPeople& range : d.people.numbered)
                if (range.find(name))
                    add(here, name + "@" + d.name + " is also one of the people counted with \"" +
                                  range.pattern + "\"");
        }
        check_ranges(d, at);
    }

    void check_ranges(const Domain& d, const std::string& at) {
        for (std::size_t i = 0; i < d.people.numbered.size(); ++i) {
            const NumberedPeople& range = d.people.numbered[i];
            if (auto problem = local_part_problem(range.name(range.count - 1)))
                add(at, "\"" + range.pattern + "\" makes no names for mailboxes: " + *problem);
            for (std::size_t k = 0; k < i; ++k) {
                const NumberedPeople& other = d.people.numbered[k];
                bool apart =
                    range.first + range.count <= other.first || other.first + other.count <= range.first;
                if (same_name(range.pattern, other.pattern) && !apart)
                    add(at, "two counts of \"" + range.pattern + "\" overlap in " + d.name +
                                ": give the second a \"first\" of " +
                                std::to_string(other.first + other.count));
            }
        }
    }

    void serves(const std::string& name, const std::string& pointer, bool Roles::*role,
                std::string_view what) {
        auto i = hosts_.find(name);
        if (!i)
            return add(pointer, "there is no host \"" + name + "\": add it to \"hosts\"",
                       hosts_.nearest(name));
        if (!(s_.hosts[*i].roles.*role))
            add(pointer, "the host " + name + " " + std::string(what) + ": add the role to its \"roles\"");
    }

    void check_servers(const Domain& d) {
        std::string at = domain_pointer(d.name);
        bool people = d.people.count() > 0;
        if (people && d.mailboxes.empty())
            return add(at,
                       "the domain " + d.name +
                           " has people but no server where their mail arrives: add \"mx\" or \"mailboxes\"");
        if (people && d.mx_kind == Domain::Mx::Null)
            remarks_.push_back(
                {at + "/mx", d.name + " takes no mail (null MX), so its people get none", "", true});
        for (std::size_t i = 0; i < d.mx.size(); ++i)
            serves(d.mx[i].host, at + "/mx/" + std::to_string(i), &Roles::smtp,
                   "runs no SMTP server, so it can't be an MX");
        for (std::size_t i = 0; i < d.submission.size(); ++i)
            serves(d.submission[i], at + "/submission/" + std::to_string(i), &Roles::submission,
                   "takes no submissions");
        for (std::size_t i = 0; i < d.outbound.size(); ++i)
            serves(d.outbound[i], at + "/outbound/" + std::to_string(i), &Roles::smtp,
                   "runs no SMTP server, so it can't take outbound mail");
        for (std::size_t i = 0; i < d.name_servers.size(); ++i)
            serves(d.name_servers[i], at + "/name_servers/" + std::to_string(i), &Roles::name_server,
                   "is no name server");
        if (people) serves(d.mailboxes, at + "/mailboxes", &Roles::mailboxes, "holds no mailboxes");
    }

    void check_dns(const Domain& d) {
        for (std::size_t i = 0; i < d.dns.size(); ++i) {
            const DnsRecord& r = d.dns[i];
            std::string at = domain_pointer(d.name) + "/dns/" + std::to_string(i);
            if (auto problem = host_name_problem(r.name))
                add(at + "/name", "\"" + r.name + "\" is no name of a DNS record: " + *problem);
            if (r.type.empty()) add(at, "a DNS record needs a \"type\", such as \"MX\"");
            bool v6 = r.value.find(':') != std::string::npos;
            if ((r.type == "A" && (v6 || !canonical_ip(r.value))) ||
                (r.type == "AAAA" && (!v6 || !canonical_ip(r.value))))
                add(at + "/value", "the value of an " + r.type + " record is an " +
                                       (r.type == "A" ? "IPv4" : "IPv6") + " address, but this is \"" +
                                       r.value + "\"");
            if (r.type == "MX") check_mx_record(r, at + "/value");
            bool name = r.type == "NS" || r.type == "CNAME";
            if (name && host_name_problem(r.value))
                add(at + "/value",
                    "the value of a " + r.type + " record is a name, but this is \"" + r.value + "\"");
        }
    }

    void check_mx_record(const DnsRecord& r, const std::string& pointer) {
        std::size_t space = r.value.find(' ');
        auto preference = space == std::string::npos ? std::nullopt : parse_number(r.value.substr(0, space));
        std::string host = space == std::string::npos ? "" : std::string(trimmed(r.value.substr(space)));
        if (!preference || *preference < 0 || *preference > 65535 || (host != "." && host_name_problem(host)))
            add(pointer, "the value of an MX record is a preference and a host, such as \"10 mx.example\", "
                         "but this is \"" +
                             r.value + "\"");
    }

    const Scenario& s_;
    Remarks& remarks_;
    NameIndex hosts_;
};

} // namespace

void check_hosts(const Scenario& s, Remarks& remarks) {
    HostChecker(s, remarks).run();
}
void check_domains(const Scenario& s, Remarks& remarks) {
    DomainChecker(s, remarks).run();
}

} // namespace postopolis::scenario
