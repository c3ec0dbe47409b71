#include "scenario/expand.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "postopolis/scenario/spelling.hpp"
#include "postopolis/scenario/series.hpp"
#include "scenario/codec.hpp"
#include "scenario/compact.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t i = text.find(what); i != std::string::npos; i = text.find(what, i + by.size()))
        text.replace(i, what.size(), by);
}

void fill_in_text(std::string& text, std::uint64_t n, std::string_view domain) {
    if (text.find('{') == std::string::npos) return;
    if (!domain.empty()) replace_all(text, "{domain}", domain);
    if (n == 0) return;
    replace_all(text, "{n}", std::to_string(n));
    for (std::size_t i = text.find("{n%"); i != std::string::npos; i = text.find("{n%", i + 1)) {
        std::size_t end = text.find('}', i);
        if (end == std::string::npos) return;
        auto modulus = parse_number(std::string_view(text).substr(i + 3, end - i - 3));
        if (!modulus || *modulus < 1 || *modulus > 1e9) continue;
        text.replace(i, end - i + 1, std::to_string((n - 1) % static_cast<std::uint64_t>(*modulus) + 1));
    }
}

/// Takes a member out of an object; null if it isn't there.
std::optional<Member> take(Value& object, std::string_view key) {
    for (std::size_t i = 0; i < object.members.size(); ++i) {
        if (object.members[i].key != key) continue;
        Member result = std::move(object.members[i]);
        object.members.erase(object.members.begin() + static_cast<std::ptrdiff_t>(i));
        return result;
    }
    return std::nullopt;
}

class Expander {
public:
    Expander(Value& root, Findings& findings, std::uint64_t series_from)
        : root_(root), findings_(findings), series_from_(series_from) {}

    void run() {
        templates_ = take(root_, "templates");
        if (templates_) check_templates();
        std::optional<Member> generate = take(root_, "generate");
        sections("hosts", hosts_);
        sections("domains", domains_);
        for (Member& m : hosts_)
            apply_template(m.value, 0);
        for (Member& m : domains_)
            apply_template(m.value, 0);
        for (std::size_t i = 0, n = domains_.size(); i < n; ++i) {
            domains_[i].value = filled(std::move(domains_[i].value), 0, domains_[i].key);
            lift_hosts(domains_[i]);
        }
        if (generate) generate_all(generate->value);
        expand_counts();
        if (generate) keep_series(*generate);
        put_back("hosts", std::move(hosts_));
        put_back("domains", std::move(domains_));
    }

private:
    /// Takes out an object's members; anything else is left for the reader to complain about.
    void sections(std::string_view key, std::vector<Member>& to) {
        Value* v = root_.find(key);
        if (v && v->is(Value::Kind::Object)) to = std::move(v->members);
    }

    void put_back(std::string_view key, std::vector<Member> members) {
        if (members.empty()) return;
        Value* v = root_.find(key);
        if (!v) {
            root_.members.push_back(
                {std::string(key), members.front().key_offset, Value::of_object(members.front().key_offset)});
            v = &root_.members.back().value;
        }
        if (v->is(Value::Kind::Object)) v->members = std::move(members);
    }

    void check_templates() {
        if (!templates_->value.is(Value::Kind::Object)) {
            findings_.mistake(templates_->value.offset,
                              "expected templates by their names in { }, but this is " +
                                  describe(templates_->value));
            templates_->value = Value::of_object(templates_->value.offset);
        }
        for (const Member& m : templates_->value.members) {
            names_.push_back(m.key);
            if (!m.value.is(Value::Kind::Object))
                findings_.mistake(m.value.offset,
                                  "expected a template in { }, but this is " + describe(m.value));
        }
    }

    void apply_template(Value& v, int depth) {
        if (!v.is(Value::Kind::Object)) return;
        std::optional<Member> use = take(v, "template");
        if (!use) return;
        const Value* found = use->value.is(Value::Kind::Text) && templates_
                                 ? templates_->value.find(use->value.text)
                                 : nullptr;
        if (!found) {
            findings_.mistake(use->value.offset, "no template is called " + describe(use->value),
                              use->value.is(Value::Kind::Text) ? nearest(use->value.text, names_) : "");
            return;
        }
        if (depth > 20) {
            findings_.mistake(use->value.offset, "templates use each other in a circle");
            return;
        }
        Value base = *found;
        apply_template(base, depth + 1);
        std::uint32_t offset = v.offset;
        v = merged(base, v);
        v.offset = offset;
    }

    static Value filled(Value v, std::uint64_t n, std::string_view domain) {
        fill_in(v, n, domain);
        return v;
    }

    /// Hosts described inside a domain are hosts of the town.
    void lift_hosts(Member& domain) {
        if (!domain.value.is(Value::Kind::Object)) return;
        std::optional<Member> hosts = take(domain.value, "hosts");
        if (!hosts) return;
        if (!hosts->value.is(Value::Kind::Object)) {
            findings_.mistake(hosts->value.offset,
                              "expected hosts by their names in { }, but this is " + describe(hosts->value));
            return;
        }
        for (Member& m : hosts->value.members) {
            apply_template(m.value, 0);
            fill_in(m.value, 0, domain.key);
            hosts_.push_back(std::move(m));
        }
    }

    void generate_all(Value& v) {
        if (v.is(Value::Kind::Object)) return generate_one(v);
        if (!v.is(Value::Kind::List)) {
            findings_.mistake(v.offset, "expected a generator or a list of them, but this is " + describe(v));
            return;
        }
        for (Value& item : v.items)
            generate_one(item);
    }

    /// What is a large generator of domains that are alike waits until all else is known.
    struct Waiting {
        Value value;
        Member name;
        std::uint64_t first, many;
    };

    /// A series comes after all domains that are not in one: so from the last backwards.
    void keep_series(Member& generate) {
        std::size_t kept = waiting_.size();
        while (kept > 0 && !meets_series(waiting_[kept - 1].name.value.text, waiting_[kept - 1].first,
                                         waiting_[kept - 1].many, hosts_, domains_, root_) &&
               !meets_later(kept - 1))
            --kept;
        for (std::size_t i = 0; i < kept; ++i)
            make_all(waiting_[i].value, waiting_[i].name, waiting_[i].first, waiting_[i].many, true);
        if (kept > 0) expand_counts();
        Value list = Value::of_object(generate.value.offset);
        list.kind = Value::Kind::List;
        for (std::size_t i = kept; i < waiting_.size(); ++i) {
            Waiting& w = waiting_[i];
            w.value.members.push_back({"first", w.value.offset, integer_value(w.first)});
            w.value.members.push_back({"domains", w.value.offset, integer_value(w.many)});
            w.value.members.push_back(std::move(w.name));
            list.items.push_back(std::move(w.value));
        }
        if (!list.items.empty()) root_.members.push_back({"generate", generate.key_offset, std::move(list)});
    }

    /// Two generators that make the same name: as domains, they get the mistake that says so.
    bool meets_later(std::size_t i) const {
        const nodes::NumberedName names(waiting_[i].name.value.text, waiting_[i].first);
        for (std::size_t k = i + 1; k < waiting_.size(); ++k) {
            DomainSeries later;
            later.pattern = waiting_[k].name.value.text;
            later.first = waiting_[k].first;
            later.count = static_cast<std::uint32_t>(waiting_[k].many);
            for (std::uint64_t n = 0; n < waiting_[i].many; ++n)
                if (later.find_zone(names.at(n))) return true;
        }
        return false;
    }

    std::optional<std::uint64_t> number(const Member& m, double low, double high) {
        if (m.value.is(Value::Kind::Number) && m.value.number >= low && m.value.number <= high &&
            m.value.number == static_cast<double>(static_cast<std::uint64_t>(m.value.number)))
            return static_cast<std::uint64_t>(m.value.number);
        findings_.mistake(m.value.offset, "expected a whole number from " + number_text(low) + " to " +
                                              number_text(high) + ", but this is " + describe(m.value));
        return std::nullopt;
    }

    void generate_one(Value& v) {
        if (!v.is(Value::Kind::Object)) {
            findings_.mistake(v.offset, "expected a generator in { }, such as {\"domains\": 1000, \"name\": "
                                        "\"d{n}.example\"}, but this is " +
                                            describe(v));
            return;
        }
        std::optional<Member> count = take(v, "domains");
        bool domains = count.has_value();
        if (!domains) count = take(v, "hosts");
        std::optional<Member> name = take(v, "name"), first = take(v, "first");
        if (!count) {
            findings_.mistake(v.offset, "a generator says how many \"domains\" or \"hosts\" it makes");
            return;
        }
        if (!name || !name->value.is(Value::Kind::Text) || name->value.text.find("{n") == std::string::npos) {
            findings_.mistake(
                name ? name->value.offset : v.offset,
                "a generator needs a \"name\" with {n} where the number goes, such as \"d{n}.example\"");
            return;
        }
        auto many = number(*count, 1, 1e6);
        std::optional<std::uint64_t> from = first ? number(*first, 1, 1e9) : std::optional<std::uint64_t>(1);
        if (!many || !from) return;
        apply_template(v, 0);
        if (domains && !check_sizes(v, *many)) return;
        if (domains && *many >= series_from_ && could_be_series(v, name->value.text))
            waiting_.push_back({v, std::move(*name), *from, *many});
        else
            make_all(v, *name, *from, *many, domains);
    }

    void make_all(const Value& v, const Member& name, std::uint64_t from, std::uint64_t many, bool domains) {
        std::vector<std::uint32_t> before;
        if (const Value* law = shared_people(v); law != nullptr && domains)
            before = people_before({static_cast<std::uint64_t>(law->find("total")->number), exponent_of(*law)},
                                   static_cast<std::uint32_t>(many));
        for (std::uint64_t n = from; n < from + many; ++n) {
            Member made{name.value.text, name.value.offset, v};
            fill_in_text(made.key, n, "");
            fill_in(made.value, n, domains ? made.key : "");
            if (Value* law = before.empty() ? nullptr : shared_people(made.value)) {
                take(*law, "zipf");
                take(*law, "total");
                law->members.push_back({"count", law->offset, integer_value(before[n - from + 1] - before[n - from])});
            }
            if (domains) {
                lift_hosts(made);
                domains_.push_back(std::move(made));
            } else {
                hosts_.push_back(std::move(made));
            }
            if (findings_.count() > 1000) return;
        }
    }

    static double exponent_of(const Value& law) {
        const Value* zipf = law.find("zipf");
        return zipf != nullptr ? zipf->number : 1;
    }

    /// "total" and "zipf" of people who are shared out among the domains.
    bool check_sizes(const Value& generator, std::uint64_t many) {
        const Value* law = shared_people(generator);
        if (law == nullptr) return true;
        const Value& total = *law->find("total");
        constexpr double kMost = 4e9;
        const double least = static_cast<double>(many);
        if (!total.is(Value::Kind::Number) || total.number < least || total.number > kMost ||
            total.number != std::floor(total.number)) {
            findings_.mistake(total.offset, "expected a whole number from " + number_text(least) +
                                                " (one for each domain) to " + number_text(kMost) + ", but this is " +
                                                describe(total));
            return false;
        }
        const Value* zipf = law->find("zipf");
        if (zipf != nullptr && !(zipf->is(Value::Kind::Number) && zipf->number >= 0 && zipf->number <= 10)) {
            findings_.mistake(zipf->offset, "expected the exponent of Zipf's law, a number from 0 (all are alike) to 10, "
                                            "but this is " +
                                                describe(*zipf));
            return false;
        }
        if (const Value* count = law->find("count")) {
            findings_.mistake(count->offset, "people have either a \"count\" in each domain or a \"total\" that is "
                                             "shared out among the domains, not both");
            return false;
        }
        return true;
    }

    /// "out{n}.example": {"count": 4} is four hosts.
    void expand_counts() {
        std::vector<Member> result;
        result.reserve(hosts_.size());
        for (Member& m : hosts_) {
            std::optional<Member> count = take(m.value, "count");
            bool numbered = m.key.find("{n}") != std::string::npos;
            if (!count && numbered)
                findings_.mistake(m.key_offset,
                                  "the host " + m.key + " has {n} in its name but no \"count\"");
            if (count && !numbered)
                findings_.mistake(
                    m.key_offset,
                    "a host with a \"count\" needs {n} in its name, such as \"out{n}.example\"");
            if (!count || !numbered) {
                result.push_back(std::move(m));
                continue;
            }
            std::uint64_t many = number(*count, 1, 1e6).value_or(0);
            for (std::uint64_t n = 1; n <= many; ++n) {
                Member& made = result.emplace_back(m);
                fill_in_text(made.key, n, "");
                fill_in(made.value, n, "");
            }
        }
        hosts_ = std::move(result);
    }

    Value& root_;
    Findings& findings_;
    std::optional<Member> templates_;
    std::vector<std::string> names_;
    std::vector<Member> hosts_, domains_;
    std::uint64_t series_from_;
    std::vector<Waiting> waiting_;
};

} // namespace

void fill_in(Value& v, std::uint64_t n, std::string_view domain) {
    if (v.is(Value::Kind::Text)) fill_in_text(v.text, n, domain);
    for (Value& item : v.items)
        fill_in(item, n, domain);
    // The people of a domain count with an {n} of their own.
    bool counted = v.is(Value::Kind::Object) && (v.find("count") != nullptr || v.find("total") != nullptr);
    for (Member& m : v.members) {
        if (counted && m.key == "name") continue;
        fill_in_text(m.key, counted ? 0 : n, domain);
        fill_in(m.value, n, domain);
    }
}

Value merged(const Value& under, const Value& over) {
    if (!under.is(Value::Kind::Object) || !over.is(Value::Kind::Object)) return over;
    Value result = under;
    result.offset = over.offset;
    for (const Member& m : over.members) {
        if (Value* present = result.find(m.key)) {
            *present = merged(*present, m.value);
            for (Member& r : result.members)
                if (r.key == m.key) r.key_offset = m.key_offset;
        } else {
            result.members.push_back(m);
        }
    }
    return result;
}

void expand_templates(Value& root, Findings& findings, std::uint64_t series_from) {
    Expander(root, findings, series_from).run();
}

} // namespace postopolis::scenario
