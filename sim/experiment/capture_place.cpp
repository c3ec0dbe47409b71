// See capture_place.hpp.
#include "experiment/capture_place.hpp"

#include <algorithm>

#include "postopolis/net/routes.hpp"
#include "postopolis/scenario/spelling.hpp"

namespace postopolis::experiment {
namespace {

using metrics::CapturePlace;
using Found = std::variant<CapturePlace, std::string>;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    const std::string near = scenario::nearest(word, known);
    return near.empty() ? std::string() : "; did you mean " + near + "?";
}

Found at_host(nodes::Town& town, const std::string& name) {
    CapturePlace place;
    place.kind = CapturePlace::Kind::host;
    if (const nodes::MailHost* host = town.host(name)) {
        place.node = host->id();
        place.name = host->name();
        return place;
    }
    if (const nodes::Person* person = town.person(name)) {
        place.node = person->id();
        place.name = person->name();
        return place;
    }
    std::vector<std::string> known;
    for (const auto& host : town.hosts())
        known.push_back(host->name());
    for (const auto& person : town.people())
        known.push_back(person->name());
    return "--capture host=" + name + ": no host and no person is called that" + did_you_mean(name, known);
}

Found on_link(nodes::Town& town, const metrics::CaptureRequest& request) {
    const std::string said = "--capture link=" + request.link_a + "--" + request.link_b + ": ";
    const auto* routes = dynamic_cast<const net::Routes*>(&town.paths());
    if (routes == nullptr) return said + "the network of this town has no links";
    const net::Topology& topology = routes->topology();
    std::optional<net::VertexId> ends[2];
    const std::string names[2] = {lower(request.link_a), lower(request.link_b)};
    for (int i = 0; i < 2; ++i) {
        ends[i] = topology.find(names[i]);
        if (ends[i]) continue;
        std::vector<std::string> known;
        for (net::VertexId v = 0; v < topology.vertex_count(); ++v)
            known.emplace_back(topology.name(v));
        return said + "there is no place \"" + names[i] + "\" in the network" + did_you_mean(names[i], known);
    }
    CapturePlace place;
    place.kind = CapturePlace::Kind::link;
    place.name = names[0] + "--" + names[1];
    for (net::LinkId l = 0; l < topology.link_count(); ++l) {
        const net::Link& link = topology.link(l);
        if ((link.a == *ends[0] && link.b == *ends[1]) || (link.a == *ends[1] && link.b == *ends[0]))
            place.links.push_back(l);
    }
    if (place.links.empty()) return said + "no link connects the two";
    place.figures = [&topology](std::uint32_t l) {
        const net::LinkSpec& spec = topology.spec(l);
        return metrics::LinkFigures{spec.mean_delay(), spec.loss};
    };
    return place;
}

} // namespace

Found capture_place(nodes::Town& town, const metrics::CaptureRequest& request) {
    if (!request.host.empty()) return at_host(town, request.host);
    if (!request.link_a.empty()) return on_link(town, request);
    return CapturePlace();
}

} // namespace postopolis::experiment
