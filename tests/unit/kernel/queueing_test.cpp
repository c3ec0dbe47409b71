// Waiting for slots against queueing theory: M/M/1 and M/M/c by Erlang C, M/D/1 by Pollaczek and Khinchine.
// Each mean must lie in its 99 % confidence interval (batch means), which must be no wider than 3 % to either
// side.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "postopolis/kernel/semaphore.hpp"

using namespace postopolis::kernel;

namespace {

constexpr int kBatches = 40;
constexpr double kStudent = 2.7079; // 0.995 quantile of Student's t with 39 degrees of freedom

struct Queue {
    Queue(double arrivals_per_second, std::uint32_t slots, double mean_service, bool fixed_service)
        : semaphore(node, slots), rate(arrivals_per_second), service(mean_service), fixed(fixed_service) {}
    ~Queue() { simulation.shut_down(); }

    Simulation simulation{RunKey{11, 0}};
    Node node{simulation, "server"};
    Semaphore semaphore;
    Stream gaps = node.stream("arrivals"), work = node.stream("service");
    double rate, service;
    bool fixed;
    std::vector<double> waits;
};

Task<void> customer(Queue& q, Duration service) {
    const std::size_t me = q.waits.size();
    q.waits.push_back(0);
    const Time came = q.node.now();
    auto permit = co_await q.semaphore.acquire();
    q.waits[me] = (q.node.now() - came).to_seconds();
    co_await q.node.sleep(service);
}

Task<void> source(Queue& q, int customers) {
    for (int i = 0; i < customers; ++i) {
        co_await q.node.sleep(Duration::from_seconds(q.gaps.exponential(1 / q.rate)));
        q.node.spawn(
            customer(q, Duration::from_seconds(q.fixed ? q.service : q.work.exponential(q.service))));
    }
}

void expect_mean_wait(Queue& q, int customers, double theory) {
    q.waits.reserve(static_cast<std::size_t>(customers));
    q.node.spawn(source(q, customers));
    REQUIRE(q.simulation.run_until_quiet());
    const std::size_t warm_up = q.waits.size() / 50, size = (q.waits.size() - warm_up) / kBatches;
    double sum = 0, squares = 0;
    for (std::size_t b = 0; b < kBatches; ++b) {
        double batch = 0;
        for (std::size_t i = 0; i < size; ++i)
            batch += q.waits[warm_up + b * size + i];
        batch /= static_cast<double>(size);
        sum += batch;
        squares += batch * batch;
    }
    const double mean = sum / kBatches;
    const double half = kStudent * std::sqrt((squares - kBatches * mean * mean) / (kBatches - 1) / kBatches);
    CAPTURE(mean);
    CAPTURE(half);
    CHECK(std::fabs(mean - theory) < half);
    CHECK(half < 0.03 * theory);
}

/// Mean wait in M/M/c, Erlang's second formula.
double erlang_c_wait(double rate, double service, int slots) {
    const double load = rate * service;
    double term = 1, sum = 0; // term = load^k / k!
    for (int k = 0; k < slots; ++k) {
        sum += term;
        term *= load / (k + 1);
    }
    const double last = term * slots / (slots - load);
    return last / (sum + last) * service / (slots - load);
}

} // namespace

TEST_CASE("M/M/1") {
    CHECK(erlang_c_wait(0.5, 1, 1) == doctest::Approx(1.0)); // rho / (mu - lambda)
    Queue q(0.5, 1, 1, false);
    expect_mean_wait(q, 600'000, 1.0);
}

TEST_CASE("M/M/3") {
    // Load 2 on three servers: C = 4/9, so the wait is 4/9 of a service time.
    CHECK(erlang_c_wait(2, 1, 3) == doctest::Approx(4.0 / 9));
    Queue q(2, 3, 1, false);
    expect_mean_wait(q, 1'300'000, 4.0 / 9);
}

TEST_CASE("M/D/1") {
    // rho / (2 mu (1 - rho))
    Queue q(0.6, 1, 1, true);
    expect_mean_wait(q, 600'000, 0.6 / (2 * 0.4));
}
