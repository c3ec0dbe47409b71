// Topologies, generators and shortest routes: against routes found by hand and by Floyd-Warshall.
#include "postopolis/net/topology.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "postopolis/net/generate.hpp"
#include "postopolis/net/routes.hpp"

using namespace postopolis;
using namespace postopolis::net;
using kernel::Distribution;
using kernel::Duration;

namespace {

LinkSpec line(Duration delay, double loss = 0, std::uint64_t bandwidth = 0) {
    LinkSpec spec;
    spec.delay = Distribution::constant(delay);
    spec.loss = loss;
    spec.bandwidth_bps = bandwidth;
    return spec;
}
LinkSpec ms(std::int64_t n) {
    return line(Duration::milliseconds(n));
}

std::shared_ptr<const Topology> done(Topology topology) {
    return std::make_shared<const Topology>(std::move(topology));
}

/// Least delay and hops between all pairs, by another algorithm.
struct AllPairs {
    std::vector<std::vector<std::pair<std::int64_t, int>>> cost;
    explicit AllPairs(const Topology& topology) {
        constexpr std::pair far{std::int64_t{1} << 60, 1 << 20};
        std::size_t n = topology.vertex_count();
        cost.assign(n, std::vector(n, far));
        for (std::size_t v = 0; v < n; ++v)
            cost[v][v] = {0, 0};
        for (LinkId id = 0; id < topology.link_count(); ++id) {
            auto [a, b, spec] = topology.link(id);
            std::pair direct{topology.spec(id).minimum_delay().count(), 1};
            cost[a][b] = cost[b][a] = std::min(cost[a][b], direct);
        }
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    cost[i][j] = std::min(cost[i][j], {cost[i][k].first + cost[k][j].first,
                                                       cost[i][k].second + cost[k][j].second});
    }
};

/// The links lead from a to b, and are the cheapest that do.
void check_all_pairs(std::shared_ptr<const Topology> topology) {
    AllPairs expected(*topology);
    Routes routes(topology);
    for (VertexId a = 0; a < topology->vertex_count(); ++a)
        for (VertexId b = 0; b < topology->vertex_count(); ++b) {
            auto path = routes.path(a, b);
            auto [ns, hops] = expected.cost[a][b];
            if (ns >= std::int64_t{1} << 60) {
                CHECK(path == nullptr);
                continue;
            }
            REQUIRE(path != nullptr);
            VertexId at = a;
            for (LinkId id : path->links()) {
                const Link& link = topology->link(id);
                REQUIRE((link.a == at || link.b == at));
                at = link.a == at ? link.b : link.a;
            }
            CHECK(at == b);
            CHECK(static_cast<int>(path->hops()) == hops);
            if (a != b) CHECK(path->minimum_delay().count() == ns);
            auto back = routes.path(b, a)->links();
            std::reverse(back.begin(), back.end());
            CHECK(path->links() == back);
        }
}

} // namespace

TEST_CASE("a mistake in a topology is an error value and changes nothing") {
    Topology town;
    auto a = town.add_vertex("a.example");
    REQUIRE(a);
    CHECK(town.add_vertex("a.example").error().kind == TopologyError::Kind::DuplicateName);
    CHECK(town.add_vertex("").error().kind == TopologyError::Kind::EmptyName);
    auto b = town.add_vertex("b.example", VertexKind::Router);
    CHECK(town.add_link(*a, *a, ms(1)).error().kind == TopologyError::Kind::SelfLink);
    CHECK(town.add_link(*a, 7, ms(1)).error().kind == TopologyError::Kind::UnknownVertex);
    auto unknown = town.add_link("a.example", "c.example", ms(1));
    CHECK(unknown.error().message.find("c.example") != std::string::npos);
    CHECK(town.add_link(*a, *b, line(Duration(), 1.5)).error().kind == TopologyError::Kind::BadLink);
    CHECK(town.add_link(*a, *b, line(Duration(), std::nan(""))).error().kind == TopologyError::Kind::BadLink);
    LinkSpec heavy;
    heavy.delay = Distribution(Distribution::Pareto{1, 1}); // its mean is infinite
    CHECK(town.add_link(*a, *b, heavy).error().kind == TopologyError::Kind::BadLink);
    CHECK(town.vertex_count() == 2);
    CHECK(town.link_count() == 0);
    CHECK(town.spec_count() == 0);
    CHECK(town.find("b.example") == *b);
    CHECK(!town.find("c.example"));
    CHECK(town.kind(*b) == VertexKind::Router);
}

TEST_CASE("a path adds up delays, multiplies survival, and takes the narrowest bandwidth") {
    Topology town;
    for (const char* name : {"a", "b", "c", "d"})
        (void)town.add_vertex(name);
    (void)town.add_link("a", "b", line(Duration::milliseconds(5), 0.1, 10'000'000));
    (void)town.add_link("b", "c", line(Duration::milliseconds(7), 0.2, 0));
    LinkSpec jittery = line(Duration::milliseconds(10), 0, 2'000'000);
    jittery.jitter = Distribution(Distribution::Exponential{0.004, 0.001});
    (void)town.add_link("c", "d", jittery);
    Routes routes(done(std::move(town)));
    auto path = routes.path(0, 3);
    REQUIRE(path);
    CHECK(path->minimum_delay() == Duration::milliseconds(23));
    CHECK(path->loss() == doctest::Approx(1 - 0.9 * 0.8));
    CHECK(path->bandwidth_bps() == 2'000'000);
    CHECK(path->links() == std::vector<LinkId>{0, 1, 2});
    CHECK(!path->is_constant());
    double jitter_mean = jittery.jitter->mean();
    CHECK(path->mean_delay_seconds() == doctest::Approx(0.022 + jitter_mean));
    kernel::Stream stream({1, 0}, "path");
    double sum = 0;
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) {
        Duration delay = path->draw_delay(stream);
        REQUIRE(delay >= path->minimum_delay());
        sum += delay.to_seconds();
    }
    // Standard deviation 4 ms: five standard errors.
    CHECK(std::abs(sum / draws - path->mean_delay_seconds()) < 5 * 0.004 / std::sqrt(draws));
    CHECK(routes.path(0, 2)->is_constant());
    CHECK(routes.path(0, 2)->draw_delay(stream) == Duration::milliseconds(12));
    CHECK(routes.path(1, 1)->hops() == 0);
    CHECK(routes.path(1, 1)->minimum_delay() == loopback_delay);
}

TEST_CASE("no link is faster than the least delay, so lookahead is positive") {
    Topology town;
    (void)town.add_vertex("a");
    (void)town.add_vertex("b");
    LinkSpec instant;
    instant.delay = Distribution(Distribution::Exponential{0.01});
    (void)town.add_link("a", "b", instant);
    Routes routes(done(std::move(town)));
    CHECK(routes.lookahead() == least_link_delay);
    CHECK(routes.path(0, 1)->minimum_delay() == least_link_delay);
}

TEST_CASE("ties go to fewer hops, then to the lower vertex") {
    Topology town;
    for (const char* name : {"source", "x", "y", "target"})
        (void)town.add_vertex(name);
    // Added so that the higher one comes first: 0-2-3 and 0-1-3 cost 4 ms each, over one more link 0-1-2 too.
    (void)town.add_link(0u, 2u, ms(2));
    (void)town.add_link(2u, 3u, ms(2));
    (void)town.add_link(1u, 3u, ms(2));
    (void)town.add_link(0u, 1u, ms(2));
    (void)town.add_link(0u, 1u, ms(2)); // a second line of the same kind: the first is used
    Routes routes(done(std::move(town)));
    CHECK(routes.path(0, 3)->links() == std::vector<LinkId>{3, 2});
    CHECK(routes.path(3, 0)->links() == std::vector<LinkId>{2, 3});
    Topology second;
    for (const char* name : {"a", "b", "c"})
        (void)second.add_vertex(name);
    (void)second.add_link(0u, 1u, ms(2));
    (void)second.add_link(1u, 2u, ms(2));
    (void)second.add_link(0u, 2u, ms(4));
    CHECK(Routes(done(std::move(second))).path(0, 2)->links() == std::vector<LinkId>{2});
}

TEST_CASE("routes agree with Floyd-Warshall on random graphs with trees hanging on them") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        kernel::Stream stream({seed, 0}, "graphs");
        Topology town;
        for (int v = 0; v < 30; ++v)
            (void)town.add_vertex("v" + std::to_string(v));
        std::uint64_t links = 15 + stream.below(30); // from many pieces to one with circles
        for (std::uint64_t i = 0; i < links; ++i) {
            auto a = static_cast<VertexId>(stream.below(30)), b = static_cast<VertexId>(stream.below(30));
            if (a != b) (void)town.add_link(a, b, ms(static_cast<std::int64_t>(1 + stream.below(5))));
        }
        check_all_pairs(done(std::move(town)));
    }
}

TEST_CASE("generated topologies have the shape that they promise") {
    Topology star;
    auto vertices = add_star(star, "s", 100, ms(3));
    REQUIRE(vertices);
    CHECK(vertices->size() == 101);
    CHECK(star.name(0) == "s-hub");
    CHECK(star.link_count() == 100);
    CHECK(add_star(star, "s", 1, ms(3)).error().kind == TopologyError::Kind::DuplicateName);
    CHECK(star.vertex_count() == 101);
    Routes star_routes(done(std::move(star)));
    CHECK(star_routes.core_size() == 0);
    CHECK(star_routes.path(1, 100)->minimum_delay() == Duration::milliseconds(6));

    Topology tree;
    auto relays = add_hierarchy(tree, "relay", 3, 3, {ms(10), ms(5), ms(1)});
    REQUIRE(relays);
    CHECK(relays->size() == 1 + 3 + 9 + 27);
    auto leaf = tree.find("relay-1-1-1"), far = tree.find("relay-3-2-1");
    REQUIRE((leaf && far));
    Routes tree_routes(done(std::move(tree)));
    CHECK(tree_routes.path(*leaf, *far)->minimum_delay() == Duration::milliseconds(2 * (10 + 5 + 1)));
    CHECK(tree_routes.path(*leaf, 0)->hops() == 3);

    Topology ring;
    REQUIRE(add_ring(ring, "r", 10, ms(1)));
    auto ring_topology = done(std::move(ring));
    CHECK(Routes(ring_topology).path(0, 5)->hops() == 5);
    CHECK(Routes(ring_topology).path(0, 7)->hops() == 3);
    check_all_pairs(ring_topology);

    Topology mesh;
    REQUIRE(add_full_mesh(mesh, "m", 20, ms(1)));
    CHECK(mesh.link_count() == 190);
    CHECK(Routes(done(std::move(mesh))).path(3, 17)->hops() == 1);

    Topology none;
    kernel::Stream stream({1, 0}, "g");
    CHECK(!add_star(none, "x", 0, ms(1)));
    CHECK(!add_star(none, "", 3, ms(1)));
    CHECK(!add_hierarchy(none, "x", 60, 10, {ms(1)}));
    CHECK(!add_hierarchy(none, "x", 2, 0, {ms(1)}));
    CHECK(!add_hierarchy(none, "x", 2, 2, {}));
    CHECK(!add_scale_free(none, "x", 3, 3, ms(1), stream));
    CHECK(!add_ring(none, "x", 2, ms(1)));
    CHECK(!add_full_mesh(none, "x", 20'000, ms(1)));
    CHECK(!add_ring(none, "x", 5, line(Duration(), 2)));
    CHECK(none.vertex_count() == 0);
}

TEST_CASE("a scale-free graph has the degrees of Barabasi and Albert, the same for the same stream") {
    constexpr std::uint32_t n = 20'000, m = 2;
    auto make = [](std::uint64_t seed) {
        Topology graph;
        kernel::Stream stream({seed, 0}, "topology");
        REQUIRE(add_scale_free(graph, "v", n, m, ms(1), stream));
        return graph;
    };
    Topology graph = make(1);
    CHECK(graph.link_count() == m * (m + 1) / 2 + (n - m - 1) * m);
    std::vector<int> degree(n, 0);
    std::set<std::pair<VertexId, VertexId>> pairs;
    for (LinkId id = 0; id < graph.link_count(); ++id) {
        const Link& link = graph.link(id);
        ++degree[link.a];
        ++degree[link.b];
        CHECK(pairs.insert(std::minmax(link.a, link.b)).second); // m *different* ones
    }
    std::map<int, int> histogram;
    for (int d : degree)
        ++histogram[d];
    CHECK(histogram.begin()->first == m);
    // Dorogovtsev, Mendes, Samukhin (PRL 2000): P(k) = 2m(m+1) / (k (k+1) (k+2)).
    for (int k = m; k <= 5; ++k) {
        double expected = 2.0 * m * (m + 1) / (k * (k + 1.0) * (k + 2.0));
        double seen = histogram[k] / double{n};
        CHECK(std::abs(seen - expected) < 5 * std::sqrt(expected * (1 - expected) / n));
    }
    Topology again = make(1), other = make(2);
    bool same = true, differs = false;
    for (LinkId id = 0; id < graph.link_count(); ++id) {
        same &= graph.link(id).a == again.link(id).a && graph.link(id).b == again.link(id).b;
        differs |= graph.link(id).a != other.link(id).a;
    }
    CHECK(same);
    CHECK(differs);
}

TEST_CASE("caches cannot be seen: one tree and one slot give the same routes, on several threads too") {
    Topology graph;
    kernel::Stream stream({3, 0}, "topology");
    REQUIRE(add_scale_free(graph, "v", 60, 2, ms(1), stream));
    auto topology = done(std::move(graph));
    Routes roomy(topology);
    Routes tight(topology, {.tree_bytes = 1, .cached_paths = 1});
    auto compare = [&] {
        for (VertexId a = 0; a < 60; ++a)
            for (VertexId b = 0; b < 60; ++b)
                if (roomy.path(a, b)->links() != tight.path(a, b)->links()) return false;
        return true;
    };
    bool first = false, second = false;
    std::thread one([&] { first = compare(); });
    std::thread two([&] { second = compare(); });
    one.join();
    two.join();
    CHECK(first);
    CHECK(second);
}

TEST_CASE("a star of 10^5 hosts and a chain that hangs on nothing need no Dijkstra") {
    Topology star;
    REQUIRE(add_star(star, "s", 100'000, ms(2)));
    Routes routes(done(std::move(star)));
    CHECK(routes.core_size() == 0);
    kernel::Stream stream({1, 0}, "pairs");
    for (int i = 0; i < 200'000; ++i) {
        auto a = static_cast<VertexId>(1 + stream.below(50'000));
        auto b = static_cast<VertexId>(50'001 + stream.below(50'000));
        REQUIRE(routes.path(a, b)->minimum_delay() == Duration::milliseconds(4));
    }
}

TEST_CASE("the lookahead between parts is the least minimum delay of the ways between their stations") {
    // h1 -1- r1 -5- r2 -2- h2, and h3 -4- r2.
    auto topology = std::make_shared<Topology>();
    for (const char* name : {"h1", "h2", "h3", "r1", "r2", "lonely"})
        REQUIRE(topology->add_vertex(name));
    REQUIRE(topology->add_link("h1", "r1", ms(1)));
    REQUIRE(topology->add_link("r1", "r2", ms(5)));
    REQUIRE(topology->add_link("h2", "r2", ms(2)));
    REQUIRE(topology->add_link("h3", "r2", ms(4)));
    const Routes routes(topology);
    auto at = [&](const char* name, std::uint32_t part, bool answers = true) {
        return Station{*topology->find(name), part, answers};
    };
    auto lookahead = [&](std::vector<Station> stations) { return routes.lookahead(stations, 3); };
    CHECK(lookahead({at("h1", 0), at("h2", 1), at("h3", 1)}) == Duration::milliseconds(8));
    CHECK(lookahead({at("h1", 0), at("h2", 1), at("h3", 2)}) == Duration::milliseconds(6));
    CHECK(lookahead({at("h1", 0), at("h2", 0), at("h3", 0)}) == Duration::max());
    CHECK(lookahead({at("h1", 0), at("lonely", 1)}) == Duration::max());
    // Those who only call are not called by one another.
    CHECK(lookahead({at("h1", 0), at("h2", 1, false), at("h3", 2, false)}) == Duration::milliseconds(8));
    CHECK(lookahead({at("h2", 0, false), at("h2", 1, false)}) == Duration::max());
    CHECK(lookahead({at("h2", 0), at("h2", 1, false)}) == loopback_delay);
}

TEST_CASE("the lookahead between parts that leaves are in is that of the ways between two leaves") {
    // Leaves at the ends of 10 ms lines, and somebody who calls only, 3 ms from where they meet.
    auto topology = std::make_shared<Topology>();
    for (const char* name : {"middle", "one", "other", "people"})
        REQUIRE(topology->add_vertex(name));
    REQUIRE(topology->add_link("one", "middle", ms(10)));
    REQUIRE(topology->add_link("other", "middle", ms(10)));
    REQUIRE(topology->add_link("people", "middle", ms(3)));
    Routes routes(topology);
    const HostRef leaf = routes.add_leaves(*topology->find("one"), *topology->find("other"), 1000);
    const Station people{*topology->find("people"), 1, false};
    auto lookahead = [&](std::vector<Station> stations) { return routes.lookahead(stations, 2); };
    CHECK(lookahead({{leaf, 0}, {leaf, 1}}) == routes.path(leaf, leaf + 999)->minimum_delay());
    CHECK(lookahead({{leaf, 0}, {leaf, 1}}) == Duration::milliseconds(20));
    CHECK(lookahead({{leaf, 0}, {leaf, 1}, people}) == Duration::milliseconds(13));
}
