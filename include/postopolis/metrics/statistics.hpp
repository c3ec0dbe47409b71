// Exact figures of a sample of durations, and confidence intervals over replications.
//
// Durations stay integers until the last step: sums are exact, quantiles are values that occurred. Figures of
// an empty sample do not exist (an empty optional), they are not zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "postopolis/kernel/time.hpp"

namespace postopolis::metrics {

using kernel::Duration;
using kernel::Time;

/// The place (from 1) of the quantile `per_mille`/1000 among `n` > 0 sorted values by the nearest-rank
/// definition: the smallest value that is not less than that part of all values, ceil(n * per_mille / 1000),
/// at least 1. In integers, so that 95 % of 20 is 19 and nothing else.
std::size_t nearest_rank(std::size_t n, std::uint32_t per_mille);

/// All values of a sample, kept. Copies of a million durations take 8 MB.
class Durations {
public:
    void add(Duration d) { values_.push_back(d.count()); }
    void reserve(std::size_t n) { values_.reserve(n); }
    std::size_t count() const { return values_.size(); }

    /// In seconds: the sum in 128-bit integers, divided once.
    std::optional<double> mean_seconds() const;
    /// By nearest rank; 500 is the median, 1000 the greatest. Linear time; reorders the sample.
    std::optional<Duration> quantile(std::uint32_t per_mille);
    std::optional<Duration> max() const;
    std::optional<Duration> min() const;

private:
    std::vector<std::int64_t> values_;
};

/// The exact sum of many durations, which may exceed 64 bits.
class DurationSum {
public:
    void add(Duration d) {
        // Two words by hand, as the language has no 128-bit integer: the low one carries 32 bits.
        low_ += d.count() & 0xffffffff;
        high_ += (d.count() >> 32) + (low_ >> 32);
        low_ &= 0xffffffff;
    }
    /// The sum divided by `n` (> 0), in seconds.
    double mean_seconds(std::uint64_t n) const;

private:
    std::int64_t high_ = 0; ///< times 2^32
    std::int64_t low_ = 0;  ///< 0 .. 2^32 - 1
};

/// Mean and variance in one pass, without cancellation (Welford 1962).
class Welford {
public:
    void add(double x);
    std::uint64_t count() const { return n_; }
    double mean() const { return mean_; }
    /// Of the sample, with n - 1; 0 for fewer than two values.
    double variance() const;

private:
    std::uint64_t n_ = 0;
    double mean_ = 0;
    double m2_ = 0;
};

/// mean +/- half_width. Infinite half_width where fewer than two values say nothing about the spread; NaN
/// mean for none at all.
struct Interval {
    double mean = 0;
    double half_width = 0;
    std::size_t n = 0;
    double low() const { return mean - half_width; }
    double high() const { return mean + half_width; }
};

/// Student's t quantile: P(T <= t) = `p`, 0 < p < 1, with `degrees_of_freedom` > 0.
double student_t_quantile(double p, double degrees_of_freedom);

/// Of the mean of independent values (one per replication), by Student's t; `level` in (0, 1).
Interval confidence_interval(std::span<const double> values, double level = 0.95);
Interval confidence_interval(const Welford& values, double level = 0.95);

} // namespace postopolis::metrics
