// --set, and "${name}".
#include <algorithm>
#include <set>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/codec.hpp"
#include "scenario/expand.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

struct Setting {
    const std::string& path;
    Value value;
    std::uint32_t offset;
};

std::vector<std::string> keys_of(const Value& v) {
    std::vector<std::string> keys;
    for (const Member& m : v.members)
        keys.push_back(m.key);
    return keys;
}

void nowhere(const Setting& s, const Value& at, const std::string& rest, Findings& findings) {
    std::string message = "--set " + s.path + ": there is nothing called \"" + rest + "\" here";
    findings.mistake(s.offset, message, nearest(rest, keys_of(at)));
}

Value* item_at(Value& list, const std::string& index) {
    if (index.empty() || index.size() > 9 || index.find_first_not_of("0123456789") != std::string::npos)
        return nullptr;
    auto i = static_cast<std::size_t>(std::stoul(index));
    return i < list.items.size() ? &list.items[i] : nullptr;
}

/// Puts the value below `key`, which may be new in an object.
void put(Value& at, const std::string& key, const Setting& s, Findings& findings) {
    if (at.is(Value::Kind::Object)) {
        if (Value* present = at.find(key))
            *present = s.value;
        else
            at.members.push_back({key, s.offset, s.value});
    } else if (Value* item = at.is(Value::Kind::List) ? item_at(at, key) : nullptr) {
        *item = s.value;
    } else {
        nowhere(s, at, key, findings);
    }
}

std::string unescaped(std::string token) {
    for (std::size_t i = token.find('~'); i != std::string::npos; i = token.find('~', i + 1))
        if (i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1'))
            token.replace(i, 2, token[i + 1] == '0' ? "~" : "/");
    return token;
}

void set_by_pointer(Value& root, const Setting& s, Findings& findings) {
    Value* at = &root;
    std::size_t start = 1;
    for (;;) {
        std::size_t slash = s.path.find('/', start);
        std::string token =
            unescaped(s.path.substr(start, slash == std::string::npos ? slash : slash - start));
        if (slash == std::string::npos) return put(*at, token, s, findings);
        Value* next = at->is(Value::Kind::List) ? item_at(*at, token) : at->find(token);
        if (!next) return nowhere(s, *at, token, findings);
        at = next;
        start = slash + 1;
    }
}

/// Names hold dots, so of all keys that fit the longest is taken.
void set_by_dots(Value& root, const Setting& s, Findings& findings) {
    Value* at = &root;
    std::string rest = s.path;
    for (;;) {
        std::size_t best = 0;
        Value* next = nullptr;
        for (Member& m : at->members) {
            bool fits = rest.starts_with(m.key) && rest.size() > m.key.size() && rest[m.key.size()] == '.';
            if (rest == m.key) return put(*at, rest, s, findings);
            if (fits && m.key.size() >= best) {
                best = m.key.size();
                next = &m.value;
            }
        }
        std::size_t dot = rest.find('.');
        if (!next && at->is(Value::Kind::List)) {
            if (dot == std::string::npos) return put(*at, rest, s, findings);
            next = item_at(*at, rest.substr(0, dot));
            best = dot;
        }
        if (!next && dot == std::string::npos && at->is(Value::Kind::Object))
            return put(*at, rest, s, findings);
        if (!next) return nowhere(s, *at, rest.substr(0, dot), findings);
        at = next;
        rest = rest.substr(best + 1);
    }
}

class Substitution {
public:
    Substitution(const Value* parameters, Findings& findings)
        : parameters_(parameters), findings_(findings) {}

    void apply(Value& v) {
        if (v.is(Value::Kind::Text)) text(v);
        for (Value& item : v.items)
            apply(item);
        for (Member& m : v.members)
            apply(m.value);
    }
    const std::set<std::string>& used() const { return used_; }

private:
    const Value* look_up(const std::string& name, std::uint32_t offset) {
        const Value* found =
            parameters_ && parameters_->is(Value::Kind::Object) ? parameters_->find(name) : nullptr;
        if (found)
            used_.insert(name);
        else
            findings_.mistake(offset, "no parameter is called \"" + name + "\": add it to \"parameters\"",
                              parameters_ ? nearest(name, keys_of(*parameters_)) : "");
        return found;
    }

    static void move_to(Value& v, std::uint32_t offset) {
        v.offset = offset;
        for (Value& item : v.items)
            move_to(item, offset);
        for (Member& m : v.members) {
            m.key_offset = offset;
            move_to(m.value, offset);
        }
    }

    void text(Value& v) {
        std::size_t open = v.text.find("${");
        if (open == std::string::npos) return;
        std::size_t close = v.text.find('}', open);
        if (open == 0 && close + 1 == v.text.size()) {
            std::uint32_t offset = v.offset;
            if (const Value* found = look_up(v.text.substr(2, close - 2), offset)) {
                v = *found;
                move_to(v, offset);
            }
            return;
        }
        while (open != std::string::npos) {
            if (close == std::string::npos) {
                findings_.mistake(v.offset, "the } after ${ is missing in " + describe(v));
                return;
            }
            const Value* found = look_up(v.text.substr(open + 2, close - open - 2), v.offset);
            if (!found) return;
            if (!found->is(Value::Kind::Text) && !found->is(Value::Kind::Number)) {
                findings_.mistake(v.offset,
                                  "only a text or a number can stand inside a text, but this parameter is " +
                                      describe(*found));
                return;
            }
            v.text.replace(open, close + 1 - open, found->text);
            open = v.text.find("${", open + found->text.size());
            close = v.text.find('}', open);
        }
    }

    const Value* parameters_;
    Findings& findings_;
    std::set<std::string> used_;
};

} // namespace

void apply_sets(Value& root, const std::vector<std::pair<std::string, std::string>>& sets,
                Findings& findings) {
    for (std::size_t i = 0; i < sets.size(); ++i) {
        const auto& [path, text] = sets[i];
        auto offset = set_offset_base + static_cast<std::uint32_t>(std::min<std::size_t>(i, 0xFFFF));
        Setting setting{path, parse_fragment(text, offset).value_or(Value::of_text(text, offset)), offset};
        Value* parameters = root.find("parameters");
        if (Value* parameter = parameters ? parameters->find(path) : nullptr)
            *parameter = setting.value;
        else if (path.empty() || path == "/")
            findings.mistake(
                offset,
                "--set needs a path: a parameter, such as rate=3/min, or a place, such as run.limit=1d");
        else if (path.starts_with('/'))
            set_by_pointer(root, setting, findings);
        else
            set_by_dots(root, setting, findings);
    }
}

std::vector<std::pair<std::string, std::string>> substitute_parameters(Value& root, Findings& findings) {
    std::vector<std::pair<std::string, std::string>> result;
    Value parameters;
    bool present = false;
    for (std::size_t i = 0; i < root.members.size(); ++i) {
        if (root.members[i].key != "parameters") continue;
        parameters = std::move(root.members[i].value);
        root.members.erase(root.members.begin() + static_cast<std::ptrdiff_t>(i));
        present = true;
        break;
    }
    if (present && !parameters.is(Value::Kind::Object))
        findings.mistake(parameters.offset,
                         "expected parameters by their names in { }, but this is " + describe(parameters));
    Substitution substitution(present ? &parameters : nullptr, findings);
    substitution.apply(root);
    for (const Member& m : parameters.members) {
        result.emplace_back(m.key, to_json(m.value));
        if (!substitution.used().contains(m.key))
            findings.warning(m.key_offset, "the parameter \"" + m.key + "\" is used nowhere: write \"${" +
                                               m.key + "}\" where it belongs");
    }
    return result;
}

} // namespace postopolis::scenario
