#include <doctest/doctest.h>

#include "postopolis/dns/wire.hpp"

using namespace postopolis::dns;

namespace {
Octets bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

std::string_view error_of(const Octets& octets, std::size_t position) {
    DecodeError error;
    CHECK_FALSE(decode(octets, &error).has_value());
    CHECK(error.position == position);
    return error.what;
}

Octets header(std::uint8_t questions, std::uint8_t answers = 0) {
    return {0, 1, 0, 0, 0, questions, 0, answers, 0, 0, 0, 0};
}

Octets join(Octets head, std::string_view tail) {
    head.insert(head.end(), tail.begin(), tail.end());
    return head;
}
} // namespace

TEST_CASE("a query, octet by octet") {
    using namespace std::string_view_literals;
    const Question question{Name::literal("example.org"), Type::mx};
    const Octets octets = *encode(make_query(0x1234, question));
    CHECK(octets == bytes("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                          "\x07"
                          "example\x03org\x00\x00\x0f\x00\x01"sv));
    CHECK(wire_size(question) == octets.size());
}

TEST_CASE("an answer with compression, octet by octet") {
    using namespace std::string_view_literals;
    const Question question{Name::literal("example.org"), Type::mx};
    Response response;
    response.authoritative = true;
    response.answers = {Record::mx(question.name, 10, Name::literal("mx.example.org"), 300)};
    response.additional = {Record::address(Name::literal("mx.example.org"), *Ipv4::parse("192.0.2.7"), 600)};
    const Octets octets = *encode(make_response(0x1234, question, response));
    // The owner points to 12; "mx" + pointer to 12 stands at 43, and the additional record points there.
    CHECK(octets == bytes("\x12\x34\x85\x00\x00\x01\x00\x01\x00\x00\x00\x01"
                          "\x07"
                          "example\x03org\x00\x00\x0f\x00\x01"
                          "\xc0\x0c\x00\x0f\x00\x01\x00\x00\x01\x2c\x00\x07\x00\x0a\x02mx\xc0\x0c"
                          "\xc0\x2b\x00\x01\x00\x01\x00\x00\x02\x58\x00\x04\xc0\x00\x02\x07"sv));
    CHECK(wire_size(question, response) == octets.size());
    const std::optional<Message> back = decode(octets);
    REQUIRE(back);
    CHECK(to_response(*back) == response);
    CHECK(back->questions == std::vector<Question>{question});
}

TEST_CASE("every type goes to the wire and back, and its size is known before") {
    const Name name = Name::literal("a\\.b.example");
    Response response;
    response.answers = {Record::address(name, *Ipv6::parse("2001:db8::1")),
                        Record::cname(name, Name::literal("c.example")), Record::ptr(name, Name()),
                        Record::txt(name, {"", std::string(255, 'x')}),
                        Record{name, Type{99}, 5, Octets{1, 2, 3}}};
    response.authority = {
        Record::ns(Name::literal("example"), Name::literal("ns.c.example")),
        Record::soa(Name::literal("example"), Soa{name, Name::literal("h.example"), 1, 2, 3, 4, 5})};
    const Question question{Name::literal("x.a\\.b.example"), Type::aaaa};
    const Octets octets = *encode(make_response(7, question, response, true));
    CHECK(octets.size() == wire_size(question, response));
    const std::optional<Message> back = decode(octets);
    REQUIRE(back);
    CHECK(*back == make_response(7, question, response, true));
}

TEST_CASE("names behind offset 0x3fff are written but not pointed to") {
    Message message = make_query(1, {Name::literal("q.example"), Type::txt});
    for (int i = 0; i < 80; ++i)
        message.answers.push_back(
            Record::txt(Name::literal("t" + std::to_string(i) + ".far"), {std::string(250, 'x')}));
    message.answers.push_back(Record::cname(Name::literal("new.late"), Name::literal("other.late")));
    const std::optional<Octets> octets = encode(message);
    REQUIRE(octets);
    REQUIRE(octets->size() > 0x4000);
    CHECK(*decode(*octets) == message);
    message.answers.resize(60000, message.answers[0]);
    CHECK_FALSE(encode(message));
}

TEST_CASE("hostile messages are refused with a place") {
    using namespace std::string_view_literals;
    CHECK(error_of({}, 0) == "the message ends too early");
    CHECK(error_of(join(header(1), "\xc0\x0c\x00\x01\x00\x01"sv), 12) ==
          "a compression pointer does not point backwards"); // to itself
    CHECK(error_of(join(header(1), "\x01"
                                   "a\xc0\x0c\x00\x01\x00\x01"sv),
                   14) == "a compression pointer does not point backwards"); // a loop through a label
    CHECK(error_of(join(header(1), "\xc0\x20\x00\x01\x00\x01"sv), 12) ==
          "a compression pointer does not point backwards"); // forwards
    CHECK(error_of(join(header(1), "\x41"sv), 12) == "an unknown kind of label");
    CHECK(error_of(join(header(1), "\x05"
                                   "ab"sv),
                   13) == "the message ends too early");
    CHECK(error_of(join(header(1), "\x00\x00\x01\x00\x03"sv), 15) == "a class other than IN");
    CHECK(error_of(join(header(0, 1), "\x00\x00\x01\x00\x01\x00\x00\x00\x01\x00\x05\x01\x02\x03\x04\x05"sv),
                   21) == "record data of another length than announced");
    CHECK(error_of(join(header(0), "x"sv), 12) == "octets after the last record");
    std::string tall; // 4 labels of 63: 256 octets and the root
    for (int i = 0; i < 4; ++i)
        tall += "\x3f" + std::string(63, 'a');
    CHECK(error_of(join(header(1), tall + std::string("\x00\x00\x01\x00\x01", 5)), 12 + 192) ==
          "a name is longer than 255 octets");
}

TEST_CASE("a TTL with its highest bit set is zero (RFC 2181 section 8); OPT records are skipped (RFC 6891)") {
    using namespace std::string_view_literals;
    const auto message =
        decode(join(header(0, 2), "\x00\x00\x01\x00\x01\x80\x00\x00\x01\x00\x04\x01\x02\x03\x04"
                                  "\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"sv));
    REQUIRE(message);
    REQUIRE(message->answers.size() == 1);
    CHECK(message->answers[0].ttl == 0);
}

TEST_CASE("every truncation and every flipped octet of a real message is survived") {
    const Question question{Name::literal("example.org"), Type::mx};
    Response response;
    response.answers = {Record::mx(question.name, 10, Name::literal("mx.example.org")),
                        Record::mx(question.name, 20, Name::literal("mx2.example.org"))};
    const Octets octets = *encode(make_response(1, question, response));
    for (std::size_t length = 0; length < octets.size(); ++length)
        CHECK_FALSE(decode(std::span(octets).first(length)));
    for (std::size_t at = 0; at < octets.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            Octets changed = octets;
            changed[at] = static_cast<std::uint8_t>(value);
            if (const auto message = decode(changed)) REQUIRE(*decode(*encode(*message)) == *message);
        }
    }
}
