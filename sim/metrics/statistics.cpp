// Exact figures of samples; Boost.Math for Student's t.
#include "postopolis/metrics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/distributions/students_t.hpp>

namespace postopolis::metrics {

std::size_t nearest_rank(std::size_t n, std::uint32_t per_mille) {
    const std::size_t rank = (n * per_mille + 999) / 1000;
    return std::clamp<std::size_t>(rank, 1, std::max<std::size_t>(n, 1));
}

std::optional<double> Durations::mean_seconds() const {
    if (values_.empty()) return std::nullopt;
    DurationSum sum;
    for (std::int64_t v : values_)
        sum.add(Duration::nanoseconds(v));
    return sum.mean_seconds(values_.size());
}

std::optional<Duration> Durations::quantile(std::uint32_t per_mille) {
    if (values_.empty()) return std::nullopt;
    const std::size_t rank = nearest_rank(values_.size(), per_mille);
    const auto nth = values_.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(values_.begin(), nth, values_.end());
    return Duration::nanoseconds(*nth);
}

std::optional<Duration> Durations::max() const {
    if (values_.empty()) return std::nullopt;
    return Duration::nanoseconds(*std::max_element(values_.begin(), values_.end()));
}

std::optional<Duration> Durations::min() const {
    if (values_.empty()) return std::nullopt;
    return Duration::nanoseconds(*std::min_element(values_.begin(), values_.end()));
}

double DurationSum::mean_seconds(std::uint64_t n) const {
    const double sum = static_cast<double>(high_) * 4294967296.0 + static_cast<double>(low_);
    return sum / static_cast<double>(n) / 1e9;
}

void Welford::add(double x) {
    ++n_;
    const double before = x - mean_;
    mean_ += before / static_cast<double>(n_);
    m2_ += before * (x - mean_);
}

double Welford::variance() const {
    return n_ < 2 ? 0 : m2_ / static_cast<double>(n_ - 1);
}

double student_t_quantile(double p, double degrees_of_freedom) {
    return boost::math::quantile(boost::math::students_t(degrees_of_freedom), p);
}

Interval confidence_interval(const Welford& values, double level) {
    const auto n = static_cast<std::size_t>(values.count());
    if (n == 0) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 0};
    if (n == 1) return {values.mean(), std::numeric_limits<double>::infinity(), 1};
    // The upper quantile's complement, as 1 - (1 - level) / 2 loses digits at high levels.
    const double degrees = static_cast<double>(n - 1);
    const double t = -student_t_quantile((1 - level) / 2, degrees);
    return {values.mean(), t * std::sqrt(values.variance() / static_cast<double>(n)), n};
}

Interval confidence_interval(std::span<const double> values, double level) {
    Welford w;
    for (double v : values)
        w.add(v);
    return confidence_interval(w, level);
}

} // namespace postopolis::metrics
