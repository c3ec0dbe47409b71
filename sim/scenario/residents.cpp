// See residents.hpp.
#include "scenario/residents.hpp"

namespace postopolis::scenario {

void add_all(const std::vector<std::string>& list, const std::string& pointer, const Residents& residents,
             Remarks& remarks) {
    for (std::size_t i = 0; i < list.size(); ++i)
        if (auto problem = residents.several_problem(list[i], pointer + "/" + std::to_string(i)))
            remarks.push_back(*problem);
}

void check_recipients(const std::vector<std::string>& list, const std::string& pointer,
                      const Residents& residents, Remarks& remarks) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        std::string here = pointer + "/" + std::to_string(i);
        if (auto problem = address_problem(list[i])) {
            remarks.push_back({here, "\"" + list[i] + "\" is no address: " + *problem});
            continue;
        }
        std::string domain = list[i].substr(list[i].rfind('@') + 1);
        if (residents.knows_domain(domain)) continue;
        std::string near = residents.domain_like(domain);
        remarks.push_back({here, "no domain of the town is called \"" + domain + "\": this copy will bounce",
                           near.empty() ? "" : list[i].substr(0, list[i].rfind('@') + 1) + near, true});
    }
}

} // namespace postopolis::scenario
