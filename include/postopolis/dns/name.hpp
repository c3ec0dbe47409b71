// A domain name: RFC 1035 section 3.1, in lower-cased presentation form without the trailing dot.
//
// Promises: a Name is always valid (labels of 1..63 octets, 255 octets on the wire) and cheap to copy, as
// zones, caches and messages hand the same names around. Fails: parse() and from_labels() give nothing and
// say where. Not modelled: case preservation (RFC 4343 lets answers keep the case of the question),
// internationalized names (write A-labels, "xn--...").
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postopolis::dns {

inline constexpr std::size_t max_label_octets = 63; // RFC 1035 section 2.3.4
inline constexpr std::size_t max_name_octets = 255; // RFC 1035 section 2.3.4, length octets included

/// What is wrong with a text that should be a name, and at which octet of it (from 0).
struct NameError {
    std::size_t position = 0;
    std::string what;
};

class Name {
public:
    /// The root, written ".".
    Name() = default;

    /// Reads presentation form (RFC 1035 section 5.1: "\." and "\DDD" escapes; a trailing dot is allowed, and
    /// "." is the root). Nothing on a bad name; then `error`, if given, says what and where.
    static std::optional<Name> parse(std::string_view text, NameError* error = nullptr);

    /// Like parse(), for names written in the source of a program or test: a bad one aborts.
    static Name literal(std::string_view text);

    bool is_root() const { return !text_; }
    /// Lower-cased presentation form; "." for the root.
    std::string_view text() const { return text_ ? std::string_view(*text_) : std::string_view("."); }
    /// Octets on the wire without compression, the final zero included: 1 for the root.
    std::size_t wire_size() const;
    std::size_t label_count() const;
    /// The name without its first label; the root is its own parent.
    Name parent() const;
    /// True for `ancestor` itself too (RFC 1034 section 3.1 counts a domain as a subdomain of itself only
    /// loosely; zones need it this way).
    bool is_subdomain_of(const Name& ancestor) const;
    /// "`label`.`this`", for wildcards and generated hosts; nothing if that is no valid name.
    std::optional<Name> child(std::string_view label) const;

    bool operator==(const Name& other) const { return text_ == other.text_ || text() == other.text(); }
    /// Canonical order (RFC 4034 section 6.1): by labels from the root down, so that everything below a name
    /// follows it directly.
    std::strong_ordering operator<=>(const Name& other) const;

    /// FNV-1a of the text: the same on every platform.
    std::size_t hash() const;

private:
    explicit Name(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
    std::shared_ptr<const std::string> text_; // null: the root
};

/// Escapes one raw label (no length check) into lower-cased presentation form and appends it.
void append_label(std::string& text, std::string_view raw);

/// Takes the first label off a presentation form: `rest` becomes what follows its dot, and `raw` the label's
/// octets. False when `rest` is empty.
bool take_label(std::string_view& rest, std::string& raw);

} // namespace postopolis::dns

template<>
struct std::hash<postopolis::dns::Name> {
    std::size_t operator()(const postopolis::dns::Name& name) const { return name.hash(); }
};
