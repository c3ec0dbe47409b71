// How a scenario's people, letters and traffic become persons of a town and what they write.
#pragma once

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

    /// Lets them move in.
    void settle(nodes::Town& town);
    /// Gives each letter's id, once it is written, to its place in `ids`, which must outlive the run.
    void write_letters(nodes::Town& town, std::vector<trace::LetterId>& ids);
    void add_traffic(nodes::Town& town, kernel::Time end);

private:
    struct Kind { ///< people who are alike
        std::shared_ptr<const nodes::PersonConfig> config;
        std::string place;
        std::vector<std::string> contacts;
    };
    struct Resident {
        std::size_t domain;
        std::uint64_t index;
        std::size_t kind;
    };
    std::size_t kind_of(const Domain& domain, const PersonSettings& settings, TownNetwork& network);
    std::vector<std::string> members(const std::string& item, int depth) const;
    std::vector<nodes::Person*> authors(const std::vector<std::string>& items) const;
    std::vector<mail::AddressPtr> recipients(const std::vector<std::string>& items) const;

    const Scenario& scenario_;
    std::vector<Kind> kinds_;
    std::vector<Resident> residents_;
    std::vector<nodes::Person*> people_;
    std::map<std::string, std::pair<std::size_t, std::size_t>> ranges_; ///< of each domain in people_
    nodes::Town* town_ = nullptr;
};

} // namespace postopolis::scenario
