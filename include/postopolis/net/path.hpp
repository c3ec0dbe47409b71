// A path: all that a connection needs to know about the way between two hosts.
//
// Where paths come from is behind `PathSource`: a graph with shortest routes (`Routes`) or the plain
// Internet of plausible delays (`Internet`). A path is immutable and may be shared between threads; it
// stays valid after its source is gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "postopolis/kernel/random.hpp"
#include "postopolis/kernel/time.hpp"
#include "postopolis/net/link.hpp"

namespace postopolis::net {

using LinkId = std::uint32_t;
/// A host as its path source numbers it: a `VertexId` in `Routes`, the order of adding in `Internet`.
using HostRef = std::uint32_t;

/// One way between two processes on the same host.
inline constexpr kernel::Duration loopback_delay = kernel::Duration::microseconds(20);

class Path {
public:
    /// The loopback path; `append` makes it a longer one.
    Path() = default;
    /// Adds one link at the end. `spec` must be free of problems.
    void append(LinkId id, const std::shared_ptr<const LinkSpec>& spec);
    /// The same for a link that no topology has.
    void append(const std::shared_ptr<const LinkSpec>& spec);

    /// In order from the first host to the second; empty for the loopback and for `Internet`.
    const std::vector<LinkId>& links() const { return links_; }
    kernel::Duration minimum_delay() const { return hops_ == 0 ? loopback_delay : minimum_; }
    double mean_delay_seconds() const;
    /// That of the narrowest link, in bits per second; 0 is unlimited.
    std::uint64_t bandwidth_bps() const { return bandwidth_bps_; }
    /// That a packet is lost on any of the links: 1 - product of (1 - loss).
    double loss() const { return 1 - survival_; }
    std::uint32_t hops() const { return hops_; }
    bool is_constant() const { return variable_.empty(); }

    /// The one-way delay of one packet without serialization: the sum of a draw of each link. Uses the stream
    /// only for links that vary.
    kernel::Duration draw_delay(kernel::Stream& stream) const;

private:
    std::vector<LinkId> links_;
    std::vector<std::shared_ptr<const LinkSpec>> variable_;
    kernel::Duration constant_; ///< sum over the links that do not vary, exact
    kernel::Duration minimum_;
    double mean_ = 0;
    double survival_ = 1;
    std::uint64_t bandwidth_bps_ = 0;
    std::uint32_t hops_ = 0;
};

/// Somebody at a place, in a part of the town.
struct Station {
    HostRef place = 0;
    std::uint32_t part = 0;
    bool answers = true; ///< those who do not are never called: two of them do not talk to one another
};

class PathSource {
public:
    virtual ~PathSource() = default;
    /// The path from `a` to `b`, the same links both ways; null when there is none. A pure function of its
    /// arguments, callable from several threads at once.
    virtual std::shared_ptr<const Path> path(HostRef a, HostRef b) const = 0;
    virtual std::optional<HostRef> find(std::string_view name) const = 0;
    /// A lower bound of the minimum delay between any two different hosts: always positive.
    virtual kernel::Duration lookahead() const = 0;
    /// A lower bound of the minimum delay between two stations of different parts, at least one of which answers:
    /// positive; Duration::max() where nothing connects them. `parts` is more than any station's part.
    virtual kernel::Duration lookahead(std::span<const Station> stations, std::uint32_t parts) const;

protected:
    PathSource() = default;
    PathSource(const PathSource&) = default;
    PathSource& operator=(const PathSource&) = default;
};

} // namespace postopolis::net
