// Captures: what can be asked for, frames octet for octet, and what follows from segments and their losses.
#include <cstdio>
#include <cstdlib>
#include <map>

#include <doctest/doctest.h>

#include "export_fixture.hpp"
#include "metrics/capture_point.hpp"
#include "metrics/packet.hpp"
#include "metrics/pcapng.hpp"
#include "metrics/wire_tap.hpp"

using namespace export_test;
using namespace postopolis::metrics;
using trace::Endpoint;
using trace::Segment;
using trace::Transmitted;
using Kind = Transmitted::Kind;

namespace {

Time at_ms(std::int64_t ms) {
    return Time::at(Duration::milliseconds(ms));
}

std::uint32_t number(std::string_view octets, std::size_t at, int count) {
    std::uint32_t n = 0;
    for (int i = 0; i < count; ++i)
        n = n << 8 | static_cast<unsigned char>(octets[at + static_cast<std::size_t>(i)]);
    return n;
}

/// RFC 1071: with its checksum in it, what is summed up gives all ones.
std::uint32_t ones_sum(std::string_view octets, std::uint32_t start = 0) {
    std::uint32_t sum = start;
    for (std::size_t i = 0; i < octets.size(); ++i)
        sum += static_cast<std::uint32_t>(static_cast<unsigned char>(octets[i])) << (i % 2 == 0 ? 8 : 0);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/// A connection that is told by hand, and what is seen of it.
struct Wire {
    explicit Wire(CapturePlace place = {})
        : tap(CapturePoint(std::move(place)), [this](Time at, trace::ConnectionId, const std::string& f) {
            std::string line = std::to_string(at.since_start().count() / 1'000'000);
            line += number(f, 26, 4) == client.address ? " C" : " S";
            const std::uint32_t flags = number(f, 47, 1);
            const bool from_client = number(f, 26, 4) == client.address;
            std::uint32_t& initial = from_client ? client_initial : server_initial;
            if ((flags & 2) != 0) initial = number(f, 38, 4);
            line += (flags & 2) != 0 ? " SYN" : (flags & 1) != 0 ? " FIN" : (flags & 4) != 0 ? " RST" : "";
            line += " " + std::to_string(number(f, 38, 4) - initial);
            if ((flags & 16) != 0)
                line += " ack " +
                        std::to_string(number(f, 42, 4) - (from_client ? server_initial : client_initial));
            const std::size_t header = (number(f, 46, 1) >> 4) * 4;
            if ((flags & 2) == 0 && header > 20)
                for (std::size_t block = 58; block + 8 <= 34 + header; block += 8)
                    line += " sack " + std::to_string(number(f, block, 4) - server_initial) + "-" +
                            std::to_string(number(f, block + 4, 4) - server_initial);
            line += f.substr(34 + header).empty() ? "" : " " + f.substr(34 + header);
            lines.push_back(line);
        }) {}

    void tell(std::int64_t now, bool by_client, Kind kind, std::vector<Segment> segments,
              std::string_view bytes = {}) {
        Transmitted t;
        t.kind = kind;
        t.connection = 5;
        t.by_client = by_client;
        t.source = by_client ? client : server;
        t.target = by_client ? server : client;
        t.segment_bytes = 4;
        t.bytes = bytes;
        t.segments = segments;
        t.back = Duration::milliseconds(10);
        tap.hear(trace::Event{at_ms(now), t.source.node, 0, 0, t}, t);
    }
    /// One segment that takes 10 ms.
    void tell(std::int64_t now, bool by_client, Kind kind, std::string_view bytes = {}) {
        tell(now, by_client, kind,
             {Segment{0, static_cast<std::uint32_t>(bytes.size()), at_ms(now), at_ms(now + 10)}}, bytes);
    }
    void open() {
        tell(0, true, Kind::syn);
        tell(10, false, Kind::syn_ack);
        tell(20, true, Kind::ack);
    }

    Endpoint client{1, 0xC0000201, 50000}, server{2, 0xC0000202, 25};
    std::uint32_t client_initial = 0, server_initial = 0;
    std::vector<std::string> lines;
    WireTap tap;
};

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("capture: what can be asked for") {
    auto parse = [](std::vector<std::string> words) { return parse_capture(words); };
    const auto request = std::get<CaptureRequest>(parse({"link=a.example--west coast", "letter=17"}));
    CHECK(request.link_a == "a.example");
    CHECK(request.link_b == "west coast");
    CHECK(request.letter == "17");
    CHECK(std::get<CaptureRequest>(parse({})).is_default());
    CHECK(std::get<CaptureRequest>(parse({"town"})).is_default());
    CHECK(std::get<CaptureRequest>(parse({"host=a@b.example"})).host == "a@b.example");
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{"hsot=a"},
                                               {"host"},
                                               {"host="},
                                               {""},
                                               {"link=a"},
                                               {"link=--b"},
                                               {"link=a--"},
                                               {"host=a", "host=b"},
                                               {"town", "host=a"},
                                               {"host=a", "link=a--b"},
                                               {"letter=1", "letter=2"}}) {
        CAPTURE(wrong.front());
        CHECK(std::holds_alternative<std::string>(parse(wrong)));
    }
}

TEST_CASE("frames: checksums add up, over both versions of IP") {
    for (const bool v6 : {false, true})
        for (const std::string data : {"", "x", "hello", "\xff\xff"}) {
            Station a{1, ipv4(0xC0000201), 49152}, b{70'000, ipv4(0xC6336402), 53};
            for (Station* s : {&a, &b}) {
                s->ip.v6 = v6;
                if (v6)
                    s->ip.octets = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                    0,    0,    0,    0,    0, 0, 0, static_cast<std::uint8_t>(s->node)};
            }
            const std::size_t ip = 14, header = v6 ? 40 : 20, addresses = v6 ? 32 : 8;
            for (const bool tcp : {false, true}) {
                std::string frame;
                TcpFields fields;
                fields.sequence = 0xfffffff0;
                fields.ack = true;
                fields.acknowledgment = 77;
                fields.sack = {{80, 90}, {100, 110}};
                if (tcp)
                    append_tcp_frame(frame, a, b, 9, fields, data);
                else
                    append_udp_frame(frame, a, b, 9, data);
                CHECK(number(frame, 0, 2) == 0x0200); // locally administered, one station
                CHECK(number(frame, 2, 4) == 70'000);
                if (!v6) CHECK(ones_sum(std::string_view(frame).substr(ip, header)) == 0xffff);
                const std::string_view rest = std::string_view(frame).substr(ip + header);
                std::string pseudo = frame.substr(ip + header - addresses, addresses);
                CHECK(ones_sum(rest, ones_sum(pseudo) + (tcp ? 6U : 17U) +
                                         static_cast<std::uint32_t>(rest.size())) == 0xffff);
                CHECK(number(frame, ip + (v6 ? 4 : 2), 2) == (v6 ? rest.size() : rest.size() + 20));
                CHECK(rest.ends_with(data));
            }
        }
}

TEST_CASE("frames: tshark reads both versions of IP without a complaint") {
    if (std::system("tshark --version >/dev/null 2>&1") != 0) return;
    Folder folder;
    std::string file;
    append_capture_head(file, "town", "by hand");
    std::int64_t time = 1'767'600'000'123'456'789;
    for (const bool v6 : {false, true}) {
        Station a{1, ipv4(0xC0000201), 49152}, b{2, ipv4(0xC6336402), 25};
        for (Station* s : {&a, &b}) {
            s->ip.v6 = v6;
            if (v6)
                s->ip.octets = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                0,    0,    0,    0,    0, 0, 0, static_cast<std::uint8_t>(s->node)};
        }
        append_host_name(file, b.ip, "mx.yourcustomer.example");
        TcpFields fields;
        fields.syn = true;
        fields.segment_bytes = 1440;
        std::string frame;
        append_tcp_frame(frame, a, b, 1, fields, {});
        append_frame(file, time++, frame);
        frame.clear();
        append_udp_frame(frame, a, b, 1, "some octets");
        append_frame(file, time++, frame);
    }
    std::ofstream(folder.path / "c.pcapng", std::ios::binary) << file;
    const std::string command =
        "tshark -r " + (folder.path / "c.pcapng").string() +
        " -N n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -T "
        "fields -E separator=, -e frame.time_epoch -e ip.version -e ipv6.dst_host -e ip.dst_host -e "
        "tcp.checksum.status -e udp.checksum.status -e tcp.options.mss_val -e _ws.malformed -e "
        "data.len 2>/dev/null > " +
        (folder.path / "out").string();
    CHECK(std::system(command.c_str()) == 0);
    CHECK(contents(folder.path / "out") == "1767600000.123456789,4,,mx.yourcustomer.example,1,,1440,,\n"
                                           "1767600000.123456790,4,,mx.yourcustomer.example,,1,,,11\n"
                                           "1767600000.123456791,6,mx.yourcustomer.example,,1,,1440,,\n"
                                           "1767600000.123456792,6,mx.yourcustomer.example,,,1,,,11\n");
}

TEST_CASE("wire tap: a dialogue from SYN to FIN, each segment acknowledged as it arrives") {
    Wire wire;
    wire.open();
    wire.tell(30, false, Kind::data, "220\n");
    wire.tell(40, true, Kind::data, "QUIT");
    wire.tell(50, false, Kind::fin);
    wire.tell(60, true, Kind::fin);
    wire.tap.finish();
    CHECK(wire.lines == Lines{"0 C SYN 0", "10 S SYN 0 ack 1", "20 C 1 ack 1", "30 S 1 ack 1 220\n",
                              "40 C 1 ack 5", "40 C 1 ack 5 QUIT", "50 S 5 ack 5", "50 S FIN 5 ack 5",
                              "60 C 5 ack 6", "60 C FIN 5 ack 6", "70 S 6 ack 6"});
    CHECK(wire.tap.is_over(5));
}

TEST_CASE("wire tap: what comes out of order is acknowledged again, with the block that came (RFC 2018)") {
    const auto three_segments = [](Wire& wire) {
        wire.open();
        wire.tell(30, false, Kind::data,
                  {Segment{0, 4, at_ms(31), at_ms(41)}, Segment{4, 4, at_ms(32), Time::max()},
                   Segment{8, 4, at_ms(33), at_ms(43)}, Segment{4, 4, at_ms(60), at_ms(70)}},
                  "aaaabbbbcccc");
        wire.tap.finish();
    };
    Wire town;
    three_segments(town);
    CHECK(Lines(town.lines.begin() + 3, town.lines.end()) ==
          Lines{"31 S 1 ack 1 aaaa", "32 S 5 ack 1 bbbb", "33 S 9 ack 1 cccc", "41 C 1 ack 5",
                "43 C 1 ack 5 sack 9-13", "60 S 5 ack 1 bbbb", "70 C 1 ack 13"});
    // At the receiver nobody sees what got lost; at the sender the acknowledgments come in later.
    CapturePlace place;
    place.kind = CapturePlace::Kind::host;
    place.node = 1;
    Wire receiver(place);
    three_segments(receiver);
    CHECK(Lines(receiver.lines.begin() + 3, receiver.lines.end()) ==
          Lines{"41 S 1 ack 1 aaaa", "41 C 1 ack 5", "43 S 9 ack 1 cccc", "43 C 1 ack 5 sack 9-13",
                "70 S 5 ack 1 bbbb", "70 C 1 ack 13"});
    place.node = 2;
    Wire sender(place);
    three_segments(sender);
    CHECK(Lines(sender.lines.begin() + 3, sender.lines.end()) ==
          Lines{"31 S 1 ack 1 aaaa", "32 S 5 ack 1 bbbb", "33 S 9 ack 1 cccc", "51 C 1 ack 5",
                "53 C 1 ack 5 sack 9-13", "60 S 5 ack 1 bbbb", "80 C 1 ack 13"});
    place.node = 3;
    Wire stranger(place);
    three_segments(stranger);
    CHECK(stranger.lines.empty());
}

TEST_CASE("wire tap: a host that is down acknowledges nothing, and what it was to send stays there") {
    Wire wire;
    wire.open();
    wire.tell(30, true, Kind::data, "DATA");
    wire.tell(31, false, Kind::data, {Segment{0, 4, at_ms(45), at_ms(55)}}, "220\n");
    wire.tap.host_down(trace::Event{at_ms(35), 2, 0, 0, trace::HostWentDown{}});
    wire.tap.host_up(trace::Event{at_ms(90), 2, 0, 0, trace::HostCameUp{}});
    wire.tell(100, true, Kind::data, "more");
    wire.tell(110, false, Kind::rst);
    wire.tap.finish();
    CHECK(Lines(wire.lines.begin() + 3, wire.lines.end()) ==
          Lines{"30 C 1 ack 1 DATA", "100 C 5 ack 1 more", "110 S RST 1 ack 1"});
}

TEST_CASE("capture point: on a link the delay is shared out by the means, and losses are on the worst link") {
    CapturePlace place;
    place.kind = CapturePlace::Kind::link;
    place.links = {8};
    place.figures = [](std::uint32_t link) {
        return LinkFigures{link == 7 ? 0.03 : 0.01, link == 9 ? 0.5 : 0.0};
    };
    const CapturePoint point(place);
    const std::vector<std::uint32_t> way{7, 8, 9}, back{9, 8, 7}, elsewhere{7, 9};
    CHECK(point.passes({1, 2, at_ms(0), at_ms(100), way}) == at_ms(60)); // 3/5 of the way are before it
    CHECK(point.passes({2, 1, at_ms(0), at_ms(100), back}) == at_ms(20));
    CHECK(point.passes({1, 2, at_ms(0), at_ms(100), elsewhere}) == std::nullopt);
    CHECK(point.passes({1, 2, at_ms(0), Time::max(), way}) == at_ms(30));     // got lost behind it,
    CHECK(point.passes({2, 1, at_ms(0), Time::max(), back}) == std::nullopt); // or before it
}
