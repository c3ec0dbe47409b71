// Reading grids, linked values, lists and ranges, and combining them.
#include "experiment/variation.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <span>

#include <nlohmann/json.hpp>

#include "postopolis/scenario/spelling.hpp"

namespace postopolis::experiment {

using scenario::Findings;
using scenario::Member;
using scenario::Value;

std::string describe(const Value& v) {
    switch (v.kind) {
    case Value::Kind::Text:
        return v.text.size() > 60 ? "a long text" : "\"" + v.text + "\"";
    case Value::Kind::Number:
        return v.text;
    case Value::Kind::Bool:
        return v.boolean ? "true" : "false";
    default:
        return std::string(scenario::kind_name(v.kind));
    }
}

void wrong(Findings& findings, const Value& v, std::string_view expected) {
    findings.mistake(v.offset, "expected " + std::string(expected) + ", but this is " + describe(v));
}

void check_keys(Findings& findings, const Value& object, std::initializer_list<std::string_view> known) {
    const std::span<const std::string_view> words(known.begin(), known.size());
    for (const Member& m : object.members) {
        if (std::find(words.begin(), words.end(), m.key) != words.end()) continue;
        std::string suggestion = scenario::nearest(m.key, words);
        std::string message = "unknown key \"" + m.key + "\"";
        if (suggestion.empty()) message += "; known here: " + scenario::one_of(words);
        findings.mistake(m.key_offset, std::move(message), std::move(suggestion));
    }
}

std::string json_text(const Value& v) {
    auto quoted = [](const std::string& text) {
        return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    std::string out;
    switch (v.kind) {
    case Value::Kind::Null:
        return "null";
    case Value::Kind::Bool:
        return v.boolean ? "true" : "false";
    case Value::Kind::Number:
        return v.text;
    case Value::Kind::Text:
        return quoted(v.text);
    case Value::Kind::List:
        for (const Value& item : v.items)
            out += (out.empty() ? "" : ", ") + json_text(item);
        return "[" + out + "]";
    case Value::Kind::Object:
        for (const Member& m : v.members)
            out += (out.empty() ? "" : ", ") + quoted(m.key) + ": " + json_text(m.value);
        return "{" + out + "}";
    }
    return out;
}

namespace {

constexpr double most_steps = 100'000;

/// The sum without the noise of binary fractions: 0.15, not 0.15000000000000002.
std::string rounded(double value) {
    char digits[40];
    auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 12).ptr;
    double clean = 0;
    std::from_chars(digits, end, clean);
    end = std::to_chars(digits, digits + sizeof digits, clean).ptr;
    return {digits, end};
}

/// An end of a range: a number, or a duration in nanoseconds.
struct End {
    double value = 0;
    bool duration = false;
};

std::optional<End> read_end(Findings& findings, const Value& object, std::string_view key) {
    const Value* v = object.find(key);
    if (v == nullptr) {
        findings.mistake(object.offset,
                         "a range needs \"" + std::string(key) +
                             "\": {\"from\": 0, \"to\": 1, \"step\": 0.25}, or \"count\": 5 for \"step\"");
        return std::nullopt;
    }
    if (v->is(Value::Kind::Number)) return End{v->number, false};
    if (v->is(Value::Kind::Text))
        if (const auto d = kernel::parse_duration(v->text)) return End{static_cast<double>(d->count()), true};
    wrong(findings, *v, "a number, or a duration such as \"250ms\"");
    return std::nullopt;
}

std::string step_text(double value, bool duration) {
    if (!duration) return rounded(value);
    return "\"" + kernel::exact_text(kernel::Duration::nanoseconds(std::llround(value))) + "\"";
}

std::vector<std::string> between(const End& from, const End& to, double steps, bool logarithmic) {
    std::vector<std::string> values;
    for (double i = 0; i <= steps; ++i) {
        const double part = steps > 0 ? i / steps : 0;
        const double value = logarithmic ? from.value * std::pow(to.value / from.value, part)
                                         : from.value + (to.value - from.value) * part;
        values.push_back(step_text(value, from.duration));
    }
    return values;
}

std::vector<std::string> by_count(Findings& findings, const Value& v, const Value& count, const End& from,
                                  const End& to) {
    bool logarithmic = false;
    if (const Value* scale = v.find("scale")) {
        if (!scale->is(Value::Kind::Text) || (scale->text != "linear" && scale->text != "log")) {
            wrong(findings, *scale, "\"linear\" or \"log\"");
            return {};
        }
        logarithmic = scale->text == "log";
        if (logarithmic && (from.value <= 0 || to.value <= 0)) {
            findings.mistake(scale->offset, "a logarithmic range begins and ends above 0");
            return {};
        }
    }
    if (!count.is(Value::Kind::Number) || count.number != std::floor(count.number) || count.number < 1 ||
        count.number > most_steps) {
        wrong(findings, count, "a whole number of values from 1 to 100000");
        return {};
    }
    return between(from, to, count.number - 1, logarithmic);
}

std::vector<std::string> by_step(Findings& findings, const Value& v, const End& from, const End& to) {
    const std::optional<End> step = read_end(findings, v, "step");
    if (!step) return {};
    if (const Value* scale = v.find("scale"))
        findings.mistake(scale->offset, "\"scale\" goes with \"count\", not with \"step\"");
    const std::uint32_t place = v.find("step")->offset;
    if (step->duration != from.duration) {
        findings.mistake(place, "\"from\", \"to\" and \"step\" are either all numbers or all durations");
        return {};
    }
    const double steps = (to.value - from.value) / step->value;
    if (step->value == 0 || steps < 0 || std::isnan(steps)) {
        findings.mistake(place, "this step never leads from \"from\" to \"to\"");
        return {};
    }
    if (steps >= most_steps) {
        findings.mistake(place, "a range has at most 100000 values: make the step larger");
        return {};
    }
    std::vector<std::string> values;
    // The last one may miss the end by the rounding of binary fractions only.
    for (double i = 0; i <= std::floor(steps + 1e-9); ++i)
        values.push_back(step_text(from.value + i * step->value, from.duration));
    return values;
}

std::vector<std::string> read_range(Findings& findings, const Value& v) {
    check_keys(findings, v, {"from", "to", "step", "count", "scale"});
    const std::optional<End> from = read_end(findings, v, "from"), to = read_end(findings, v, "to");
    if (!from || !to) return {};
    if (from->duration != to->duration) {
        findings.mistake(v.find("to")->offset,
                         "\"from\" and \"to\" are either both numbers or both durations");
        return {};
    }
    const Value* count = v.find("count");
    if (count != nullptr && v.find("step") != nullptr) {
        findings.mistake(count->offset, "say either \"step\" or \"count\", not both");
        return {};
    }
    return count != nullptr ? by_count(findings, v, *count, *from, *to) : by_step(findings, v, *from, *to);
}

/// The values of one name, as JSON text. A mistake has been told if there are none.
std::vector<std::string> read_values(Findings& findings, const Value& v) {
    if (v.is(Value::Kind::Object)) return read_range(findings, v);
    std::vector<std::string> values;
    if (!v.is(Value::Kind::List)) {
        wrong(findings, v, "a list of values, or a range such as {\"from\": 0, \"to\": 1, \"step\": 0.25}");
        return values;
    }
    if (v.items.empty()) findings.mistake(v.offset, "the list of values is empty: give at least one");
    for (const Value& item : v.items) {
        std::string text = json_text(item);
        if (std::find(values.begin(), values.end(), text) != values.end())
            findings.mistake(item.offset,
                             "the value " + text + " comes twice: each point would be run twice");
        values.push_back(std::move(text));
    }
    return values;
}

/// A name of a parameter; one without letters cannot be set.
void check_name(Findings& findings, const Member& m) {
    if (m.key.empty() || m.key == "/")
        findings.mistake(m.key_offset,
                         "a name is needed: that of a parameter of the scenario, or a path such as "
                         "\"run.limit\" or \"/hosts/a.example/queue\"");
}

/// The object's values in step; told if they differ in number.
std::optional<Axis> read_zip(Findings& findings, const Value& v) {
    if (!v.is(Value::Kind::Object)) {
        wrong(findings, v,
              "names with lists of values in { }, such as {\"rate\": [1, 2], \"slots\": [10, 20]}");
        return std::nullopt;
    }
    Axis axis;
    for (const Member& m : v.members) {
        check_name(findings, m);
        const std::vector<std::string> values = read_values(findings, m.value);
        if (axis.names.empty()) axis.steps.resize(values.size());
        if (values.size() != axis.steps.size()) {
            if (!values.empty())
                findings.mistake(m.value.offset, "linked names go in step, but \"" + m.key + "\" has " +
                                                     std::to_string(values.size()) + " values and \"" +
                                                     axis.names.front() + "\" has " +
                                                     std::to_string(axis.steps.size()));
            continue;
        }
        axis.names.push_back(m.key);
        for (std::size_t i = 0; i < values.size(); ++i)
            axis.steps[i].emplace_back(m.key, values[i]);
    }
    if (v.members.empty()) findings.mistake(v.offset, "nothing is varied here: name at least one parameter");
    return axis;
}

} // namespace

std::vector<Axis> read_grid(Findings& findings, const Value& v) {
    std::vector<Axis> axes;
    if (!v.is(Value::Kind::Object)) {
        wrong(findings, v, "names with their values in { }, such as {\"loss\": [0, 0.01, 0.05]}");
        return axes;
    }
    for (const Member& m : v.members) {
        check_name(findings, m);
        Axis axis{{m.key}, {}};
        for (std::string& value : read_values(findings, m.value))
            axis.steps.push_back({{m.key, std::move(value)}});
        axes.push_back(std::move(axis));
    }
    if (v.members.empty()) findings.mistake(v.offset, "the grid is empty: name at least one parameter");
    return axes;
}

std::vector<Axis> read_linked(Findings& findings, const Value& v) {
    std::vector<Axis> axes;
    const std::span<const Value> groups =
        v.is(Value::Kind::List) ? std::span<const Value>(v.items) : std::span<const Value>(&v, 1);
    if (groups.empty()) findings.mistake(v.offset, "nothing is linked here: name at least one parameter");
    for (const Value& group : groups)
        if (std::optional<Axis> axis = read_zip(findings, group)) axes.push_back(std::move(*axis));
    return axes;
}

std::vector<Axis> read_list(Findings& findings, const Value& v) {
    if (!v.is(Value::Kind::List)) {
        wrong(findings, v, "a list of points, such as [{\"rate\": 1}, {\"rate\": 5}]");
        return {};
    }
    if (v.items.empty()) findings.mistake(v.offset, "the list of points is empty: give at least one");
    Axis axis;
    std::set<std::string> seen;
    for (const Value& item : v.items) {
        if (!item.is(Value::Kind::Object)) {
            wrong(findings, item, "a point in { }, such as {\"rate\": 1}");
            continue;
        }
        auto& step = axis.steps.emplace_back();
        for (const Member& m : item.members) {
            check_name(findings, m);
            step.emplace_back(m.key, json_text(m.value));
            if (std::find(axis.names.begin(), axis.names.end(), m.key) == axis.names.end())
                axis.names.push_back(m.key);
        }
        if (!seen.insert(json_text(item)).second)
            findings.mistake(item.offset, "the point " + json_text(item) + " comes twice");
    }
    return {axis};
}

std::vector<Point> combine(const std::vector<Axis>& axes) {
    double size = 1;
    for (const Axis& axis : axes)
        size *= static_cast<double>(axis.steps.size());
    if (size > static_cast<double>(max_runs)) return {};
    std::vector<Point> points(1);
    for (const Axis& axis : axes) {
        std::vector<Point> longer;
        longer.reserve(points.size() * axis.steps.size());
        for (const Point& point : points)
            for (const auto& step : axis.steps) {
                Point next = point;
                next.values.insert(next.values.end(), step.begin(), step.end());
                longer.push_back(std::move(next));
            }
        points = std::move(longer);
    }
    return points;
}

} // namespace postopolis::experiment
