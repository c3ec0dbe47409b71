#include <doctest/doctest.h>

#include <cmath>

#include "postopolis/dns/cache.hpp"

using namespace postopolis::dns;

namespace {
constexpr std::int64_t s = 1'000'000'000;
const Name domain = Name::literal("example");
const Question mx{domain, Type::mx};

Response positive(std::uint32_t ttl, std::uint32_t other_ttl) {
    Response response;
    response.authoritative = true;
    response.answers = {Record::mx(domain, 10, Name::literal("mx.example"), ttl),
                        Record::mx(domain, 20, Name::literal("mx2.example"), other_ttl)};
    return response;
}

Response negative(Rcode rcode, std::uint32_t ttl, std::uint32_t minimum) {
    Response response;
    response.rcode = rcode;
    Soa soa;
    soa.minimum = minimum;
    response.authority = {Record::soa(domain, soa, ttl)};
    return response;
}
} // namespace

TEST_CASE("an answer lives for its smallest TTL, which counts down") {
    Cache cache;
    CHECK_FALSE(cache.get(mx, 0));
    CHECK(cache.put(mx, positive(300, 60), 5 * s) == 60);
    const auto later = cache.get(mx, 15 * s + s / 2);
    REQUIRE(later);
    CHECK(later->answers[0].ttl == 290);
    CHECK(later->answers[1].ttl == 50);
    CHECK_FALSE(later->authoritative);
    CHECK(cache.get(mx, 65 * s - 1));
    CHECK_FALSE(cache.get(mx, 65 * s));
    CHECK(cache.size() == 0);
    CHECK(cache.counts() == CacheCounts{2, 2, 0});
    CHECK(cache.put(mx, positive(0, 60), 0) ==
          0); // RFC 1035 section 3.2.1: zero is for this transaction only
}

TEST_CASE("negative answers live for min(SOA minimum, SOA TTL) (RFC 2308 section 5)") {
    CHECK(cacheable_seconds(mx, negative(Rcode::nxdomain, 3600, 300), {}) == 300);
    CHECK(cacheable_seconds(mx, negative(Rcode::noerror, 60, 300), {}) == 60);
    CHECK(cacheable_seconds(mx, negative(Rcode::nxdomain, 999999, 999999), {}) == 10800);
    Response bare;
    bare.rcode = Rcode::nxdomain;
    CHECK(cacheable_seconds(mx, bare, {}) == 0);
    Cache cache;
    cache.put(mx, negative(Rcode::noerror, 3600, 300), 0);
    REQUIRE(cache.get(mx, 100 * s));
    CHECK(cache.get(mx, 100 * s)->is_nodata(mx));
    CHECK(cache.get(mx, 100 * s)->soa()->ttl == 200);
    CHECK_FALSE(cache.get({domain, Type::a}, 100 * s)); // no MX says nothing about A
}

TEST_CASE("NXDOMAIN holds for every type of the name (RFC 2308 section 5), until there is news") {
    Cache cache;
    cache.put(mx, negative(Rcode::nxdomain, 300, 300), 0);
    CHECK(cache.get({domain, Type::aaaa}, s)->rcode == Rcode::nxdomain);
    cache.put(mx, positive(300, 300), 2 * s);
    CHECK_FALSE(cache.get({domain, Type::aaaa}, 3 * s));
    CHECK(cache.get(mx, 3 * s)->rcode == Rcode::noerror);
    cache.put(mx, negative(Rcode::nxdomain, 300, 300), 4 * s);
    CHECK(cache.get(mx, 5 * s)->rcode == Rcode::nxdomain);
}

TEST_CASE("NXDOMAIN behind an alias is kept for that question only, no longer than the alias") {
    Cache cache;
    Response response = negative(Rcode::nxdomain, 300, 300);
    response.answers = {Record::cname(domain, Name::literal("gone.example"), 30)};
    CHECK(cache.put(mx, response, 0) == 30);
    CHECK(cache.get(mx, s));
    CHECK_FALSE(cache.get({domain, Type::a}, s));
}

TEST_CASE("SERVFAIL is kept briefly or not at all (RFC 2308 section 7.1), REFUSED and referrals never") {
    Response response;
    response.rcode = Rcode::servfail;
    CHECK(cacheable_seconds(mx, response, {}) == 0);
    CacheLimits limits;
    limits.servfail_ttl = 5;
    CHECK(cacheable_seconds(mx, response, limits) == 5);
    limits.servfail_ttl = 3600;
    CHECK(cacheable_seconds(mx, response, limits) == 300);
    response.rcode = Rcode::refused;
    CHECK(cacheable_seconds(mx, response, limits) == 0);
    Response referral;
    referral.authority = {Record::ns(domain, Name::literal("ns.example"))};
    CHECK(cacheable_seconds(mx, referral, limits) == 0);
}

TEST_CASE("the least recently used entry goes first") {
    CacheLimits limits;
    limits.entries = 2;
    Cache cache(limits);
    const Question a{domain, Type::a}, aaaa{domain, Type::aaaa};
    auto address = [](Type type) {
        Response response;
        response.answers = {type == Type::a ? Record::address(domain, Ipv4{})
                                            : Record::address(domain, Ipv6{})};
        return response;
    };
    cache.put(mx, positive(300, 300), 0);
    cache.put(a, address(Type::a), 0);
    CHECK(cache.get(mx, s));
    cache.put(aaaa, address(Type::aaaa), s);
    CHECK(cache.get(mx, s));
    CHECK_FALSE(cache.get(a, s));
    CHECK(cache.get(aaaa, s));
    CHECK(cache.size() == 2);
    CHECK(cache.counts().evictions == 1);
}

TEST_CASE("Poisson look-ups miss with probability 1/(1+lambda T)") {
    // A renewal cycle is one miss, T seconds of hits, then an exponential wait. lambda = 1/s, T = 9 s: 0.1.
    Cache cache;
    std::uint64_t state = 1;
    double now = 0;
    for (int i = 0; i < 200'000; ++i) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        now -= std::log((static_cast<double>(state >> 11) + 1.0) * 0x1p-53);
        const auto now_ns = static_cast<std::int64_t>(now * 1e9);
        if (!cache.get(mx, now_ns)) cache.put(mx, positive(9, 9), now_ns);
    }
    const CacheCounts& counts = cache.counts();
    const double miss = static_cast<double>(counts.misses) / static_cast<double>(counts.hits + counts.misses);
    // Standard error about sqrt(m) / (n * m) * m: well below 0.0005.
    CHECK(miss == doctest::Approx(0.1).epsilon(0.015));
}
