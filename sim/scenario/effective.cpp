// The scenario with every default filled in, as text.
#include "postopolis/scenario/load.hpp"
#include "scenario/expand.hpp"
#include "scenario/fields.hpp"
#include "scenario/scenario_tree.hpp"
#include "scenario/units.hpp"

#include <nlohmann/json.hpp>

namespace postopolis::scenario {

namespace {

constexpr std::size_t line_width = 100;

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string scalar(const Value& v) {
    switch (v.kind) {
    case Value::Kind::Bool:
        return v.boolean ? "true" : "false";
    case Value::Kind::Number:
        return v.text;
    case Value::Kind::Text:
        return quoted(v.text);
    default:
        return "null";
    }
}

/// The value on one line, or nothing if that takes more than `room` characters.
std::optional<std::string> on_one_line(const Value& v, std::size_t room) {
    bool list = v.is(Value::Kind::List);
    std::string text;
    if (!list && !v.is(Value::Kind::Object)) {
        text = scalar(v);
    } else {
        text = list ? "[" : v.members.empty() ? "{" : "{ ";
        std::string_view comma;
        auto append = [&](const std::string& key, const Value& child) {
            text += comma;
            if (!list) text += quoted(key) + ": ";
            comma = ", ";
            auto inside = text.size() < room ? on_one_line(child, room - text.size()) : std::nullopt;
            if (inside) text += *inside;
            return inside.has_value();
        };
        for (const Value& item : v.items)
            if (!append({}, item)) return std::nullopt;
        for (const Member& m : v.members)
            if (!append(m.key, m.value)) return std::nullopt;
        text += list ? "]" : v.members.empty() ? "}" : " }";
    }
    if (text.size() > room) return std::nullopt;
    return text;
}

void print(const Value& v, std::size_t indent, std::size_t used, std::string& out) {
    if (auto line = on_one_line(v, line_width - std::min(line_width, indent + used))) {
        out += *line;
        return;
    }
    if (!v.is(Value::Kind::List) && !v.is(Value::Kind::Object)) {
        out += scalar(v);
        return;
    }
    bool list = v.is(Value::Kind::List);
    out += list ? "[" : "{";
    std::string margin = "\n" + std::string(indent + 2, ' ');
    std::string_view comma;
    for (const Value& item : v.items) {
        out += comma;
        out += margin;
        print(item, indent + 2, 1, out);
        comma = ",";
    }
    for (const Member& m : v.members) {
        out += comma;
        out += margin;
        std::string key = quoted(m.key) + ": ";
        out += key;
        print(m.value, indent + 2, key.size() + 1, out);
        comma = ",";
    }
    out += "\n" + std::string(indent, ' ') + (list ? "]" : "}");
}

template<class Items>
Value by_name(const Items& items) {
    Value result = Value::of_object(0);
    ObjectWriter writer(result);
    for (const auto& item : items)
        writer.put(item.name, *Object{}.write(item));
    return result;
}

/// As a generator, which loading keeps as a series again.
Value write_series(const DomainSeries& s) {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    a.put("domains", integer_value(s.count));
    a.put("name", text_value(s.pattern));
    a.put("first", integer_value(s.first));
    Value people = *PeopleCodec{}.write(s.domain.people);
    if (s.sizes) {
        for (Member& m : people.items.back().members)
            if (m.key == "count") m = {"total", 0, integer_value(s.sizes->total)};
        people.items.back().members.push_back({"zipf", 0, number_value(s.sizes->exponent)});
    }
    a.put("people", std::move(people));
    a("name_servers", s.domain.name_servers, Texts{});
    a("ttl", s.domain.ttl, Dur{});
    a("negative_ttl", s.domain.negative_ttl, Dur{});
    a("quota", s.domain.quota, Maybe<Size>{});
    Value host = *Object{}.write(s.host);
    std::erase_if(host.members, [&](const Member& m) {
        return m.key == "roles" || m.key == "at" || m.key == "address" ||
               (m.key == "resolver" && same_name(m.value.text, s.host.name));
    });
    Value hosts = Value::of_object(0);
    ObjectWriter(hosts).put(std::string(own_host_prefix) + "{domain}", std::move(host));
    a.put("hosts", std::move(hosts));
    return result;
}

template<class Items, class Write>
Value list_of(const Items& items, Write write) {
    Value result;
    result.kind = Value::Kind::List;
    for (const auto& item : items)
        result.items.push_back(write(item));
    return result;
}

} // namespace

std::string to_json(const Value& v) {
    std::string out;
    print(v, 0, 0, out);
    return out;
}

Value scenario_tree(const Scenario& s) {
    Value root = Value::of_object(0);
    ObjectWriter a(root);
    a.put("postopolis", integer_value(1));
    a("title", s.title, Text{});
    a("description", s.description, Text{});
    if (s.lesson) a("lesson", *s.lesson, Object{});
    a("start", s.start, Instant{});
    a("seed", s.seed, Seed{});
    a("run", s.run, Object{});
    a("allow_loops", s.allow_loops, Bool{});
    a.put("domains", by_name(s.domains));
    a.put("hosts", by_name(s.hosts));
    if (!s.series.empty()) a.put("generate", list_of(s.series, write_series));
    a("network", s.network, Object{});
    Value people = Value::of_object(0);
    for (const PersonRule& rule : s.people)
        ObjectWriter(people).put(rule.pattern, *Object{}.write(rule.settings));
    a.put("people", std::move(people));
    Value groups = Value::of_object(0);
    for (const Group& g : s.groups)
        ObjectWriter(groups).put(g.name, *Texts{}.write(g.members));
    a.put("groups", std::move(groups));
    a("letters", s.letters, Objects{});
    a("traffic", s.traffic, Objects{});
    a.put("faults", list_of(s.faults, write_fault));
    a.put("expect", list_of(s.expect, write_expectation));
    return root;
}

std::string effective_json(const Scenario& s) {
    return to_json(scenario_tree(s)) + "\n";
}

} // namespace postopolis::scenario
