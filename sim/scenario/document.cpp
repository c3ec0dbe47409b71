#include "postopolis/scenario/document.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "scenario/syntax.hpp"

namespace postopolis::scenario {

const Value* Value::find(std::string_view key) const {
    for (const Member& m : members)
        if (m.key == key) return &m.value;
    return nullptr;
}

Value* Value::find(std::string_view key) {
    return const_cast<Value*>(static_cast<const Value*>(this)->find(key));
}

Value Value::of_text(std::string text, std::uint32_t offset) {
    Value v;
    v.kind = Kind::Text;
    v.text = std::move(text);
    v.offset = offset;
    return v;
}

Value Value::of_object(std::uint32_t offset) {
    Value v;
    v.kind = Kind::Object;
    v.offset = offset;
    return v;
}

std::string_view kind_name(Value::Kind kind) {
    switch (kind) {
    case Value::Kind::Null:
        return "null";
    case Value::Kind::Bool:
        return "true or false";
    case Value::Kind::Number:
        return "a number";
    case Value::Kind::Text:
        return "a text";
    case Value::Kind::List:
        return "a list";
    case Value::Kind::Object:
        return "an object";
    }
    return "a value";
}

void Findings::add(std::vector<Entry>& to, std::set<std::pair<std::uint32_t, std::string>>& seen,
                   Entry entry) {
    if (seen.emplace(entry.offset, entry.message).second) to.push_back(std::move(entry));
}

void Findings::mistake(std::uint32_t offset, std::string message, std::string suggestion) {
    add(mistakes_, seen_mistakes_, {offset, std::move(message), std::move(suggestion)});
}

void Findings::warning(std::uint32_t offset, std::string message, std::string suggestion) {
    add(warnings_, seen_warnings_, {offset, std::move(message), std::move(suggestion)});
}

std::size_t find_bad_utf8(std::string_view text) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        unsigned char c = byte(i);
        std::size_t more = c < 0x80                 ? 0
                           : c >= 0xC2 && c <= 0xDF ? 1
                           : (c & 0xF0) == 0xE0     ? 2
                           : c >= 0xF0 && c <= 0xF4 ? 3
                                                    : 9;
        if (more == 9 || i + more >= text.size()) {
            if (more == 0) return std::string_view::npos;
            return i;
        }
        for (std::size_t k = 1; k <= more; ++k) {
            // RFC 3629 section 4: the second byte excludes overlong forms, surrogates and what lies beyond
            // U+10FFFF.
            unsigned char low = 0x80, high = 0xBF;
            if (k == 1 && c == 0xE0) low = 0xA0;
            if (k == 1 && c == 0xED) high = 0x9F;
            if (k == 1 && c == 0xF0) low = 0x90;
            if (k == 1 && c == 0xF4) high = 0x8F;
            if (byte(i + k) < low || byte(i + k) > high) return i;
        }
        i += more + 1;
    }
    return std::string_view::npos;
}

namespace {

/// Builds the tree; walks the text in step with the parser, so that each token's offset is known.
class Builder {
public:
    Builder(std::string_view text, Value& root, Findings& findings)
        : text_(text), root_(root), findings_(findings) {
        if (text.starts_with("\xEF\xBB\xBF")) state_.cursor = 3;
    }

    bool null() { return scalar(Value::Kind::Null), true; }
    bool boolean(bool b) { return scalar(Value::Kind::Bool).boolean = b, true; }
    bool number_integer(std::int64_t n) { return number(static_cast<double>(n)); }
    bool number_unsigned(std::uint64_t n) { return number(static_cast<double>(n)); }
    bool number_float(double n, const std::string&) { return number(n); }
    bool string(std::string& s) { return scalar(Value::Kind::Text).text = std::move(s), true; }
    bool binary(nlohmann::json::binary_t&) { return false; }

    bool start_object(std::size_t) { return start('{', Value::Kind::Object); }
    bool start_array(std::size_t) { return start('[', Value::Kind::List); }
    bool end_object() { return end(); }
    bool end_array() { return end(); }

    bool key(std::string& key) {
        Value& object = *open_.back();
        std::uint32_t offset = token();
        if (const Value* first = find_duplicate(object, key))
            findings_.mistake(offset, "the key \"" + key +
                                          "\" stands twice in this object (the first is at byte " +
                                          std::to_string(first->offset) + "): keep one of them");
        object.members.push_back({std::move(key), offset, {}});
        state_.after_key = true;
        state_.after_value = false;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
        SyntaxProblem problem = explain_syntax(text_, state_, position);
        findings_.mistake(problem.offset, std::move(problem.message));
        return false;
    }

private:
    // A linear search would take long in an object of 10^5 members, so large ones get an index.
    const Value* find_duplicate(Value& object, const std::string& key) {
        if (object.members.size() < 16) return object.find(key);
        std::set<std::string>& index = indices_.back();
        if (index.empty())
            for (const Member& m : object.members)
                index.insert(m.key);
        return index.insert(key).second ? nullptr : object.find(key);
    }

    /// The offset of the token that the parser has just read; moves the cursor behind it.
    std::uint32_t token() {
        std::size_t i = skip_blank(text_, state_.cursor);
        while (i < text_.size() && (text_[i] == ',' || text_[i] == ':'))
            i = skip_blank(text_, i + 1);
        state_.last = i;
        std::size_t end = i + 1;
        if (text_[i] == '"') {
            while (text_[end] != '"')
                end += text_[end] == '\\' ? std::size_t{2} : std::size_t{1};
            ++end;
        } else if (text_[i] == '-' || (text_[i] >= '0' && text_[i] <= '9')) {
            end = number_end(i);
        } else if (text_[i] == 't' || text_[i] == 'n') {
            end = i + 4;
        } else if (text_[i] == 'f') {
            end = i + 5;
        }
        state_.cursor = end;
        return static_cast<std::uint32_t>(i);
    }

    /// RFC 8259 section 6.
    std::size_t number_end(std::size_t i) const {
        auto at = [&](std::size_t k) { return k < text_.size() ? text_[k] : '\0'; };
        auto digits = [&] {
            while (at(i) >= '0' && at(i) <= '9')
                ++i;
        };
        if (at(i) == '-') ++i;
        if (at(i) == '0')
            ++i;
        else
            digits();
        if (at(i) == '.') {
            ++i;
            digits();
        }
        if (at(i) == 'e' || at(i) == 'E') {
            ++i;
            if (at(i) == '+' || at(i) == '-') ++i;
            digits();
        }
        return i;
    }

    Value& place() {
        if (open_.empty()) return root_;
        Value& parent = *open_.back();
        if (parent.kind == Value::Kind::Object) return parent.members.back().value;
        return parent.items.emplace_back();
    }

    Value& scalar(Value::Kind kind) {
        Value& v = place();
        v.kind = kind;
        v.offset = token();
        state_.after_key = false;
        state_.after_value = true;
        return v;
    }

    bool number(double n) {
        Value& v = scalar(Value::Kind::Number);
        v.number = n;
        v.text = std::string(text_.substr(v.offset, state_.cursor - v.offset));
        return true;
    }

    bool start(char bracket, Value::Kind kind) {
        Value& v = place();
        v.kind = kind;
        v.offset = token();
        if (open_.size() >= max_depth) {
            findings_.mistake(v.offset, "nested deeper than " + std::to_string(max_depth) +
                                            " levels: a scenario needs no more than about ten");
            return false;
        }
        open_.push_back(&v);
        indices_.emplace_back();
        state_.open.push_back({bracket, v.offset});
        state_.after_key = state_.after_value = false;
        return true;
    }

    bool end() {
        token();
        open_.pop_back();
        indices_.pop_back();
        state_.open.pop_back();
        state_.after_key = false;
        state_.after_value = true;
        return true;
    }

    std::string_view text_;
    Value& root_;
    Findings& findings_;
    SyntaxState state_;
    std::vector<Value*> open_;
    std::vector<std::set<std::string>> indices_;
};

bool parse(std::string_view text, Value& root, Findings& findings) {
    if (text.size() > max_text_bytes) {
        findings.mistake(0, "the file has " + std::to_string(text.size()) + " bytes; at most " +
                                std::to_string(max_text_bytes) + " are read: use `generate` for large towns");
        return false;
    }
    if (std::size_t bad = find_bad_utf8(text); bad != std::string_view::npos) {
        char hex[8];
        auto end = std::to_chars(hex, hex + 8, static_cast<unsigned char>(text[bad]), 16).ptr;
        findings.mistake(static_cast<std::uint32_t>(bad), "not UTF-8: byte " + std::to_string(bad) +
                                                              " is 0x" + std::string(hex, end) +
                                                              "; save the file as UTF-8");
        return false;
    }
    Builder builder(text, root, findings);
    return nlohmann::json::sax_parse(text.begin(), text.end(), &builder, nlohmann::json::input_format_t::json,
                                     true, true);
}

void set_offsets(Value& v, std::uint32_t offset) {
    v.offset = offset;
    for (Value& item : v.items)
        set_offsets(item, offset);
    for (Member& m : v.members) {
        m.key_offset = offset;
        set_offsets(m.value, offset);
    }
}

} // namespace

Document::Document(std::string_view text, Findings& findings) : text_(text) {
    line_starts_.push_back(0);
    if (text.size() <= max_text_bytes)
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
    parsed_ = parse(text, root_, findings);
}

std::pair<int, int> Document::position(std::uint32_t offset) const {
    if (offset >= set_offset_base) return {0, 0};
    auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    std::uint32_t start = *(next - 1);
    int column = 1;
    for (std::size_t i = start; i < offset && i < text_.size(); ++i)
        if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++column;
    if (start == 0 && offset >= 3 && text_.starts_with("\xEF\xBB\xBF"))
        --column; // the mark isn't seen in editors
    return {static_cast<int>(next - line_starts_.begin()), column};
}

std::string Document::pointer(std::uint32_t offset) const {
    std::string result;
    const Value* v = &root_;
    while (v->offset < offset) {
        // Children stand in the order of the file: the last one that doesn't start after the offset holds it.
        if (v->kind == Value::Kind::Object) {
            auto next = std::upper_bound(v->members.begin(), v->members.end(), offset,
                                         [](std::uint32_t o, const Member& m) { return o < m.key_offset; });
            if (next == v->members.begin()) break;
            const Member& m = *(next - 1);
            result += '/' + escape_pointer(m.key);
            if (offset < m.value.offset) break;
            v = &m.value;
        } else if (v->kind == Value::Kind::List) {
            auto next = std::upper_bound(v->items.begin(), v->items.end(), offset,
                                         [](std::uint32_t o, const Value& i) { return o < i.offset; });
            if (next == v->items.begin()) break;
            result += '/' + std::to_string(next - v->items.begin() - 1);
            v = &*(next - 1);
        } else {
            break;
        }
    }
    return result;
}

std::optional<Value> parse_fragment(std::string_view text, std::uint32_t offset) {
    Findings findings;
    Value value;
    if (!parse(text, value, findings) || !findings.good()) return std::nullopt;
    set_offsets(value, offset);
    return value;
}

std::string escape_pointer(std::string_view key) {
    std::string result;
    for (char c : key) {
        if (c == '~')
            result += "~0";
        else if (c == '/')
            result += "~1";
        else
            result += c;
    }
    return result;
}

} // namespace postopolis::scenario
