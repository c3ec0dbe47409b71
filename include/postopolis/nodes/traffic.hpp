// Sources of letters: who writes, how often, to whom, how much.
//
// Poisson arrivals of `each` of n authors are drawn as one process of n times the rate with a random author each time,
// which has the same law and needs no clock per author.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/nodes/crowd.hpp"
#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {

struct PoissonProcess {
    double per_second = 0;
};
struct PeriodicProcess {
    Duration every;
    std::optional<Duration> phase; ///< of the first; absent: drawn from 0..every
};
/// A Poisson process whose rate follows the hour of the day.
struct DayProcess {
    double per_day = 0;
    std::array<double, 24> share{}; ///< of each hour; their sum is 1
};
struct ListedInstants {
    std::vector<Duration> at;
};
using ArrivalProcess = std::variant<PoissonProcess, PeriodicProcess, DayProcess, ListedInstants>;

struct TrafficConfig {
    std::string name; ///< of the random streams; unique
    Crowd authors;
    bool to_contacts = false;
    Crowd recipients; ///< to choose from; not used with contacts
    ArrivalProcess arrivals;
    bool each = true;
    Distribution size = Distribution::constant(2000.0); ///< octets of body
    Distribution recipient_count = Distribution::constant(1.0);
    std::string subject = "Letter {n}";
    std::vector<std::shared_ptr<const mail::Presentation>> presentations; ///< one of them each time; empty: plain text
    Time from;
    Time until = Time::max();
    std::optional<std::uint64_t> limit;
};

class TrafficSource final : public kernel::Node {
public:
    /// Starts by itself. There must be at least one author, and a recipient other than the author for each.
    TrafficSource(World& world, TrafficConfig config);
    /// The instance of `original` that writes for the authors of another partition. It makes the same draws.
    TrafficSource(const TrafficSource& original, kernel::Partition& partition);
    std::uint64_t written() const { return written_; }

private:
    kernel::Task<void> run();
    kernel::Task<void> run_periodic(PeriodicProcess process);
    Time next_of(const PoissonProcess& p);
    Time next_of(const DayProcess& p);
    bool exhausted() const { return config_.limit && written_ >= *config_.limit; }
    Member random_author();
    void write(const Member& author);

    World& world_;
    std::shared_ptr<const TrafficConfig> shared_config_; ///< of all instances
    const TrafficConfig& config_;
    kernel::Stream arrivals_;
    kernel::Stream letters_;
    std::uint64_t written_ = 0;
};

} // namespace postopolis::nodes
