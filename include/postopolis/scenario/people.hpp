// The people of a town, kept small: a million of them are a few numbered ranges, not a million structs.
//
// What a person does is said by rules: a pattern of addresses and settings, each of which may be absent.
// A later rule overrides an earlier one; `settings_for` puts them together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/scenario/mediators.hpp"
#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

/// `count` people named by a pattern in which {n} stands for `first`, `first`+1, ...
struct NumberedPeople {
    std::string pattern = "user{n}";
    std::uint64_t first = 1;
    std::uint64_t count = 0;
    std::string name(std::uint64_t index) const; ///< of the index-th, from 0
    /// The index of a local part, compared without case; empty if it isn't one of these.
    std::optional<std::uint64_t> find(std::string_view local_part) const;
};

/// The local parts of one domain: first the named, then the numbered ones.
struct People {
    std::vector<std::string> names;
    std::vector<NumberedPeople> numbered;
    std::uint64_t count() const;
    std::string name(std::uint64_t index) const; ///< index below count()
    std::optional<std::uint64_t> find(std::string_view local_part) const;
    bool contains(std::string_view local_part) const { return find(local_part).has_value(); }
};

/// How a reader fetches mail, on one device or on several.
struct Reading {
    std::string by = "pop3"; ///< or "imap"
    Duration every = Duration::minutes(5);
    std::optional<Duration> phase; ///< of the first look; absent: random in 0..every
    bool push = false;             ///< by IMAP: is told of mail at once (IDLE)
    bool keep = false;             ///< leave on server, or (false) download and delete; true by IMAP unless it is said
    std::string file{};            ///< by IMAP: what has been read is moved to this folder; empty: stays where it is
    std::vector<Reading> others{}; ///< further devices
    bool operator==(const Reading&) const = default;
};

/// A reader's answer to letters.
struct Replying {
    double probability = 0;
    Distribution delay = Distribution(kernel::Distribution::Lognormal{3600, 1.0}); ///< seconds after reading
    std::string to = "author"; ///< or "all" whom the letter went to
};

/// Contacts that are not listed but follow from chance: see nodes::Acquaintances.
struct ContactGraph {
    double mean = 20;   ///< how many somebody has
    double sigma = 1;   ///< of the logarithm of that number
    double within = 0.5; ///< the part of them in the person's own domain
    std::vector<std::string> among = {"*"}; ///< where the others are: addresses, patterns, groups, domains
    bool operator==(const ContactGraph&) const = default;
};

/// What is known of one person, or said of many; absent is "as an earlier rule says".
struct PersonSettings {
    std::optional<std::string> at; ///< the place of the person's computer: a router or a host; empty: at home
    std::optional<Line> line;      ///< from the computer to that place
    std::optional<std::string> submission; ///< host; empty: the domain's
    std::optional<std::string> password;   ///< empty: made from the address
    std::optional<bool> wrong_password;    ///< to show a refused AUTH
    std::optional<bool> authenticates;     ///< false: submits without AUTH
    std::optional<std::string> tls;        ///< at submission: off, opportunistic, required, implicit
    std::optional<bool> reads;             ///< false: never looks
    std::optional<Reading> reading;
    std::optional<std::vector<std::string>> contacts; ///< addresses, patterns, groups, domains
    std::optional<ContactGraph> contact_graph; ///< instead of a list; where a rule says one, the other is gone
    std::optional<Replying> replies;
    std::optional<std::uint64_t> quota; ///< bytes; 0 for none
    std::optional<Forward> forward;
    std::optional<VacationNotice> vacation;
    std::optional<Duration> drop_duplicates; ///< a message id that came within this time is not filed again
};

struct PersonRule {
    std::string pattern; ///< an address, or with * for any run of characters, such as "*@a.example"
    PersonSettings settings;
};

struct Group {
    std::string name;
    std::vector<std::string> members; ///< addresses, patterns, domains, other groups
};

/// Finds settings quickly when there are many rules.
class PeopleRules {
public:
    explicit PeopleRules(const std::vector<PersonRule>& rules);
    /// All fields are set if the first rule is the complete "*" that loading puts there.
    PersonSettings settings_for(std::string_view address) const;
    /// Which rules apply, by index, and what they say together.
    std::vector<std::size_t> applying(std::string_view address) const;
    PersonSettings settings(const std::vector<std::size_t>& applying) const;
    /// The rules that are about more than one address: patterns.
    const std::vector<std::size_t>& patterns() const { return patterns_; }

private:
    const std::vector<PersonRule>* rules_;
    std::vector<std::size_t> patterns_;
    std::multimap<std::string, std::size_t, std::less<>> exact_;
};

/// Whether `text` matches `pattern`, in which * is any run of characters; ASCII case is ignored.
bool matches(std::string_view pattern, std::string_view text);

} // namespace postopolis::scenario
