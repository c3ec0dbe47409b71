// Arrivals of traffic, and generated networks: one form out of several.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/fields.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

constexpr std::array<std::string_view, 4> arrival_words{"poisson", "every", "day", "at"};

/// A rate in a day; kept as a number per day, so that "100/day" stays exactly 100.
struct PerDay {
    void read(ReadContext& c, const Value& v, double& to) const {
        double rate = 0;
        Rate{}.read(c, v, rate);
        if (rate > 0) to = std::round(rate * 86400 * 1e9) / 1e9;
    }
    std::optional<Value> write(double per_day) const { return text_value(number_text(per_day) + "/day"); }
};

void read_shape(ReadContext& c, const Value& v, DayArrivals& to) {
    if (!v.is(Value::Kind::List)) {
        std::string name;
        Word{day_shapes}.read(c, v, name);
        if (auto shape = day_shape(name)) {
            to.shape = *shape;
            to.shape_name = name;
        }
        return;
    }
    if (v.items.size() != 24) {
        c.findings.mistake(v.offset, "the shape of a day has 24 numbers, one for each hour; this has " +
                                         std::to_string(v.items.size()));
        return;
    }
    double sum = 0;
    for (std::size_t i = 0; i < 24; ++i) {
        const Value& item = v.items[i];
        if (!item.is(Value::Kind::Number) || item.number < 0) wrong(c, item, "a number that isn't negative");
        to.shape[i] = std::max(0.0, item.number);
        sum += to.shape[i];
    }
    to.shape_name.clear();
    if (!(sum > 0)) c.findings.mistake(v.offset, "the shape of a day is zero in every hour");
    // Sums that are 1 but for rounding are left alone, so that written shapes stay as they are.
    else if (std::abs(sum - 1) > 1e-9)
        for (double& share : to.shape)
            share /= sum;
}

void read_day(ReadContext& c, const Value& v, DayArrivals& to) {
    to.shape = *day_shape("office");
    if (!v.is(Value::Kind::Object)) return PerDay{}.read(c, v, to.per_day);
    ObjectReader a(c, v);
    if (!v.find("rate"))
        c.findings.mistake(v.offset, "arrivals shaped like a day need a \"rate\", such as \"40/day\"");
    a("rate", to.per_day, PerDay{});
    if (const Value* shape = a.find("shape")) read_shape(c, *shape, to);
    a.finish();
}

Value write_day(const DayArrivals& d) {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    a("rate", d.per_day, PerDay{});
    if (!d.shape_name.empty()) {
        a("shape", d.shape_name, Text{});
        return result;
    }
    Value list;
    list.kind = Value::Kind::List;
    for (double share : d.shape)
        list.items.push_back(number_value(share));
    a.put("shape", std::move(list));
    return result;
}

} // namespace

void ArrivalsCodec::read(ReadContext& c, const Value& v, Arrivals& to) const {
    if (v.is(Value::Kind::Text)) {
        PoissonArrivals p;
        Rate{}.read(c, v, p.per_second);
        to = p;
        return;
    }
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "a rate such as \"3/h\", or one of poisson, every, day and at in { }");
        return;
    }
    ObjectReader a(c, v);
    int forms = 0;
    if (const Value* rate = a.find("poisson")) {
        ++forms;
        PoissonArrivals p;
        Rate{}.read(c, *rate, p.per_second);
        to = p;
    }
    if (a.find("every")) {
        ++forms;
        PeriodicArrivals p;
        a("every", p.every, Dur{true});
        a("phase", p.phase, Maybe<Dur>{});
        to = p;
    }
    if (const Value* day = a.find("day")) {
        ++forms;
        DayArrivals d;
        read_day(c, *day, d);
        to = d;
    }
    if (a.find("at")) {
        ++forms;
        ListedArrivals l;
        a("at", l.at, DurationsCodec{});
        to = l;
    }
    a.finish();
    if (forms != 1) c.findings.mistake(v.offset, "arrivals have exactly one of " + one_of(arrival_words));
}

std::optional<Value> ArrivalsCodec::write(const Arrivals& arrivals) const {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    if (const auto* p = std::get_if<PoissonArrivals>(&arrivals)) a("poisson", p->per_second, Rate{});
    if (const auto* e = std::get_if<PeriodicArrivals>(&arrivals)) {
        a("every", e->every, Dur{});
        a("phase", e->phase, Maybe<Dur>{});
    }
    if (const auto* d = std::get_if<DayArrivals>(&arrivals)) a.put("day", write_day(*d));
    if (const auto* l = std::get_if<ListedArrivals>(&arrivals)) a("at", l->at, DurationsCodec{});
    return result;
}

void GeneratedCodec::read(ReadContext& c, const Value& v, Network& to) const {
    constexpr std::array<std::string_view, 3> kinds{"star", "hierarchy", "scale_free"};
    if (!v.is(Value::Kind::Object) || v.members.size() != 1) {
        wrong(c, v, "one of star, hierarchy and scale_free in { }");
        return;
    }
    const Member& m = v.members.front();
    auto read = [&](auto network) {
        network.line = to.internet;
        Object{"the numbers of the network in { }"}.read(c, m.value, network);
        to.generated = network;
    };
    if (m.key == "star")
        read(StarNetwork{});
    else if (m.key == "hierarchy")
        read(HierarchyNetwork{});
    else if (m.key == "scale_free")
        read(ScaleFreeNetwork{});
    else
        c.findings.mistake(m.key_offset,
                           "unknown kind of network \"" + m.key + "\"; known are " + one_of(kinds),
                           nearest(m.key, kinds));
}

std::optional<Value> GeneratedCodec::write(const Network& n) const {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    if (const auto* s = std::get_if<StarNetwork>(&n.generated)) a("star", *s, Object{});
    if (const auto* h = std::get_if<HierarchyNetwork>(&n.generated)) a("hierarchy", *h, Object{});
    if (const auto* f = std::get_if<ScaleFreeNetwork>(&n.generated)) a("scale_free", *f, Object{});
    return result;
}

} // namespace postopolis::scenario
