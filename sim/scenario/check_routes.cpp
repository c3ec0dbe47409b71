// Mail that would go in a circle, and the network's reachability.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>

#include "postopolis/net/graphml.hpp"
#include "postopolis/scenario/document.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "scenario/complete.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

namespace {

/// Follows mail for one destination from host to host; the most specific route, then the smart host.
class LoopFinder {
public:
    LoopFinder(const Scenario& s, Remarks& remarks)
        : s_(s), remarks_(remarks), hosts_(s.hosts), domains_(s.domains) {}

    void run() {
        std::set<std::string> destinations{""};
        for (const Host& h : s_.hosts)
            for (const Route& r : h.routes)
                destinations.insert(lower(r.pattern));
        for (const std::string& d : destinations)
            walk_all(d);
    }

private:
    static const std::vector<std::string>* next(const Host& h, const std::string& destination) {
        const Route* best = nullptr;
        std::size_t best_length = 0;
        for (const Route& r : h.routes) {
            bool fits = r.pattern == "*" ||
                        (!destination.empty() &&
                         (same_name(r.pattern, destination) ||
                          (r.pattern.starts_with('.') && destination.size() > r.pattern.size() &&
                           same_name(destination.substr(destination.size() - r.pattern.size()), r.pattern))));
            std::size_t length = r.pattern == "*" ? 1 : r.pattern.size() + 1;
            if (fits && length > best_length) {
                best = &r;
                best_length = length;
            }
        }
        return best ? &best->hosts : &h.smart_host;
    }

    bool ends_at(std::size_t i, const std::string& destination) const {
        if (destination.empty() || destination == "*") return false;
        auto d = domains_.find(destination);
        return d && same_name(s_.domains[*d].mailboxes, s_.hosts[i].name);
    }

    void walk_all(const std::string& destination) {
        state_.assign(s_.hosts.size(), 0);
        for (std::size_t i = 0; i < s_.hosts.size(); ++i)
            if (!s_.hosts[i].routes.empty() || !s_.hosts[i].smart_host.empty()) walk(i, destination);
    }

    void walk(std::size_t start, const std::string& destination) {
        // Depth first with a stack of its own: chains of relays may be long.
        struct Step {
            std::size_t host, edge;
        };
        if (state_[start] != 0) return;
        std::vector<Step> path{{start, 0}};
        state_[start] = 1;
        while (!path.empty()) {
            Step& step = path.back();
            const std::vector<std::string>* edges = next(s_.hosts[step.host], destination);
            if (step.edge >= edges->size() || ends_at(step.host, destination)) {
                state_[step.host] = 2;
                path.pop_back();
                continue;
            }
            auto to = hosts_.find((*edges)[step.edge++]);
            if (!to) continue;
            if (state_[*to] == 1) {
                std::vector<std::string> circle;
                auto from =
                    std::find_if(path.begin(), path.end(), [&](const Step& x) { return x.host == *to; });
                for (auto it = from; it != path.end(); ++it)
                    circle.push_back(s_.hosts[it->host].name);
                tell(circle, destination);
            } else if (state_[*to] == 0) {
                state_[*to] = 1;
                path.push_back({*to, 0});
            }
        }
    }

    void tell(const std::vector<std::string>& circle, const std::string& destination) {
        std::set<std::string> members(circle.begin(), circle.end());
        if (circle.size() < 2 || !told_.insert(members).second) return;
        std::string way;
        for (const std::string& name : circle)
            way += name + " -> ";
        const Host& first = *s_.find_host(circle.front());
        std::string field = first.smart_host.empty() ? "/routes" : "/smart_host";
        remarks_.push_back({host_pointer(first.name) + field,
                            "mail" +
                                (destination.empty() || destination == "*" ? "" : " for " + destination) +
                                " goes in a circle: " + way + circle.front() +
                                "; let one of them deliver by MX, or say \"allow_loops\": true if that is "
                                "what the scenario shows"});
    }

    const Scenario& s_;
    Remarks& remarks_;
    NameIndex hosts_;
    NameIndex domains_;
    std::vector<char> state_;
    std::set<std::set<std::string>> told_;
};

void hierarchy_places(const HierarchyNetwork& n, std::vector<std::string>& places) {
    places.emplace_back("net");
    std::size_t from = 0;
    for (int level = 0; level < n.depth && places.size() < 1'000'000; ++level) {
        std::size_t to = places.size();
        for (; from < to; ++from)
            for (int k = 1; k <= n.fan_out; ++k)
                places.push_back(places[from] + "-" + std::to_string(k));
    }
}

std::optional<std::vector<std::string>> graphml_places(const GraphmlNetwork& graph, Remarks* remarks) {
    auto tell = [&](std::string message) {
        if (remarks) remarks->push_back({"/network/graphml", std::move(message)});
    };
    const std::string& path = graph.path.empty() ? graph.file : graph.path;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        tell("there is no file \"" + path + "\"; GraphML files are looked for beside the scenario");
        return std::nullopt;
    }
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    net::GraphmlOptions options;
    options.default_link = net::LinkSpec{};
    net::GraphmlResult result = net::read_graphml(text, options);
    for (const net::GraphmlError& e : result.errors)
        tell(graph.file + ":" + std::to_string(e.line) + ":" + std::to_string(e.column) + ": " + e.message);
    if (!result.topology) return std::nullopt;
    std::vector<std::string> places;
    for (net::VertexId v = 0; v < result.topology->vertex_count(); ++v)
        places.emplace_back(result.topology->name(v));
    return places;
}

} // namespace

std::vector<std::string> network_places(const Network& n, Remarks* remarks) {
    std::vector<std::string> places = n.routers;
    if (const auto* star = std::get_if<StarNetwork>(&n.generated)) {
        places.emplace_back("net-hub");
        for (int i = 1; i <= star->leaves; ++i)
            places.push_back("net-" + std::to_string(i));
    }
    if (const auto* hierarchy = std::get_if<HierarchyNetwork>(&n.generated))
        hierarchy_places(*hierarchy, places);
    if (const auto* scale_free = std::get_if<ScaleFreeNetwork>(&n.generated))
        for (int i = 1; i <= scale_free->routers; ++i)
            places.push_back("net-" + std::to_string(i));
    if (const auto* graph = std::get_if<GraphmlNetwork>(&n.generated))
        if (auto more = graphml_places(*graph, remarks))
            places.insert(places.end(), more->begin(), more->end());
    return places;
}

void check_routes(const Scenario& s, Remarks& remarks) {
    if (!s.allow_loops) LoopFinder(s, remarks).run();
}

void check_network(const Scenario& s, Remarks& remarks) {
    std::vector<std::string> places = network_places(s.network, &remarks);
    NameIndex hosts(s.hosts);
    // Vertices: 0 is the Internet (with all that is generated, which is connected by its making), then hosts,
    // then routers.
    std::map<std::string, std::size_t> vertex{{"internet", 0}};
    for (const Host& h : s.hosts)
        vertex.emplace(lower(h.name), vertex.size());
    for (std::size_t i = 0; i < s.network.routers.size(); ++i) {
        const std::string& r = s.network.routers[i];
        std::string at = "/network/routers/" + std::to_string(i);
        if (r.empty())
            remarks.push_back({at, "a router's name is empty"});
        else if (hosts.find(r))
            remarks.push_back({at, "a host and a router are both called " + r});
        else if (!vertex.emplace(lower(r), vertex.size()).second)
            remarks.push_back({at, "two routers are called " + r});
    }

    std::vector<std::size_t> parent(vertex.size() + 1);
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    auto find = [&](std::size_t v) {
        while (parent[v] != v)
            v = parent[v] = parent[parent[v]];
        return v;
    };
    std::set<std::string> linked;
    for (std::size_t i = s.network.routers.size(); i < places.size(); ++i) {
        // A place that is called like a host is that host's.
        auto [it, fresh] = vertex.emplace(lower(places[i]), 0);
        if (!fresh) parent[find(it->second)] = find(0);
        linked.insert(lower(places[i]));
    }
    for (std::size_t i = 0; i < s.network.links.size(); ++i) {
        const Link& link = s.network.links[i];
        const std::string* ends[2] = {&link.a, &link.b};
        bool good = true;
        for (std::size_t e = 0; e < 2; ++e) {
            if (vertex.contains(lower(*ends[e]))) continue;
            good = false;
            std::string near = hosts.nearest(*ends[e]);
            if (near.empty()) near = nearest(*ends[e], places);
            remarks.push_back({"/network/links/" + std::to_string(i) + "/between/" + std::to_string(e),
                               "there is no host or router \"" + *ends[e] + "\"", near});
        }
        if (!good) continue;
        if (same_name(link.a, link.b)) {
            remarks.push_back({"/network/links/" + std::to_string(i) + "/between",
                               "a link leads from " + link.a + " to itself"});
            continue;
        }
        linked.insert(lower(link.a));
        linked.insert(lower(link.b));
        parent[find(vertex[lower(link.a)])] = find(vertex[lower(link.b)]);
    }
    for (const Host& h : s.hosts) {
        if (!h.at.empty() && vertex.contains(lower(h.at)))
            parent[find(vertex[lower(h.name)])] = find(vertex[lower(h.at)]);
        else if (!linked.contains(lower(h.name)))
            parent[find(vertex[lower(h.name)])] = find(0);
    }
    // The first host's part is the town; a host in another part can't be reached.
    if (s.hosts.empty()) return;
    std::map<std::size_t, std::size_t> sizes;
    for (const Host& h : s.hosts)
        ++sizes[find(vertex[lower(h.name)])];
    auto largest = std::max_element(sizes.begin(), sizes.end(), [](auto& a, auto& b) {
                       return a.second < b.second;
                   })->first;
    for (const Host& h : s.hosts)
        if (find(vertex[lower(h.name)]) != largest)
            remarks.push_back(
                {host_pointer(h.name), "no way leads through the network to " + h.name +
                                           ": link it, or its router, to the rest (or to \"internet\")"});
}

} // namespace postopolis::scenario
