// libFuzzer target: read_graphml() survives any bytes; it gives a topology or mistakes with a place in the
// file, never both and never neither; what it accepts is sound: every name is found again, every link is
// possible, and routes can be computed on it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "postopolis/net/graphml.hpp"
#include "postopolis/net/routes.hpp"

namespace {
using namespace postopolis::net;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "graphml_fuzz: %s\n", what);
    std::abort();
}

void check_topology(std::shared_ptr<const Topology> topology) {
    for (VertexId v = 0; v < topology->vertex_count(); ++v)
        require(topology->find(topology->name(v)) == v, "a vertex is not found by its name");
    for (LinkId id = 0; id < topology->link_count(); ++id) {
        require(topology->link(id).a != topology->link(id).b, "a link to itself");
        require(!topology->spec(id).problem(), "a link with impossible figures");
    }
    Routes routes(topology);
    VertexId most = std::min<VertexId>(topology->vertex_count(), 8);
    for (VertexId a = 0; a < most; ++a)
        for (VertexId b = 0; b < most; ++b) {
            auto there = routes.path(a, b), back = routes.path(b, a);
            require((there == nullptr) == (back == nullptr), "a way there and none back");
            if (there) require(there->minimum_delay() == back->minimum_delay(), "there and back differ");
        }
}

void check_text(std::string_view text, const GraphmlOptions& options) {
    GraphmlResult result = read_graphml(text, options);
    require(result.topology.has_value() == result.errors.empty(),
            "neither a topology nor a mistake, or both");
    require(result.errors.size() <= 20, "too many errors");
    auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) +
                 static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\r')) + 1;
    for (const GraphmlError& error : result.errors)
        require(error.line >= 1 && error.line <= lines && error.column >= 1 && !error.message.empty(),
                "an error without its place");
    if (result.topology) check_topology(std::make_shared<const Topology>(std::move(*result.topology)));
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    check_text(text, {});
    GraphmlOptions lenient;
    lenient.default_link = LinkSpec{};
    lenient.names_from_ids = true;
    check_text(text, lenient);
    return 0;
}
