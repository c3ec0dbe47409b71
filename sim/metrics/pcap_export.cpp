// capture.pcapng: the packets of SMTP, POP3 and DNS as Wireshark reads them, with virtual time in
// nanoseconds.
//
// Written as the run goes on, in the order of time. Where one letter's packets are asked for, what is kept
// waits in memory until the end, as a connection may turn out late to be about it.
#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "metrics/exporters.hpp"
#include "metrics/kept_event.hpp"
#include "metrics/pcapng.hpp"
#include "metrics/wire_tap.hpp"
#include "postopolis/metrics/story.hpp"

namespace postopolis::metrics {

namespace {

using trace::ConnectionId;
using trace::Event;
using trace::Time;

/// What belongs to a letter: the events about it, and those that they led to as long as they are about no
/// other.
class LetterFilter {
public:
    explicit LetterFilter(std::string_view letter) : selection_(parse_selection(letter)) {}

    void hear(const Event& event) {
        if (const auto* composed = std::get_if<trace::Composed>(&event.what))
            if (selection_.matches(++composed_, *composed)) letters_.insert(composed->letter);
        const trace::LetterId letter = letter_of(event.what);
        const bool ours = letter != 0 ? letters_.contains(letter) : is_about(event.cause);
        if (ours && event.id != 0) events_.insert(event.id);
    }
    bool is_about(trace::EventId cause) const { return events_.contains(cause); }
    bool found() const { return !letters_.empty(); }

private:
    Selection selection_;
    std::uint64_t composed_ = 0;
    std::unordered_set<trace::LetterId> letters_;
    std::unordered_set<trace::EventId> events_;
};

class PcapExporter final : public FileExporter {
public:
    PcapExporter(const ExportOptions& options, CapturePlace place)
        : FileExporter(options.directory / "capture.pcapng")
        , start_unix_ns_(options.start_unix_seconds * 1'000'000'000)
        , node_name_(options.node_name)
        , letter_(options.capture.letter)
        , tap_(CapturePoint(place),
               [this](Time at, ConnectionId id, const std::string& f) { take(at, id, f); }) {
        if (!letter_.empty()) filter_.emplace(letter_);
        append_capture_head(file_.buffer(), place.name, "virtual time, seen at: " + place.name);
    }

    trace::KindMask listens_for() const override {
        const trace::KindMask packets =
            trace::kinds<trace::Transmitted, trace::SentDatagram, trace::HostWentDown, trace::HostCameUp>();
        return filter_ ? packets | trace::kMailLevel : packets;
    }

    void on_event(const Event& event) override {
        if (file_.error()) return;
        if (filter_) filter_->hear(event);
        if (const auto* sent = std::get_if<trace::Transmitted>(&event.what)) {
            name(sent->source);
            name(sent->target);
            if (filter_ && filter_->is_about(event.cause)) keep(sent->connection);
            tap_.hear(event, *sent);
        } else if (const auto* datagram = std::get_if<trace::SentDatagram>(&event.what)) {
            if (filter_ && !filter_->is_about(event.cause)) return;
            name(datagram->source);
            name(datagram->target);
            tap_.hear(event, *datagram);
        } else if (std::holds_alternative<trace::HostWentDown>(event.what)) {
            tap_.host_down(event);
        } else if (std::holds_alternative<trace::HostCameUp>(event.what)) {
            tap_.host_up(event);
        }
    }

    std::optional<std::string> error() const override { return error_ ? error_ : file_.error(); }

    void finish(const RunFacts&, const trace::Ledger&) override {
        tap_.finish();
        if (filter_ && !filter_->found()) {
            error_ = "--capture letter=" + letter_ + ": no letter of this run is like that";
            return;
        }
        std::stable_sort(kept_.begin(), kept_.end(), [](const Frame& a, const Frame& b) {
            return std::tie(a.at, a.order) < std::tie(b.at, b.order);
        });
        for (const Frame& f : kept_)
            write(f.at, f.octets);
        file_.commit();
    }

private:
    struct Frame {
        Time at;
        std::uint64_t order = 0; ///< of being seen
        std::string octets;
    };

    /// Names go in before the first frame in which they may stand.
    void name(const trace::Endpoint& end) {
        if (!node_name_ || end.node == trace::kNobody || !named_.insert(end.address).second) return;
        append_host_name(file_.buffer(), ipv4(end.address), node_name_(end.node));
        file_.written();
    }

    void keep(ConnectionId id) {
        if (!wanted_.insert(id).second) return;
        auto held = held_.extract(id);
        if (!held) return;
        for (Frame& f : held.mapped())
            kept_.push_back(std::move(f));
    }

    void take(Time at, ConnectionId id, const std::string& frame) {
        if (!filter_) return write(at, frame);
        Frame f{at, ++frames_, frame};
        if (id == 0 || wanted_.contains(id)) {
            kept_.push_back(std::move(f));
        } else if (tap_.is_over(id)) {
            held_.erase(id);
        } else {
            held_[id].push_back(std::move(f));
        }
    }

    void write(Time at, std::string_view frame) {
        append_frame(file_.buffer(), start_unix_ns_ + at.since_start().count(), frame);
        file_.written();
    }

    std::int64_t start_unix_ns_;
    std::function<std::string(trace::NodeId)> node_name_;
    std::unordered_set<std::uint32_t> named_; ///< addresses
    std::string letter_;
    std::optional<std::string> error_; ///< that is not the file's
    std::optional<LetterFilter> filter_;
    // With a filter:
    std::unordered_set<ConnectionId> wanted_;
    std::unordered_map<ConnectionId, std::vector<Frame>> held_; ///< of connections that may yet be wanted
    std::vector<Frame> kept_;
    std::uint64_t frames_ = 0;
    WireTap tap_;
};

/// Nothing can be captured at a place that there isn't.
class NoCapture final : public Exporter {
public:
    explicit NoCapture(std::string error) : error_(std::move(error)) {}
    trace::KindMask listens_for() const override { return 0; }
    void on_event(const Event&) override {}
    void finish(const RunFacts&, const trace::Ledger&) override {}
    std::optional<std::string> error() const override { return error_; }
    std::vector<std::filesystem::path> files() const override { return {}; }

private:
    std::string error_;
};

} // namespace

std::unique_ptr<Exporter> make_pcap_exporter(const ExportOptions& options) {
    CapturePlace place;
    const CaptureRequest& wanted = options.capture;
    if (options.capture_place) {
        auto found = options.capture_place(wanted);
        if (auto* error = std::get_if<std::string>(&found))
            return std::make_unique<NoCapture>(std::move(*error));
        place = std::get<CapturePlace>(std::move(found));
    } else if (!wanted.host.empty() || !wanted.link_a.empty()) {
        return std::make_unique<NoCapture>("there is no town to look for the place of the capture in");
    }
    return std::make_unique<PcapExporter>(options, std::move(place));
}

} // namespace postopolis::metrics
