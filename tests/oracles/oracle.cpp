// See oracle.hpp.
#include "oracle.hpp"

#include <array>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace postopolis::oracles {

Estimate estimate(const std::vector<double>& x) {
    const auto n = static_cast<double>(x.size());
    Estimate e;
    for (double v : x)
        e.mean += v / n;
    double squares = 0;
    for (double v : x)
        squares += (v - e.mean) * (v - e.mean);
    const boost::math::students_t t(n - 1);
    e.half_width = boost::math::quantile(t, 0.995) * std::sqrt(squares / (n - 1) / n);
    return e;
}

Estimate replicate(int runs, const std::function<double(kernel::RunKey)>& run) {
    std::vector<double> figures;
    for (int i = 0; i < runs; ++i)
        figures.push_back(run(kernel::RunKey{7, static_cast<std::uint32_t>(i)}));
    return estimate(figures);
}

Estimate replicate_controlled(int runs, const std::function<Controlled(kernel::RunKey)>& run) {
    // Least squares of the figure on (1, control, control): the intercept is the estimate. Normal equations,
    // and their inverse's first row for the intercept's variance, by Gauss and Jordan.
    std::vector<Controlled> x;
    for (int i = 0; i < runs; ++i)
        x.push_back(run(kernel::RunKey{7, static_cast<std::uint32_t>(i)}));
    constexpr std::size_t k = 3;
    std::array<std::array<double, 2 * k>, k> m{};
    std::array<double, k> right{};
    auto row = [](const Controlled& c) { return std::array<double, k>{1, c.controls[0], c.controls[1]}; };
    for (const Controlled& c : x) {
        const std::array<double, k> r = row(c);
        for (std::size_t i = 0; i < k; ++i) {
            right[i] += r[i] * c.figure;
            for (std::size_t j = 0; j < k; ++j)
                m[i][j] += r[i] * r[j];
        }
    }
    for (std::size_t i = 0; i < k; ++i)
        m[i][k + i] = 1;
    for (std::size_t i = 0; i < k; ++i) {
        const double pivot = m[i][i];
        for (double& v : m[i])
            v /= pivot;
        for (std::size_t j = 0; j < k; ++j) {
            const double factor = m[j][i];
            for (std::size_t c = 0; c < 2 * k && j != i; ++c)
                m[j][c] -= factor * m[i][c];
        }
    }
    std::array<double, k> fit{};
    for (std::size_t i = 0; i < k; ++i)
        for (std::size_t j = 0; j < k; ++j)
            fit[i] += m[i][k + j] * right[j];
    double squares = 0;
    for (const Controlled& c : x) {
        const std::array<double, k> r = row(c);
        const double rest = c.figure - (fit[0] + fit[1] * r[1] + fit[2] * r[2]);
        squares += rest * rest;
    }
    const double freedom = runs - static_cast<double>(k);
    const boost::math::students_t t(freedom);
    return {fit[0], boost::math::quantile(t, 0.995) * std::sqrt(squares / freedom * m[0][k])};
}

double known_half_width(double standard_deviation, double n) {
    return boost::math::quantile(boost::math::normal(), 0.995) * standard_deviation / std::sqrt(n);
}

Distribution exponential(double mean_seconds) {
    return Distribution(Distribution::Exponential{mean_seconds});
}

nodes::ServiceTimes no_service() {
    nodes::ServiceTimes s;
    s.per_connection = s.per_command = s.per_message = Distribution::constant(0.0);
    return s;
}

nodes::HostConfig instant_host(const std::string& name) {
    nodes::HostConfig c;
    c.name = name;
    c.submission = c.relay = c.resolver = c.name_server = true;
    c.asks_resolver = name;
    c.requires_auth = false;
    c.submission_smtp.trusted.patterns = {"*"};
    c.relaying.open_relay = true;
    c.submission_smtp.service = c.smtp.service = no_service();
    c.submission_smtp.max_sessions = c.smtp.max_sessions = 0;
    c.queue.concurrency = c.queue.per_destination = 1'000'000;
    c.local_delivery = {0, Distribution::constant(0.0)};
    // Waiting is what is measured: nobody loses patience.
    const Duration patience = Duration::days(1);
    c.timeouts = {patience, patience, patience, patience, patience,
                  patience, patience, patience, patience, patience};
    return c;
}

std::vector<nodes::Person*> add_authors(Town& town, const std::string& domain, const std::string& host,
                                        int count) {
    std::vector<nodes::Person*> authors;
    for (int i = 0; i < count; ++i) {
        nodes::PersonConfig p;
        p.address = "author" + std::to_string(i) + "@" + domain;
        p.submission = {host};
        p.authenticates = false;
        p.timeouts = instant_host("").timeouts;
        authors.push_back(&town.add_person(std::move(p)));
    }
    return authors;
}

mail::AddressPtr address(const std::string& text) {
    return std::make_shared<const mail::Address>(std::get<mail::Address>(mail::parse_mailbox(text)));
}

void add_poisson(Town& town, const std::vector<nodes::Person*>& authors, const std::string& recipient,
                 double per_second, Time until) {
    nodes::TrafficConfig t;
    t.name = "poisson";
    t.authors = authors;
    t.recipients.add(address(recipient));
    t.arrivals = nodes::PoissonProcess{per_second};
    t.each = false;
    t.size = Distribution::constant(10.0);
    t.until = until;
    town.add_traffic(std::move(t));
}

} // namespace postopolis::oracles
