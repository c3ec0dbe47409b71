// Reading an expanded tree into a Scenario.
#include <algorithm>
#include <set>

#include "scenario/compact.hpp"
#include "scenario/expand.hpp"
#include "scenario/fields.hpp"
#include "scenario/scenario_tree.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

class ScenarioReader {
public:
    ScenarioReader(ReadContext& c, Value& root) : c_(c), root_(root) {}

    Scenario read() {
        ObjectReader a(c_, root_);
        check_version(a.find("postopolis"));
        a("title", s_.title, Text{});
        a("description", s_.description, Text{});
        if (const Value* v = a.find("lesson")) Object{"a lesson in { }"}.read(c_, *v, s_.lesson.emplace());
        a("start", s_.start, Instant{});
        c_.start = s_.start;
        a("seed", s_.seed, Seed{});
        a("run", s_.run, Object{"how long the run lasts: a duration, or { } with for and limit"});
        a("allow_loops", s_.allow_loops, Bool{});
        a("network", s_.network, Object{"the network in { }"});
        read_links(a.find("links"));
        members(a.find("domains"), "domains by their names", [this](Member& m) { read_domain(m); });
        Value* hosts = mutable_member("hosts");
        if (a.find("hosts")) read_hosts(*hosts);
        implied_hosts_of(hosts);
        if (const Value* v = a.find("generate"); v != nullptr && v->is(Value::Kind::List))
            for (const Value& item : v->items)
                read_series(item);
        for (const auto& [host, input] : smart_hosts_)
            apply_input(host, input);
        members(a.find("people"), "people by their addresses or patterns",
                [this](Member& m) { read_rule(m); });
        members(a.find("groups"), "groups by their names", [this](Member& m) {
            Texts{}.read(c_, m.value, s_.groups.emplace_back(Group{m.key, {}}).members);
        });
        a("letters", s_.letters, Objects{"a letter in { }"});
        a("traffic", s_.traffic, Objects{"traffic in { }"});
        name_letters(s_);
        add_inline_people();
        each(a.find("faults"),
             [this](const Value& v, const std::string&) { read_fault(c_, v, s_.faults.emplace_back()); });
        each(a.find("expect"),
             [this](const Value& v, const std::string& pointer) { read_expect(v, "/expect" + pointer); });
        for (std::string_view key : {"templates", "parameters", "$schema"})
            a.find(key);
        a.finish();
        return std::move(s_);
    }

private:
    Value* mutable_member(std::string_view key) { return root_.find(key); }

    void check_version(const Value* v) {
        if (!v)
            c_.findings.mistake(root_.offset,
                                "the version of the format is missing: begin with \"postopolis\": 1");
        else if (!v->is(Value::Kind::Number) || v->number != 1)
            c_.findings.mistake(v->offset,
                                "this program reads version 1 of the format, but this is " + describe(*v));
    }

    template<class Do>
    void members(const Value* v, std::string_view what, Do act) {
        if (!v) return;
        if (!v->is(Value::Kind::Object)) {
            wrong(c_, *v, std::string(what) + " in { }");
            return;
        }
        for (Member& m : const_cast<Value*>(v)->members)
            act(m); // the tree is ours
    }

    template<class Do>
    void each(const Value* v, Do act) {
        if (!v) return;
        if (!v->is(Value::Kind::List)) return act(*v, "");
        for (std::size_t i = 0; i < v->items.size(); ++i)
            act(v->items[i], "/" + std::to_string(i));
    }

    void read_links(const Value* v) {
        if (!v) return;
        std::vector<Link> links;
        Objects{"a link in { }, such as {\"between\": [\"a\", \"b\"], \"delay\": \"5ms\"}"}.read(c_, *v,
                                                                                                 links);
        s_.network.links.insert(s_.network.links.end(), links.begin(), links.end());
    }

    void read_domain(Member& m) {
        DomainInput d;
        d.name = m.key;
        // null or {} is a domain without people; it may send nothing, but can be written to.
        std::size_t before = c_.inline_people.size();
        if (!m.value.is(Value::Kind::Null))
            Object{"a domain in { }, such as {\"people\": [\"alice\"]}"}.read(c_, m.value, d);
        for (std::size_t i = before; i < c_.inline_people.size(); ++i)
            c_.inline_people[i].pattern += "@" + m.key;
        for (DnsRecord& r : d.dns)
            if (r.name.empty() || r.name == "@") r.name = m.key;
        std::vector<std::string> senders = !d.outbound.empty() ? d.outbound : d.submission;
        if (senders.empty() && without_servers(d)) senders = {"mail." + d.name};
        if (senders.empty() && !d.mailboxes.empty()) senders = {d.mailboxes};
        if (senders.empty() && !d.mx.empty()) senders = {d.mx.front().host};
        for (const std::string& host : senders)
            if (!d.smart_host.empty() || !d.resolver.empty()) smart_hosts_.emplace_back(host, d);
        s_.domains.push_back(std::move(d));
    }

    /// Expansion has looked at its numbers, and at what may stand in it.
    void read_series(const Value& v) {
        DomainSeries s;
        s.pattern = v.find("name")->text;
        s.first = static_cast<std::uint64_t>(v.find("first")->number);
        s.count = static_cast<std::uint32_t>(v.find("domains")->number);
        Value domain = v;
        if (Value* law = shared_people(domain)) {
            const Value* zipf = law->find("zipf");
            s.sizes = ZipfSizes{static_cast<std::uint64_t>(law->find("total")->number), zipf ? zipf->number : 1};
            std::erase_if(law->members, [](const Member& m) { return m.key == "zipf" || m.key == "total"; });
            law->members.push_back({"count", law->offset, integer_value(1)});
        }
        Value host = Value::of_object(v.offset);
        if (const Value* hosts = v.find("hosts")) host = hosts->members.front().value;
        std::erase_if(domain.members, [](const Member& m) {
            return m.key == "name" || m.key == "first" || m.key == "domains" || m.key == "hosts";
        });
        DomainInput d;
        Object{"a domain in { }"}.read(c_, domain, d);
        s.domain = std::move(d);
        s.domain.name = s.pattern;
        const std::string one = std::string(own_host_prefix) + s.name(0);
        for (std::size_t i = patterns_.size(); i-- > 0;)
            if (matches(patterns_[i].key, one)) host = merged(patterns_[i].value, host);
        s.host.line = s_.network.internet;
        Object{"a host in { }"}.read(c_, host, s.host);
        s.host.name = std::string(own_host_prefix) + s.pattern;
        s_.series.push_back(std::move(s));
    }

    void read_hosts(Value& hosts) {
        if (!hosts.is(Value::Kind::Object)) {
            wrong(c_, hosts, "hosts by their names in { }");
            return;
        }
        for (const Member& m : hosts.members)
            if (m.key.find('*') != std::string::npos) {
                patterns_.push_back(m);
                Host scratch; // its mistakes are told even when no host matches
                Object{"a host in { }"}.read(c_, m.value, scratch);
            }
        s_.hosts.reserve(hosts.members.size());
        for (Member& m : hosts.members)
            if (m.key.find('*') == std::string::npos) read_host(m);
    }

    void read_host(Member& m) {
        if (m.value.is(Value::Kind::Null)) m.value = Value::of_object(m.value.offset);
        for (std::size_t i = patterns_.size(); i-- > 0;)
            if (matches(patterns_[i].key, m.key)) m.value = merged(patterns_[i].value, m.value);
        Host h;
        h.name = m.key;
        h.line = s_.network.internet;
        Object{"a host in { }"}.read(c_, m.value, h);
        s_.hosts.push_back(std::move(h));
    }

    /// Hosts that nobody wrote down get what the patterns say of them.
    void implied_hosts_of(Value* hosts) {
        if (!hosts || patterns_.empty()) return;
        for (const std::string& name : implied_hosts(s_)) {
            Member m{name, hosts->offset, Value::of_object(hosts->offset)};
            read_host(m);
            hosts->members.push_back(std::move(m));
        }
    }

    void apply_input(const std::string& name, const DomainInput& d) {
        auto host = std::find_if(s_.hosts.begin(), s_.hosts.end(),
                                 [&](const Host& h) { return matches(name, h.name); });
        if (host == s_.hosts.end() && name == "mail." + d.name) {
            Host& made = s_.hosts.emplace_back();
            made.name = name;
            made.line = s_.network.internet;
            host = s_.hosts.end() - 1;
        }
        for (; host != s_.hosts.end(); ++host) {
            if (!matches(name, host->name)) continue;
            if (host->smart_host.empty()) host->smart_host = d.smart_host;
            if (host->resolver.empty()) host->resolver = d.resolver;
        }
    }

    void read_rule(Member& m) {
        PersonRule rule{m.key, {}};
        Object{"a person's settings in { }"}.read(c_, m.value, rule.settings);
        s_.people.push_back(std::move(rule));
    }

    void add_inline_people() {
        std::set<std::string> written;
        for (const PersonRule& r : s_.people)
            written.insert(lower(r.pattern));
        for (PersonRule& rule : c_.inline_people) {
            if (written.contains(lower(rule.pattern)))
                c_.findings.mistake(
                    locate(root_, "/people/" + escape_pointer(rule.pattern)),
                    rule.pattern + " is described here and among the people of the domain: keep one of them");
            else
                s_.people.push_back(std::move(rule));
        }
        c_.inline_people.clear();
    }

    void read_expect(const Value& v, const std::string& pointer) {
        std::size_t before = s_.expect.size();
        read_expectation(c_, v, s_.letters, s_.expect);
        for (std::size_t i = before; i < s_.expect.size(); ++i) {
            s_.expect[i].pointer = pointer;
            Value written = write_expectation(s_.expect[i]);
            s_.expect[i].written = one_line(written);
        }
    }

    static std::string one_line(const Value& v) {
        std::string text = to_json(v), line;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\n') {
                line += text[i];
                continue;
            }
            line += ' ';
            while (i + 1 < text.size() && text[i + 1] == ' ')
                ++i;
        }
        return line;
    }

    ReadContext& c_;
    Value& root_;
    Scenario s_;
    std::vector<Member> patterns_;
    std::vector<std::pair<std::string, DomainInput>> smart_hosts_;
};

/// The person of an address among a domain's people, where the person's settings may stand.
const Value* person_in_domain(const Value& root, const std::string& address) {
    std::size_t at = address.rfind('@');
    const Value* domains = root.find("domains");
    const Value* domain =
        at == std::string::npos || !domains ? nullptr : domains->find(address.substr(at + 1));
    const Value* people = domain ? domain->find("people") : nullptr;
    if (!people) return nullptr;
    for (const Value& item : people->items)
        if (const Value* name = item.find("name"); name && name->text == address.substr(0, at)) return &item;
    return people;
}

std::string next_token(const std::string& pointer, std::size_t& at) {
    std::size_t end = std::min(pointer.find('/', at), pointer.size());
    std::string token = pointer.substr(at, end - at);
    for (std::size_t i = token.find('~'); i != std::string::npos; i = token.find('~', i + 1))
        token.replace(i, 2, token[i + 1] == '1' ? "/" : "~");
    at = end + 1;
    return token;
}

} // namespace

Scenario read_scenario(ReadContext& context, Value& root) {
    return ScenarioReader(context, root).read();
}

std::uint32_t locate(const Value& root, const std::string& pointer) {
    const Value* v = &root;
    std::uint32_t best = root.offset;
    std::string before;
    for (std::size_t at = 1; at < pointer.size() + 1 && !pointer.empty();) {
        std::string token = next_token(pointer, at);
        const Value* next = nullptr;
        if (v->is(Value::Kind::List)) {
            std::size_t i = token.find_first_not_of("0123456789") == std::string::npos && token.size() < 10
                                ? std::stoul("0" + token)
                                : v->items.size();
            if (i < v->items.size())
                next = &v->items[i];
            else if (before == "links" &&
                     root.find("links")) { // written at the top, after those of the network
                std::size_t rest = i - v->items.size();
                const Value* top = root.find("links");
                if (rest < top->items.size()) next = &top->items[rest];
            }
        } else {
            next = v->find(token);
            if (!next && v == &root && (token == "people" || token == "hosts")) {
                std::string name = next_token(pointer, at);
                next = token == "people" ? person_in_domain(root, name) : nullptr;
                const Value* domains = root.find("domains");
                if (!next && domains && name.starts_with("mail.")) next = domains->find(name.substr(5));
            } else if (!next && token == "links" && before == "network") {
                next = root.find("links");
            } else if (!next && before == "people" && v == root.find("people")) {
                next = person_in_domain(root, token);
            } else if (!next && before == "hosts" && v == root.find("hosts") && token.starts_with("mail.")) {
                const Value* domains = root.find("domains");
                next = domains ? domains->find(token.substr(5)) : nullptr;
            } else if (!next && v == &root && token == "network" && root.find("links")) {
                next = &root;
            }
        }
        if (!next) break;
        v = next;
        best = v->offset;
        before = token;
    }
    return best;
}

void check_meaning(const Scenario& s, Remarks& remarks) {
    check_domains(s, remarks);
    check_hosts(s, remarks);
    check_routes(s, remarks);
    check_network(s, remarks);
    check_people(s, remarks);
    check_letters(s, remarks);
    check_mediators(s, remarks);
    check_traffic(s, remarks);
    check_faults(s, remarks);
    check_expectations(s, remarks);
    check_lesson(s, remarks);
}

} // namespace postopolis::scenario
