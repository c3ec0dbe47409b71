// See compact.hpp.
#include "scenario/compact.hpp"

#include <algorithm>
#include <array>

#include "postopolis/scenario/series.hpp"

namespace postopolis::scenario {
namespace {

constexpr std::array<std::string_view, 6> series_words{"people", "quota", "ttl", "negative_ttl", "name_servers", "hosts"};
/// Sections in which a host of a series may be named.
constexpr std::array<std::string_view, 8> about_anybody{"faults", "expect",      "letters", "traffic",
                                                        "people", "description", "title",   "groups"};

bool depends_on_number(const Value& v) {
    if (v.is(Value::Kind::Text) && v.text.find('{') != std::string::npos) return true;
    return std::any_of(v.items.begin(), v.items.end(), depends_on_number) ||
           std::any_of(v.members.begin(), v.members.end(), [](const Member& m) {
               return m.key.find('{') != std::string::npos || depends_on_number(m.value);
           });
}

bool is_counted(const Value& v) {
    return v.is(Value::Kind::Object) && (v.find("count") != nullptr || v.find("total") != nullptr);
}

bool plain_people(const Value& v) {
    if (v.is(Value::Kind::Number) || is_counted(v)) return true;
    if (v.is(Value::Kind::Text)) return !depends_on_number(v);
    if (!v.is(Value::Kind::List)) return false;
    for (std::size_t i = 0; i < v.items.size(); ++i) {
        const bool last = i + 1 == v.items.size();
        const Value& item = v.items[i];
        if (!(item.is(Value::Kind::Text) && !depends_on_number(item)) && !(last && is_counted(item))) return false;
    }
    return true;
}

/// What makes a host play a part in the town that those of a series do not.
bool sets_apart(const Value& host) {
    constexpr std::array<std::string_view, 7> words{"address", "at", "roles", "count", "template", "smart_host", "routes"};
    return !host.is(Value::Kind::Object) || depends_on_number(host) ||
           std::any_of(words.begin(), words.end(), [&](std::string_view w) {
               const Value* v = host.find(w);
               return v != nullptr && !(v->members.empty() && v->items.empty() && v->text.empty());
           });
}

bool own_host_only(const Value& hosts) {
    return hosts.is(Value::Kind::Object) && hosts.members.size() == 1 &&
           hosts.members.front().key == std::string(own_host_prefix) + "{domain}" &&
           !sets_apart(hosts.members.front().value);
}

bool names_one(const Value& v, const DomainSeries& series) {
    if (v.is(Value::Kind::Text) && series.find_zone(v.text)) return true;
    return std::any_of(v.items.begin(), v.items.end(), [&](const Value& i) { return names_one(i, series); }) ||
           std::any_of(v.members.begin(), v.members.end(), [&](const Member& m) {
               return series.find_zone(m.key).has_value() || names_one(m.value, series);
           });
}

} // namespace

bool could_be_series(const Value& v, const std::string& name) {
    const std::size_t number = name.find("{n}");
    if (number == std::string::npos || name.find('{', number + 1) != std::string::npos || name.find('{') != number)
        return false;
    return std::all_of(v.members.begin(), v.members.end(), [](const Member& m) {
        if (std::find(series_words.begin(), series_words.end(), m.key) == series_words.end()) return false;
        if (m.key == "people") return plain_people(m.value);
        return m.key == "hosts" ? own_host_only(m.value) : !depends_on_number(m.value);
    });
}

bool meets_series(const std::string& name, std::uint64_t first, std::uint64_t count, const std::vector<Member>& hosts,
                  const std::vector<Member>& domains, const Value& root) {
    DomainSeries series;
    series.pattern = name;
    series.first = first;
    series.count = static_cast<std::uint32_t>(count);
    const nodes::NumberedName own_hosts(std::string(own_host_prefix) + name, first);
    for (const Member& h : hosts) {
        if (h.key.find('*') == std::string::npos) {
            if (series.find_zone(h.key) || names_one(h.value, series)) return true;
            continue;
        }
        // A pattern may be about all of its hosts, or about none.
        const bool one = matches(h.key, own_hosts.at(0));
        for (std::uint64_t i = 1; i < count; ++i)
            if (matches(h.key, own_hosts.at(i)) != one) return true;
        if (one && sets_apart(h.value)) return true;
    }
    for (const Member& d : domains)
        if (series.find_zone(d.key) || names_one(d.value, series)) return true;
    for (const Member& m : root.members) {
        if (m.key == "network" && (m.value.find("generate") != nullptr || m.value.find("graphml") != nullptr)) return true;
        // Who submits at one of the hosts, or sits there.
        if (m.key == "people")
            for (const Member& p : m.value.members)
                for (std::string_view word : {"submission", "at"})
                    if (const Value* host = p.value.find(word); host != nullptr && names_one(*host, series)) return true;
        const bool anybody = std::find(about_anybody.begin(), about_anybody.end(), m.key) != about_anybody.end();
        if (!anybody && m.key != "hosts" && m.key != "domains" && names_one(m.value, series)) return true;
    }
    return false;
}

const Value* shared_people(const Value& generator) {
    const Value* people = generator.find("people");
    if (people == nullptr) return nullptr;
    if (people->is(Value::Kind::List)) {
        if (people->items.empty()) return nullptr;
        people = &people->items.back();
    }
    return people->is(Value::Kind::Object) && people->find("total") != nullptr ? people : nullptr;
}

Value* shared_people(Value& generator) {
    return const_cast<Value*>(shared_people(static_cast<const Value&>(generator))); // the tree is the caller's
}

} // namespace postopolis::scenario
