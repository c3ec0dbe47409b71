// Quantiles by their definition, sums that exceed 64 bits, Welford against textbook values, Student's t
// against tables.
#include "postopolis/metrics/statistics.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

using namespace postopolis::metrics;

namespace {

Durations sample(const std::vector<int>& seconds) {
    Durations d;
    for (int s : seconds)
        d.add(Duration::seconds(s));
    return d;
}

} // namespace

TEST_CASE("the nearest rank is the smallest that covers the part asked for") {
    for (std::size_t n = 1; n <= 300; ++n)
        for (std::uint32_t p = 1; p <= 1000; ++p) {
            const std::size_t rank = nearest_rank(n, p);
            REQUIRE(rank * 1000 >= n * p);
            REQUIRE(((rank - 1) * 1000 < n * p));
        }
    CHECK(nearest_rank(20, 950) == 19);
    CHECK(nearest_rank(21, 950) == 20);
    CHECK(nearest_rank(5, 0) == 1);
}

TEST_CASE("quantiles are values of the sample") {
    // The worked example of nearest rank: 15, 20, 35, 40, 50.
    Durations d = sample({35, 20, 15, 50, 40});
    CHECK(d.quantile(50) == Duration::seconds(15));
    CHECK(d.quantile(300) == Duration::seconds(20));
    CHECK(d.quantile(400) == Duration::seconds(20));
    CHECK(d.quantile(500) == Duration::seconds(35));
    CHECK(d.quantile(1000) == Duration::seconds(50));
    CHECK(d.max() == Duration::seconds(50));
    CHECK(d.min() == Duration::seconds(15));
    CHECK(*d.mean_seconds() == 32.0);
}

TEST_CASE("figures of nothing do not exist") {
    Durations d;
    CHECK_FALSE(d.mean_seconds());
    CHECK_FALSE(d.quantile(500));
    CHECK_FALSE(d.max());
    CHECK_FALSE(d.min());
}

TEST_CASE("sums beyond 64 bits and below zero are exact") {
    DurationSum sum;
    for (int i = 0; i < 16; ++i)
        sum.add(Duration::max());
    CHECK(sum.mean_seconds(16) == doctest::Approx(9223372036.854775807).epsilon(1e-15));
    for (int i = 0; i < 16; ++i)
        sum.add(-Duration::max());
    sum.add(Duration::nanoseconds(7));
    CHECK(sum.mean_seconds(1) == 7e-9);
    sum.add(Duration::nanoseconds(-10));
    CHECK(sum.mean_seconds(1) == -3e-9);
}

TEST_CASE("Welford keeps its digits where the naive formula loses them") {
    // NIST's NumAcc4 (Statistical Reference Datasets): mean 10000000.2, standard deviation 0.1.
    Welford w;
    w.add(10000000.2);
    for (int i = 0; i < 500; ++i) {
        w.add(10000000.1);
        w.add(10000000.3);
    }
    CHECK(w.count() == 1001);
    CHECK(w.mean() == doctest::Approx(10000000.2).epsilon(1e-14));
    CHECK(std::sqrt(w.variance()) == doctest::Approx(0.1).epsilon(1e-6));
}

TEST_CASE("Student's t as in the tables") {
    struct Row {
        double p, degrees, t;
    };
    constexpr std::array rows{Row{0.975, 1, 12.706}, Row{0.975, 2, 4.303}, Row{0.975, 9, 2.262},
                              Row{0.975, 29, 2.045}, Row{0.95, 10, 1.812}, Row{0.995, 5, 4.032},
                              Row{0.995, 30, 2.750}, Row{0.9995, 4, 8.610}};
    for (const Row& row : rows)
        CHECK(std::abs(student_t_quantile(row.p, row.degrees) - row.t) < 0.0005 + 1e-9);
}

TEST_CASE("the interval of ten replications") {
    // Mean 5.5, s^2 = 55/6: half width 2.262157 * sqrt(55/60).
    const std::array<double, 10> values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const Interval i = confidence_interval(values);
    CHECK(i.n == 10);
    CHECK(i.mean == doctest::Approx(5.5));
    CHECK(i.half_width == doctest::Approx(2.262157 * std::sqrt(55.0 / 60.0)).epsilon(1e-6));
    CHECK(i.low() == doctest::Approx(5.5 - i.half_width));
    // t_{0.995,9} = 3.249836
    CHECK(confidence_interval(values, 0.99).half_width ==
          doctest::Approx(3.249836 * std::sqrt(55.0 / 60.0)).epsilon(1e-6));
}

TEST_CASE("too few replications say nothing about the spread") {
    const std::array<double, 1> one{3};
    CHECK(confidence_interval(one).mean == 3);
    CHECK(std::isinf(confidence_interval(one).half_width));
    CHECK(std::isnan(confidence_interval(std::span<const double>()).mean));
    const std::array<double, 3> same{2, 2, 2};
    CHECK(confidence_interval(same).half_width == 0);
}
