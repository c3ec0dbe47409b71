// Distributions of durations, sizes and counts as plain values, drawn from a named stream.
//
// A value of `Distribution` knows nothing of units: the scenario reader gives it seconds or bytes. Draws
// below zero are cut off at zero. Means are exact where a formula exists.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/kernel/random.hpp"
#include "postopolis/kernel/time.hpp"

namespace postopolis::kernel {

class Distribution {
public:
    struct Constant { double value; };
    struct Uniform { double low, high; };
    struct Exponential { double mean, offset = 0; };          ///< offset + Exp(mean)
    struct Normal { double mean, sd; };                        ///< cut off at zero
    struct Lognormal { double median, sigma; };                ///< exp(N(ln median, sigma))
    struct Pareto { double minimum, shape; };                  ///< Pareto type I
    struct Weibull { double scale, shape; };
    struct Erlang { double mean; int stages; };
    /// A piecewise linear cumulative distribution: value[i] is reached with probability cdf[i]; between two
    /// points values are uniform. cdf rises from 0 (or a jump at the first value) to 1.
    struct Empirical { std::vector<double> value, cdf; };
    using Law = std::variant<Constant, Uniform, Exponential, Normal, Lognormal, Pareto, Weibull, Erlang, Empirical>;

    Distribution() : law_(Constant{0}) {}
    /// Aborts on parameters that `problem` would report.
    explicit Distribution(Law law);
    static Distribution constant(double value) { return Distribution(Constant{value}); }
    static Distribution constant(Duration d) { return constant(d.to_seconds()); }

    double draw(Stream& stream) const {
        if (const auto* c = std::get_if<Constant>(&law_)) return c->value;
        if (const auto* e = std::get_if<Exponential>(&law_)) return e->offset + stream.exponential(e->mean);
        return draw_other(stream);
    }
    /// For distributions in seconds.
    Duration draw_duration(Stream& stream) const { return Duration::from_seconds(draw(stream)); }
    /// Expected value; for the cut-off normal, of the uncut one; infinite for Pareto with shape <= 1.
    double mean() const;
    /// The greatest lower bound of what can be drawn: the lookahead of a link comes from it.
    double minimum() const;
    bool is_constant() const { return std::holds_alternative<Constant>(law_); }
    const Law& law() const { return law_; }

    /// What is wrong with the parameters ("sigma must not be negative"), or nothing.
    static std::optional<std::string> problem(const Law& law);

private:
    double draw_other(Stream& stream) const;
    Law law_;
};

} // namespace postopolis::kernel
