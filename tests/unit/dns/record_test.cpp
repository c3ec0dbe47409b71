#include <doctest/doctest.h>

#include "postopolis/dns/record.hpp"

using namespace postopolis::dns;

TEST_CASE("IPv4 addresses") {
    CHECK(Ipv4::parse("192.0.2.1")->to_string() == "192.0.2.1");
    for (const char* bad : {"", "192.0.2", "192.0.2.1.5", "192.0.2.256", "192.0.2.01", "192.0.2.x", "1..2.3"})
        CHECK_FALSE(Ipv4::parse(bad));
}

TEST_CASE("IPv6 addresses come out as RFC 5952 section 4 has them") {
    const std::pair<const char*, const char*> cases[] = {
        {"2001:0db8::0001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:DB8::A", "2001:db8::a"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"::192.0.2.33", "::c000:221"},
    };
    for (const auto& [text, canonical] : cases) {
        CAPTURE(text);
        REQUIRE(Ipv6::parse(text));
        CHECK(Ipv6::parse(text)->to_string() == canonical);
    }
    for (const char* bad : {"", ":", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
                            "1:", ":1", "1:2:3:4:5:6:7::8", ":::", "1.2.3.4::", "::1.2.3"}) {
        CAPTURE(bad);
        CHECK_FALSE(Ipv6::parse(bad));
    }
}

TEST_CASE("types and records as text") {
    CHECK(to_string(Type::aaaa) == "AAAA");
    CHECK(parse_type("mx") == Type::mx);
    CHECK(parse_type("TYPE15") == Type::mx);
    CHECK_FALSE(parse_type("TYPE70000"));
    CHECK_FALSE(parse_type("MXX"));
    const Name example = Name::literal("example");
    CHECK(to_string(Record::mx(example, 10, Name::literal("mx.example"))) ==
          "example. 3600 MX 10 mx.example.");
    CHECK(to_string(Record::mx(example, 0, Name())) == "example. 3600 MX 0 ."); // RFC 7505 section 3
    CHECK(to_string(Record::txt(example, {"v=spf1 -all", "a\"b"})) ==
          "example. 3600 TXT \"v=spf1 -all\" \"a\\\"b\"");
}

TEST_CASE("SOA records are compared by what they say") {
    const Record a = Record::soa(Name::literal("example"), Soa{});
    Soa other;
    CHECK(a == Record::soa(Name::literal("example"), other));
    other.serial = 2;
    CHECK_FALSE(a == Record::soa(Name::literal("example"), other));
}

TEST_CASE("a record stays small, as a million zones are kept") {
    CHECK(sizeof(Record) <= 64);
}
