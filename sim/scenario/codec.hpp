// How each kind of value is read from a scenario's tree and written back to one.
//
// A codec reads into a plain value and tells a mistake, leaving the value as it was, when that can't be done;
// what it writes, it reads back as the same. `fields.hpp` says with them once what each object of a scenario
// holds, so that reading, writing and the list of known keys never differ.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/scenario/document.hpp"
#include "postopolis/scenario/scenario.hpp"

namespace postopolis::scenario {

/// What reading needs to know on its way.
struct ReadContext {
    Findings& findings;
    std::int64_t start = 0;          ///< the scenario's, for calendar instants in times
    std::string base_directory = {}; ///< for files that are named
    std::vector<PersonRule> inline_people =
        {}; ///< settings written at a person in a domain; pattern is the local part
};

/// The value in a few words, for "but this is ...".
std::string describe(const Value& v);
/// Says that `expected` was expected; returns false.
bool wrong(ReadContext& c, const Value& v, std::string_view expected);

/// Reads the members of one object; `finish` tells the keys that nobody asked for.
class ObjectReader {
public:
    ObjectReader(ReadContext& context, const Value& object) : context_(context), object_(object) {}
    const Value* find(std::string_view key) {
        known_.push_back(key);
        return object_.find(key);
    }
    template<class T, class Codec>
    void operator()(std::string_view key, T& target, const Codec& codec) {
        if (const Value* v = find(key)) codec.read(context_, *v, target);
    }
    void finish();
    ReadContext& context() { return context_; }
    const Value& object() const { return object_; }
    static constexpr bool reading = true;

private:
    ReadContext& context_;
    const Value& object_;
    std::vector<std::string_view> known_;
};

/// Writes members to an object; a codec that gives nothing leaves its key out.
class ObjectWriter {
public:
    explicit ObjectWriter(Value& object) : object_(object) { object_.kind = Value::Kind::Object; }
    void put(std::string_view key, Value value) {
        object_.members.push_back({std::string(key), 0, std::move(value)});
    }
    template<class T, class Codec>
    void operator()(std::string_view key, const T& value, const Codec& codec) {
        if (std::optional<Value> written = codec.write(value)) put(key, std::move(*written));
    }
    static constexpr bool reading = false;

private:
    Value& object_;
};

Value number_value(double n);
Value integer_value(std::uint64_t n);
Value text_value(std::string text);
Value bool_value(bool b);
Value null_value();

struct Text {
    void read(ReadContext& c, const Value& v, std::string& to) const;
    std::optional<Value> write(const std::string& s) const { return text_value(s); }
};
struct Bool {
    void read(ReadContext& c, const Value& v, bool& to) const;
    std::optional<Value> write(bool b) const { return bool_value(b); }
};
/// A whole number in a range.
struct Whole {
    double low = 0, high = 1e9;
    void read(ReadContext& c, const Value& v, int& to) const;
    void read(ReadContext& c, const Value& v, std::uint64_t& to) const;
    std::optional<Value> write(int n) const { return integer_value(static_cast<std::uint64_t>(n)); }
    std::optional<Value> write(std::uint64_t n) const { return integer_value(n); }
};
struct Seed {
    void read(ReadContext& c, const Value& v, std::uint64_t& to) const;
    std::optional<Value> write(std::uint64_t n) const { return integer_value(n); }
};
struct Real {
    double low = 0, high = 1e9;
    void read(ReadContext& c, const Value& v, double& to) const;
    std::optional<Value> write(double x) const { return number_value(x); }
};
struct Probability {
    void read(ReadContext& c, const Value& v, double& to) const;
    std::optional<Value> write(double p) const { return number_value(p); }
};
/// A span of time, 0 .. 100 years.
struct Dur {
    bool positive = false;
    void read(ReadContext& c, const Value& v, Duration& to) const;
    std::optional<Value> write(Duration d) const { return text_value(kernel::exact_text(d)); }
};
/// A time after the start, or a calendar instant.
struct When {
    void read(ReadContext& c, const Value& v, Duration& to) const;
    std::optional<Value> write(Duration d) const { return text_value(kernel::exact_text(d)); }
};
struct Instant {
    void read(ReadContext& c, const Value& v, std::int64_t& to) const;
    std::optional<Value> write(std::int64_t t) const;
};
struct Size {
    void read(ReadContext& c, const Value& v, std::uint64_t& to) const;
    std::optional<Value> write(std::uint64_t n) const;
};
struct Bandwidth {
    void read(ReadContext& c, const Value& v, double& to) const;
    std::optional<Value> write(double b) const;
};
struct Rate {
    void read(ReadContext& c, const Value& v, double& to) const;
    std::optional<Value> write(double per_second) const;
};
/// A distribution, or a constant; what its numbers are is said by `unit`.
struct Law {
    enum class Unit { Time, Size, Count };
    Unit unit = Unit::Time;
    void read(ReadContext& c, const Value& v, Distribution& to) const;
    std::optional<Value> write(const Distribution& d) const;
};
/// One of some words; the value is the index.
struct Word {
    std::span<const std::string_view> words;
    void read(ReadContext& c, const Value& v, std::string& to) const;
    std::optional<std::size_t> index(ReadContext& c, const Value& v) const;
    std::optional<Value> write(const std::string& s) const { return text_value(s); }
};
/// A list of texts; one alone may stand without its list.
struct Texts {
    void read(ReadContext& c, const Value& v, std::vector<std::string>& to) const;
    std::optional<Value> write(const std::vector<std::string>& list) const;
};

/// Absent when there is nothing; null reads as nothing.
template<class Codec>
struct Maybe {
    Codec codec{};
    bool write_null = false; ///< where nothing isn't the default, it must be seen
    template<class T>
    void read(ReadContext& c, const Value& v, std::optional<T>& to) const {
        if (v.is(Value::Kind::Null)) {
            to.reset();
            return;
        }
        T value = to.value_or(T{});
        std::size_t before = c.findings.count();
        codec.read(c, v, value);
        if (c.findings.count() == before) to = std::move(value);
    }
    template<class T>
    std::optional<Value> write(const std::optional<T>& value) const {
        if (value) return codec.write(*value);
        return write_null ? std::optional(null_value()) : std::nullopt;
    }
};

/// An object with the fields of T.
struct Object {
    std::string_view what = "an object"; ///< for messages
    template<class T>
    void read(ReadContext& c, const Value& v, T& to) const;
    template<class T>
    std::optional<Value> write(const T& value) const;
};

/// A list of objects with the fields of T; one alone may stand without its list.
struct Objects {
    std::string_view what = "an object";
    template<class T>
    void read(ReadContext& c, const Value& v, std::vector<T>& to) const {
        auto one = [&](const Value& item) {
            T value{};
            Object{what}.read(c, item, value);
            to.push_back(std::move(value));
        };
        to.clear();
        if (!v.is(Value::Kind::List)) return one(v);
        for (const Value& item : v.items)
            one(item);
    }
    template<class T>
    std::optional<Value> write(const std::vector<T>& list) const {
        Value result;
        result.kind = Value::Kind::List;
        for (const T& value : list)
            result.items.push_back(*Object{what}.write(value));
        return result;
    }
};

} // namespace postopolis::scenario
