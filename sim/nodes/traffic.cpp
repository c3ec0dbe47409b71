// See traffic.hpp.
#include "postopolis/nodes/traffic.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "postopolis/kernel/check.hpp"

namespace postopolis::nodes {

TrafficSource::TrafficSource(World& world, TrafficConfig config)
    : Node(world.network->simulation(), "traffic/" + config.name), world_(world),
      shared_config_(std::make_shared<const TrafficConfig>(std::move(config))), config_(*shared_config_),
      arrivals_(stream("arrivals")), letters_(stream("letters")) {
    kernel::check(!config_.authors.empty(), "traffic needs an author");
    spawn(run());
}

TrafficSource::TrafficSource(const TrafficSource& original, kernel::Partition& partition)
    : Node(original, partition), world_(original.world_), shared_config_(original.shared_config_),
      config_(*shared_config_), arrivals_(stream("arrivals")), letters_(stream("letters")) {
    spawn(run());
}

Member TrafficSource::random_author() {
    return config_.authors.member(letters_.below(config_.authors.size()));
}

Time TrafficSource::next_of(const PoissonProcess& p) {
    const double rate = p.per_second * (config_.each ? static_cast<double>(config_.authors.size()) : 1.0);
    if (rate <= 0) return Time::max();
    const Duration gap = Duration::from_seconds(arrivals_.exponential(1 / rate));
    return gap > Time::max() - now() ? Time::max() : now() + gap;
}

Time TrafficSource::next_of(const DayProcess& p) {
    const double per_day = p.per_day * (config_.each ? static_cast<double>(config_.authors.size()) : 1.0);
    if (per_day <= 0) return Time::max();
    // The area under the rate between two letters is exponential: walk over the hours until it is used up.
    double area = arrivals_.exponential(1.0);
    const Duration hour = Duration::hours(1);
    const Duration since_midnight =
        Duration::nanoseconds(world_.start_unix_nanoseconds % Duration::days(1).count());
    Time at = now();
    for (int steps = 0; steps < 24 * 366; ++steps) {
        const Duration clock = (since_midnight + at.since_start()) % Duration::days(1);
        const auto h = static_cast<std::size_t>(clock / hour);
        const double rate = per_day * p.share[h] / 3600.0; // per second
        const Duration left = hour - clock % hour;
        const double available = rate * left.to_seconds();
        if (area <= available) return at + Duration::from_seconds(area / rate);
        area -= available;
        at += left;
        if (at > config_.until) return Time::max();
    }
    return Time::max();
}

kernel::Task<void> TrafficSource::run() {
    partition().shared_event();
    co_await sleep_until(config_.from);
    partition().shared_event();
    if (const auto* periodic = std::get_if<PeriodicProcess>(&config_.arrivals)) {
        const PeriodicProcess process = *periodic;
        co_await run_periodic(process);
        co_return;
    }
    const auto* listed = std::get_if<ListedInstants>(&config_.arrivals);
    std::vector<Duration> instants = listed != nullptr ? listed->at : std::vector<Duration>();
    std::sort(instants.begin(), instants.end());
    for (std::size_t i = 0; !exhausted(); ++i) {
        Time next = Time::max();
        if (const auto* poisson = std::get_if<PoissonProcess>(&config_.arrivals)) next = next_of(*poisson);
        if (const auto* day = std::get_if<DayProcess>(&config_.arrivals)) next = next_of(*day);
        if (listed != nullptr && i < instants.size()) next = Time::at(instants[i]);
        if (next == Time::max() || next > config_.until) co_return;
        co_await sleep_until(next);
        partition().shared_event();
        if (listed != nullptr && config_.each) {
            for (std::uint64_t a = 0; a < config_.authors.size() && !exhausted(); ++a) write(config_.authors.member(a));
        } else {
            write(random_author());
        }
    }
}

kernel::Task<void> TrafficSource::run_periodic(PeriodicProcess process) {
    // Every author's next instant; one for all where they write together.
    std::set<std::pair<Time, std::size_t>> next;
    const std::size_t clocks = config_.each ? config_.authors.size() : 1;
    for (std::size_t i = 0; i < clocks; ++i) {
        Duration phase = process.phase.value_or(Duration());
        if (!process.phase)
            phase = Duration::nanoseconds(
                static_cast<std::int64_t>(arrivals_.below(static_cast<std::uint64_t>(process.every.count()))));
        next.emplace(config_.from + phase, i);
    }
    while (!exhausted()) {
        auto [at, index] = *next.begin();
        next.erase(next.begin());
        if (at > config_.until) co_return;
        co_await sleep_until(at);
        partition().shared_event();
        write(config_.each ? config_.authors.member(index) : random_author());
        next.emplace(at + process.every, index);
    }
}

void TrafficSource::write(const Member& author) {
    const std::shared_ptr<const Contacts> contacts = config_.to_contacts ? author.contacts() : nullptr;
    if (config_.to_contacts && contacts == nullptr) return;
    const double drawn = std::round(config_.recipient_count.draw(letters_));
    const mail::AddressPtr own = author.mailbox();
    const std::uint64_t others = contacts != nullptr ? contacts->count(*own) : config_.recipients.size();
    const auto wanted = static_cast<std::size_t>(
        std::clamp(drawn, 1.0, static_cast<double>(std::max<std::uint64_t>(others, 1))));
    LetterPlan plan;
    // Different recipients, not the author: draws that repeat one are thrown away, at most as many as would find one.
    for (std::size_t tries = 0; plan.to.size() < wanted && tries < wanted * 16 + 64 && others > 0; ++tries) {
        const std::uint64_t number = letters_.below(others);
        mail::AddressPtr candidate =
            contacts != nullptr ? contacts->at(*own, number) : config_.recipients.address(number);
        const bool known = std::any_of(plan.to.begin(), plan.to.end(), [&](const auto& a) { return *a == *candidate; });
        if (!known && !(*candidate == *own)) plan.to.push_back(std::move(candidate));
    }
    const auto size = static_cast<std::uint64_t>(std::max(2.0, std::round(config_.size.draw(letters_))));
    plan.body = mail::GeneratedBody{letters_.bits(), size};
    const std::size_t looks = config_.presentations.size();
    if (looks > 0) plan.presentation = config_.presentations[looks > 1 ? letters_.below(looks) : 0];
    if (plan.to.empty()) return;
    ++written_;
    if (&author.partition() != &partition()) return; // another instance does the same for this author
    plan.subject = config_.subject;
    if (std::size_t at = plan.subject.find("{n}"); at != std::string::npos)
        plan.subject.replace(at, 3, std::to_string(written_));
    author.person().write_at(now(), std::move(plan));
}

} // namespace postopolis::nodes
