// Draws and means of the distributions. Formulas: Johnson, Kotz, Balakrishnan, "Continuous Univariate
// Distributions"; inversion wherever it is exact, so that one draw uses one uniform.
#include "postopolis/kernel/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "postopolis/kernel/check.hpp"

namespace postopolis::kernel {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

double draw_empirical(const Distribution::Empirical& e, double u) {
    auto it = std::lower_bound(e.cdf.begin(), e.cdf.end(), u);
    auto i = static_cast<std::size_t>(it - e.cdf.begin());
    if (i >= e.cdf.size()) return e.value.back();
    if (i == 0) return e.value.front();
    double width = e.cdf[i] - e.cdf[i - 1];
    double part = width > 0 ? (u - e.cdf[i - 1]) / width : 1.0;
    return e.value[i - 1] + part * (e.value[i] - e.value[i - 1]);
}

double mean_empirical(const Distribution::Empirical& e) {
    double mean = e.cdf.front() * e.value.front();
    for (std::size_t i = 1; i < e.value.size(); ++i)
        mean += (e.cdf[i] - e.cdf[i - 1]) * (e.value[i] + e.value[i - 1]) / 2;
    return mean;
}

/// The last value that is reached with probability 0, or the first one where that has a jump.
double minimum_empirical(const Distribution::Empirical& e) {
    auto positive = std::upper_bound(e.cdf.begin(), e.cdf.end(), 0.0) - e.cdf.begin();
    return e.value[static_cast<std::size_t>(std::max<std::ptrdiff_t>(positive - 1, 0))];
}

std::optional<std::string> problem_empirical(const Distribution::Empirical& e) {
    if (e.value.empty() || e.value.size() != e.cdf.size())
        return "an empirical distribution needs as many values as probabilities, at least one of each";
    auto finite = [](double x) { return std::isfinite(x); };
    if (!std::all_of(e.value.begin(), e.value.end(), finite) || !std::all_of(e.cdf.begin(), e.cdf.end(), finite))
        return "the values and the probabilities of an empirical distribution must be finite";
    if (!std::is_sorted(e.value.begin(), e.value.end()) || !std::is_sorted(e.cdf.begin(), e.cdf.end()))
        return "the values and the probabilities of an empirical distribution must not fall";
    if (e.value.front() < 0 || e.cdf.front() < 0 || std::fabs(e.cdf.back() - 1.0) > 1e-9)
        return "the probabilities of an empirical distribution must end at 1, its values start at 0 or more";
    return std::nullopt;
}

bool finite_from_zero(double x) { return std::isfinite(x) && x >= 0; }
bool positive(double x) { return std::isfinite(x) && x > 0; }

} // namespace

Distribution::Distribution(Law law) : law_(std::move(law)) {
    std::optional<std::string> wrong = problem(law_);
    check(!wrong, wrong ? wrong->c_str() : "");
}

std::optional<std::string> Distribution::problem(const Law& law) {
    auto no = [](bool good, const char* text) -> std::optional<std::string> {
        if (good) return std::nullopt;
        return text;
    };
    return std::visit(
        Overloaded{
            [&](const Constant& c) { return no(finite_from_zero(c.value), "a constant must be 0 or more"); },
            [&](const Uniform& u) {
                return no(finite_from_zero(u.low) && std::isfinite(u.high) && u.low <= u.high,
                          "uniform needs 0 <= low <= high");
            },
            [&](const Exponential& e) {
                return no(finite_from_zero(e.mean) && finite_from_zero(e.offset),
                          "exponential needs a mean and an offset of 0 or more");
            },
            [&](const Normal& n) {
                return no(finite_from_zero(n.mean) && finite_from_zero(n.sd),
                          "normal needs a mean and a standard deviation of 0 or more");
            },
            [&](const Lognormal& l) {
                return no(positive(l.median) && finite_from_zero(l.sigma),
                          "lognormal needs a median above 0 and a sigma of 0 or more");
            },
            [&](const Pareto& p) {
                return no(positive(p.minimum) && positive(p.shape), "pareto needs a minimum and a shape above 0");
            },
            [&](const Weibull& w) {
                return no(positive(w.scale) && positive(w.shape), "weibull needs a scale and a shape above 0");
            },
            [&](const Erlang& e) {
                return no(finite_from_zero(e.mean) && e.stages >= 1 && e.stages <= 10'000,
                          "erlang needs a mean of 0 or more and 1 to 10000 stages");
            },
            [&](const Empirical& e) { return problem_empirical(e); },
        },
        law);
}

double Distribution::draw_other(Stream& s) const {
    return std::visit(Overloaded{
                          [](const Constant& c) { return c.value; },
                          [&](const Uniform& u) { return u.low + (u.high - u.low) * s.uniform(); },
                          [&](const Exponential& e) { return e.offset + s.exponential(e.mean); },
                          [&](const Normal& n) { return std::max(0.0, n.mean + n.sd * s.normal()); },
                          [&](const Lognormal& l) { return l.median * std::exp(l.sigma * s.normal()); },
                          [&](const Pareto& p) { return p.minimum * std::pow(s.uniform(), -1.0 / p.shape); },
                          [&](const Weibull& w) { return w.scale * std::pow(-std::log(s.uniform()), 1.0 / w.shape); },
                          [&](const Erlang& e) {
                              double sum = 0;
                              for (int i = 0; i < e.stages; ++i) sum += s.exponential(e.mean / e.stages);
                              return sum;
                          },
                          [&](const Empirical& e) { return draw_empirical(e, s.uniform()); },
                      },
                      law_);
}

double Distribution::mean() const {
    return std::visit(
        Overloaded{
            [](const Constant& c) { return c.value; },
            [](const Uniform& u) { return (u.low + u.high) / 2; },
            [](const Exponential& e) { return e.offset + e.mean; },
            [](const Normal& n) { return n.mean; },
            [](const Lognormal& l) { return l.median * std::exp(l.sigma * l.sigma / 2); },
            [](const Pareto& p) {
                return p.shape > 1 ? p.minimum * p.shape / (p.shape - 1) : std::numeric_limits<double>::infinity();
            },
            [](const Weibull& w) { return w.scale * std::tgamma(1 + 1 / w.shape); },
            [](const Erlang& e) { return e.mean; },
            [](const Empirical& e) { return mean_empirical(e); },
        },
        law_);
}

double Distribution::minimum() const {
    return std::visit(Overloaded{
                          [](const Constant& c) { return c.value; },
                          [](const Uniform& u) { return u.low; },
                          [](const Exponential& e) { return e.offset; },
                          [](const Normal& n) { return n.sd == 0 ? n.mean : 0.0; },
                          [](const Lognormal& l) { return l.sigma == 0 ? l.median : 0.0; },
                          [](const Pareto& p) { return p.minimum; },
                          [](const Weibull&) { return 0.0; },
                          [](const Erlang&) { return 0.0; },
                          [](const Empirical& e) { return minimum_empirical(e); },
                      },
                      law_);
}

} // namespace postopolis::kernel
