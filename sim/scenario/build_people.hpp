// How a scenario's people, letters and traffic become persons of a town and what they write.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "postopolis/nodes/town.hpp"
#include "scenario/town_network.hpp"

namespace postopolis::scenario {

class PeoplePlan {
public:
    /// Finds a place for everybody in the network, which must not be finished yet.
    PeoplePlan(const Scenario& scenario, TownNetwork& network);

    /// Of the people of a series: what each of them is like. Once the network is finished.
    std::function<nodes::SettlementConfig::Kind(std::string_view)> kinds_of(std::size_t series) const;
    bool all_alike(std::size_t series) const { return series_[series]->plans.size() == 1; }
    /// Lets them move in.
    void settle(nodes::Town& town);
    /// Gives each letter's id, once it is written, to its place in `ids`, which must outlive the run.
    void write_letters(nodes::Town& town, std::vector<trace::LetterId>& ids);
    void add_traffic(nodes::Town& town, kernel::Time end);
    /// Aliases and lists; once people have moved in.
    void add_mediators(nodes::Town& town);

private:
    struct Kind { ///< people who are alike
        std::shared_ptr<const nodes::PersonConfig> config;
        std::string place;
        std::vector<std::string> contacts;
        std::optional<ContactGraph> contact_graph;
    };
    struct Resident {
        std::size_t domain;
        std::uint64_t index;
        std::size_t kind;
    };
    void plan_series(const DomainSeries& series, const PeopleRules& rules, TownNetwork& network);
    std::size_t kind_of(const Domain& domain, const PersonSettings& settings, TownNetwork& network);
    std::vector<std::string> members(const std::string& item, int depth) const;
    void add_matching(nodes::Crowd& crowd, const std::string& pattern) const;
    void add_one(nodes::Crowd& crowd, const std::string& address) const;
    nodes::Person::ContactsPtr contacts_of(const Kind& kind);
    nodes::Crowd authors(const std::vector<std::string>& items) const;
    nodes::Crowd recipients(const std::vector<std::string>& items) const;

    const Scenario& scenario_;
    /// The kinds of people of a series, by the rules that apply to them. Shared with the town, which asks for them
    /// while it runs.
    struct SeriesKinds {
        explicit SeriesKinds(const std::vector<PersonRule>& all) : kept(all), rules(kept) {}
        const std::vector<PersonRule> kept;
        const PeopleRules rules;
        std::map<std::vector<std::size_t>, nodes::SettlementConfig::Kind> by_rules;
        std::map<std::vector<std::size_t>, Kind> plans;
    };
    std::vector<std::shared_ptr<SeriesKinds>> series_;
    std::vector<Kind> kinds_;
    std::vector<Resident> residents_;
    std::vector<nodes::Person*> people_;
    std::map<std::string, std::pair<std::size_t, std::size_t>> ranges_; ///< of each domain in people_
    nodes::Town* town_ = nullptr;
    std::map<std::vector<std::string>, nodes::Person::ContactsPtr> lists_; ///< by what they are made of
};

} // namespace postopolis::scenario
