// Faults: which hosts or domains, what, and when.
#include "postopolis/scenario/spelling.hpp"
#include "scenario/fields.hpp"

namespace postopolis::scenario {

namespace {

void read_answer(ReadContext& c, const Value& v, Fault& to) {
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "the answer in { }, such as {\"at\": \"rcpt\", \"code\": 451}");
        return;
    }
    SmtpAnswer answer;
    ObjectReader a(c, v);
    if (const Value* step = a.find("at"))
        if (auto i = Word{step_words}.index(c, *step)) answer.step = static_cast<SmtpAnswer::Step>(*i);
    a("code", answer.code, Whole{400, 599});
    a("enhanced", answer.enhanced, Text{});
    a("text", answer.text, Text{});
    a("probability", answer.probability, Probability{});
    a("recipients", answer.recipients, Text{});
    read_span(a, "from", to.when);
    a.finish();
    to.what = answer;
}

Value write_answer(const SmtpAnswer& answer) {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    a.put("at", text_value(std::string(name(answer.step))));
    a("code", answer.code, Whole{});
    a("enhanced", answer.enhanced, Text{});
    a("text", answer.text, Text{});
    a("probability", answer.probability, Probability{});
    a("recipients", answer.recipients, Text{});
    return result;
}

void read_down(ReadContext& c, const Value& v, Fault& to) {
    HostDown down;
    if (const auto* before = std::get_if<HostDown>(&to.what)) down = *before;
    if (v.is(Value::Kind::Object)) {
        ObjectReader a(c, v);
        read_span(a, "from", to.when);
        a("loses_queue", down.loses_queue, Bool{});
        a.finish();
    } else if (!v.is(Value::Kind::Bool) || !v.boolean) {
        wrong(c, v, "true, or { } with from, for and until");
    }
    to.what = down;
}

} // namespace

void read_fault(ReadContext& c, const Value& v, Fault& to) {
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "a fault in { }, such as {\"host\": \"mx.example\", \"down\": true}");
        return;
    }
    ObjectReader a(c, v);
    a("host", to.hosts, Texts{});
    a("domain", to.domains, Texts{});
    int kinds = 0;
    bool span_inside = false;
    const Value* down = a.find("down");
    const Value* answers = a.find("answers");
    if (down && ++kinds) {
        HostDown settings;
        a("loses_queue", settings.loses_queue, Bool{});
        to.what = settings;
        read_down(c, *down, to);
        span_inside = down->is(Value::Kind::Object);
    }
    if (answers && ++kinds) {
        read_answer(c, *answers, to);
        span_inside = answers->find("from") || answers->find("for") || answers->find("until");
    }
    if (const Value* dns = a.find("dns"); dns && ++kinds)
        if (auto i = Word{dns_trouble_words}.index(c, *dns))
            to.what = DnsTrouble{static_cast<DnsTrouble::Kind>(*i)};
    if (kinds != 1)
        c.findings.mistake(
            v.offset,
            kinds == 0
                ? "a fault says what happens: one of \"down\", \"answers\" and \"dns\" is missing"
                : "a fault says one thing: write a second fault for the other");
    if (!span_inside) read_span(a, "from", to.when);
    a.finish();
}

Value write_fault(const Fault& f) {
    Value result = Value::of_object(0);
    ObjectWriter a(result);
    if (!f.hosts.empty()) a("host", f.hosts, Texts{});
    if (!f.domains.empty()) a("domain", f.domains, Texts{});
    if (const auto* down = std::get_if<HostDown>(&f.what)) {
        a.put("down", bool_value(true));
        a("loses_queue", down->loses_queue, Bool{});
    }
    if (const auto* answer = std::get_if<SmtpAnswer>(&f.what)) a.put("answers", write_answer(*answer));
    if (const auto* dns = std::get_if<DnsTrouble>(&f.what))
        a.put("dns", text_value(std::string(name(dns->kind))));
    write_span(a, "from", f.when);
    return result;
}

} // namespace postopolis::scenario
