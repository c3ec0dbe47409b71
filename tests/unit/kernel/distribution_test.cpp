// Distributions against the formulas of their means, variances and quantiles.
#include "postopolis/kernel/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <doctest/doctest.h>

using namespace postopolis::kernel;
using D = Distribution;

namespace {

constexpr int kDraws = 400'000;
constexpr double kZ = 3.2905; // two-sided 99.9 %

struct Case {
    const char* name;
    D::Law law;
    double mean, variance;
};

double weibull_moment(double scale, double shape, int n) {
    return std::pow(scale, n) * std::tgamma(1 + n / shape);
}

std::vector<Case> cases() {
    const double e = std::numbers::e;
    const double w = weibull_moment(2, 1.5, 1);
    return {
        {"uniform", D::Uniform{2, 6}, 4, 16.0 / 12},
        {"exponential", D::Exponential{3, 0}, 3, 9},
        {"shifted exponential", D::Exponential{3, 5}, 8, 9},
        {"normal, hardly ever cut off", D::Normal{10, 2}, 10, 4},
        {"lognormal", D::Lognormal{2, 0.5}, 2 * std::pow(e, 0.125),
         4 * std::pow(e, 0.25) * (std::pow(e, 0.25) - 1)},
        {"pareto", D::Pareto{2, 12}, 24.0 / 11, 4.0 * 12 / (121 * 10)},
        {"weibull", D::Weibull{2, 1.5}, w, weibull_moment(2, 1.5, 2) - w * w},
        {"erlang", D::Erlang{6, 4}, 6, 36.0 / 4},
        // A jump of 0.2 at 1, then 0.3 spread over (1, 2], then 0.5 over (2, 4].
        {"empirical", D::Empirical{{1, 2, 4}, {0.2, 0.5, 1}}, 0.2 * 1 + 0.3 * 1.5 + 0.5 * 3,
         0.2 * 1 + 0.3 * 7.0 / 3 + 0.5 * 28.0 / 3 - 2.15 * 2.15},
    };
}

} // namespace

TEST_CASE("means and variances are those of the formulas") {
    for (const Case& c : cases()) {
        CAPTURE(c.name);
        const D distribution(c.law);
        CHECK(distribution.mean() == doctest::Approx(c.mean).epsilon(1e-12));
        Stream stream({1, 0}, c.name);
        double sum = 0;
        double least = std::numeric_limits<double>::infinity();
        std::vector<double> x(kDraws);
        for (double& v : x) {
            v = distribution.draw(stream);
            sum += v;
            least = std::min(least, v);
        }
        const double mean = sum / kDraws;
        double m2 = 0, m4 = 0;
        for (double v : x) {
            const double square = (v - mean) * (v - mean);
            m2 += square / kDraws;
            m4 += square * square / kDraws;
        }
        CHECK(std::fabs(mean - c.mean) < kZ * std::sqrt(c.variance / kDraws));
        CHECK(std::fabs(m2 - c.variance) < kZ * std::sqrt((m4 - m2 * m2) / kDraws));
        CHECK(least >= distribution.minimum());
    }
}

TEST_CASE("the minimum is the greatest lower bound") {
    CHECK(D(D::Constant{3}).minimum() == 3);
    CHECK(D(D::Uniform{2, 6}).minimum() == 2);
    CHECK(D(D::Exponential{3, 5}).minimum() == 5);
    CHECK(D(D::Normal{10, 2}).minimum() == 0);
    CHECK(D(D::Normal{10, 0}).minimum() == 10);
    CHECK(D(D::Lognormal{2, 0}).minimum() == 2);
    CHECK(D(D::Lognormal{2, 1}).minimum() == 0);
    CHECK(D(D::Pareto{2, 1}).minimum() == 2);
    CHECK(D(D::Weibull{2, 1}).minimum() == 0);
    CHECK(D(D::Erlang{2, 3}).minimum() == 0);
    CHECK(D(D::Empirical{{1, 2}, {0, 1}}).minimum() == 1);
    CHECK(D(D::Empirical{{1, 2, 3}, {0, 0, 1}}).minimum() == 2); // nothing is ever drawn below 2
}

TEST_CASE("the cut-off normal has half its draws at zero when its mean is zero") {
    Stream stream({1, 0}, "cut");
    const D half(D::Normal{0, 1});
    int zeros = 0;
    double sum = 0;
    for (int i = 0; i < kDraws; ++i) {
        const double x = half.draw(stream);
        REQUIRE(x >= 0);
        zeros += x == 0 ? 1 : 0;
        sum += x;
    }
    CHECK(std::fabs(static_cast<double>(zeros) / kDraws - 0.5) < kZ * 0.5 / std::sqrt(kDraws));
    CHECK(sum / kDraws == doctest::Approx(1 / std::sqrt(2 * std::numbers::pi)).epsilon(0.01));
}

TEST_CASE("a lognormal has its median, a Pareto its tail, an empirical law its jumps") {
    Stream stream({1, 0}, "quantiles");
    int below_median = 0, tail = 0, jump = 0, first_part = 0;
    const D lognormal(D::Lognormal{20, 1.5}), pareto(D::Pareto{1, 1}),
        empirical(D::Empirical{{1, 2, 4}, {0.2, 0.5, 1}});
    for (int i = 0; i < kDraws; ++i) {
        below_median += lognormal.draw(stream) <= 20 ? 1 : 0;
        tail += pareto.draw(stream) > 10 ? 1 : 0;
        const double x = empirical.draw(stream);
        REQUIRE(x <= 4);
        jump += x == 1 ? 1 : 0;
        first_part += x <= 2 ? 1 : 0;
    }
    auto near = [](int count, double p) {
        return std::fabs(static_cast<double>(count) / kDraws - p) < kZ * std::sqrt(p * (1 - p) / kDraws);
    };
    CHECK(near(below_median, 0.5));
    CHECK(near(tail, 0.1));
    CHECK(near(jump, 0.2));
    CHECK(near(first_part, 0.5));
    CHECK(std::isinf(pareto.mean()));
}

TEST_CASE("durations are drawn from seconds") {
    Stream stream({1, 0}, "durations");
    CHECK(D::constant(Duration::milliseconds(20)).draw_duration(stream) == Duration::milliseconds(20));
    CHECK(D(D::Constant{1e12}).draw_duration(stream) == Duration::max());
    CHECK(D::constant(2.5).is_constant());
    CHECK(!D(D::Uniform{1, 1}).is_constant());
}

TEST_CASE("parameters that make no sense are told") {
    const double nan = std::numeric_limits<double>::quiet_NaN(),
                 inf = std::numeric_limits<double>::infinity();
    const std::vector<D::Law> wrong{D::Constant{-1},
                                    D::Constant{nan},
                                    D::Constant{inf},
                                    D::Uniform{2, 1},
                                    D::Uniform{-1, 1},
                                    D::Uniform{0, inf},
                                    D::Exponential{-1, 0},
                                    D::Exponential{1, -1},
                                    D::Normal{-1, 1},
                                    D::Normal{1, -1},
                                    D::Lognormal{0, 1},
                                    D::Lognormal{1, -1},
                                    D::Lognormal{1, nan},
                                    D::Pareto{0, 1},
                                    D::Pareto{1, 0},
                                    D::Weibull{0, 1},
                                    D::Weibull{1, 0},
                                    D::Erlang{1, 0},
                                    D::Erlang{-1, 1},
                                    D::Empirical{{}, {}},
                                    D::Empirical{{1, 2}, {1}},
                                    D::Empirical{{2, 1}, {0, 1}},
                                    D::Empirical{{1, 2}, {1, 0}},
                                    D::Empirical{{1, 2}, {0, 0.5}},
                                    D::Empirical{{-1, 2}, {0, 1}},
                                    D::Empirical{{1, inf}, {0, 1}},
                                    D::Empirical{{1, nan}, {0, 1}},
                                    D::Empirical{{1, 2}, {nan, 1}}};
    for (const D::Law& law : wrong) {
        CAPTURE(&law - wrong.data());
        CHECK(D::problem(law).has_value());
    }
    for (const Case& c : cases())
        CHECK(!D::problem(c.law));
}
