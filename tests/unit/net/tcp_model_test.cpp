// TCP timing against formulas: slow start by hand, bandwidth exactly, the mean delay of one segment under
// loss, Mathis et al. (CCR 1997) for long transfers.
#include "postopolis/net/tcp_model.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

using namespace postopolis;
using namespace postopolis::net;
using kernel::Duration;

namespace {

constexpr std::uint64_t mss = 1460;
constexpr Duration rtt = Duration::milliseconds(100), there = Duration::milliseconds(50);

PathFigures path(double loss = 0, std::uint64_t bandwidth = 0) {
    return {rtt, there, bandwidth, loss};
}
kernel::Stream stream(std::uint64_t seed = 1) {
    return kernel::Stream({seed, 0}, "tcp");
}

/// As after a handshake without loss.
TcpSender connected(const PathFigures& figures) {
    TcpSender client, server;
    kernel::Stream unused = stream();
    PathFigures lossless = figures;
    lossless.loss = 0;
    REQUIRE(shake_hands(client, server, lossless, unused).connected);
    CHECK(client == server);
    return client;
}

} // namespace

TEST_CASE("a SYN is sent at 0, 1, 3, 7, 15, 31 and 63 s, and given up at 127 s (RFC 6298, Linux)") {
    std::vector<std::int64_t> expected{0, 1, 3, 7, 15, 31, 63};
    for (std::uint32_t i = 0; i < expected.size(); ++i)
        CHECK(syn_instant(i) == Duration::seconds(expected[i]));
    CHECK(!syn_instant(7));
    CHECK(syn_timeout() == Duration::seconds(127));
    TcpSender client, server;
    kernel::Stream draws = stream();
    Handshake failed = shake_hands(client, server, path(1), draws);
    CHECK(!failed.connected);
    CHECK(failed.after == Duration::seconds(127));
    CHECK(failed.syns == 7);
}

TEST_CASE("a handshake takes a round trip, and a lost SYN or answer costs its time-out") {
    TcpSender client, server;
    kernel::Stream draws = stream(), untouched = stream();
    Handshake clean = shake_hands(client, server, path(), draws);
    CHECK(clean.after == rtt);
    CHECK(clean.lost_time == Duration());
    CHECK(draws.bits() == untouched.bits()); // no loss, no draws
    CHECK(client.smoothed_rtt == rtt);
    CHECK(client.rto == rtt * 3); // RFC 6298 (2.2): SRTT + 4 * SRTT/2

    constexpr double p = 0.2;
    constexpr int runs = 50'000;
    int second_try = 0;
    for (int i = 0; i < runs; ++i) {
        Handshake h = shake_hands(client, server, path(p), draws);
        if (h.connected) CHECK(h.after == *syn_instant(h.syns - 1) + rtt);
        if (h.syns == 2 && h.connected) {
            ++second_try;
            CHECK(h.lost_time == Duration::seconds(1));
            CHECK(client.window == 1);                 // RFC 5681 section 3.1
            CHECK(client.rto == Duration::seconds(3)); // RFC 6298 (5.7)
        }
    }
    double pass = (1 - p) * (1 - p), expected = pass * (1 - pass);
    CHECK(std::abs(second_try / double{runs} - expected) < 5 * std::sqrt(expected * (1 - expected) / runs));
}

TEST_CASE("slow start: 10 * (2^k - 1) segments take k - 1 round trips and one way") {
    for (std::uint64_t k = 1; k <= 8; ++k) {
        std::uint64_t segments = 10 * ((std::uint64_t{1} << k) - 1);
        kernel::Stream draws = stream();
        TcpSender sender = connected(path());
        Transmission all = transmit(sender, path(), segments * mss, draws);
        CHECK(all.segments == segments);
        CHECK(all.delivered_after == rtt * static_cast<std::int64_t>(k - 1) + there);
        sender = connected(path());
        CHECK(transmit(sender, path(), segments * mss + 1, draws).delivered_after ==
              rtt * static_cast<std::int64_t>(k) + there);
    }
}

TEST_CASE("after slow start one segment more per round trip (RFC 5681)") {
    TcpSender sender = connected(path());
    sender.threshold = 20;
    kernel::Stream draws = stream();
    // Windows 10, 20, 21, 22, 23.
    Transmission five = transmit(sender, path(), (10 + 20 + 21 + 22 + 23) * mss, draws);
    CHECK(five.delivered_after == rtt * 4 + there);
    CHECK(sender.window == doctest::Approx(24));
}

TEST_CASE("a window that is not used up does not grow; rest brings it back") {
    TcpSender sender = connected(path());
    kernel::Stream draws = stream();
    for (int i = 0; i < 100; ++i)
        CHECK(transmit(sender, path(), 60, draws).delivered_after == there);
    CHECK(sender.window == 10);
    // Nor on a line so slow that the window is more than fills it.
    PathFigures slow = path(0, 64'000);
    CHECK(transmit(sender, slow, 60, draws).delivered_after ==
          there + Duration::microseconds(100 * 8 * 1000 / 64));
    CHECK(sender.window == 10);
    (void)transmit(sender, path(), 1'000'000, draws);
    CHECK(sender.window > 10);
    double grown = sender.window;
    rest(sender, sender.rto);
    CHECK(sender.window == grown);
    rest(sender, sender.rto + Duration::nanoseconds(1));
    CHECK(sender.window == 10); // RFC 5681 section 4.1
}

TEST_CASE("serialization and the stalls of slow start (Kurose and Ross, section 3.7 in the older editions)") {
    constexpr std::uint64_t bandwidth = 12'000'000; // a full segment of 1500 bytes takes 1 ms
    constexpr Duration segment = Duration::milliseconds(1);
    TcpSender sender = connected(path());
    kernel::Stream draws = stream();
    constexpr std::int64_t segments = 5000;
    Transmission sent = transmit(sender, path(0, bandwidth), segments * mss, draws);
    // O/R + sum of the stalls S/R + RTT - W S/R over the windows 10, 20, 40, 80 that do not fill 101
    // segments.
    Duration stalls;
    for (std::int64_t window : {10, 20, 40, 80})
        stalls += segment + rtt - segment * window;
    CHECK(sent.last_byte_sent == segment * segments + stalls);
    CHECK(sent.delivered_after == sent.last_byte_sent + there);
    // Where the first window fills the path, the line is busy from end to end.
    PathFigures near{Duration::milliseconds(2), Duration::milliseconds(1), 10'000'000, 0};
    sender = connected(near);
    constexpr std::uint64_t bytes = 100'000'001;
    std::uint64_t wire = bytes + 40 * ((bytes + mss - 1) / mss);
    CHECK(transmit(sender, near, bytes, draws).last_byte_sent ==
          Duration::nanoseconds(static_cast<std::int64_t>(wire * 8 * 100)));
}

TEST_CASE("one small segment under loss: the mean is one way plus RTO p / (1 - 2p), time-outs doubling") {
    constexpr int runs = 400'000;
    for (double p : {0.01, 0.05, 0.2}) {
        kernel::Stream draws = stream(7);
        TcpSender fresh = connected(path());
        double rto = fresh.rto.to_seconds(), sum = 0, squares = 0;
        for (int i = 0; i < runs; ++i) {
            TcpSender sender = fresh;
            Transmission sent = transmit(sender, path(p), 40, draws);
            double extra = (sent.delivered_after - there).to_seconds();
            // 0, 1, 3, 7 ... times the RTO, up to the cap of 60 s
            if (sent.lost_segments < 8)
                CHECK(extra == doctest::Approx(rto * (std::pow(2, sent.lost_segments) - 1)));
            CHECK(sent.timeouts == sent.lost_segments);
            CHECK(sent.lost_time == sent.delivered_after - there);
            sum += extra;
            squares += extra * extra;
        }
        double mean = sum / runs, error = std::sqrt((squares / runs - mean * mean) / runs);
        CHECK(std::abs(mean - rto * p / (1 - 2 * p)) < 5 * error);
    }
}

TEST_CASE("the time-out doubles up to 60 s and comes back when data passes") {
    TcpSender sender = connected(path());
    kernel::Stream draws = stream(3);
    Transmission hard;
    while (hard.lost_segments < 12) {
        sender = connected(path());
        hard = transmit(sender, path(0.8), 40, draws);
    }
    // 0.3 * (1 + 2 + ... + 128) = 76.5 s; from 76.8 on each is 60 s.
    double expected = 76.5 + 60.0 * (static_cast<double>(hard.lost_segments) - 8);
    CHECK((hard.delivered_after - there).to_seconds() == doctest::Approx(expected));
    CHECK(sender.rto == rtt * 3);
    CHECK(sender.window >= 1);
    CHECK(sender.window <= 2);
}

TEST_CASE("one loss in a window of ten: fast retransmit when three segments follow, a time-out otherwise") {
    constexpr double p = 0.01;
    int fast = 0, slow = 0;
    kernel::Stream draws = stream(11);
    for (int i = 0; i < 60'000; ++i) {
        TcpSender sender = connected(path());
        Duration rto = sender.rto;
        Transmission sent = transmit(sender, path(p), 10 * mss, draws);
        CHECK(sent.lost_time == sent.delivered_after - there);
        if (sent.lost_segments != 1) continue;
        if (sent.timeouts == 0) {
            ++fast;
            CHECK(sent.delivered_after == rtt + there); // one more round trip
            CHECK(sender.window == 5);                  // halved
        } else {
            ++slow;
            CHECK(sent.delivered_after == rtt + rto + there); // after the last acknowledgment
            CHECK(sender.threshold == 5);
        }
    }
    // One lost segment is equally likely at each of ten places; behind seven of them three follow.
    double n = fast + slow;
    CHECK(n > 4000);
    CHECK(std::abs(fast / n - 0.7) < 5 * std::sqrt(0.21 / n));
}

TEST_CASE("long transfers under loss agree with Mathis: MSS/RTT * sqrt(3/2) / sqrt(p) within 30 %") {
    for (double p : {0.0001, 0.0003, 0.001, 0.003, 0.01}) {
        kernel::Stream draws = stream(5);
        TcpSender sender = connected(path());
        constexpr std::uint64_t segments = 400'000;
        Transmission sent = transmit(sender, path(p), segments * mss, draws);
        double rate = segments / sent.delivered_after.to_seconds();
        double mathis = std::sqrt(1.5 / p) / rtt.to_seconds();
        CHECK(rate == doctest::Approx(mathis).epsilon(0.3));
        double losses = static_cast<double>(sent.lost_segments), expected = segments * p / (1 - p);
        CHECK(std::abs(losses - expected) < 5 * std::sqrt(expected));
    }
}

TEST_CASE("a lossy path is never faster than its bandwidth, and slower the more it loses") {
    constexpr std::uint64_t bytes = 20'000'000;
    double before = 0;
    for (double p : {0.0, 0.001, 0.01, 0.05, 0.2, 0.5}) {
        double sum = 0;
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            kernel::Stream draws = stream(seed);
            TcpSender sender = connected(path());
            Transmission sent = transmit(sender, path(p, 50'000'000), bytes, draws);
            REQUIRE(sent.arrives);
            CHECK(sent.last_byte_sent.to_seconds() > bytes * 8 / 50e6);
            CHECK((sent.lost_time == Duration()) == (p == 0));
            sum += sent.delivered_after.to_seconds();
        }
        CHECK(sum > before);
        before = sum;
    }
}

TEST_CASE("whatever the loss below 1, data arrives; at 1 it never does") {
    kernel::Stream draws = stream(2);
    for (double p : {0.5, 0.9, 0.99}) {
        TcpSender sender = connected(path());
        Transmission sent = transmit(sender, path(p), 10 * mss, draws);
        CHECK(sent.arrives);
        CHECK(sent.delivered_after < Duration::max());
    }
    TcpSender sender = connected(path()), before = sender;
    Transmission never = transmit(sender, path(1), 100, draws);
    CHECK(!never.arrives);
    CHECK(never.delivered_after == Duration::max());
    CHECK(sender == before);
    Transmission hopeless = transmit(sender, path(1 - 1e-12), 100 * mss, draws); // ends, and soon
    CHECK(!hopeless.arrives);
    sender = before;
    CHECK(transmit(sender, path(0.5), 0, draws).delivered_after == there);
    Transmission huge = transmit(sender, {rtt, there, 1, 0}, std::uint64_t{1} << 60, draws);
    CHECK(!huge.arrives); // 290 thousand million years
}

TEST_CASE("the same stream gives the same times; a path without loss takes no draws") {
    kernel::Stream first = stream(9), second = stream(9), third = stream(10);
    TcpSender a = connected(path()), b = a, c = a;
    bool differs = false;
    for (std::uint64_t bytes = 100; bytes < 3'000'000; bytes *= 2) {
        Transmission x = transmit(a, path(0.03), bytes, first), y = transmit(b, path(0.03), bytes, second),
                     z = transmit(c, path(0.03), bytes, third);
        CHECK(x.delivered_after == y.delivered_after);
        CHECK(x.lost_segments == y.lost_segments);
        CHECK(a == b);
        differs |= x.delivered_after != z.delivered_after;
    }
    CHECK(differs);
    kernel::Stream used = stream(4), untouched = stream(4);
    (void)transmit(a, path(0, 1'000'000), 1'000'000, used);
    CHECK(used.bits() == untouched.bits());
}

TEST_CASE("the time-out follows RFC 6298: SRTT by 1/8, RTTVAR by 1/4, at least 200 ms") {
    TcpSender sender = connected(path());
    kernel::Stream draws = stream();
    PathFigures slower{Duration::milliseconds(180), Duration::milliseconds(90), 0, 0};
    (void)transmit(sender, slower, 10, draws);
    // RTTVAR = 3/4 * 50 + 1/4 * |100 - 180| = 57.5; SRTT = 7/8 * 100 + 1/8 * 180 = 110; RTO = 110 + 230.
    CHECK(sender.rtt_variation == Duration::microseconds(57'500));
    CHECK(sender.smoothed_rtt == Duration::milliseconds(110));
    CHECK(sender.rto == Duration::milliseconds(340));
    PathFigures near{Duration::milliseconds(1), Duration::microseconds(500), 0, 0};
    TcpSender quick = connected(near);
    CHECK(quick.rto == Duration::milliseconds(200));
}

TEST_CASE("less than a window is timed as a whole window less one segment of it") {
    // The short way through the model and the long one, which the tenth segment takes, agree.
    kernel::Stream draws = stream();
    for (std::uint64_t bandwidth : {0ull, 64'000ull, 12'000'000ull}) {
        TcpSender nine = connected(path()), ten = nine;
        Transmission shorter = transmit(nine, path(0, bandwidth), 9 * mss, draws);
        Transmission longer = transmit(ten, path(0, bandwidth), 10 * mss, draws);
        Duration segment =
            bandwidth == 0 ? Duration() : Duration::from_seconds(12'000.0 / static_cast<double>(bandwidth));
        CHECK(longer.delivered_after - shorter.delivered_after == segment);
        CHECK(nine.rto == ten.rto);
        CHECK(nine.smoothed_rtt == ten.smoothed_rtt);
    }
}

TEST_CASE("tcp: the short way for one segment says what the long one says") {
    for (const std::uint64_t bandwidth : {std::uint64_t{0}, std::uint64_t{56'000}, std::uint64_t{1'000'000'000}}) {
        for (const int milliseconds : {0, 1, 20, 700}) {
            PathFigures path;
            path.round_trip = Duration::milliseconds(2 * milliseconds);
            path.one_way = Duration::milliseconds(milliseconds);
            path.bandwidth_bps = bandwidth;
            kernel::Stream stream(kernel::RunKey{1, 0}, "unused");
            TcpSender quick = sender_after_handshake(path.round_trip, default_tcp);
            TcpSender slow = quick;
            for (const std::uint64_t bytes : {0U, 1U, 6U, 40U, 512U, 1460U, 1461U, 100000U}) {
                CAPTURE(bytes);
                CAPTURE(bandwidth);
                const TcpSender before = quick;
                const auto after = transmit_segment(quick, path, bytes, default_tcp);
                const Transmission t = transmit(slow, path, bytes, stream, default_tcp);
                if (after) {
                    CHECK(*after == t.delivered_after);
                    CHECK(quick == slow);
                    CHECK(bytes <= 1460);
                } else {
                    CHECK(quick == before);
                    CHECK((bytes == 0 || bytes > 1460 || milliseconds == 0));
                    quick = slow;
                }
            }
        }
    }
}

TEST_CASE("tcp: every segment that is sent is written down, and each of them gets through once") {
    for (double loss : {0.0, 0.02, 0.3})
        for (std::uint64_t bytes : {1ULL, 1460ULL, 14'601ULL, 400'000ULL})
            for (std::uint64_t seed = 1; seed < 30; ++seed) {
                CAPTURE(loss);
                CAPTURE(bytes);
                CAPTURE(seed);
                const PathFigures figures = path(loss, 10'000'000);
                TcpSender watched = connected(figures), unwatched = watched;
                kernel::Stream a = stream(seed), b = stream(seed);
                std::vector<SegmentSent> sent;
                const Transmission t = transmit(watched, figures, bytes, a, default_tcp, &sent);
                const Transmission same = transmit(unwatched, figures, bytes, b);
                CHECK(same.delivered_after == t.delivered_after);
                CHECK(watched == unwatched);
                CHECK(sent.size() == t.segments + t.lost_segments);
                std::vector<int> through(t.segments);
                std::uint64_t lost = 0;
                Duration last;
                for (const SegmentSent& s : sent) {
                    REQUIRE(s.number < t.segments);
                    CHECK(s.departs >= last); // one after another
                    last = s.departs;
                    lost += s.lost ? 1 : 0;
                    through[s.number] += s.lost ? 0 : 1;
                }
                CHECK(through == std::vector<int>(t.segments, 1));
                CHECK(lost == t.lost_segments);
                CHECK(last == t.last_byte_sent);
            }
}
