// See fields_mediators.hpp.
#include "scenario/fields.hpp"

namespace postopolis::scenario {

void AliasesCodec::read(ReadContext& c, const Value& v, std::vector<Alias>& to) const {
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "aliases in { }, such as {\"info\": \"alice\"}");
        return;
    }
    to.clear();
    for (const Member& m : v.members) {
        Alias alias{m.key, {}};
        Texts{}.read(c, m.value, alias.to);
        to.push_back(std::move(alias));
    }
}

std::optional<Value> AliasesCodec::write(const std::vector<Alias>& list) const {
    if (list.empty()) return std::nullopt;
    Value result = Value::of_object(0);
    ObjectWriter writer(result);
    for (const Alias& alias : list)
        writer.put(alias.name, *Texts{}.write(alias.to));
    return result;
}

void ListsCodec::read(ReadContext& c, const Value& v, std::vector<MailingList>& to) const {
    if (!v.is(Value::Kind::Object)) {
        wrong(c, v, "lists in { } by their names, such as {\"news\": {\"members\": \"*\"}}");
        return;
    }
    to.clear();
    for (const Member& m : v.members) {
        MailingList list;
        Object{"a list in { }, or its members"}.read(c, m.value, list);
        list.name = m.key;
        to.push_back(std::move(list));
    }
}

std::optional<Value> ListsCodec::write(const std::vector<MailingList>& list) const {
    if (list.empty()) return std::nullopt;
    Value result = Value::of_object(0);
    ObjectWriter writer(result);
    for (const MailingList& l : list)
        writer.put(l.name, *Object{}.write(l));
    return result;
}

bool shorthand(ReadContext& c, const Value& v, Forward& to) {
    if (!v.is(Value::Kind::Text) && !v.is(Value::Kind::List)) return false;
    Texts{}.read(c, v, to.to);
    return true;
}

bool shorthand(ReadContext&, const Value& v, VacationNotice& to) {
    if (!v.is(Value::Kind::Text)) return false;
    to.text = v.text;
    return true;
}

bool shorthand(ReadContext& c, const Value& v, MailingList& to) {
    if (!v.is(Value::Kind::Text) && !v.is(Value::Kind::List)) return false;
    Texts{}.read(c, v, to.members);
    return true;
}

} // namespace postopolis::scenario
