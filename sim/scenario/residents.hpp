// Who lives in a town, for checks of what names people.
#pragma once

#include <algorithm>

#include "postopolis/scenario/document.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "scenario/complete.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

/// Knows who lives where.
class Residents {
public:
    explicit Residents(const Scenario& s) : s_(s), domains_(s.domains) {
        for (const Group& g : s.groups)
            groups_.push_back(g.name);
    }

    /// What is wrong with an author or a reader who must exist; nothing if all is well.
    std::optional<Remark> person_problem(const std::string& address, const std::string& pointer) const {
        if (auto problem = address_problem(address))
            return Remark{pointer, "\"" + address + "\" is no address: " + *problem};
        std::size_t at = address.rfind('@');
        std::string domain = address.substr(at + 1), local = address.substr(0, at);
        auto i = domains_.find(domain);
        if (!i)
            if (auto in_series = series_problem(local, domain, pointer)) return *in_series;
        if (!i) {
            std::string near = domains_.nearest(domain);
            return Remark{pointer, "there is no domain \"" + domain + "\" in the town",
                          near.empty() ? "" : local + "@" + near};
        }
        const Domain& d = s_.domains[*i];
        if (d.people.contains(local)) return std::nullopt;
        std::string near = nearest(local, d.people.names);
        return Remark{pointer,
                      "nobody is called \"" + local + "\" at " + d.name +
                          ", so this person has no mailbox: add the name to the domain's \"people\"",
                      near.empty() ? "" : near + "@" + d.name};
    }

    /// Of a domain in a series: a problem or none; nothing at all for other domains.
    std::optional<std::optional<Remark>> series_problem(const std::string& local, const std::string& domain,
                                                        const std::string& pointer) const {
        for (const DomainSeries& d : s_.series) {
            auto i = d.find(domain);
            if (!i) continue;
            if (d.people(*i).contains(local)) return std::optional<Remark>();
            return Remark{pointer, "nobody is called \"" + local + "\" at " + domain +
                                       ", so this person has no mailbox: the people there are made by a generator"};
        }
        return std::nullopt;
    }

    /// The same for what may be an address, a pattern, a domain or a group.
    std::optional<Remark> several_problem(const std::string& who, const std::string& pointer) const {
        if (who.find('*') != std::string::npos) {
            if (someone_matches(who)) return std::nullopt;
            return Remark{pointer, "nobody's address matches \"" + who + "\""};
        }
        if (who.find('@') != std::string::npos) return person_problem(who, pointer);
        if (std::find(groups_.begin(), groups_.end(), who) != groups_.end()) return std::nullopt;
        if (auto i = domains_.find(who)) {
            if (s_.domains[*i].people.count() > 0) return std::nullopt;
            return Remark{pointer, "the domain " + who + " has no people"};
        }
        for (const DomainSeries& d : s_.series)
            if (d.find(who) && d.mailbox_count() > 0) return std::nullopt;
        std::string near = nearest(who, groups_);
        return Remark{pointer, "\"" + who + "\" is neither an address, a pattern, a domain nor a group",
                      near.empty() ? domains_.nearest(who) : near};
    }

    bool knows_domain(const std::string& name) const {
        return domains_.find(name).has_value() ||
               std::any_of(s_.series.begin(), s_.series.end(), [&](const DomainSeries& d) { return d.find(name).has_value(); });
    }
    std::string domain_like(const std::string& name) const { return domains_.nearest(name); }

    bool someone_matches(std::string_view pattern) const {
        std::size_t at = pattern.rfind('@');
        for (const DomainSeries& d : s_.series)
            if (someone_in_series_matches(pattern, d)) return true;
        return std::any_of(s_.domains.begin(), s_.domains.end(), [&](const Domain& d) {
            bool domain_fits = at == std::string_view::npos || matches(pattern.substr(at + 1), d.name);
            return domain_fits && someone_matches(pattern, d);
        });
    }

private:
    /// The first who live in each domain are looked at, and of a large one's many the rest are taken on trust.
    static bool someone_in_series_matches(std::string_view pattern, const DomainSeries& d) {
        constexpr std::uint64_t most = 20;
        std::size_t at = pattern.rfind('@');
        const std::vector<std::uint32_t> before = d.before();
        for (std::uint32_t i = 0; i < d.count; ++i) {
            const std::string name = d.name(i);
            if (at != std::string_view::npos && !matches(pattern.substr(at + 1), name)) continue;
            const std::uint64_t count = before[i + 1] - before[i];
            for (std::uint64_t k = 0; k < std::min(count, most); ++k)
                if (matches(pattern, d.domain.people.name(k) + "@" + name)) return true;
            if (count > most) return true;
        }
        return false;
    }

    /// Of very many people only the first are looked at, and the rest are taken on trust.
    static bool someone_matches(std::string_view pattern, const Domain& d) {
        constexpr std::uint64_t most = 20'000;
        std::uint64_t count = d.people.count();
        for (std::uint64_t i = 0; i < std::min(count, most); ++i)
            if (matches(pattern, d.people.name(i) + "@" + d.name)) return true;
        return count > most;
    }

    const Scenario& s_;
    NameIndex domains_;
    std::vector<std::string> groups_;
};

/// Tells what is wrong with items that may each be an address, a pattern, a domain or a group.
void add_all(const std::vector<std::string>& list, const std::string& pointer, const Residents& residents,
             Remarks& remarks);
/// Recipients may be unknown, which shows a bounce; an unknown domain is worth a warning.
void check_recipients(const std::vector<std::string>& list, const std::string& pointer, const Residents& residents,
                      Remarks& remarks);

} // namespace postopolis::scenario
