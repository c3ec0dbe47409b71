// What a capture of packets (`--export pcap`) is asked for: where, and of which letter.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "postopolis/trace/event.hpp"

namespace postopolis::metrics {

/// In a person's words.
struct CaptureRequest {
    std::string host;           ///< a host's name or a person's address; empty: not at one
    std::string link_a, link_b; ///< places that a link connects; empty: not on one
    std::string letter; ///< as `explain` takes it: only the connections and look-ups that were about it

    bool is_default() const { return host.empty() && link_a.empty() && letter.empty(); }
};

/// Reads words of the forms "town", "host=NAME", "link=A--B" and "letter=WHICH", each at most once, and one
/// place at most. Gives the text of an error that a person can act upon.
std::variant<CaptureRequest, std::string> parse_capture(std::span<const std::string> words);

struct LinkFigures {
    double mean_delay = 0; ///< seconds
    double loss = 0;
};

/// As the town has it.
struct CapturePlace {
    enum class Kind : std::uint8_t { town, host, link };
    Kind kind = Kind::town;
    trace::NodeId node = 0;           ///< of `host`
    std::vector<std::uint32_t> links; ///< of `link`: all that there are between the two places
    std::function<LinkFigures(std::uint32_t)> figures; ///< of `link`
    std::string name = "town";
};

} // namespace postopolis::metrics
