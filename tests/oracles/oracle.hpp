// What the oracles have in common: a town of many authors, estimates with confidence intervals, a place to
// count.
//
// Every author has an outbox of its own, in which letters wait for each other; so there are many authors,
// each of whom writes rarely, and what arrives at the servers is a Poisson process (shifted by constant
// delays, which leaves it one).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "postopolis/nodes/town.hpp"

namespace postopolis::oracles {

using kernel::Distribution;
using kernel::Duration;
using kernel::Time;
using nodes::Town;

struct Estimate {
    double mean = 0;
    double half_width = 0; ///< of the 99 % confidence interval (Student t over independent runs)
    bool covers(double expected) const {
        return expected >= mean - half_width && expected <= mean + half_width;
    }
    /// Half of the interval as a share of what was expected.
    double relative(double expected) const { return half_width / expected; }
};

Estimate estimate(const std::vector<double>& independent);
/// One figure from each of `runs` runs, which differ in their replication number.
Estimate replicate(int runs, const std::function<double(kernel::RunKey)>& run);

/// A run's figure, with what else it drew whose expectation is known: how much more than that it was.
struct Controlled {
    double figure = 0;
    double controls[2] = {0, 0};
};
/// As `replicate`, with the part of the figures' variation removed that the controls explain (control
/// variates by regression: Law, Simulation Modeling and Analysis, section 11.4).
Estimate replicate_controlled(int runs, const std::function<Controlled(kernel::RunKey)>& run);

/// The half-width of a 99 % interval around a mean of `n` independent draws whose standard deviation is
/// known.
double known_half_width(double standard_deviation, double n);

Distribution exponential(double mean_seconds);
/// A server that takes no time for anything, for anybody.
nodes::ServiceTimes no_service();
/// All roles but those of a mailbox host; nobody is asked for a password; no limits.
nodes::HostConfig instant_host(const std::string& name);
/// "author0@<domain>" and so on, who never read.
std::vector<nodes::Person*> add_authors(Town& town, const std::string& domain, const std::string& host,
                                        int count);
/// Letters of `authors` to `recipient`: Poisson, `per_second` in all, until `until`.
void add_poisson(Town& town, const std::vector<nodes::Person*>& authors, const std::string& recipient,
                 double per_second, Time until);
mail::AddressPtr address(const std::string& text);

/// Calls a function with every event of one kind.
template<class T>
class Listener final : public trace::Observer {
public:
    explicit Listener(std::function<void(const trace::Event&, const T&)> act) : act_(std::move(act)) {}
    trace::KindMask listens_for() const override { return trace::kinds<T>(); }
    void on_event(const trace::Event& e) override { act_(e, std::get<T>(e.what)); }

private:
    std::function<void(const trace::Event&, const T&)> act_;
};

struct Mean {
    double sum = 0;
    std::uint64_t n = 0;
    void add(double x) {
        sum += x;
        ++n;
    }
    double value() const { return n == 0 ? 0 : sum / static_cast<double>(n); }
};

} // namespace postopolis::oracles
