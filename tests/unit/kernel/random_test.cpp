// Streams: Philox against the known answers of its authors and against an implementation written here from
// the paper, independence of streams, unbiased bounds.
#include "postopolis/kernel/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace postopolis::kernel;

namespace {

using Words4 = std::array<std::uint32_t, 4>;
using Words2 = std::array<std::uint32_t, 2>;

/// Philox 4x32-10 as section 4.2 of Salmon et al. (SC'11) writes it.
Words4 philox(Words4 c, Words2 k) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53} * c[0], b = std::uint64_t{0xCD9E8D57} * c[2];
        c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(b),
             static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(a)};
        k[0] += 0x9E3779B9U;
        k[1] += 0xBB67AE85U;
    }
    return c;
}

std::uint32_t low(std::uint64_t x) {
    return static_cast<std::uint32_t>(x);
}
std::uint32_t high(std::uint64_t x) {
    return static_cast<std::uint32_t>(x >> 32);
}

double chi_square(const std::vector<std::uint64_t>& counts) {
    double total = 0;
    for (std::uint64_t n : counts)
        total += static_cast<double>(n);
    const double expected = total / static_cast<double>(counts.size());
    double sum = 0;
    for (std::uint64_t n : counts)
        sum += std::pow(static_cast<double>(n) - expected, 2) / expected;
    return sum;
}

/// Upper 0.1 % point by Wilson and Hilferty.
double chi_square_limit(std::size_t cells) {
    const double df = static_cast<double>(cells - 1);
    return df * std::pow(1 - 2 / (9 * df) + 3.0902 * std::sqrt(2 / (9 * df)), 3);
}

} // namespace

TEST_CASE("the reference Philox gives Random123's known answers (kat_vectors)") {
    const std::uint32_t f = 0xffffffff;
    CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({f, f, f, f}, {f, f}) == Words4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Words4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is Philox over (block, name) under the run's key") {
    for (RunKey key : {RunKey{1, 0}, RunKey{1, 1}, RunKey{0xfedcba9876543210, 77}}) {
        const std::uint64_t k = hash_combine(key.seed, key.replication);
        const std::uint64_t name = hash_name("mx1.example/greylist");
        Stream stream(key, "mx1.example/greylist");
        for (std::uint32_t block = 0; block < 1000; ++block) {
            const Words4 out = philox({block, 0, low(name), high(name)}, {low(k), high(k)});
            REQUIRE(stream.bits() == ((std::uint64_t{out[1]} << 32) | out[0]));
            REQUIRE(stream.bits() == ((std::uint64_t{out[3]} << 32) | out[2]));
        }
    }
}

TEST_CASE("names are hashed by FNV-1a with splitmix64's finaliser, for ever") {
    // FNV-1a of "" is the offset basis, of "a" 0xaf63dc4c8601ec8c (Noll's test vectors).
    auto mix = [](std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31);
    };
    CHECK(hash_name("") == mix(0xcbf29ce484222325U));
    CHECK(hash_name("a") == mix(0xaf63dc4c8601ec8cU));
    CHECK(hash_name("foobar") == mix(0x85944171f73967e8U));
}

TEST_CASE("streams of other names, seeds and replications have nothing in common") {
    std::vector<Stream> streams;
    for (int i = 0; i < 50; ++i)
        streams.emplace_back(RunKey{1, 0}, "host" + std::to_string(i) + "/service");
    for (std::uint32_t i = 1; i < 50; ++i)
        streams.emplace_back(RunKey{1, i}, "host0/service");
    for (std::uint64_t i = 2; i < 50; ++i)
        streams.emplace_back(RunKey{i, 0}, "host0/service");
    constexpr int kDraws = 2000;
    std::vector<std::vector<double>> x(streams.size());
    std::vector<std::uint64_t> all;
    for (std::size_t s = 0; s < streams.size(); ++s) {
        Stream bits = streams[s];
        for (int i = 0; i < kDraws; ++i) {
            x[s].push_back(streams[s].uniform() - 0.5);
            all.push_back(bits.bits());
        }
    }
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    // Correlations are normal with sd 1/sqrt(n): the greatest of some 10,000 stays below 5 of them.
    double greatest = 0;
    for (std::size_t a = 0; a < x.size(); ++a)
        for (std::size_t b = a + 1; b < x.size(); ++b)
            greatest = std::max(greatest,
                                std::fabs(std::inner_product(x[a].begin(), x[a].end(), x[b].begin(), 0.0)) *
                                    12 / kDraws);
    CHECK(greatest < 5 / std::sqrt(kDraws));
}

TEST_CASE("a draw from one stream moves no other") {
    Stream a({7, 3}, "a"), b({7, 3}, "b"), undisturbed({7, 3}, "b");
    for (int i = 0; i < 100; ++i) {
        for (int k = 0; k < i % 5; ++k)
            a.bits();
        REQUIRE(b.bits() == undisturbed.bits());
    }
}

TEST_CASE("below is unbiased") {
    for (std::uint64_t n : {2U, 3U, 6U, 7U, 10U, 100U}) {
        Stream stream({5, 0}, "below");
        std::vector<std::uint64_t> counts(n);
        for (int i = 0; i < 200'000; ++i)
            ++counts[stream.below(n)];
        CHECK_MESSAGE(chi_square(counts) < chi_square_limit(n), n);
    }
    // Three quarters of the range: plain multiply-and-shift would give every third number twice as often.
    Stream stream({5, 0}, "below");
    const std::uint64_t n = std::uint64_t{3} << 62;
    std::vector<std::uint64_t> residues(3), thirds(3);
    for (int i = 0; i < 200'000; ++i) {
        const std::uint64_t x = stream.below(n);
        REQUIRE(x < n);
        ++residues[x % 3];
        ++thirds[x >> 62];
    }
    CHECK(chi_square(residues) < chi_square_limit(3));
    CHECK(chi_square(thirds) < chi_square_limit(3));
    CHECK(stream.below(1) == 0);
}

TEST_CASE("uniform lies in (0, 1] and fills it evenly") {
    Stream stream({9, 0}, "uniform");
    std::vector<std::uint64_t> counts(100);
    for (int i = 0; i < 500'000; ++i) {
        const double u = stream.uniform();
        REQUIRE(u > 0);
        REQUIRE(u <= 1);
        ++counts[static_cast<std::size_t>(std::ceil(u * 100)) - 1];
    }
    CHECK(chi_square(counts) < chi_square_limit(100));
    for (int i = 0; i < 1000; ++i) {
        CHECK(!stream.chance(0));
        CHECK(stream.chance(1));
    }
}

TEST_CASE("geometric counts failures before the first success") {
    Stream stream({2, 0}, "geometric");
    for (double p : {0.9, 0.5, 0.05}) {
        constexpr int kDraws = 200'000;
        double sum = 0;
        int zeros = 0;
        for (int i = 0; i < kDraws; ++i) {
            const std::uint64_t k = stream.geometric(p);
            sum += static_cast<double>(k);
            zeros += k == 0 ? 1 : 0;
        }
        const double mean = (1 - p) / p, sd = std::sqrt(1 - p) / p;
        CHECK(std::fabs(sum / kDraws - mean) < 3.29 * sd / std::sqrt(kDraws));
        CHECK(std::fabs(static_cast<double>(zeros) / kDraws - p) < 3.29 * std::sqrt(p * (1 - p) / kDraws));
    }
    CHECK(stream.geometric(1) == 0);
    CHECK(stream.geometric(1e-300) > 1'000'000'000'000);
}

TEST_CASE("shuffle gives every order equally often") {
    Stream stream({4, 0}, "shuffle");
    std::vector<std::uint64_t> counts(24);
    for (int i = 0; i < 100'000; ++i) {
        std::array<int, 4> items{0, 1, 2, 3};
        stream.shuffle(std::span<int>(items));
        std::array<int, 4> order{0, 1, 2, 3};
        std::size_t rank = 0;
        while (order != items) {
            REQUIRE(std::next_permutation(order.begin(), order.end()));
            ++rank;
        }
        ++counts[rank];
    }
    CHECK(chi_square(counts) < chi_square_limit(24));
}
