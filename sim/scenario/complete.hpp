// Filling in what a scenario implies, and checking what it means.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "postopolis/scenario/scenario.hpp"

namespace postopolis::scenario {

/// A mistake or warning at a JSON pointer of the scenario's effective form.
struct Remark {
    std::string pointer;
    std::string message;
    std::string suggestion = {};
    bool warning = false;
};
using Remarks = std::vector<Remark>;

/// Finds hosts or domains by name without regard to case. Names are those at the time of making.
class NameIndex {
public:
    template<class Items>
    explicit NameIndex(const Items& items) {
        for (std::size_t i = 0; i < items.size(); ++i)
            add(items[i].name, i);
    }
    void add(std::string_view name, std::size_t index);
    std::optional<std::size_t> find(std::string_view name) const;
    /// A name like it that exists; empty if there is none.
    std::string nearest(std::string_view name) const;

private:
    std::map<std::string, std::size_t, std::less<>> index_;
    std::vector<std::string> names_;
};

inline constexpr std::string_view provider_name_server = "ns.dns-provider.example";

/// The names of hosts that are implied and not in `hosts`: "mail." and the name of a domain that has no
/// servers, or that names that host; and the provider of name service.
std::vector<std::string> implied_hosts(const Scenario& s);
/// Gives letters without an id their subject, or "#" and their number.
void name_letters(Scenario& s);
/// Makes a scenario complete; what can't be is told.
void fill_defaults(Scenario& s, Remarks& remarks);
/// Whether a domain says nothing about who serves it.
bool without_servers(const Domain& d);

void check_hosts(const Scenario& s, Remarks& remarks);
void check_routes(const Scenario& s, Remarks& remarks);
void check_domains(const Scenario& s, Remarks& remarks);
void check_network(const Scenario& s, Remarks& remarks);
void check_people(const Scenario& s, Remarks& remarks);
void check_letters(const Scenario& s, Remarks& remarks);
void check_mediators(const Scenario& s, Remarks& remarks);
void check_traffic(const Scenario& s, Remarks& remarks);
void check_faults(const Scenario& s, Remarks& remarks);
void check_expectations(const Scenario& s, Remarks& remarks);
void check_lesson(const Scenario& s, Remarks& remarks);

/// "/hosts/" and the name.
std::string host_pointer(std::string_view name);
std::string domain_pointer(std::string_view name);

/// The names of the places of the network that aren't hosts; tells what is wrong with a GraphML file.
std::vector<std::string> network_places(const Network& n, Remarks* remarks);

} // namespace postopolis::scenario
