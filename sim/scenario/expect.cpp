// Expectations: what a scenario asserts of its run.
//
// One object in the file may hold several assertions; each becomes an Expectation of its own.
#include <algorithm>

#include "postopolis/scenario/spelling.hpp"
#include "postopolis/trace/event.hpp"
#include "scenario/fields.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

constexpr std::array<std::string_view, 8> fate_words{"delivered", "junk", "bounced",  "rejected",
                                                     "discarded", "lost", "expanded", "in_transit"};
constexpr std::array<std::string_view, 9> cause_words{"transit", "service", "filter", "dns",   "queue",
                                                      "backoff", "timeout", "held",   "pickup"};
constexpr std::array<std::string_view, 8> total_words{"letters", "messages", "copies",    "transfers",
                                                      "bounces", "warnings", "deferrals", "connections"};
constexpr std::array<std::string_view, 6> statistic_words{"mean", "p50", "p95", "p99", "max", "min"};

template<std::size_t... I>
constexpr auto event_names(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{std::variant_alternative_t<I, trace::What>::kName...};
}
constexpr auto event_words = event_names(std::make_index_sequence<std::variant_size_v<trace::What>>{});

constexpr std::array<std::pair<std::string_view, Condition::Op>, 7> operators{
    {{"<=", Condition::Op::AtMost},
     {">=", Condition::Op::AtLeast},
     {"==", Condition::Op::Equal},
     {"!=", Condition::Op::NotEqual},
     {"<", Condition::Op::Less},
     {">", Condition::Op::More},
     {"=", Condition::Op::Equal}}};

/// Splits "<= 10" and "5 .. 6"; `parse` reads the numbers. Nothing on bad syntax.
template<class C, class Parse>
std::optional<C> parse_condition(std::string_view text, Parse parse) {
    C result;
    text = trimmed(text);
    if (std::size_t dots = text.find(".."); dots != std::string_view::npos) {
        auto low = parse(trimmed(text.substr(0, dots))), high = parse(trimmed(text.substr(dots + 2)));
        if (!low || !high || *high < *low) return std::nullopt;
        result.op = Condition::Op::Within;
        result.value = *low;
        result.upper = *high;
        return result;
    }
    for (auto [sign, op] : operators) {
        if (!text.starts_with(sign)) continue;
        result.op = op;
        text = trimmed(text.substr(sign.size()));
        break;
    }
    auto value = parse(text);
    if (!value) return std::nullopt;
    result.value = *value;
    return result;
}

struct ConditionCodec {
    void read(ReadContext& c, const Value& v, Condition& to) const {
        std::optional<Condition> parsed;
        if (v.is(Value::Kind::Number)) parsed = Condition{Condition::Op::Equal, v.number, 0};
        if (v.is(Value::Kind::Text)) parsed = parse_condition<Condition>(v.text, parse_number);
        if (parsed)
            to = *parsed;
        else
            wrong(c, v, "a number, or a comparison such as \">= 2\" or \"10 .. 20\"");
    }
    std::optional<Value> write(const Condition& condition) const {
        return condition.op == Condition::Op::Equal ? number_value(condition.value)
                                                    : text_value(text(condition));
    }
};

struct DurationConditionCodec {
    void read(ReadContext& c, const Value& v, DurationCondition& to) const {
        std::optional<DurationCondition> parsed;
        if (v.is(Value::Kind::Text))
            parsed = parse_condition<DurationCondition>(v.text, kernel::parse_duration);
        if (parsed)
            to = *parsed;
        else
            wrong(c, v, "a comparison with a duration, such as \"< 10s\" or \"5m .. 6m\"");
    }
    std::optional<Value> write(const DurationCondition& condition) const {
        return text_value(text(condition));
    }
};

/// Calls `each(key, value)` for the members of an object whose keys must be among `words`.
template<class Each>
void for_words(ReadContext& c, const Value& v, std::span<const std::string_view> words, std::string_view what,
               Each each) {
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, std::string(what) + " in { }");
        return;
    }
    for (const Member& m : v.members) {
        if (std::find(words.begin(), words.end(), m.key) == words.end())
            c.findings.mistake(m.key_offset,
                               "unknown " + std::string(what) + " \"" + m.key + "\"; known are " +
                                   one_of(words),
                               nearest(m.key, words));
        else
            each(m.key, m.value);
    }
}

std::optional<std::size_t> find_letter(ReadContext& c, const Value& v, const std::vector<Letter>& letters) {
    if (v.is(Value::Kind::Number)) {
        if (v.number >= 0 && v.number < static_cast<double>(letters.size()) &&
            v.number == static_cast<double>(static_cast<std::size_t>(v.number)))
            return static_cast<std::size_t>(v.number);
        c.findings.mistake(v.offset, "there is no letter " + v.text + ": the scenario has " +
                                         std::to_string(letters.size()) + ", counted from 0");
        return std::nullopt;
    }
    if (!v.is(Value::Kind::Text)) {
        wrong(c, v, "a letter's subject, id or number (from 0)");
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (letters[i].id == v.text) return i;
        names.push_back(letters[i].id);
    }
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (letters[i].subject == v.text) return i;
        names.push_back(letters[i].subject);
    }
    // "#3" is the fourth letter even if it goes by its subject.
    auto number = v.text.starts_with('#') ? parse_number(v.text.substr(1)) : std::nullopt;
    for (std::size_t i = 0; number && i < letters.size(); ++i)
        if (*number == static_cast<double>(i)) return i;
    c.findings.mistake(v.offset, "no letter has the subject or id " + describe(v), nearest(v.text, names));
    return std::nullopt;
}

void read_within(ReadContext& c, const Value& v, ExpectLetter& e) {
    Duration d;
    std::size_t before = c.findings.count();
    Dur{}.read(c, v, d);
    if (c.findings.count() == before) e.delay = DurationCondition{Condition::Op::AtMost, d, {}};
}

ExpectLetter read_letter(ObjectReader& a, const Value& letter, const std::vector<Letter>& letters) {
    ReadContext& c = a.context();
    ExpectLetter e;
    if (auto index = find_letter(c, letter, letters)) e.letter = *index;
    a("to", e.to, Text{});
    a("fate", e.fate, Word{fate_words});
    a("path", e.path, Maybe<Texts>{});
    if (const Value* within = a.find("within")) read_within(c, *within, e);
    if (const Value* delay = a.find("delay")) {
        if (a.object().find("within"))
            c.findings.mistake(delay->offset, "say either \"within\" or \"delay\", not both");
        Maybe<DurationConditionCodec>{}.read(c, *delay, e.delay);
    }
    a("attempts", e.attempts, Maybe<ConditionCodec>{});
    a("hops", e.hops, Maybe<ConditionCodec>{});
    a("bounce_contains", e.bounce_contains, Text{});
    if (const Value* causes = a.find("causes"))
        for_words(c, *causes, cause_words, "cause", [&](const std::string& key, const Value& v) {
            DurationConditionCodec{}.read(c, v, e.causes.emplace_back(key, DurationCondition{}).second);
        });
    return e;
}

void read_cause(ObjectReader& a, const Value& causes, std::vector<Expectation>& to) {
    static constexpr std::array<std::string_view, 2> modes{"mean", "total"};
    std::string mode = "mean";
    a("of", mode, Word{modes});
    for_words(a.context(), causes, cause_words, "cause", [&](const std::string& key, const Value& v) {
        ExpectCause e{key, mode == "total", {}};
        DurationConditionCodec{}.read(a.context(), v, e.time);
        to.push_back({"", "", e});
    });
}

ExpectEvent read_event(ObjectReader& a) {
    ExpectEvent e;
    a("event", e.event, Word{event_words});
    a("host", e.host, Text{});
    a("to", e.to, Text{});
    a("count", e.count, ConditionCodec{});
    return e;
}

Value write_letter(const ExpectLetter& e) {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    a.put("letter", integer_value(e.letter));
    if (!e.to.empty()) a("to", e.to, Text{});
    if (!e.fate.empty()) a("fate", e.fate, Text{});
    a("path", e.path, Maybe<Texts>{});
    a("delay", e.delay, Maybe<DurationConditionCodec>{});
    a("attempts", e.attempts, Maybe<ConditionCodec>{});
    a("hops", e.hops, Maybe<ConditionCodec>{});
    if (!e.bounce_contains.empty()) a("bounce_contains", e.bounce_contains, Text{});
    if (e.causes.empty()) return result;
    Value causes = Value::of_object(0);
    ObjectWriter w(causes);
    for (const auto& [cause, condition] : e.causes)
        w(cause, condition, DurationConditionCodec{});
    a.put("causes", std::move(causes));
    return result;
}

template<class Codec, class C>
Value pair_of(std::string_view outer, std::string_view key, const C& condition, Codec codec) {
    Value inside = Value::of_object(0), result = Value::of_object(0);
    ObjectWriter{inside}(key, condition, codec);
    ObjectWriter{result}.put(outer, std::move(inside));
    return result;
}

} // namespace

void read_expectation(ReadContext& c, const Value& v, const std::vector<Letter>& letters,
                      std::vector<Expectation>& to) {
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "an expectation in { }, such as {\"fate\": {\"delivered\": 1}}");
        return;
    }
    ObjectReader a(c, v);
    std::size_t before = to.size(), mistakes = c.findings.count();
    if (const Value* letter = a.find("letter")) {
        to.push_back({"", "", read_letter(a, *letter, letters)});
    } else if (v.find("event")) {
        to.push_back({"", "", read_event(a)});
    } else {
        if (const Value* fates = a.find("fate"))
            for_words(c, *fates, fate_words, "fate", [&](const std::string& key, const Value& count) {
                ExpectFate e{key, {}};
                ConditionCodec{}.read(c, count, e.count);
                to.push_back({"", "", e});
            });
        if (const Value* totals = a.find("count"))
            for_words(c, *totals, total_words, "total", [&](const std::string& key, const Value& count) {
                ExpectTotal e{key, {}};
                ConditionCodec{}.read(c, count, e.count);
                to.push_back({"", "", e});
            });
        if (const Value* delays = a.find("delay"))
            for_words(c, *delays, statistic_words, "statistic",
                      [&](const std::string& key, const Value& delay) {
                          ExpectDelay e{key, {}};
                          DurationConditionCodec{}.read(c, delay, e.delay);
                          to.push_back({"", "", e});
                      });
        if (const Value* causes = a.find("cause")) read_cause(a, *causes, to);
        a.find("event");
    }
    a.finish();
    if (to.size() == before && c.findings.count() == mistakes)
        c.findings.mistake(
            v.offset,
            "this expects nothing: say \"fate\", \"count\", \"delay\", \"cause\", \"event\" or \"letter\"");
}

Value write_expectation(const Expectation& expectation) {
    if (const auto* e = std::get_if<ExpectFate>(&expectation.what))
        return pair_of("fate", e->fate, e->count, ConditionCodec{});
    if (const auto* e = std::get_if<ExpectTotal>(&expectation.what))
        return pair_of("count", e->of, e->count, ConditionCodec{});
    if (const auto* e = std::get_if<ExpectDelay>(&expectation.what))
        return pair_of("delay", e->statistic, e->delay, DurationConditionCodec{});
    if (const auto* e = std::get_if<ExpectCause>(&expectation.what)) {
        Value result = pair_of("cause", e->cause, e->time, DurationConditionCodec{});
        ObjectWriter{result}.put("of", text_value(e->total ? "total" : "mean"));
        return result;
    }
    if (const auto* e = std::get_if<ExpectEvent>(&expectation.what)) {
        Value result = Value::of_object(0);
        ObjectWriter a(result);
        a("event", e->event, Text{});
        if (!e->host.empty()) a("host", e->host, Text{});
        if (!e->to.empty()) a("to", e->to, Text{});
        a("count", e->count, ConditionCodec{});
        return result;
    }
    return write_letter(std::get<ExpectLetter>(expectation.what));
}

} // namespace postopolis::scenario
