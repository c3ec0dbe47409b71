// The text of a scenario as a tree of values that know where in the text they stand.
//
// Parsing is nlohmann_json's (its SAX interface; it takes no stack per level); the offsets come from walking
// the text in step with it. Keys keep their order and duplicates are told. Fails with exactly one mistake
// for a text that isn't JSON, and with all of them for duplicate keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/scenario/load.hpp"

namespace postopolis::scenario {

struct Member;

struct Value {
    enum class Kind : std::uint8_t { Null, Bool, Number, Text, List, Object };
    Kind kind = Kind::Null;
    bool boolean = false;
    std::uint32_t offset = 0;
    double number = 0;
    std::string text; ///< of Text; of Number its literal
    std::vector<Value> items;
    std::vector<Member> members;

    bool is(Kind k) const { return kind == k; }
    const Value* find(std::string_view key) const;
    Value* find(std::string_view key);
    static Value of_text(std::string text, std::uint32_t offset);
    static Value of_object(std::uint32_t offset);
};

struct Member {
    std::string key;
    std::uint32_t key_offset = 0;
    Value value;
};

/// "a text", "a list", ... for messages.
std::string_view kind_name(Value::Kind kind);

/// Collects mistakes and warnings by offset; the same one said twice counts once.
class Findings {
public:
    void mistake(std::uint32_t offset, std::string message, std::string suggestion = {});
    void warning(std::uint32_t offset, std::string message, std::string suggestion = {});
    bool good() const { return mistakes_.empty(); }
    std::size_t count() const { return mistakes_.size(); }

    struct Entry {
        std::uint32_t offset;
        std::string message;
        std::string suggestion;
    };
    const std::vector<Entry>& mistakes() const { return mistakes_; }
    const std::vector<Entry>& warnings() const { return warnings_; }

private:
    static void add(std::vector<Entry>& to, std::set<std::pair<std::uint32_t, std::string>>& seen,
                    Entry entry);
    std::vector<Entry> mistakes_, warnings_;
    std::set<std::pair<std::uint32_t, std::string>> seen_mistakes_, seen_warnings_;
};

/// Offsets from here on are those of values given by --set, one number each.
inline constexpr std::uint32_t set_offset_base = 0xFFFF0000U;
inline constexpr std::size_t max_text_bytes = 256'000'000;
inline constexpr std::size_t max_depth = 64;

class Document {
public:
    /// Parses `text`, which must outlive the document. Without mistakes on success.
    Document(std::string_view text, Findings& findings);
    /// Whether the text was JSON; there may be mistakes all the same (duplicate keys).
    bool parsed() const { return parsed_; }
    const Value& root() const { return root_; }
    /// Line and column, both from 1; the column counts code points.
    std::pair<int, int> position(std::uint32_t offset) const;
    /// The JSON pointer of the value (or of the key) at an offset.
    std::string pointer(std::uint32_t offset) const;

private:
    std::string_view text_;
    Value root_;
    bool parsed_ = false;
    std::vector<std::uint32_t> line_starts_;
};

/// Parses one JSON value out of text given on the command line; every offset in it is `offset`.
std::optional<Value> parse_fragment(std::string_view text, std::uint32_t offset);

/// `key` as a reference token of a JSON pointer (RFC 6901 section 3).
std::string escape_pointer(std::string_view key);

/// The offset of the first byte that isn't UTF-8 (RFC 3629), or npos.
std::size_t find_bad_utf8(std::string_view text);

} // namespace postopolis::scenario
