// What is written by whom and when: single letters, and traffic.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/scenario/people.hpp"
#include "postopolis/scenario/values.hpp"

namespace postopolis::scenario {

struct AttachedFile {
    std::string name;
    std::string type;       ///< such as "application/pdf"; empty: by the name's ending
    std::uint64_t size = 0; ///< bytes before base64
};

/// How letters look beyond plain English text.
struct Look {
    std::vector<std::string> languages; ///< tags; one of them at random; empty: English, and nothing said about it
    bool html = false;                  ///< the same as HTML beside the text
    std::vector<AttachedFile> attachments;
    std::string encoding = "auto"; ///< or quoted-printable, base64, 8bit
    bool plain() const { return languages.empty() && !html && attachments.empty() && encoding == "auto"; }
};

struct Letter {
    std::string from;
    std::vector<std::string> to, cc, bcc; ///< addresses; unknown ones are sent all the same
    std::string subject;
    std::string body;                  ///< text; empty: made up
    std::optional<std::uint64_t> size; ///< bytes of body to make up
    Look look;
    Duration at;                       ///< after the start
    std::string id;                    ///< what `expect` calls it; the subject or "#3" if not said
    std::vector<std::string> notify{}; ///< RFC 3461: success, failure, delay; or never; empty: not said
    std::string returns{};             ///< RFC 3461 RET: full, headers; empty: not said
    std::string envelope_id{};         ///< RFC 3461 ENVID; empty: not said
    bool eight_bit = false;            ///< `body` is sent as it is, not in quoted-printable or base64
};

struct PoissonArrivals {
    double per_second = 0;
};
struct PeriodicArrivals {
    Duration every;
    std::optional<Duration> phase; ///< of the first; absent: random in 0..every
};
/// A Poisson process whose rate follows the hour of the day (of the town's clock, see Scenario::start).
struct DayArrivals {
    double per_day = 0;                ///< expected number in 24 hours
    std::string shape_name = "office"; ///< empty if the 24 numbers were given
    std::array<double, 24> shape{};    ///< of each hour, sum 1 after loading
};
/// Exactly these instants.
struct ListedArrivals {
    std::vector<Duration> at;
};
using Arrivals = std::variant<PoissonArrivals, PeriodicArrivals, DayArrivals, ListedArrivals>;

struct Traffic {
    std::string name;              ///< of its random streams; unique
    std::vector<std::string> from; ///< addresses, patterns, domains, groups
    bool to_contacts = false;
    std::vector<std::string> to; ///< addresses, patterns, domains, groups; if not to_contacts
    Arrivals arrivals;
    bool each = true;  ///< each author by that law, or (false) all together, a random author each time
    Distribution size; ///< bytes of body
    Distribution recipients =
        Distribution::constant(1.0);    ///< number of different recipients, rounded, at least 1
    std::string subject = "Letter {n}"; ///< {n} is the number of the letter
    Look look;
    Span when;
    std::optional<std::uint64_t> limit; ///< at most so many letters
};

} // namespace postopolis::scenario
