#include "scenario/codec.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

std::string describe(const Value& v) {
    switch (v.kind) {
    case Value::Kind::Text:
        return v.text.size() > 60 ? "a long text" : "\"" + v.text + "\"";
    case Value::Kind::Number:
        return v.text;
    case Value::Kind::Bool:
        return v.boolean ? "true" : "false";
    default:
        return std::string(kind_name(v.kind));
    }
}

bool wrong(ReadContext& c, const Value& v, std::string_view expected) {
    c.findings.mistake(v.offset, "expected " + std::string(expected) + ", but this is " + describe(v));
    return false;
}

void ObjectReader::finish() {
    for (const Member& m : object_.members) {
        if (std::find(known_.begin(), known_.end(), m.key) != known_.end()) continue;
        std::string suggestion = nearest(m.key, known_);
        std::string message = "unknown key \"" + m.key + "\"";
        if (suggestion.empty()) message += "; known here: " + one_of(known_);
        context_.findings.mistake(m.key_offset, std::move(message), std::move(suggestion));
    }
}

Value number_value(double n) {
    Value v;
    v.kind = Value::Kind::Number;
    v.number = n;
    v.text = number_text(n);
    return v;
}

Value integer_value(std::uint64_t n) {
    Value v = number_value(0);
    v.number = static_cast<double>(n);
    v.text = std::to_string(n);
    return v;
}

Value text_value(std::string text) {
    return Value::of_text(std::move(text), 0);
}

Value bool_value(bool b) {
    Value v;
    v.kind = Value::Kind::Bool;
    v.boolean = b;
    return v;
}

Value null_value() {
    return Value{};
}

void Text::read(ReadContext& c, const Value& v, std::string& to) const {
    if (v.is(Value::Kind::Text))
        to = v.text;
    else
        wrong(c, v, "a text in double quotes");
}

void Bool::read(ReadContext& c, const Value& v, bool& to) const {
    if (v.is(Value::Kind::Bool))
        to = v.boolean;
    else
        wrong(c, v, "true or false");
}

namespace {

std::optional<double> whole_number(ReadContext& c, const Value& v, double low, double high) {
    std::string range = "a whole number from " + number_text(low) + " to " + number_text(high);
    if (!v.is(Value::Kind::Number)) {
        wrong(c, v, v.is(Value::Kind::Text) && parse_number(v.text) ? range + " (without quotes)" : range);
        return std::nullopt;
    }
    if (v.number != std::floor(v.number) || v.number < low || v.number > high) {
        wrong(c, v, range);
        return std::nullopt;
    }
    return v.number;
}

constexpr std::string_view duration_hint = "a duration such as \"250ms\", \"5m\", \"1h30m\" or \"2d\"";
constexpr Duration longest = Duration::days(36525); // 100 years

/// A number with a unit in text, or a plain number where that has a meaning.
std::optional<Duration> read_duration(ReadContext& c, const Value& v) {
    if (v.is(Value::Kind::Number)) {
        if (v.number == 0) return Duration();
        if (v.number < 0)
            c.findings.mistake(v.offset, "a duration is not negative, but this is " + v.text);
        else
            c.findings.mistake(v.offset,
                               "a duration needs a unit: \"" + v.text +
                                   "s\" for seconds; ns, us, ms, s, m, h, d and w are known",
                               "\"" + v.text + "s\"");
        return std::nullopt;
    }
    if (!v.is(Value::Kind::Text)) {
        wrong(c, v, duration_hint);
        return std::nullopt;
    }
    auto d = kernel::parse_duration(v.text);
    if (!d) {
        std::string_view t = trimmed(v.text);
        if (t.starts_with('-') && kernel::parse_duration(t.substr(1)))
            c.findings.mistake(v.offset, "a duration is not negative, but this is " + describe(v));
        else if (parse_number(t) && !t.starts_with('-'))
            c.findings.mistake(v.offset,
                               "a duration needs a unit: \"" + v.text +
                                   "s\" for seconds; ns, us, ms, s, m, h, d and w are known",
                               "\"" + v.text + "s\"");
        else
            wrong(c, v, duration_hint);
        return std::nullopt;
    }
    if (*d > longest) {
        c.findings.mistake(v.offset, "a duration is at most 100 years, but this is " + describe(v));
        return std::nullopt;
    }
    return d;
}

} // namespace

void Whole::read(ReadContext& c, const Value& v, int& to) const {
    if (auto n = whole_number(c, v, low, high)) to = static_cast<int>(*n);
}

void Whole::read(ReadContext& c, const Value& v, std::uint64_t& to) const {
    if (auto n = whole_number(c, v, low, high)) to = static_cast<std::uint64_t>(*n);
}

void Seed::read(ReadContext& c, const Value& v, std::uint64_t& to) const {
    std::uint64_t n = 0;
    const char* end = v.text.data() + v.text.size();
    if (v.is(Value::Kind::Number) && std::from_chars(v.text.data(), end, n).ptr == end &&
        (n != UINT64_MAX || v.text == "18446744073709551615"))
        to = n;
    else
        wrong(c, v, "a whole number from 0 to 18446744073709551615");
}

void Real::read(ReadContext& c, const Value& v, double& to) const {
    if (v.is(Value::Kind::Number) && v.number >= low && v.number <= high)
        to = v.number;
    else
        wrong(c, v, "a number from " + number_text(low) + " to " + number_text(high));
}

void Probability::read(ReadContext& c, const Value& v, double& to) const {
    std::optional<double> p;
    if (v.is(Value::Kind::Number)) p = v.number;
    if (v.is(Value::Kind::Text)) p = parse_probability(v.text);
    if (!p)
        wrong(c, v, "a probability such as 0.05 or \"5%\"");
    else if (*p < 0 || *p > 1)
        c.findings.mistake(v.offset,
                           "a probability lies between 0 and 1 (or 0% and 100%), but this is " + describe(v));
    else
        to = *p;
}

void Dur::read(ReadContext& c, const Value& v, Duration& to) const {
    auto d = read_duration(c, v);
    if (!d) return;
    if (positive && *d <= Duration())
        c.findings.mistake(v.offset, "this duration must be longer than 0");
    else
        to = *d;
}

void When::read(ReadContext& c, const Value& v, Duration& to) const {
    if (v.is(Value::Kind::Text)) {
        if (auto t = parse_instant(v.text)) {
            if (*t < c.start)
                c.findings.mistake(v.offset, describe(v) + " lies before the scenario's start, " +
                                                 instant_text(c.start));
            else if (*t - c.start > 36525LL * 86400)
                c.findings.mistake(v.offset, describe(v) + " lies more than 100 years after the start");
            else
                to = Duration::seconds(*t - c.start);
            return;
        }
    }
    if (auto d = read_duration(c, v)) to = *d;
}

void Instant::read(ReadContext& c, const Value& v, std::int64_t& to) const {
    auto t = v.is(Value::Kind::Text) ? parse_instant(v.text) : std::nullopt;
    if (t)
        to = *t;
    else
        wrong(c, v, "a calendar date and time in UTC such as \"2026-01-05T08:00:00Z\"");
}

std::optional<Value> Instant::write(std::int64_t t) const {
    return text_value(instant_text(t));
}

void Size::read(ReadContext& c, const Value& v, std::uint64_t& to) const {
    if (v.is(Value::Kind::Number)) {
        if (v.number < 0)
            c.findings.mistake(v.offset, "a size is not negative, but this is " + v.text);
        else if (v.number != std::floor(v.number) || v.number > 9e15)
            wrong(c, v, "a whole number of bytes");
        else
            to = static_cast<std::uint64_t>(v.number);
        return;
    }
    auto n = v.is(Value::Kind::Text) ? parse_size(v.text) : std::nullopt;
    if (n)
        to = *n;
    else if (v.is(Value::Kind::Text) && trimmed(v.text).starts_with('-'))
        c.findings.mistake(v.offset, "a size is not negative, but this is " + describe(v));
    else
        wrong(c, v, "a size such as \"10MB\", \"64KiB\" or a number of bytes");
}

std::optional<Value> Size::write(std::uint64_t n) const {
    return text_value(size_text(n));
}

void Bandwidth::read(ReadContext& c, const Value& v, double& to) const {
    auto b = v.is(Value::Kind::Text) ? parse_bandwidth(v.text) : std::nullopt;
    if (!b)
        wrong(c, v, "a bandwidth such as \"100Mbit/s\" or \"56kbit/s\"");
    else if (*b <= 0)
        c.findings.mistake(v.offset, "a bandwidth of zero carries nothing: use a fault to cut a line");
    else
        to = *b;
}

std::optional<Value> Bandwidth::write(double b) const {
    return text_value(bandwidth_text(b));
}

void Rate::read(ReadContext& c, const Value& v, double& to) const {
    auto r = v.is(Value::Kind::Text) ? parse_rate(v.text) : std::nullopt;
    if (!r)
        wrong(c, v, "a rate such as \"3/min\", \"0.5/s\" or \"20/day\"");
    else if (*r <= 0)
        c.findings.mistake(v.offset,
                           "a rate of zero sends nothing: give a rate above zero, or leave this traffic out");
    else if (*r > 1e6)
        c.findings.mistake(v.offset, "a rate of more than 1000000/s is beyond what a town can send");
    else
        to = *r;
}

std::optional<Value> Rate::write(double per_second) const {
    return text_value(rate_text(per_second));
}

std::optional<std::size_t> Word::index(ReadContext& c, const Value& v) const {
    if (v.is(Value::Kind::Text)) {
        auto found = std::find(words.begin(), words.end(), v.text);
        if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
        c.findings.mistake(v.offset, "expected " + one_of(words) + ", but this is " + describe(v),
                           nearest(v.text, words));
    } else {
        wrong(c, v, one_of(words));
    }
    return std::nullopt;
}

void Word::read(ReadContext& c, const Value& v, std::string& to) const {
    if (auto i = index(c, v)) to = std::string(words[*i]);
}

void Texts::read(ReadContext& c, const Value& v, std::vector<std::string>& to) const {
    to.clear();
    auto one = [&](const Value& item) {
        std::string text;
        Text{}.read(c, item, text);
        to.push_back(std::move(text)); // kept when wrong, so that indices still point to their items
    };
    if (v.is(Value::Kind::Text)) return one(v);
    if (!v.is(Value::Kind::List)) {
        wrong(c, v, "a text or a list of texts");
        return;
    }
    for (const Value& item : v.items)
        one(item);
}

std::optional<Value> Texts::write(const std::vector<std::string>& list) const {
    Value result;
    result.kind = Value::Kind::List;
    for (const std::string& s : list)
        result.items.push_back(text_value(s));
    return result;
}

} // namespace postopolis::scenario
