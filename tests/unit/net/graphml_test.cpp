// GraphML: what NetworkX, the Topology Zoo and yEd write is read, and each mistake is told with its line.
#include "postopolis/net/graphml.hpp"

#include <string>

#include <doctest/doctest.h>

#include "postopolis/kernel/random.hpp"

using namespace postopolis;
using namespace postopolis::net;
using kernel::Duration;

namespace {

/// As NetworkX 2.8 writes it.
const std::string networkx = R"(<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d4" for="edge" attr.name="loss" attr.type="string" />
  <key id="d3" for="edge" attr.name="bandwidth" attr.type="string"><default>1Gbit/s</default></key>
  <key id="d2" for="edge" attr.name="latency_ms" attr.type="double" />
  <key id="d1" for="node" attr.name="kind" attr.type="string" />
  <key id="d0" for="node" attr.name="label" attr.type="string" />
  <graph edgedefault="undirected">
    <node id="0"><data key="d0">zürich</data><data key="d1">router</data></node>
    <node id="1"/>
    <edge source="0" target="1"><data key="d2">2.5</data></edge>
    <edge source="1" target="2"><data key="d2">10</data><data key="d3">64k</data><data key="d4">1%</data></edge>
    <node id="2"><data key="d0"> mail &amp; more </data></node>
  </graph>
</graphml>
)";

std::string in_graph(const std::string& body) {
    return "<graphml>\n<key id=\"n\" for=\"node\" attr.name=\"Name\"/>\n<key id=\"d\" for=\"edge\" "
           "attr.name=\"DELAY\"/>\n<key id=\"b\" for=\"edge\" attr.name=\"LinkSpeedRaw\"/>\n<key id=\"l\" "
           "for=\"edge\" "
           "attr.name=\"loss_percent\"/>\n<graph edgedefault=\"undirected\">\n<node id=\"a\"/><node "
           "id=\"b\"/>\n" +
           body + "\n</graph>\n</graphml>\n"; // the body begins in line 8
}

} // namespace

TEST_CASE("a file of NetworkX becomes a topology: labels, units in names, defaults, nodes after edges") {
    GraphmlResult result = read_graphml(networkx);
    REQUIRE(result.topology);
    const Topology& town = *result.topology;
    CHECK(town.vertex_count() == 3);
    CHECK(town.find("zürich") == 0);
    CHECK(town.kind(0) == VertexKind::Router);
    CHECK(town.kind(1) == VertexKind::Host);
    CHECK(town.find("1") == 1);
    CHECK(town.find("mail & more") == 2);
    REQUIRE(town.link_count() == 2);
    CHECK(town.spec(0).minimum_delay() == Duration::microseconds(2500));
    CHECK(town.spec(0).bandwidth_bps == 1'000'000'000);
    CHECK(town.spec(0).loss == 0);
    CHECK(town.spec(1).bandwidth_bps == 64'000);
    CHECK(town.spec(1).loss == doctest::Approx(0.01));
    GraphmlOptions by_id;
    by_id.names_from_ids = true;
    CHECK(read_graphml(networkx, by_id).topology->find("0") == 0);
}

TEST_CASE("durations in words, names in any case, default links") {
    auto one =
        read_graphml(in_graph("<edge source='a' target='b'><data key='d'>20ms</data><data key='b'>1e9</data>"
                              "<data key='l'>2.5</data></edge>"));
    REQUIRE(one.topology);
    CHECK(one.topology->spec(0).minimum_delay() == Duration::milliseconds(20));
    CHECK(one.topology->spec(0).bandwidth_bps == 1'000'000'000);
    CHECK(one.topology->spec(0).loss == doctest::Approx(0.025));
    auto seconds = read_graphml(in_graph("<edge source='a' target='b'><data key='d'>0.5</data></edge>"));
    CHECK(seconds.topology->spec(0).minimum_delay() == Duration::milliseconds(500));
    GraphmlOptions options;
    options.default_link = LinkSpec{kernel::Distribution::constant(0.007), std::nullopt, 1000, 0.5};
    auto fallback = read_graphml(in_graph("<edge source='a' target='b'/>"), options);
    REQUIRE(fallback.topology);
    CHECK(fallback.topology->spec(0).minimum_delay() == Duration::milliseconds(7));
    CHECK(fallback.topology->spec(0).loss == 0.5);
}

TEST_CASE("yEd's labels are found in its drawing of the node") {
    GraphmlOptions options;
    options.default_link = LinkSpec{};
    auto result = read_graphml(R"(<graphml xmlns:y="http://www.yworks.com/xml/graphml">
  <key for="node" id="d6" yfiles.type="nodegraphics"/>
  <graph edgedefault="directed" id="G">
    <node id="n0"><data key="d6"><y:ShapeNode><y:NodeLabel textColor="#000000">hub<y:LabelModel>
      <y:SmartNodeLabelModel/></y:LabelModel></y:NodeLabel></y:ShapeNode></data></node>
    <node id="n1"/><edge id="e0" source="n0" target="n1"/>
  </graph></graphml>)",
                               options);
    REQUIRE(result.topology);
    CHECK(result.topology->find("hub") == 0);
    CHECK(result.topology->link_count() == 1);
}

TEST_CASE("each mistake is told with its line and in words") {
    struct Case {
        std::string text;
        std::uint64_t line;
        std::string says;
    };
    const std::string bomb =
        "<!DOCTYPE graphml [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<graphml><graph/>&b;</graphml>";
    std::string deep = "<graphml>";
    for (int i = 0; i < 100'000; ++i)
        deep += "<x>";
    const Case cases[] = {
        {"", 1, "not XML"},
        {"hello", 1, "not XML"},
        {networkx.substr(0, networkx.size() - 15), 14, "not XML"},
        {"<graphml>\n<graph>\xff\xfe</graph></graphml>", 2, "not XML"},
        {"<svg/>", 1, "expected <graphml>, found <svg>"},
        {"<graphml>\n</graphml>", 2, "no <graph>"},
        {bomb, 1, "entities"},
        {deep, 1, "256 deep"},
        {in_graph("<node id='a'/>"), 8, "node \"a\" already"},
        {in_graph("\n<node id='c'><data key='n'>a</data></node>"), 9, "the first in line 7"},
        {in_graph("<node/>"), 8, "needs an id"},
        {in_graph("<node id='" + std::string(300, 'x') + "'/>"), 8, "over 255 bytes"},
        {in_graph("<edge source='a' target='b'/>"), 8, "no delay"},
        {in_graph("<edge source='a'><data key='d'>1ms</data></edge>"), 8, "source and a target"},
        {in_graph("\n\n<edge source='a' target='z'><data key='d'>1ms</data></edge>"), 10, "no node \"z\""},
        {in_graph("<edge source='a' target='a'><data key='d'>1ms</data></edge>"), 8, "to itself"},
        {in_graph("<edge source='a' target='b'>\n<data key='d'>soon</data></edge>"), 9, "found \"soon\""},
        {in_graph("<edge source='a' target='b'>\n<data key='d'>-1</data></edge>"), 9, "expected a delay"},
        {in_graph("<edge source='a' target='b'>\n<data key='d'>nan</data></edge>"), 9, "expected a delay"},
        {in_graph("<edge source='a' target='b'>\n<data key='d'>1e300</data></edge>"), 9, "expected a delay"},
        {in_graph("<edge source='a' target='b'><data key='d'>1</data>\n<data key='b'>0</data></edge>"), 9,
         "bandwidth"},
        {in_graph("<edge source='a' target='b'><data key='d'>1</data>\n<data key='l'>101</data></edge>"), 9,
         "loss"},
        {in_graph("<edge source='a' target='b'><data key='q'>1</data><data key='d'>1</data></edge>"), 8,
         "no <key> \"q\""},
        {in_graph("<edge source='a' target='b'><data key='n'>1</data><data key='d'>1</data></edge>"), 8,
         "not for edges"},
        {in_graph("<edge source='a' target='b'><data>1</data><data key='d'>1</data></edge>"), 8,
         "needs a key"},
        {in_graph("<hyperedge/>"), 8, "<hyperedge> is not understood"},
        {in_graph("<node id='c'><graph/></node>"), 8, "within a graph"},
        {"<graphml><graph/>\n<graph/></graphml>", 2, "second <graph>"},
        {"<graphml><key id='a'/>\n<key id='a'/><graph/></graphml>", 2, "key \"a\" already"},
        {"<graphml>\n<node id='a'/><graph/></graphml>", 2, "directly within"},
    };
    for (const Case& wrong : cases) {
        CAPTURE(wrong.text.substr(0, 400));
        GraphmlResult result = read_graphml(wrong.text);
        CHECK(!result.topology);
        REQUIRE(!result.errors.empty());
        CAPTURE(result.errors[0].message);
        CHECK(result.errors[0].line == wrong.line);
        CHECK(result.errors[0].column >= 1);
        CHECK(result.errors[0].message.find(wrong.says) != std::string::npos);
    }
}

TEST_CASE("all mistakes are told at once, in the order of the file, twenty at most") {
    auto two =
        read_graphml(in_graph("<edge source='a' target='z'><data key='d'>1</data></edge>\n<node id='a'/>"));
    REQUIRE(two.errors.size() == 2);
    CHECK(two.errors[0].line == 8);
    CHECK(two.errors[1].line == 9);
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "<node id='a'/>\n";
    CHECK(read_graphml(in_graph(many)).errors.size() == 20);
}

TEST_CASE("any bytes are survived: every prefix, and bytes changed at random") {
    for (std::size_t length = 0; length + 12 < networkx.size(); ++length)
        CHECK(!read_graphml(std::string_view(networkx).substr(0, length)).errors.empty());
    kernel::Stream stream({1, 0}, "bytes");
    for (int i = 0; i < 5000; ++i) {
        std::string changed = networkx;
        for (std::uint64_t n = 1 + stream.below(4); n > 0; --n)
            changed[stream.below(changed.size())] = static_cast<char>(stream.below(256));
        GraphmlResult result = read_graphml(changed);
        CHECK(result.topology.has_value() == result.errors.empty());
    }
}

TEST_CASE("bandwidths in words") {
    CHECK(parse_bandwidth("10Mbit/s") == 10'000'000);
    CHECK(parse_bandwidth("1 Gbps") == 1'000'000'000);
    CHECK(parse_bandwidth("64k") == 64'000);
    CHECK(parse_bandwidth("9600") == 9600);
    CHECK(parse_bandwidth("0.5 kb/s") == 500);
    CHECK(parse_bandwidth("1200 bit/s") == 1200);
    for (const char* wrong :
         {"", "0", "-5", "fast", "10 MB", "10 Mbit/s x", "1e30", "inf", "0x10", "10 kkbps"})
        CHECK(!parse_bandwidth(wrong));
}
