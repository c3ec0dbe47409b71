// Distributions: {"lognormal": {"median": "20ms", "sigma": 0.5}}, "20ms", "measured".
#include <algorithm>
#include <cmath>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/codec.hpp"
#include "scenario/presets.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

using kernel::Distribution;
constexpr std::array<std::string_view, 9> law_names{
    "constant", "uniform", "exponential", "normal", "lognormal", "pareto", "weibull", "erlang", "empirical"};

/// A quantity in the law's unit: seconds, bytes or a count.
struct Quantity {
    Law::Unit unit;
    void read(ReadContext& c, const Value& v, double& to) const {
        if (unit == Law::Unit::Time) {
            Duration d;
            std::size_t before = c.findings.count();
            Dur{}.read(c, v, d);
            if (c.findings.count() == before) to = d.to_seconds();
        } else if (unit == Law::Unit::Size) {
            std::uint64_t bytes = 0;
            std::size_t before = c.findings.count();
            Size{}.read(c, v, bytes);
            if (c.findings.count() == before) to = static_cast<double>(bytes);
        } else if (!v.is(Value::Kind::Number)) {
            wrong(c, v, "a number");
        } else if (v.number < 0) {
            c.findings.mistake(v.offset, "this number is not negative, but this is " + v.text);
        } else {
            to = v.number;
        }
    }
    std::optional<Value> write(double x) const {
        if (unit == Law::Unit::Time) return text_value(kernel::exact_text(Duration::from_seconds(x)));
        if (unit == Law::Unit::Size)
            return text_value(size_text(static_cast<std::uint64_t>(std::llround(x))));
        return number_value(x);
    }
};

struct Number {
    void read(ReadContext& c, const Value& v, double& to) const {
        if (v.is(Value::Kind::Number))
            to = v.number;
        else
            wrong(c, v, "a number");
    }
    std::optional<Value> write(double x) const { return number_value(x); }
};

template<class A>
void fields(A& a, Distribution::Constant& l, Law::Unit u) {
    a("value", l.value, Quantity{u});
}
template<class A>
void fields(A& a, Distribution::Uniform& l, Law::Unit u) {
    a("from", l.low, Quantity{u});
    a("to", l.high, Quantity{u});
}
template<class A>
void fields(A& a, Distribution::Exponential& l, Law::Unit u) {
    a("mean", l.mean, Quantity{u});
    a("offset", l.offset, Quantity{u});
}
template<class A>
void fields(A& a, Distribution::Normal& l, Law::Unit u) {
    a("mean", l.mean, Quantity{u});
    a("sd", l.sd, Quantity{u});
}
template<class A>
void fields(A& a, Distribution::Lognormal& l, Law::Unit u) {
    a("median", l.median, Quantity{u});
    a("sigma", l.sigma, Number{});
}
template<class A>
void fields(A& a, Distribution::Pareto& l, Law::Unit u) {
    a("minimum", l.minimum, Quantity{u});
    a("shape", l.shape, Number{});
}
template<class A>
void fields(A& a, Distribution::Weibull& l, Law::Unit u) {
    a("scale", l.scale, Quantity{u});
    a("shape", l.shape, Number{});
}
template<class A>
void fields(A& a, Distribution::Erlang& l, Law::Unit u) {
    a("mean", l.mean, Quantity{u});
    a("stages", l.stages, Whole{1, 10000});
}

struct Quantities {
    Law::Unit unit;
    void read(ReadContext& c, const Value& v, std::vector<double>& to) const {
        if (!v.is(Value::Kind::List)) {
            wrong(c, v, "a list");
            return;
        }
        for (const Value& item : v.items)
            Quantity{unit}.read(c, item, to.emplace_back());
    }
    std::optional<Value> write(const std::vector<double>& list) const {
        Value result;
        result.kind = Value::Kind::List;
        for (double x : list)
            result.items.push_back(*Quantity{unit}.write(x));
        return result;
    }
};
template<class A>
void fields(A& a, Distribution::Empirical& l, Law::Unit u) {
    a("values", l.value, Quantities{u});
    a("cdf", l.cdf, Quantities{Law::Unit::Count});
}

/// Reads the parameters of one law; all of them are required but an exponential's offset.
template<class L>
void read_law(ReadContext& c, const Value& v, Law::Unit unit, Distribution& to) {
    L law{};
    std::size_t before = c.findings.count();
    if constexpr (requires { law.mean; }) {
        // {"exponential": "20ms"} is plain enough; so is "constant".
        if (std::is_same_v<L, Distribution::Exponential> && !v.is(Value::Kind::Object))
            Quantity{unit}.read(c, v, law.mean);
    }
    if (v.is(Value::Kind::Object)) {
        Value all;
        ObjectWriter names(all);
        fields(names, law, unit);
        ObjectReader reader(c, v);
        fields(reader, law, unit);
        reader.finish();
        for (const Member& m : all.members)
            if (!v.find(m.key) && m.key != "offset")
                c.findings.mistake(v.offset,
                                   "the parameter \"" + m.key + "\" of this distribution is missing");
    } else if (!std::is_same_v<L, Distribution::Exponential>) {
        wrong(c, v, "the distribution's parameters in { }");
    }
    if (c.findings.count() != before) return;
    if (auto problem = Distribution::problem(law))
        c.findings.mistake(v.offset, "this distribution can't be: " + *problem);
    else
        to = Distribution(law);
}

void read_named(ReadContext& c, std::string_view name, const Value& v, Law::Unit u, Distribution& to) {
    if (name == "constant") {
        double value = 0;
        if (v.is(Value::Kind::Object)) return read_law<Distribution::Constant>(c, v, u, to);
        std::size_t before = c.findings.count();
        Quantity{u}.read(c, v, value);
        if (c.findings.count() == before) to = Distribution::constant(value);
    } else if (name == "uniform")
        read_law<Distribution::Uniform>(c, v, u, to);
    else if (name == "exponential")
        read_law<Distribution::Exponential>(c, v, u, to);
    else if (name == "normal")
        read_law<Distribution::Normal>(c, v, u, to);
    else if (name == "lognormal")
        read_law<Distribution::Lognormal>(c, v, u, to);
    else if (name == "pareto")
        read_law<Distribution::Pareto>(c, v, u, to);
    else if (name == "weibull")
        read_law<Distribution::Weibull>(c, v, u, to);
    else if (name == "erlang")
        read_law<Distribution::Erlang>(c, v, u, to);
    else
        read_law<Distribution::Empirical>(c, v, u, to);
}

} // namespace

void Law::read(ReadContext& c, const Value& v, Distribution& to) const {
    if (unit == Unit::Size && v.is(Value::Kind::Text) && v.text == "measured") {
        to = measured_sizes();
        return;
    }
    if (!v.is(Value::Kind::Object)) {
        double value = 0;
        std::size_t before = c.findings.count();
        Quantity{unit}.read(c, v, value);
        if (c.findings.count() == before) to = Distribution::constant(value);
        return;
    }
    if (v.members.size() != 1) {
        c.findings.mistake(v.offset, "a distribution is one name with its parameters, such as "
                                     "{\"exponential\": {\"mean\": ...}}; this has " +
                                         std::to_string(v.members.size()) + " keys");
        return;
    }
    const Member& m = v.members.front();
    if (std::find(law_names.begin(), law_names.end(), m.key) == law_names.end()) {
        c.findings.mistake(m.key_offset,
                           "unknown distribution \"" + m.key + "\"; known are " + one_of(law_names),
                           nearest(m.key, law_names));
        return;
    }
    read_named(c, m.key, m.value, unit, to);
}

std::optional<Value> Law::write(const Distribution& d) const {
    if (unit == Unit::Size && is_measured_sizes(d)) return text_value("measured");
    Value result = Value::of_object(0);
    std::visit(
        [&](auto law) {
            if constexpr (std::is_same_v<decltype(law), Distribution::Constant>) {
                result = *Quantity{unit}.write(law.value);
            } else {
                Value parameters;
                ObjectWriter writer(parameters);
                fields(writer, law, unit);
                ObjectWriter(result).put(law_names[d.law().index()], std::move(parameters));
            }
        },
        d.law());
    return result;
}

} // namespace postopolis::scenario
