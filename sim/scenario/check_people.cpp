// The meaning of people, letters, traffic, faults and expectations.
#include <algorithm>
#include <set>

#include "postopolis/scenario/document.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "scenario/complete.hpp"
#include "scenario/residents.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

void check_groups(const Scenario& s, const Residents& residents, Remarks& remarks) {
    std::set<std::string> names;
    for (const Group& g : s.groups) {
        std::string at = "/groups/" + escape_pointer(g.name);
        if (g.members.empty()) remarks.push_back({at, "the group " + g.name + " has no members"});
        if (residents.knows_domain(g.name) || g.name.find('@') != std::string::npos || g.name == "contacts")
            remarks.push_back({at, "\"" + g.name + "\" can't name a group: it means something else already"});
        if (!names.insert(g.name).second) remarks.push_back({at, "two groups are called " + g.name});
        for (std::size_t i = 0; i < g.members.size(); ++i) {
            if (g.members[i] == g.name)
                remarks.push_back(
                    {at + "/" + std::to_string(i), "the group " + g.name + " is a member of itself"});
            else if (auto problem = residents.several_problem(g.members[i], at + "/" + std::to_string(i)))
                remarks.push_back(*problem);
        }
    }
}

/// RFC 3461 section 4.1 and 4.4, and what can be sent as 8bit.
void check_reports(const Letter& l, const std::string& at, Remarks& remarks) {
    const bool never = std::find(l.notify.begin(), l.notify.end(), "never") != l.notify.end();
    if (never && l.notify.size() > 1) remarks.push_back({at + "/notify", "\"never\" stands alone"});
    const bool printable = std::all_of(l.envelope_id.begin(), l.envelope_id.end(),
                                       [](char c) { return c >= ' ' && c <= '~'; });
    if (!printable || l.envelope_id.size() > 100)
        remarks.push_back({at + "/envelope_id", "an envelope id has at most 100 printable ASCII characters"});
    if (l.eight_bit && l.body.empty())
        remarks.push_back({at + "/eight_bit", "what is made up is ASCII: 8-bit letters need a \"body\""});
}

} // namespace

void check_people(const Scenario& s, Remarks& remarks) {
    Residents residents(s);
    NameIndex hosts(s.hosts);
    std::vector<std::string> places = network_places(s.network, nullptr);
    std::set<std::string> seen;
    for (const PersonRule& rule : s.people) {
        std::string at = "/people/" + escape_pointer(rule.pattern);
        if (!seen.insert(lower(rule.pattern)).second)
            remarks.push_back({at, "there are two rules for " + rule.pattern});
        if (rule.pattern.find('*') == std::string::npos) {
            if (auto problem = residents.person_problem(rule.pattern, at)) remarks.push_back(*problem);
        } else if (rule.pattern != "*" && !residents.someone_matches(rule.pattern)) {
            remarks.push_back({at, "nobody's address matches \"" + rule.pattern + "\"", "", true});
        }
        const PersonSettings& p = rule.settings;
        if (p.contacts) add_all(*p.contacts, at + "/contacts", residents, remarks);
        if (p.contact_graph) {
            add_all(p.contact_graph->among, at + "/contacts/among", residents, remarks);
            if (p.contact_graph->among.empty())
                remarks.push_back({at + "/contacts/among", "contacts are chosen among somebody: leave \"among\" out for everybody"});
        }
        if (p.submission && !p.submission->empty()) {
            auto i = hosts.find(*p.submission);
            if (!i)
                remarks.push_back({at + "/submission", "there is no host \"" + *p.submission + "\"",
                                   hosts.nearest(*p.submission)});
            else if (!s.hosts[*i].roles.submission)
                remarks.push_back(
                    {at + "/submission", "the host " + *p.submission +
                                             " takes no submissions: add \"submission\" to its \"roles\""});
        }
        bool place = !p.at || p.at->empty() || hosts.find(*p.at) ||
                     std::find(places.begin(), places.end(), *p.at) != places.end();
        if (!place)
            remarks.push_back(
                {at + "/at", "the network has no place \"" + *p.at + "\"", nearest(*p.at, places)});
    }
    check_groups(s, residents, remarks);
}

void check_letters(const Scenario& s, Remarks& remarks) {
    Residents residents(s);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < s.letters.size(); ++i) {
        const Letter& l = s.letters[i];
        std::string at = "/letters/" + std::to_string(i);
        if (l.from.empty())
            remarks.push_back({at, "a letter needs \"from\", the address of its author"});
        else if (auto problem = residents.person_problem(l.from, at + "/from"))
            remarks.push_back(*problem);
        if (l.to.empty() && l.cc.empty() && l.bcc.empty())
            remarks.push_back({at, "a letter needs a recipient in \"to\", \"cc\" or \"bcc\""});
        check_recipients(l.to, at + "/to", residents, remarks);
        check_recipients(l.cc, at + "/cc", residents, remarks);
        check_recipients(l.bcc, at + "/bcc", residents, remarks);
        if (!l.body.empty() && l.size)
            remarks.push_back(
                {at + "/size", "a letter with a \"body\" has the size of that body: leave one of them out"});
        if (l.size && *l.size > 2'000'000'000) remarks.push_back({at + "/size", "a letter has at most 2GB"});
        if (l.subject.find('\n') != std::string::npos || l.subject.find('\r') != std::string::npos)
            remarks.push_back({at + "/subject", "a subject is one line"});
        check_reports(l, at, remarks);
        if (!ids.insert(l.id).second)
            remarks.push_back({at + "/id", "two letters have the id \"" + l.id + "\""});
        if (s.run.length && l.at > *s.run.length)
            remarks.push_back(
                {at + "/at",
                 "this letter is written after the run has ended (" + kernel::exact_text(*s.run.length) + ")",
                 "", true});
    }
}

void check_traffic(const Scenario& s, Remarks& remarks) {
    Residents residents(s);
    std::set<std::string> names;
    PeopleRules rules(s.people);
    for (std::size_t i = 0; i < s.traffic.size(); ++i) {
        const Traffic& t = s.traffic[i];
        std::string at = "/traffic/" + std::to_string(i);
        if (!names.insert(t.name).second)
            remarks.push_back({at + "/name", "two kinds of traffic are called \"" + t.name + "\""});
        if (t.from.empty())
            remarks.push_back(
                {at, "traffic needs \"from\": an address, a pattern such as \"*\", a domain or a group"});
        add_all(t.from, at + "/from", residents, remarks);
        if (t.to_contacts) {
            bool any = std::any_of(s.people.begin(), s.people.end(), [](const PersonRule& r) {
                return r.settings.contact_graph || (r.settings.contacts && !r.settings.contacts->empty());
            });
            if (!any)
                remarks.push_back({at + "/to", "this traffic goes to contacts, but nobody has any: give "
                                               "\"contacts\" under \"people\", or \"to\" here"});
            for (std::size_t k = 0; any && k < t.from.size(); ++k)
                if (t.from[k].find('*') == std::string::npos && t.from[k].find('@') != std::string::npos) {
                    const PersonSettings author = rules.settings_for(t.from[k]);
                    if (!author.contact_graph && (!author.contacts || author.contacts->empty()))
                        remarks.push_back({at + "/from/" + std::to_string(k),
                                           t.from[k] + " writes to contacts, but has none"});
                }
        } else if (t.to.empty()) {
            remarks.push_back({at + "/to", "this traffic has no recipients: give addresses, patterns, "
                                           "domains or groups, or \"contacts\""});
        }
        add_all(t.to, at + "/to", residents, remarks);
        const auto* poisson = std::get_if<PoissonArrivals>(&t.arrivals);
        if (poisson && !(poisson->per_second > 0))
            remarks.push_back(
                {at + "/arrivals", "traffic needs \"arrivals\" at a rate above zero, such as \"3/h\""});
        bool endless = !t.when.until && !t.limit && !std::holds_alternative<ListedArrivals>(t.arrivals);
        if (endless && !s.run.length)
            remarks.push_back({at,
                               "this traffic never ends, so the run goes on until its limit of " +
                                   kernel::exact_text(s.run.limit) +
                                   ": give \"until\", \"for\" or \"limit\" here, or \"for\" in \"run\"",
                               "", true});
    }
}

namespace {

/// The host, or one that matches the pattern.
bool host_in_series(const Scenario& s, const std::string& name) {
    const bool pattern = name.find('*') != std::string::npos;
    for (const DomainSeries& d : s.series) {
        if (!pattern && d.find_host(name)) return true;
        const nodes::NumberedName hosts(std::string(own_host_prefix) + d.pattern, d.first);
        for (std::uint32_t i = 0; pattern && i < d.count; ++i)
            if (matches(name, hosts.at(i))) return true;
    }
    return false;
}

bool domain_in_series(const Scenario& s, const std::string& name) {
    return std::any_of(s.series.begin(), s.series.end(), [&](const DomainSeries& d) { return d.find(name).has_value(); });
}

} // namespace

void check_faults(const Scenario& s, Remarks& remarks) {
    NameIndex hosts(s.hosts), domains(s.domains);
    for (std::size_t i = 0; i < s.faults.size(); ++i) {
        const Fault& f = s.faults[i];
        std::string at = "/faults/" + std::to_string(i);
        for (std::size_t k = 0; k < f.hosts.size(); ++k) {
            bool pattern = f.hosts[k].find('*') != std::string::npos;
            bool known = pattern ? std::any_of(s.hosts.begin(), s.hosts.end(),
                                               [&](const Host& h) { return matches(f.hosts[k], h.name); })
                                 : hosts.find(f.hosts[k]).has_value();
            known = known || host_in_series(s, f.hosts[k]);
            if (!known)
                remarks.push_back(
                    {at + "/host/" + std::to_string(k),
                     (pattern ? "no host matches \"" : "there is no host \"") + f.hosts[k] + "\"",
                     pattern ? "" : hosts.nearest(f.hosts[k])});
        }
        for (std::size_t k = 0; k < f.domains.size(); ++k)
            if (!domains.find(f.domains[k]) && !domain_in_series(s, f.domains[k]))
                remarks.push_back({at + "/domain/" + std::to_string(k),
                                   "there is no domain \"" + f.domains[k] + "\"",
                                   domains.nearest(f.domains[k])});
        bool dns = std::holds_alternative<DnsTrouble>(f.what);
        if (!dns && !f.domains.empty())
            remarks.push_back(
                {at + "/domain", "only a fault of \"dns\" strikes a domain: name its hosts in \"host\""});
        if (f.hosts.empty() && f.domains.empty())
            remarks.push_back({at, std::string("a fault needs ") +
                                       (dns ? "a \"domain\" or a \"host\"" : "a \"host\"") + " to strike"});
    }
}

void check_expectations(const Scenario& s, Remarks& remarks) {
    NameIndex hosts(s.hosts);
    for (const Expectation& e : s.expect) {
        const auto* letter = std::get_if<ExpectLetter>(&e.what);
        if (letter && letter->letter < s.letters.size()) {
            const Letter& l = s.letters[letter->letter];
            std::vector<std::string> all = l.to;
            all.insert(all.end(), l.cc.begin(), l.cc.end());
            all.insert(all.end(), l.bcc.begin(), l.bcc.end());
            bool known = letter->to.empty() || std::any_of(all.begin(), all.end(), [&](const std::string& a) {
                             return matches(letter->to, a);
                         });
            if (!known)
                remarks.push_back({e.pointer + "/to",
                                   "the letter \"" + l.id + "\" doesn't go to " + letter->to,
                                   nearest(letter->to, all)});
            for (std::size_t i = 0; letter->path && i < letter->path->size(); ++i)
                if (!hosts.find((*letter->path)[i]) && !host_in_series(s, (*letter->path)[i]))
                    remarks.push_back({e.pointer + "/path/" + std::to_string(i),
                                       "there is no host \"" + (*letter->path)[i] + "\"",
                                       hosts.nearest((*letter->path)[i])});
        }
        const auto* event = std::get_if<ExpectEvent>(&e.what);
        if (event && !event->host.empty() && event->host.find('*') == std::string::npos &&
            !hosts.find(event->host) && !host_in_series(s, event->host))
            remarks.push_back({e.pointer + "/host", "there is no host \"" + event->host + "\"",
                               hosts.nearest(event->host)});
    }
}

} // namespace postopolis::scenario
