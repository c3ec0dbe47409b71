#include "postopolis/net/tcp_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "postopolis/kernel/check.hpp"

namespace postopolis::net {

namespace {

using kernel::Duration;

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 60;
constexpr std::uint64_t no_loss_ahead = std::numeric_limits<std::uint64_t>::max();
/// What takes longer has failed for all that anybody waits for, and bounds the work where loss is near 1.
constexpr Duration longest = Duration::days(366);

Duration wire_time(const PathFigures& path, double bytes) {
    if (path.bandwidth_bps == 0) return Duration();
    return Duration::from_seconds(bytes * 8 / static_cast<double>(path.bandwidth_bps));
}

void set_rto(TcpSender& sender, const TcpOptions& options) {
    if (sender.smoothed_rtt == Duration()) return;
    sender.rto =
        std::clamp(sender.smoothed_rtt + sender.rtt_variation * 4, options.least_rto, options.greatest_rto);
}

/// RFC 6298 (2.2), (2.3): alpha 1/8, beta 1/4.
void measure(TcpSender& sender, Duration rtt, const TcpOptions& options) {
    if (sender.smoothed_rtt == Duration()) {
        sender.smoothed_rtt = rtt;
        sender.rtt_variation = rtt / 2;
    } else {
        Duration off = sender.smoothed_rtt - rtt;
        if (off < Duration()) off = -off;
        sender.rtt_variation += (off - sender.rtt_variation) / 4;
        sender.smoothed_rtt += (rtt - sender.smoothed_rtt) / 8;
    }
    set_rto(sender, options);
}

/// RFC 5681 section 3.1, counting bytes as RFC 3465 does: slow start adds what was acknowledged, congestion
/// avoidance one segment for each window of it.
void grow(TcpSender& sender, double acknowledged, double cap) {
    if (sender.window < sender.threshold) {
        double step = std::min(acknowledged, sender.threshold - sender.window);
        sender.window += step;
        acknowledged -= step;
    }
    if (acknowledged <= sender.window)
        sender.window += acknowledged / sender.window;
    else
        sender.window = std::sqrt(sender.window * sender.window + 2 * acknowledged);
    sender.window = std::min(sender.window, cap);
}

/// One transmission under way, advanced round by round.
class Sending {
public:
    /// `gap`: segments that pass before the next lost one. `sent`: gets each segment; may be null.
    Sending(TcpSender& sender, const PathFigures& path, std::uint64_t bytes, const TcpOptions& options,
            kernel::Stream& stream, std::uint64_t gap, std::vector<SegmentSent>* sent)
        : sender_(sender)
        , path_(path)
        , options_(options)
        , stream_(stream)
        , gap_(gap)
        , sent_(sent)
        , bytes_(bytes)
        , unsent_bytes_(bytes)
        , segment_(static_cast<double>(std::min<std::uint64_t>(options.segment_bytes, bytes)) +
                   options.header_bytes)
        , segment_time_(wire_time(path, segment_)) {
        unsent_ = result_.segments = (bytes + options.segment_bytes - 1) / options.segment_bytes;
        // A window that fills the path is never exceeded: what is more would only wait in front of it.
        auto initial = static_cast<double>(options.initial_window);
        cap_ = std::max(initial, static_cast<double>(options.greatest_window));
        if (segment_time_ > Duration())
            cap_ =
                std::clamp(std::ceil(round_trip().to_seconds() / segment_time_.to_seconds()), initial, cap_);
    }

    Transmission run() {
        while (!done() && now_ <= longest)
            round();
        if (!done() || result_.last_byte_sent > longest) {
            result_.arrives = false;
            result_.delivered_after = Duration::max();
        } else {
            result_.delivered_after = result_.last_byte_sent + path_.one_way;
        }
        return result_;
    }

private:
    bool done() const { return unsent_ == 0 && again_ == 0; }
    /// From the first bit of a segment to its acknowledgment.
    Duration round_trip() const { return path_.round_trip + segment_time_; }

    struct Losses {
        std::uint64_t count = 0, first = 0;
        bool hit_repeated = false;
        std::vector<std::uint64_t> positions; ///< only where segments are written down
    };

    /// Which of the round's segments, repeated ones first, are lost.
    Losses draw_losses(std::uint64_t segments, std::uint64_t repeated) {
        Losses lost;
        std::uint64_t position = gap_;
        while (position < segments) {
            if (lost.count++ == 0) lost.first = position;
            lost.hit_repeated |= position < repeated;
            if (sent_ != nullptr) lost.positions.push_back(position);
            position += 1 + stream_.geometric(path_.loss);
        }
        if (gap_ != no_loss_ahead) gap_ = position - segments;
        return lost;
    }

    void round() {
        auto window = static_cast<std::uint64_t>(std::clamp(std::floor(sender_.window), 1.0, cap_));
        // A full pipe and no loss ahead: all that is left follows back to back.
        if (again_ == 0 && gap_ >= unsent_ &&
            segment_time_ * static_cast<std::int64_t>(window) >= round_trip())
            window = std::max(window, unsent_);
        std::uint64_t repeated = std::min(again_, window);
        std::uint64_t fresh = std::min(window - repeated, unsent_);
        std::uint64_t segments = repeated + fresh;
        Duration takes = std::min(wire_time(path_, wire_bytes(repeated, fresh)), longest * 2);
        Losses lost = draw_losses(segments, repeated);
        if (sent_ != nullptr) write_down(repeated, fresh, lost.positions);
        unsent_ -= fresh;
        again_ += lost.count - repeated;
        result_.lost_segments += lost.count;
        if (done()) result_.last_byte_sent = now_ + takes;
        if (lost.count == 0)
            pass(segments, window, repeated == 0, takes);
        else if (!lost.hit_repeated && segments - lost.first - lost.count >= 3)
            retransmit_fast(segments, lost.first, takes);
        else
            time_out(segments, lost.first);
    }

    /// The round's segments one after another: the lowest of those that are missing, then new ones.
    void write_down(std::uint64_t repeated, std::uint64_t fresh, const std::vector<std::uint64_t>& lost) {
        std::vector<std::uint64_t> missing(missing_.begin() + static_cast<std::ptrdiff_t>(repeated), missing_.end());
        auto next_lost = lost.begin();
        double wire = 0;
        for (std::uint64_t i = 0; i < repeated + fresh; ++i) {
            const std::uint64_t number = i < repeated ? missing_[i] : next_number_++;
            const std::uint64_t left = bytes_ - number * options_.segment_bytes;
            wire += i < repeated ? segment_
                                 : static_cast<double>(std::min<std::uint64_t>(options_.segment_bytes, left)) +
                                       options_.header_bytes;
            const bool is_lost = next_lost != lost.end() && *next_lost == i;
            sent_->push_back({number, now_ + std::min(wire_time(path_, wire), longest * 2), is_lost});
            if (!is_lost) continue;
            ++next_lost;
            missing.push_back(number);
        }
        std::sort(missing.begin(), missing.end());
        missing_ = std::move(missing);
    }

    double wire_bytes(std::uint64_t repeated, std::uint64_t fresh) {
        std::uint64_t payload = std::min(fresh * options_.segment_bytes, unsent_bytes_);
        unsent_bytes_ -= payload;
        return static_cast<double>(repeated) * segment_ + static_cast<double>(payload) +
               static_cast<double>(fresh) * options_.header_bytes;
    }

    void pass(std::uint64_t segments, std::uint64_t window, bool all_fresh, Duration takes) {
        now_ += std::max(round_trip(), takes);
        // A window that was not used up says nothing about the path (RFC 7661 section 4).
        if (segments >= window) grow(sender_, static_cast<double>(segments), cap_);
        // RFC 6298 section 3, Karn: a repeated segment measures nothing; but data came through, so back-off
        // ends.
        if (all_fresh)
            measure(sender_, round_trip(), options_);
        else if (backed_off_)
            set_rto(sender_, options_);
        backed_off_ = false;
    }

    /// RFC 5681 section 3.2: the third duplicate acknowledgment brings the lost segments back, and halves the
    /// window.
    void retransmit_fast(std::uint64_t segments, std::uint64_t first, Duration takes) {
        Duration noticed = path_.round_trip + segment_time_ * static_cast<std::int64_t>(first + 4);
        Duration next = std::max(round_trip(), takes);
        // New data fills the time until the loss is noticed, if there is any.
        now_ += unsent_ == 0 ? std::max(next, noticed) : next;
        sender_.threshold = std::max(static_cast<double>(segments) / 2, 2.0);
        sender_.window = sender_.threshold;
        backed_off_ = false;
    }

    /// RFC 6298 (5.3): the timer runs from the last acknowledgment that brought something new.
    void time_out(std::uint64_t segments, std::uint64_t first) {
        now_ += segment_time_ * static_cast<std::int64_t>(std::max<std::uint64_t>(first, 1));
        if (first > 0) now_ += path_.round_trip;
        if (first > 0 && backed_off_) set_rto(sender_, options_);
        now_ += sender_.rto;
        ++result_.timeouts;
        sender_.rto = std::min(sender_.rto * 2, std::max(options_.greatest_rto, sender_.rto)); // (5.5)
        // RFC 5681 section 3.1: only the first time-out of a segment lowers the threshold.
        if (first > 0 || !backed_off_) sender_.threshold = std::max(static_cast<double>(segments) / 2, 2.0);
        sender_.window = 1;
        backed_off_ = true;
    }

    TcpSender& sender_;
    const PathFigures& path_;
    const TcpOptions& options_;
    kernel::Stream& stream_;
    std::uint64_t gap_;
    std::vector<SegmentSent>* sent_;
    std::vector<std::uint64_t> missing_; ///< which segments were lost and are to be repeated; and
    std::uint64_t next_number_ = 0;      ///<   the next new one: only where segments are written down
    std::uint64_t bytes_;
    std::uint64_t unsent_bytes_;
    double segment_; ///< bytes of a segment with its headers
    Duration segment_time_;
    double cap_ = 0;
    Duration now_;
    std::uint64_t unsent_ = 0;
    std::uint64_t again_ = 0; ///< lost and to be repeated
    bool backed_off_ = false;
    Transmission result_;
};

/// What most SMTP traffic is: less than a window, nothing lost. As `Sending` would say, at a fraction of its
/// cost.
Transmission send_at_once(TcpSender& sender, const PathFigures& path, std::uint64_t bytes,
                          std::uint64_t segments, const TcpOptions& options, std::vector<SegmentSent>* sent) {
    auto first =
        static_cast<double>(std::min<std::uint64_t>(options.segment_bytes, bytes) + options.header_bytes);
    measure(sender, path.round_trip + wire_time(path, first), options);
    Transmission result;
    result.segments = segments;
    result.last_byte_sent = wire_time(path, static_cast<double>(bytes + segments * options.header_bytes));
    result.delivered_after = result.last_byte_sent + path.one_way;
    for (std::uint64_t i = 0; sent != nullptr && i < segments; ++i) {
        const std::uint64_t until = std::min((i + 1) * options.segment_bytes, bytes);
        sent->push_back({i, wire_time(path, static_cast<double>(until + (i + 1) * options.header_bytes)), false});
    }
    return result;
}

} // namespace

TcpSender make_sender(const TcpOptions& options) {
    TcpSender sender;
    sender.window = options.initial_window;
    sender.rto = options.initial_rto;
    return sender;
}

TcpSender sender_after_handshake(Duration round_trip, const TcpOptions& options) {
    TcpSender sender = make_sender(options);
    measure(sender, round_trip, options);
    return sender;
}

std::optional<Duration> syn_instant(std::uint32_t attempt, const TcpOptions& options) {
    if (attempt > options.syn_retries) return std::nullopt;
    Duration at, wait = options.initial_rto;
    for (std::uint32_t i = 0; i < attempt; ++i) {
        at += wait;
        wait = std::min(wait * 2, std::max(options.greatest_syn_rto, options.initial_rto));
    }
    return at;
}

Duration syn_timeout(const TcpOptions& options) {
    TcpOptions one_more = options;
    ++one_more.syn_retries;
    return *syn_instant(one_more.syn_retries, one_more);
}

Handshake shake_hands(TcpSender& client, TcpSender& server, const PathFigures& path, kernel::Stream& stream,
                      const TcpOptions& options) {
    client = server = make_sender(options);
    Handshake result;
    bool client_lost = false, server_lost = false;
    for (std::uint32_t attempt = 0; attempt <= options.syn_retries; ++attempt) {
        result.syns = attempt + 1;
        bool syn_lost = path.loss > 0 && stream.chance(path.loss);
        bool answer_lost = !syn_lost && path.loss > 0 && stream.chance(path.loss);
        client_lost |= syn_lost || answer_lost;
        server_lost |= answer_lost;
        if (syn_lost || answer_lost) continue;
        result.connected = true;
        result.lost_time = *syn_instant(attempt, options);
        result.after = result.lost_time + path.round_trip;
        break;
    }
    if (!result.connected) {
        result.after = result.lost_time = syn_timeout(options);
        return result;
    }
    for (auto [sender, lost] : {std::pair{&client, client_lost}, std::pair{&server, server_lost}}) {
        if (lost) {
            sender->window = 1;
            sender->rto = std::max(options.initial_rto, options.rto_after_syn_loss);
        } else {
            measure(*sender, path.round_trip, options);
        }
    }
    return result;
}

Transmission transmit(TcpSender& sender, const PathFigures& path, std::uint64_t bytes, kernel::Stream& stream,
                      const TcpOptions& options, std::vector<SegmentSent>* sent) {
    kernel::check(path.loss >= 0 && path.loss <= 1, "transmit: loss must be between 0 and 1");
    kernel::check(bytes <= most_bytes, "transmit: more bytes than there are");
    Transmission result;
    if (bytes == 0 || path.loss >= 1 || path.round_trip > longest) {
        result.segments = (bytes + options.segment_bytes - 1) / options.segment_bytes;
        result.arrives = bytes == 0;
        result.lost_segments = result.segments;
        result.delivered_after = result.arrives ? path.one_way : Duration::max();
        return result;
    }
    std::uint64_t gap = path.loss <= 0 ? no_loss_ahead : stream.geometric(path.loss);
    std::uint64_t segments = (bytes + options.segment_bytes - 1) / options.segment_bytes;
    // A whole window would make it grow.
    if (gap >= segments && static_cast<double>(segments + 1) <= sender.window)
        return send_at_once(sender, path, bytes, segments, options, sent);
    TcpSender before = sender;
    result = Sending(sender, path, bytes, options, stream, gap, sent).run();
    if (result.lost_segments == 0) return result;
    // What loss cost is what the same transmission would have saved without it: no draws are needed to know.
    Duration without = Sending(before, path, bytes, options, stream, no_loss_ahead, nullptr).run().delivered_after;
    result.lost_time =
        result.arrives ? std::max(Duration(), result.delivered_after - without) : Duration::max();
    return result;
}

void rest(TcpSender& sender, Duration idle, const TcpOptions& options) {
    if (idle > sender.rto)
        sender.window = std::min(sender.window, static_cast<double>(options.initial_window));
}

} // namespace postopolis::net
