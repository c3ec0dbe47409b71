#include "postopolis/net/graphml.hpp"

#include <expat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "net/graphml_values.hpp"

namespace postopolis::net {

namespace {

using namespace graphml;

constexpr std::size_t most_errors = 20;
constexpr std::size_t deepest_nesting = 256;
constexpr std::size_t longest_name = 255;
constexpr std::size_t piece_bytes = 1 << 20; ///< Expat counts the bytes of one call in an int

struct Place {
    std::uint64_t line = 0, column = 0;
};

struct Value {
    std::string text;
    double unit = 1;
    Place place;
};
using Values = std::array<std::optional<Value>, property_count>;

struct Key {
    Meaning meaning;
    bool for_nodes = true, for_edges = true;
};

struct Edge {
    std::string source, target;
    LinkSpec link;
    Place place;
};

enum class Element { Graphml, Graph, Node, Edge, Key, Default, Data, NodeLabel, Refused, Other };

Element element_of(std::string_view name) {
    if (std::size_t colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
    constexpr std::array<std::pair<std::string_view, Element>, 11> known{{{"graphml", Element::Graphml},
                                                                          {"graph", Element::Graph},
                                                                          {"node", Element::Node},
                                                                          {"edge", Element::Edge},
                                                                          {"key", Element::Key},
                                                                          {"default", Element::Default},
                                                                          {"data", Element::Data},
                                                                          {"NodeLabel", Element::NodeLabel},
                                                                          {"hyperedge", Element::Refused},
                                                                          {"port", Element::Refused},
                                                                          {"locator", Element::Refused}}};
    for (const auto& [known_name, element] : known)
        if (known_name == name) return element;
    return Element::Other;
}

std::string quoted(std::string_view text) {
    constexpr std::size_t shown = 60;
    if (text.size() > shown) return "\"" + std::string(text.substr(0, shown)) + "...\"";
    return "\"" + std::string(text) + "\"";
}

const char* attribute(const XML_Char** attributes, std::string_view name) {
    for (; *attributes; attributes += 2)
        if (name == attributes[0]) return attributes[1];
    return nullptr;
}

class Reader {
public:
    explicit Reader(const GraphmlOptions& options)
        : options_(options), parser_(XML_ParserCreate(nullptr), XML_ParserFree) {}

    GraphmlResult read(std::string_view text);

private:
    static Reader& of(void* self) { return *static_cast<Reader*>(self); }
    Place here() const {
        return {XML_GetCurrentLineNumber(parser_.get()), XML_GetCurrentColumnNumber(parser_.get()) + 1};
    }
    void complain(Place place, std::string message);
    void stop(std::string message);

    void start(std::string_view name, const XML_Char** attributes);
    void end();
    void start_graph();
    void start_key(const XML_Char** attributes);
    void start_node(const XML_Char** attributes);
    void start_edge(const XML_Char** attributes);
    void start_data(const XML_Char** attributes);
    void capture(Meaning meaning, Values& into);
    void end_key();
    void end_node();
    void end_edge();
    void link_all();
    const std::optional<Value>& value(const Values& defaults, Property property) const;
    bool inside(Element element) const {
        return std::find(open_.begin(), open_.end(), element) != open_.end();
    }

    const GraphmlOptions& options_;
    std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
    GraphmlResult result_;
    Topology topology_;
    bool too_many_errors_ = false;

    std::vector<Element> open_;
    bool graph_seen_ = false;
    std::unordered_map<std::string, Key> keys_;
    std::string key_id_;
    Key key_;
    Values key_default_, node_defaults_, edge_defaults_;

    Values values_; ///< of the node or edge that is open
    Place place_;   ///< of it
    std::string node_id_;
    Edge edge_;
    std::unordered_map<std::string, VertexId> vertex_of_id_;
    std::vector<Place> vertex_place_;
    std::vector<Edge> edges_;

    Values* capture_into_ = nullptr; ///< where the text that comes goes, if anywhere
    Meaning capture_meaning_;
    std::size_t capture_depth_ = 0;
    Place capture_place_;
    std::string text_;
};

void Reader::complain(Place place, std::string message) {
    if (result_.errors.size() < most_errors)
        result_.errors.push_back({place.line, place.column, std::move(message)});
    else if (!std::exchange(too_many_errors_, true))
        XML_StopParser(parser_.get(), XML_FALSE);
}

void Reader::stop(std::string message) {
    complain(here(), std::move(message));
    too_many_errors_ = true; // what Expat says of the stop is no news
    XML_StopParser(parser_.get(), XML_FALSE);
}

GraphmlResult Reader::read(std::string_view text) {
    XML_Parser parser = parser_.get();
    if (!parser) return {std::nullopt, {{1, 1, "out of memory"}}};
    XML_SetUserData(parser, this);
    XML_SetElementHandler(
        parser,
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
            of(self).start(name, attributes);
        },
        [](void* self, const XML_Char*) { of(self).end(); });
    XML_SetCharacterDataHandler(parser, [](void* self, const XML_Char* data, int length) {
        Reader& reader = of(self);
        if (reader.capture_into_ && reader.open_.size() == reader.capture_depth_)
            reader.text_.append(data, static_cast<std::size_t>(length));
    });
    XML_SetEntityDeclHandler(parser, [](void* self, const XML_Char*, int, const XML_Char*, int,
                                        const XML_Char*, const XML_Char*, const XML_Char*, const XML_Char*) {
        of(self).stop("declared entities are not understood: write the text out");
    });
    XML_Status status = XML_STATUS_OK;
    do {
        std::size_t bytes = std::min(text.size(), piece_bytes);
        status = XML_Parse(parser, text.data(), static_cast<int>(bytes), bytes == text.size());
        text.remove_prefix(bytes);
    } while (status == XML_STATUS_OK && !text.empty());
    if (status == XML_STATUS_OK) {
        if (!graph_seen_) complain(here(), "there is no <graph> in the file");
        link_all();
    } else if (!too_many_errors_) {
        complain(here(), std::string("not XML: ") + XML_ErrorString(XML_GetErrorCode(parser)));
    }
    std::stable_sort(result_.errors.begin(), result_.errors.end(),
                     [](const GraphmlError& a, const GraphmlError& b) {
                         return std::pair(a.line, a.column) < std::pair(b.line, b.column);
                     });
    if (result_.errors.empty()) result_.topology = std::move(topology_);
    return std::move(result_);
}

void Reader::start(std::string_view name, const XML_Char** attributes) {
    // Expat may still call once or twice after it was stopped.
    if (too_many_errors_) return;
    Element element = element_of(name);
    if (open_.empty() && element != Element::Graphml)
        return stop("expected <graphml>, found <" + std::string(name.substr(0, 60)) + ">");
    if (open_.size() >= deepest_nesting) return stop("elements are nested more than 256 deep");
    Element parent = open_.empty() ? Element::Other : open_.back();
    open_.push_back(element);
    if (element == Element::Graph)
        start_graph();
    else if (element == Element::Key && parent == Element::Graphml)
        start_key(attributes);
    else if (element == Element::Default && parent == Element::Key)
        capture(key_.meaning, key_default_);
    else if (element == Element::Node && parent == Element::Graph)
        start_node(attributes);
    else if (element == Element::Edge && parent == Element::Graph)
        start_edge(attributes);
    else if (element == Element::Data && (parent == Element::Node || parent == Element::Edge))
        start_data(attributes);
    else if (element == Element::NodeLabel && inside(Element::Node) && inside(Element::Data) &&
             !capture_into_)
        capture({Property::Label}, values_); // yEd puts the label into its drawing of the node
    else if (element == Element::Refused)
        complain(here(), "<" + std::string(name) + "> is not understood: use nodes and edges only");
    else if (element == Element::Node || element == Element::Edge)
        complain(here(), "<" + std::string(name) + "> must stand directly within <graph>");
}

void Reader::end() {
    if (too_many_errors_ || open_.empty()) return;
    if (capture_into_ && open_.size() == capture_depth_) {
        if (capture_meaning_.property != Property::Other) {
            auto& slot = (*capture_into_)[static_cast<std::size_t>(capture_meaning_.property)];
            slot = Value{std::string(trimmed(text_)), capture_meaning_.unit, capture_place_};
        }
        capture_into_ = nullptr;
    }
    Element element = open_.back();
    open_.pop_back();
    Element parent = open_.empty() ? Element::Other : open_.back();
    if (element == Element::Key && parent == Element::Graphml)
        end_key();
    else if (element == Element::Node && parent == Element::Graph)
        end_node();
    else if (element == Element::Edge && parent == Element::Graph)
        end_edge();
}

void Reader::capture(Meaning meaning, Values& into) {
    capture_into_ = &into;
    capture_meaning_ = meaning;
    capture_depth_ = open_.size();
    capture_place_ = here();
    text_.clear();
}

void Reader::start_graph() {
    if (std::count(open_.begin(), open_.end(), Element::Graph) > 1)
        stop("a graph within a graph is not understood: write one flat graph");
    else if (std::exchange(graph_seen_, true))
        stop("there is a second <graph>: one file, one network");
}

void Reader::start_key(const XML_Char** attributes) {
    const char* id = attribute(attributes, "id");
    if (!id) complain(here(), "a <key> needs an id");
    key_id_ = id ? id : "";
    const char* name = attribute(attributes, "attr.name");
    key_ = Key{name ? meaning_of(name) : Meaning{}};
    std::string_view scope = "all";
    if (const char* written = attribute(attributes, "for")) scope = written;
    key_.for_nodes = scope == "all" || scope == "node";
    key_.for_edges = scope == "all" || scope == "edge";
    key_default_ = {};
    place_ = here();
}

void Reader::end_key() {
    for (std::size_t i = 0; i < property_count; ++i) {
        if (key_default_[i] && key_.for_nodes) node_defaults_[i] = key_default_[i];
        if (key_default_[i] && key_.for_edges) edge_defaults_[i] = key_default_[i];
    }
    if (!keys_.emplace(key_id_, key_).second)
        complain(place_, "there is a key " + quoted(key_id_) + " already");
}

void Reader::start_node(const XML_Char** attributes) {
    values_ = {};
    place_ = here();
    const char* id = attribute(attributes, "id");
    if (!id || !*id) complain(place_, "a <node> needs an id");
    node_id_ = id ? id : "";
}

void Reader::start_edge(const XML_Char** attributes) {
    values_ = {};
    place_ = here();
    const char* source = attribute(attributes, "source");
    const char* target = attribute(attributes, "target");
    if (!source || !target) complain(place_, "an <edge> needs a source and a target");
    edge_.source = source ? source : "";
    edge_.target = target ? target : "";
}

void Reader::start_data(const XML_Char** attributes) {
    const char* id = attribute(attributes, "key");
    if (!id) return complain(here(), "a <data> needs a key");
    auto key = keys_.find(id);
    if (key == keys_.end())
        return complain(here(), "there is no <key> " + quoted(id) + "; keys stand before the graph");
    bool of_node = open_[open_.size() - 2] == Element::Node;
    if (of_node ? !key->second.for_nodes : !key->second.for_edges)
        return complain(here(), "the key " + quoted(id) + " is not for " + (of_node ? "nodes" : "edges"));
    // A key without a meaning may hold a yEd label, so its text is left to the elements within.
    if (key->second.meaning.property != Property::Other) capture(key->second.meaning, values_);
}

const std::optional<Value>& Reader::value(const Values& defaults, Property property) const {
    auto i = static_cast<std::size_t>(property);
    return values_[i] ? values_[i] : defaults[i];
}

void Reader::end_node() {
    if (node_id_.empty()) return;
    std::string_view name = node_id_;
    for (Property property : {Property::Label, Property::Name})
        if (const auto& given = value(node_defaults_, property);
            given && !given->text.empty() && !options_.names_from_ids)
            name = given->text;
    VertexKind kind = VertexKind::Host;
    if (const auto& given = value(node_defaults_, Property::Kind); given && given->text == "router")
        kind = VertexKind::Router;
    if (vertex_of_id_.contains(node_id_))
        return complain(place_, "there is a node " + quoted(node_id_) + " already");
    if (name.size() > longest_name)
        return complain(place_, "the name " + quoted(name) + " is over 255 bytes long");
    auto vertex = topology_.add_vertex(name, kind);
    if (vertex) {
        vertex_of_id_.emplace(node_id_, *vertex);
        vertex_place_.push_back(place_);
        return;
    }
    std::string message = vertex.error().message;
    if (auto first = topology_.find(name)) {
        vertex_of_id_.emplace(node_id_, *first); // its edges are no further mistakes
        message = "a second node is called " + quoted(name) + ", the first in line " +
                  std::to_string(vertex_place_[*first].line) +
                  ": give each a name of its own, or take names from ids";
    }
    complain(place_, std::move(message));
}

void Reader::end_edge() {
    edge_.place = place_;
    edge_.link = options_.default_link.value_or(LinkSpec{});
    auto wrong = [&](const Value& given, std::string_view expected) {
        complain(given.place, "expected " + std::string(expected) + ", found " + quoted(given.text));
    };
    if (const auto& given = value(edge_defaults_, Property::Delay)) {
        if (auto seconds = read_delay(given->text, given->unit)) {
            edge_.link.delay = kernel::Distribution::constant(*seconds);
            edge_.link.jitter.reset();
        } else {
            wrong(*given, "a delay such as 20ms, or a number");
        }
    } else if (!options_.default_link) {
        complain(
            place_,
            "this edge has no delay: give it an attribute \"delay\" (or \"latency\"), or a default link");
    }
    if (const auto& given = value(edge_defaults_, Property::Bandwidth)) {
        if (auto rate = read_bandwidth(given->text, given->unit))
            edge_.link.bandwidth_bps = *rate;
        else
            wrong(*given, "a bandwidth such as 10Mbit/s, or a number above 0");
    }
    if (const auto& given = value(edge_defaults_, Property::Loss)) {
        if (auto loss = read_loss(given->text, given->unit))
            edge_.link.loss = *loss;
        else
            wrong(*given, "a loss such as 0.01 or 1%, at most 1");
    }
    edges_.push_back(std::move(edge_));
    edge_ = Edge();
}

/// Nodes may follow the edges that name them, so edges become links last.
void Reader::link_all() {
    for (Edge& edge : edges_) {
        auto a = vertex_of_id_.find(edge.source), b = vertex_of_id_.find(edge.target);
        if (a == vertex_of_id_.end() || b == vertex_of_id_.end()) {
            const std::string& unknown = a == vertex_of_id_.end() ? edge.source : edge.target;
            complain(edge.place, "there is no node " + quoted(unknown));
            continue;
        }
        auto link = topology_.add_link(a->second, b->second, std::move(edge.link));
        if (!link) complain(edge.place, link.error().message);
    }
}

} // namespace

GraphmlResult read_graphml(std::string_view text, const GraphmlOptions& options) {
    return Reader(options).read(text);
}

} // namespace postopolis::net
