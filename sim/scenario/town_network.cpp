// See town_network.hpp. Names of places are compared in lower case, as the scenario's are.
#include "scenario/town_network.hpp"

#include <fstream>
#include <iterator>

#include "postopolis/net/generate.hpp"
#include "postopolis/net/graphml.hpp"
#include "postopolis/scenario/spelling.hpp"
#include "scenario/complete.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {
namespace {

constexpr std::string_view kInternet = "internet";

net::LinkSpec spec_of(const Line& line) {
    net::LinkSpec spec;
    spec.delay = line.delay;
    spec.bandwidth_bps = static_cast<std::uint64_t>(line.bandwidth);
    spec.loss = line.loss;
    return spec;
}

std::string key_of(const Line& line) {
    kernel::Stream probe(kernel::RunKey{}, "line"); // two lines are the same when they draw the same
    return std::to_string(line.delay.mean()) + "/" + std::to_string(line.delay.draw(probe)) + "/" +
           std::to_string(line.bandwidth) + "/" + std::to_string(line.loss);
}

} // namespace

TownNetwork::TownNetwork(const Scenario& s, kernel::RunKey key)
    : topology_(std::make_shared<net::Topology>()) {
    vertex(std::string(kInternet), net::VertexKind::Router);
    for (const Host& h : s.hosts)
        vertex(lower(h.name), net::VertexKind::Host);
    for (const std::string& r : s.network.routers)
        vertex(lower(r), net::VertexKind::Router);
    generate(s.network, key);
    if (!error_.empty()) return;
    std::map<std::string, bool> linked;
    for (const Link& l : s.network.links) {
        link(lower(l.a), lower(l.b), l.line);
        linked[lower(l.a)] = linked[lower(l.b)] = true;
    }
    std::vector<std::string> spread;
    if (s.network.spread_hosts && s.network.generated.index() != 0) {
        std::vector<std::string> places = network_places(s.network, nullptr);
        spread.assign(places.begin() + static_cast<std::ptrdiff_t>(s.network.routers.size()), places.end());
        std::erase_if(spread, [&](const std::string& p) { return s.find_host(p) != nullptr; });
    }
    std::size_t next = 0;
    for (const Host& h : s.hosts) {
        if (!h.at.empty()) {
            link(lower(h.name), lower(h.at), h.line);
        } else if (!linked.contains(lower(h.name))) {
            const bool placed = topology_->find(lower(h.name)).has_value() &&
                                connected(lower(h.name), std::string(kInternet));
            if (placed) continue; // a vertex of the imported graph is called like the host
            link(lower(h.name),
                 spread.empty() ? std::string(kInternet) : lower(spread[next++ % spread.size()]), h.line);
        }
    }
}

void TownNetwork::vertex(const std::string& name, net::VertexKind kind) {
    if (topology_->find(name)) return;
    auto added = topology_->add_vertex(name, kind);
    if (!added) {
        error_ = added.error().message;
        return;
    }
    parents_[name] = name;
}

bool TownNetwork::connected(const std::string& a, const std::string& b) {
    auto root = [&](std::string at) {
        while (parents_[at] != at)
            at = parents_[at] = parents_[parents_[at]];
        return at;
    };
    return root(a) == root(b);
}

void TownNetwork::link(const std::string& a, const std::string& b, const Line& line) {
    auto added = topology_->add_link(a, b, spec_of(line));
    if (!added) {
        if (error_.empty()) error_ = added.error().message;
        return;
    }
    auto root = [&](std::string at) {
        while (parents_[at] != at)
            at = parents_[at];
        return at;
    };
    const std::string target = root(b);
    parents_[root(a)] = target;
}

void TownNetwork::generate(const Network& n, kernel::RunKey key) {
    net::Topology part;
    const auto* graphml = std::get_if<GraphmlNetwork>(&n.generated);
    if (n.generated.index() == 0) return;
    if (const auto* star = std::get_if<StarNetwork>(&n.generated)) {
        (void)net::add_star(part, "net", static_cast<std::uint32_t>(star->leaves), spec_of(star->line));
    } else if (const auto* tree = std::get_if<HierarchyNetwork>(&n.generated)) {
        std::vector<net::LinkSpec> levels(static_cast<std::size_t>(tree->depth), spec_of(tree->line));
        (void)net::add_hierarchy(part, "net", static_cast<std::uint32_t>(tree->depth),
                                 static_cast<std::uint32_t>(tree->fan_out), levels);
    } else if (const auto* free = std::get_if<ScaleFreeNetwork>(&n.generated)) {
        kernel::Stream stream(key, "network");
        (void)net::add_scale_free(part, "net", static_cast<std::uint32_t>(free->routers),
                                  static_cast<std::uint32_t>(free->links_each), spec_of(free->line), stream);
    } else if (graphml != nullptr) {
        const std::string& path = graphml->path.empty() ? graphml->file : graphml->path;
        std::ifstream file(path, std::ios::binary);
        std::string text((std::istreambuf_iterator<char>(file)), {});
        net::GraphmlOptions options;
        options.default_link = spec_of(n.internet);
        net::GraphmlResult result = net::read_graphml(text, options);
        if (!result.topology) {
            error_ = graphml->file + ": " +
                     (result.errors.empty() ? "cannot be read" : result.errors.front().message);
            return;
        }
        part = std::move(*result.topology);
    }
    for (net::VertexId v = 0; v < part.vertex_count(); ++v)
        vertex(lower(std::string(part.name(v))), net::VertexKind::Router);
    for (net::LinkId l = 0; l < part.link_count(); ++l) {
        const net::Link& at = part.link(l);
        const std::string a = lower(std::string(part.name(at.a)));
        const std::string b = lower(std::string(part.name(at.b)));
        if (auto added = topology_->add_link(a, b, part.spec(l)); !added && error_.empty())
            error_ = added.error().message;
    }
    // What is generated is one piece, and its first place is where it meets the Internet.
    for (net::VertexId v = 1; v < part.vertex_count(); ++v)
        parents_[lower(std::string(part.name(v)))] = lower(std::string(part.name(0)));
    if (part.vertex_count() > 0) link(lower(std::string(part.name(0))), std::string(kInternet), n.internet);
}

std::string TownNetwork::host_place(const Host& host) {
    return lower(host.name);
}

std::string TownNetwork::person_place(const PersonSettings& settings, const std::string& home) {
    std::string at = lower(settings.at.value_or(std::string()));
    if (at.empty()) {
        at = kInternet;
        const std::string host = lower(home);
        if (!host.empty() && topology_->find(host) && !connected(at, host)) at = host;
    }
    const Line line = settings.line.value_or(Line{});
    const std::string key = at + " " + key_of(line);
    auto [found, fresh] = people_.try_emplace(key);
    if (fresh) {
        found->second = "people " + std::to_string(people_.size());
        vertex(found->second, net::VertexKind::Host);
        link(found->second, at, line);
    }
    return found->second;
}

std::size_t TownNetwork::add_leaves(const Line& line, std::uint32_t count) {
    const std::string name = "leaves " + std::to_string(leaves_.size());
    Leaves made{name + " one", name + " other", count};
    for (const std::string& place : {made.one, made.other}) {
        vertex(place, net::VertexKind::Host);
        link(place, std::string(kInternet), line);
    }
    leaves_.push_back(std::move(made));
    return leaves_.size() - 1;
}

std::unique_ptr<net::PathSource> TownNetwork::finish() {
    auto routes = std::make_unique<net::Routes>(topology_);
    for (Leaves& l : leaves_) l.first = routes->add_leaves(*topology_->find(l.one), *topology_->find(l.other), l.count);
    return routes;
}

} // namespace postopolis::scenario
