// Reading what a capture is asked for. See capture.hpp.
#include "postopolis/metrics/capture.hpp"

#include <array>

#include "postopolis/scenario/spelling.hpp"

namespace postopolis::metrics {

namespace {

constexpr std::array<std::string_view, 4> kWords{"town", "host", "link", "letter"};

std::string unknown_capture(std::string_view word) {
    const std::vector<std::string_view> known(kWords.begin(), kWords.end());
    const std::string near = scenario::nearest(word, known);
    return "expected town, host=NAME, link=PLACE--PLACE or letter=WHICH" +
           (near.empty() || near == word ? std::string() : "; did you mean " + near + "?");
}

/// Sets what was not set before.
std::string set(std::string& field, std::string_view value, std::string_view what) {
    if (value.empty()) return "expected something behind the =";
    if (!field.empty()) return std::string(what) + " can be said once only";
    field = value;
    return {};
}

std::string read(CaptureRequest& request, bool& town, std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    if (equals == std::string_view::npos) {
        if (key != "town") return unknown_capture(key);
        town = true;
        return {};
    }
    const std::string_view value = word.substr(equals + 1);
    if (key == "host") return set(request.host, value, "host=");
    if (key == "letter") return set(request.letter, value, "letter=");
    if (key != "link") return unknown_capture(key);
    const std::size_t middle = value.find("--");
    if (middle == std::string_view::npos || middle == 0 || middle + 2 >= value.size())
        return "expected two places that a link connects, such as link=a.example--b.example";
    const std::string error = set(request.link_a, value.substr(0, middle), "link=");
    if (error.empty()) request.link_b = value.substr(middle + 2);
    return error;
}

} // namespace

std::variant<CaptureRequest, std::string> parse_capture(std::span<const std::string> words) {
    CaptureRequest request;
    bool town = false;
    for (const std::string& word : words)
        if (std::string error = read(request, town, word); !error.empty()) return word + ": " + error;
    const int places = (town ? 1 : 0) + (request.host.empty() ? 0 : 1) + (request.link_a.empty() ? 0 : 1);
    if (places > 1) return std::string("a capture has one place: town, a host or a link");
    return request;
}

} // namespace postopolis::metrics
