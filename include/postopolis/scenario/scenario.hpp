// A scenario as plain data: all of what a town needs to be built, every default filled in.
//
// It comes from `load_text` or `load_file` (load.hpp), or is put together in C++; then `complete` (load.hpp)
// fills in what is implied and tells what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postopolis/scenario/domains.hpp"
#include "postopolis/scenario/expect.hpp"
#include "postopolis/scenario/faults.hpp"
#include "postopolis/scenario/hosts.hpp"
#include "postopolis/scenario/lesson.hpp"
#include "postopolis/scenario/network.hpp"
#include "postopolis/scenario/people.hpp"
#include "postopolis/scenario/series.hpp"
#include "postopolis/scenario/traffic.hpp"

namespace postopolis::scenario {

struct Run {
    std::optional<Duration> length;      ///< "for"; absent: until the town is quiet
    Duration limit = Duration::days(10); ///< but no longer than this
};

struct Scenario {
    std::string title;
    std::string description;
    std::optional<Lesson> lesson;
    std::int64_t start =
        1'767'600'000; ///< calendar instant of virtual time 0 (Unix seconds): 2026-01-05T08:00:00Z
    std::uint64_t seed = 1;
    Run run;
    bool allow_loops = false;    ///< routes that lead in a circle are meant
    std::vector<Host> hosts;     ///< in the order of the file, the implied ones after them; names unique
    std::vector<Domain> domains; ///< in the order of the file, then the generated ones; names unique
    std::vector<DomainSeries> series; ///< after them, the large generators; names unique among all
    Network network;
    std::vector<PersonRule> people; ///< the first is "*" with every field set
    std::vector<Group> groups;
    std::vector<Letter> letters;
    std::vector<Traffic> traffic;
    std::vector<Fault> faults;
    std::vector<Expectation> expect;
    /// Name and value (JSON text) of each parameter as used.
    std::vector<std::pair<std::string, std::string>> parameters;

    const Host* find_host(std::string_view name) const;     ///< without regard to case; linear
    const Domain* find_domain(std::string_view name) const; ///< without regard to case; linear
    /// Those of series included:
    std::uint64_t domain_count() const;
    std::uint64_t host_count() const;
    std::uint64_t mailbox_count() const;
};

/// The names of the author's file for the values of an enumeration.
std::string_view name(SmtpAnswer::Step step); ///< "end_of_data"
std::string_view name(DnsTrouble::Kind kind); ///< "servfail"

} // namespace postopolis::scenario
