// The codecs of what isn't a plain field: lists with shorthands, choices between forms.
#include "scenario/fields.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

bool shorthand(ReadContext& c, const Value& v, Line& to) {
    if (!v.is(Value::Kind::Text)) return false;
    Law{Law::Unit::Time}.read(c, v, to.delay);
    return true;
}

bool shorthand(ReadContext& c, const Value& v, Service& to) {
    if (!v.is(Value::Kind::Text)) return false;
    Law{Law::Unit::Time}.read(c, v, to.per_message);
    return true;
}

bool shorthand(ReadContext& c, const Value& v, Replying& to) {
    if (!v.is(Value::Kind::Text) && !v.is(Value::Kind::Number)) return false;
    Probability{}.read(c, v, to.probability);
    return true;
}

bool shorthand(ReadContext& c, const Value& v, Run& to) {
    if (!v.is(Value::Kind::Text)) return false;
    Duration d;
    std::size_t before = c.findings.count();
    Dur{true}.read(c, v, d);
    if (c.findings.count() == before) to.length = d;
    return true;
}

void Words::read(ReadContext& c, const Value& v, std::vector<std::string>& to) const {
    to.clear();
    auto one = [&](const Value& item) {
        std::string word;
        Word{words}.read(c, item, word);
        if (!word.empty()) to.push_back(std::move(word));
    };
    if (!v.is(Value::Kind::List)) return one(v);
    for (const Value& item : v.items)
        one(item);
}

void RolesCodec::read(ReadContext& c, const Value& v, Roles& to) const {
    std::vector<std::string> words;
    Words{role_words}.read(c, v, words);
    to = {};
    for (const std::string& w : words) {
        if (w == "submission")
            to.submission = true;
        else if (w == "smtp")
            to.smtp = true;
        else if (w == "mailboxes")
            to.mailboxes = true;
        else if (w == "resolver")
            to.resolver = true;
        else
            to.name_server = true;
    }
}

std::optional<Value> RolesCodec::write(const Roles& r) const {
    std::vector<std::string> words;
    const bool has[] = {r.submission, r.smtp, r.mailboxes, r.resolver, r.name_server};
    for (std::size_t i = 0; i < role_words.size(); ++i)
        if (has[i]) words.emplace_back(role_words[i]);
    return Texts{}.write(words);
}

void RoutesCodec::read(ReadContext& c, const Value& v, std::vector<Route>& to) const {
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "routes in { }, such as {\"*\": \"relay.example\"}");
        return;
    }
    to.clear();
    for (const Member& m : v.members) {
        Route route;
        route.pattern = m.key.starts_with("*.") ? m.key.substr(1) : m.key;
        if (!m.value.is(Value::Kind::Text) || m.value.text != "mx") Texts{}.read(c, m.value, route.hosts);
        if (m.value.is(Value::Kind::List) && m.value.items.empty())
            c.findings.mistake(m.value.offset, "a route needs a host, or \"mx\" for what the MX records say");
        to.push_back(std::move(route));
    }
}

std::optional<Value> RoutesCodec::write(const std::vector<Route>& routes) const {
    Value result = Value::of_object(0);
    ObjectWriter writer(result);
    for (const Route& r : routes)
        writer.put(r.pattern, r.hosts.empty() ? text_value("mx") : *Texts{}.write(r.hosts));
    return result;
}

void DurationsCodec::read(ReadContext& c, const Value& v, std::vector<Duration>& to) const {
    to.clear();
    if (!v.is(Value::Kind::List)) return When{}.read(c, v, to.emplace_back());
    for (const Value& item : v.items)
        When{}.read(c, item, to.emplace_back());
}

std::optional<Value> DurationsCodec::write(const std::vector<Duration>& list) const {
    Value result;
    result.kind = Value::Kind::List;
    for (Duration d : list)
        result.items.push_back(text_value(kernel::exact_text(d)));
    return result;
}

void RetryCodec::read(ReadContext& c, const Value& v, RetrySpec& to) const {
    if (v.is(Value::Kind::Text)) {
        to = {};
        Word{retry_presets}.read(c, v, to.preset);
        return;
    }
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "the name of a retry schedule, or its numbers in { }");
        return;
    }
    RetrySpec spec;
    ObjectReader a(c, v);
    int forms = 0;
    auto form = [&](RetrySpec::Form f, const Value* present) {
        if (!present) return;
        ++forms;
        spec.form = f;
    };
    form(RetrySpec::Form::Preset, a.find("preset"));
    form(RetrySpec::Form::Exim, a.find("exim"));
    form(RetrySpec::Form::Ages, v.find("at") ? v.find("at") : v.find("every"));
    form(RetrySpec::Form::Backoff, v.find("minimal")   ? v.find("minimal")
                                   : v.find("maximal") ? v.find("maximal")
                                                       : v.find("scan"));
    if (forms > 1)
        c.findings.mistake(v.offset, "a retry schedule has one form: \"preset\", or \"minimal\", \"maximal\" "
                                     "and \"scan\", or \"at\" and \"every\", or \"exim\"");
    a("preset", spec.preset, Word{retry_presets});
    a("minimal", spec.minimal, Dur{true});
    a("maximal", spec.maximal, Dur{true});
    a("scan", spec.scan, Dur{});
    a("scan_at_arrival", spec.scan_at_arrival, Bool{});
    a("at", spec.at, DurationsCodec{});
    a("every", spec.every, Maybe<Dur>{Dur{true}});
    a("exim", spec.rule, Text{});
    a("lifetime", spec.lifetime, Maybe<Dur>{Dur{true}});
    a.finish();
    if (spec.minimal > spec.maximal)
        c.findings.mistake(v.offset, "\"minimal\" (" + kernel::exact_text(spec.minimal) +
                                         ") is longer than \"maximal\" (" + kernel::exact_text(spec.maximal) +
                                         ")");
    if (!std::is_sorted(spec.at.begin(), spec.at.end()))
        c.findings.mistake(v.find("at")->offset, "the ages of the tries must rise");
    to = std::move(spec);
}

std::optional<Value> RetryCodec::write(const RetrySpec& r) const {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    switch (r.form) {
    case RetrySpec::Form::Preset:
        if (!r.lifetime && !r.scan_at_arrival) return text_value(r.preset);
        a("preset", r.preset, Text{});
        a("scan_at_arrival", r.scan_at_arrival, Bool{});
        break;
    case RetrySpec::Form::Backoff:
        a("minimal", r.minimal, Dur{});
        a("maximal", r.maximal, Dur{});
        a("scan", r.scan, Dur{});
        a("scan_at_arrival", r.scan_at_arrival, Bool{});
        break;
    case RetrySpec::Form::Ages:
        a("at", r.at, DurationsCodec{});
        a("every", r.every, Maybe<Dur>{});
        break;
    case RetrySpec::Form::Exim:
        a("exim", r.rule, Text{});
        break;
    }
    a("lifetime", r.lifetime, Maybe<Dur>{});
    return result;
}

namespace {

void read_numbered(ReadContext& c, const Value& v, People& to) {
    NumberedPeople range;
    ObjectReader a(c, v);
    if (!v.find("count")) c.findings.mistake(v.offset, "people need a \"count\", or a \"name\" without {n}");
    a("name", range.pattern, Text{});
    a("first", range.first, Whole{0, 1e12});
    a("count", range.count, Whole{1, 1e8});
    a.finish();
    if (range.pattern.find("{n}") == std::string::npos)
        c.findings.mistake(v.find("name") ? v.find("name")->offset : v.offset,
                           "the name of counted people needs {n} where the number goes, such as \"user{n}\"");
    to.numbered.push_back(std::move(range));
}

void read_person(ReadContext& c, const Value& v, People& to) {
    if (v.is(Value::Kind::Text)) {
        to.names.push_back(v.text);
        return;
    }
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "a name, or a person or a number of people in { }");
        return;
    }
    if (v.find("count") || !v.find("name")) return read_numbered(c, v, to);
    std::string name;
    PersonSettings settings;
    ObjectReader a(c, v);
    a("name", name, Text{});
    fields(a, settings);
    a.finish();
    to.names.push_back(name);
    c.inline_people.push_back({name, std::move(settings)});
}

} // namespace

void PeopleCodec::read(ReadContext& c, const Value& v, People& to) const {
    to = {};
    if (v.is(Value::Kind::Number)) {
        NumberedPeople range;
        Whole{1, 1e8}.read(c, v, range.count);
        to.numbered.push_back(std::move(range));
    } else if (v.is(Value::Kind::List)) {
        to.names.reserve(v.items.size());
        for (const Value& item : v.items)
            read_person(c, item, to);
    } else {
        read_person(c, v, to);
    }
}

std::optional<Value> PeopleCodec::write(const People& p) const {
    Value result = *Texts{}.write(p.names);
    for (const NumberedPeople& range : p.numbered) {
        Value item = Value::of_object(0);
        ObjectWriter a(item);
        a("count", range.count, Whole{});
        a("name", range.pattern, Text{});
        a("first", range.first, Whole{});
        result.items.push_back(std::move(item));
    }
    return result;
}

namespace {

void read_mx_entry(ReadContext& c, const Value& v, std::vector<MxEntry>& to) {
    // Names in a row are preferred in that order; a zone file's "10 name" is understood too.
    MxEntry entry{"", to.empty() ? 10 : to.back().preference + 10};
    if (v.is(Value::Kind::Text)) {
        std::size_t space = v.text.find(' ');
        auto number = space == std::string::npos ? std::nullopt : parse_number(v.text.substr(0, space));
        if (number && *number >= 0 && *number <= 65535)
            entry = {std::string(trimmed(v.text.substr(space))), static_cast<int>(*number)};
        else
            entry.host = v.text;
    } else if (v.is(Value::Kind::Object)) {
        ObjectReader a(c, v);
        a("host", entry.host, Text{});
        a("preference", entry.preference, Whole{0, 65535});
        a.finish();
        if (!v.find("host")) c.findings.mistake(v.offset, "an MX entry needs a \"host\"");
    } else {
        wrong(c, v, "a host, or {\"host\": ..., \"preference\": 10}");
    }
    to.push_back(std::move(entry));
}

} // namespace

void read_mx(ObjectReader& a, Domain& d) {
    ReadContext& c = a.context();
    bool implicit = false;
    a("implicit_mx", implicit, Bool{});
    if (const Value* v = a.find("mx")) {
        if (v->is(Value::Kind::Null))
            d.mx_kind = Domain::Mx::Null;
        else if (!v->is(Value::Kind::List))
            read_mx_entry(c, *v, d.mx);
        else if (v->items.empty())
            d.mx_kind = Domain::Mx::Absent;
        else
            for (const Value& item : v->items)
                read_mx_entry(c, item, d.mx);
    }
    if (!implicit) return;
    if (d.mx_kind == Domain::Mx::Listed) d.mx_kind = Domain::Mx::Implicit;
    if (d.mx_kind != Domain::Mx::Implicit || d.mx.size() > 1)
        c.findings.mistake(a.object().find("implicit_mx")->offset,
                           "\"implicit_mx\" means one host with an address record and no MX record (RFC 5321 "
                           "section 5.1): give exactly one host in \"mx\"");
}

void write_mx(ObjectWriter& a, const Domain& d) {
    if (d.mx_kind == Domain::Mx::Null) return a.put("mx", null_value());
    Value list;
    list.kind = Value::Kind::List;
    for (const MxEntry& mx : d.mx) {
        Value item = Value::of_object(0);
        ObjectWriter writer(item);
        writer("host", mx.host, Text{});
        writer("preference", mx.preference, Whole{});
        list.items.push_back(std::move(item));
    }
    a.put("mx", std::move(list));
    if (d.mx_kind == Domain::Mx::Implicit) a.put("implicit_mx", bool_value(true));
}

namespace {

/// Of one device. True when it is one.
bool read_device(ReadContext& c, const Value& v, Reading& to) {
    const std::size_t before = c.findings.count();
    if (v.is(Value::Kind::Text)) {
        Dur{true}.read(c, v, to.every);
    } else if (v.is(Value::Kind::Object)) {
        Object{}.read(c, v, to);
        if (to.by == "imap") {
            if (v.find("keep") == nullptr) to.keep = true;
        } else {
            for (const char* key : {"push", "file"})
                if (const Value* only = v.find(key))
                    c.findings.mistake(only->offset,
                                       "\"" + std::string(key) +
                                           "\" is for those who read by IMAP: add \"by\": \"imap\"");
        }
        if (const Value* keep = v.find("keep"); keep != nullptr && !to.keep && !to.file.empty())
            c.findings.mistake(keep->offset,
                               "what has been read is either deleted (\"keep\": false) or moved (\"file\")");
    } else {
        return wrong(c, v,
                     "how often the person looks, such as \"5m\", or false, or { } with by, every, phase, "
                     "push, keep and "
                     "file, or a list of these, one for each device");
    }
    return c.findings.count() == before;
}

} // namespace

void ReadingCodec::read(ReadContext& c, const Value& v, PersonSettings& to) const {
    // "reads": false leaves alone how often; that may be said of everybody elsewhere.
    to.reads = true;
    if (v.is(Value::Kind::Bool)) {
        to.reads = v.boolean;
        return;
    }
    Reading reading;
    if (v.is(Value::Kind::List)) {
        if (v.items.empty()) {
            wrong(c, v, "at least one device");
            return;
        }
        read_device(c, v.items.front(), reading);
        for (std::size_t i = 1; i < v.items.size(); ++i)
            read_device(c, v.items[i], reading.others.emplace_back());
    } else {
        read_device(c, v, reading);
    }
    to.reading = reading;
}

std::optional<Value> ReadingCodec::write(const PersonSettings& p) const {
    if (p.reads && !*p.reads) return bool_value(false);
    if (!p.reading) return std::nullopt;
    auto device = [](const Reading& r) {
        Value all = *Object{}.write(r);
        if (r.by == "pop3") // which knows neither
            std::erase_if(all.members, [](const auto& m) { return m.key == "push" || m.key == "file"; });
        return all;
    };
    if (p.reading->others.empty()) return device(*p.reading);
    Value list;
    list.kind = Value::Kind::List;
    list.items.push_back(device(*p.reading));
    for (const Reading& other : p.reading->others)
        list.items.push_back(device(other));
    return list;
}

void ContactsCodec::read(ReadContext& c, const Value& v, PersonSettings& to) const {
    if (v.is(Value::Kind::Object))
        Object{"contacts in { }, with mean, sigma, within and among"}.read(c, v, to.contact_graph.emplace());
    else
        Maybe<Texts>{}.read(c, v, to.contacts);
}

std::optional<Value> ContactsCodec::write(const PersonSettings& p) const {
    if (p.contact_graph) return Object{}.write(*p.contact_graph);
    return Maybe<Texts>{}.write(p.contacts);
}

void read_span(ObjectReader& a, std::string_view from, Span& span) {
    a(from, span.from, When{});
    const Value* length = a.find("for");
    const Value* until = a.find("until");
    if (length && until)
        a.context().findings.mistake(until->offset, "say either \"for\" or \"until\", not both");
    Duration d;
    std::size_t before = a.context().findings.count();
    if (length)
        Dur{true}.read(a.context(), *length, d);
    else if (until)
        When{}.read(a.context(), *until, d);
    if (a.context().findings.count() != before || (!length && !until)) return;
    span.until = length ? span.from + d : d;
    if (*span.until <= span.from)
        a.context().findings.mistake(until->offset, "this ends (" + kernel::exact_text(*span.until) +
                                                        ") before it begins (" +
                                                        kernel::exact_text(span.from) + ")");
}

void write_span(ObjectWriter& a, std::string_view from, const Span& span) {
    a(from, span.from, Dur{});
    a("until", span.until, Maybe<Dur>{});
}

void read_recipients(ObjectReader& a, Traffic& t) {
    t.size = measured_sizes();
    const Value* v = a.find("to");
    if (!v || (v->is(Value::Kind::Text) && v->text == "contacts"))
        t.to_contacts = true;
    else
        Texts{}.read(a.context(), *v, t.to);
    a("size", t.size, Law{Law::Unit::Size});
}

void read_link_ends(ObjectReader& a, Link& link) {
    const Value* v = a.find("between");
    if (!v) {
        a.context().findings.mistake(a.object().offset,
                                     "a link needs \"between\": [\"one end\", \"the other\"]");
        return;
    }
    std::vector<std::string> ends;
    if (v->is(Value::Kind::List)) Texts{}.read(a.context(), *v, ends);
    if (ends.size() != 2) {
        wrong(a.context(), *v, "the two ends of the link, [\"one\", \"other\"]");
        return;
    }
    link.a = ends[0];
    link.b = ends[1];
}

} // namespace postopolis::scenario
