// Numbers with units, names and spellings.
#include <doctest/doctest.h>

#include <array>
#include <numeric>

#include "postopolis/scenario/spelling.hpp"
#include "scenario/presets.hpp"
#include "scenario/units.hpp"

using namespace postopolis::scenario;

TEST_CASE("sizes are decimal unless they say they are binary") {
    CHECK(parse_size("10MB") == 10'000'000);
    CHECK(parse_size("10 MiB") == 10'485'760);
    CHECK(parse_size("1.5kB") == 1500);
    CHECK(parse_size("0B") == 0);
    CHECK_FALSE(parse_size("10"));
    CHECK_FALSE(parse_size("-1B"));
    CHECK_FALSE(parse_size("1e300GB"));
    for (std::uint64_t n : {0ULL, 1ULL, 999ULL, 1000ULL, 1024ULL, 10'240'000ULL, 1ULL << 31U, 123'456'789ULL})
        CHECK(parse_size(size_text(n)) == n);
    CHECK(size_text(10'240'000) == "10240kB");
    CHECK(size_text(1U << 20U) == "1MiB");
}

TEST_CASE("rates and bandwidths are read and written back exactly") {
    CHECK(parse_rate("3/min") == 0.05);
    CHECK(parse_rate("2 per hour") == 2.0 / 3600);
    CHECK(parse_rate("100/day") == 100.0 / 86400);
    CHECK_FALSE(parse_rate("3/fortnight"));
    CHECK_FALSE(parse_rate("3"));
    for (double r : {0.05, 3.0 / 3600, 40.0 / 86400, 0.123456789, 1e-7, 12.5, 1.0 / 3})
        CHECK(parse_rate(rate_text(r)) == r);
    CHECK(rate_text(3.0 / 3600) == "3/h");
    CHECK(parse_bandwidth("56kbit/s") == 56000);
    CHECK(parse_bandwidth("1 Gbps") == 1e9);
    CHECK(parse_bandwidth("1MB/s") == 8e6);
    CHECK(bandwidth_text(100e6) == "100Mbit/s");
    CHECK(bandwidth_text(56000) == "56kbit/s");
    CHECK(bandwidth_text(33.5) == "33.5bit/s");
}

TEST_CASE("calendar instants: expected values from date(1)") {
    CHECK(parse_instant("1970-01-01") == 0);
    CHECK(parse_instant("2026-01-05T08:00:00Z") == 1767600000);
    CHECK(parse_instant("2000-02-29T23:59:59") == 951868799);
    CHECK(parse_instant("2100-03-01 00:00") == 4107542400);
    CHECK_FALSE(parse_instant("2100-02-29"));
    CHECK_FALSE(parse_instant("2026-13-01"));
    CHECK_FALSE(parse_instant("2026-01-05T24:00"));
    for (std::int64_t t : {0LL, 951868799LL, 1767600000LL, 4107542399LL})
        CHECK(parse_instant(instant_text(t)) == t);
}

TEST_CASE("names and addresses (RFC 1123, RFC 5321, RFC 5952)") {
    CHECK_FALSE(host_name_problem("mx1.a-b.example"));
    CHECK(host_name_problem(""));
    CHECK(host_name_problem("a..example"));
    CHECK(host_name_problem("a.example."));
    CHECK_FALSE(host_name_problem(std::string(63, 'a') + ".example"));
    CHECK(host_name_problem(std::string(64, 'a') + ".example"));
    CHECK_FALSE(address_problem("o'hara+tag@a.example"));
    CHECK_FALSE(address_problem("\"a b\"@a.example"));
    CHECK(address_problem(".a@a.example"));
    CHECK(address_problem(std::string(65, 'a') + "@a.example"));
    CHECK(canonical_ip("192.0.2.1") == "192.0.2.1");
    CHECK_FALSE(canonical_ip("192.0.2.01"));
    CHECK_FALSE(canonical_ip("192.0.2"));
    // RFC 5952 section 4: the examples.
    CHECK(canonical_ip("2001:0db8::0001") == "2001:db8::1");
    CHECK(canonical_ip("2001:db8:0:0:0:0:2:1") == "2001:db8::2:1");
    CHECK(canonical_ip("2001:db8:0:1:1:1:1:1") == "2001:db8:0:1:1:1:1:1");
    CHECK(canonical_ip("2001:0:0:1:0:0:0:1") == "2001:0:0:1::1");
    CHECK(canonical_ip("2001:db8:0:0:1:0:0:1") == "2001:db8::1:0:0:1");
    CHECK(canonical_ip("::") == "::");
    CHECK(canonical_ip("::1") == "::1");
    CHECK(canonical_ip("fe80::") == "fe80::");
    CHECK_FALSE(canonical_ip("1::2::3"));
    CHECK_FALSE(canonical_ip("1:2:3:4:5:6:7"));
    CHECK_FALSE(canonical_ip("12345::"));
    CHECK(is_network("192.0.2.0/24"));
    CHECK_FALSE(is_network("192.0.2.0/33"));
}

TEST_CASE("spelling distances") {
    CHECK(spelling_distance("letters", "lettres", 5) == 1); // a swap is one edit
    CHECK(spelling_distance("kitten", "sitting", 5) == 3);
    CHECK(spelling_distance("abc", "xyz", 2) == 3);
    CHECK(spelling_distance("Delivered", "delivered", 3) == 0);
    std::array<std::string_view, 3> words{"mean", "max", "median"};
    CHECK(nearest("maen", words) == "mean");
    CHECK(nearest("zzzzzz", words).empty());
    CHECK(one_of(words) == "mean, max or median");
}

TEST_CASE("presets are distributions") {
    for (std::string_view name : day_shapes) {
        auto shape = day_shape(name);
        REQUIRE(shape);
        CHECK(std::accumulate(shape->begin(), shape->end(), 0.0) == doctest::Approx(1));
    }
    // The hours of the hospital sum up to 2350 messages, of which 296 between 9 and 10.
    CHECK((*day_shape("hospital"))[9] == doctest::Approx(296.0 / 2350));
    // Half of 402,158 messages have at most 2 KiB (0.49595), seven in ten at most 4 KiB.
    const auto& law = std::get<postopolis::kernel::Distribution::Empirical>(measured_sizes().law());
    CHECK(law.value.at(2) == 2048);
    CHECK(law.cdf.at(2) == doctest::Approx(0.49595).epsilon(1e-4));
    CHECK(law.value.back() == 4194304);
}
