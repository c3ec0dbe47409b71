// The threads that compute the windows of a divided run.
//
// Whoever finishes the last partition of a window closes it: it looks for the next one and opens it for all. A
// thread takes the partitions that are its own by habit first and then whatever is left, so that neither a partition
// with much to do nor a thread that the machine lets wait holds up the others for long. Windows of few events are
// not worth a hand-over and are computed by the one who opens them. Threads with nothing to do spin for some
// microseconds and then sleep. None of this can be seen in the run.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "postopolis/kernel/simulation.hpp"

namespace postopolis::kernel {

class Crew {
public:
    Crew(Simulation& simulation, const Division& division);
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew();

    /// As Simulation::advance. On return all partitions are at rest and the follower has followed to the end.
    void advance(Time limit, std::uint64_t max_events);

private:
    struct alignas(64) Claim {
        std::atomic<std::uint32_t> window{0}; ///< the last one in which the partition was taken
    };

    void attend(unsigned thread);
    bool do_something(unsigned thread, std::uint32_t& seen);
    void work_on(std::uint32_t window, unsigned thread);
    void run(Partition& partition) noexcept;
    void follow() noexcept;
    bool follow_if_wanted() noexcept;
    void wait_for_follower();
    void let_follow();
    void open_windows();
    bool next_window();
    void rest();
    void signal();
    void await_signal(std::uint32_t heard);
    void fail() noexcept;
    std::uint64_t processed() const;

    Simulation& simulation_;
    const Duration lookahead_;
    const unsigned threads_;
    const int patience_; ///< looks before a thread goes to sleep
    Follower* const follower_;
    std::vector<Partition*> partitions_;

    // Changed between two windows only, by whoever closes one:
    Time limit_;
    std::uint64_t budget_ = 0; ///< events processed when it is time to rest
    std::uint64_t before_ = 0; ///< events processed before the present window
    double usual_ = 0;         ///< events of a window, lately
    Time end_;                 ///< of the window
    std::size_t round_ = 0;    ///< as that of the partitions
    std::vector<Partition*> busy_; ///< that have something to do in it

    std::vector<Claim> claims_;
    alignas(64) std::atomic<std::uint32_t> window_{0};
    alignas(64) std::atomic<std::uint32_t> left_{0}; ///< partitions of the window that are not done
    alignas(64) std::atomic<std::uint32_t> signals_{0};
    std::atomic<bool> resting_{true};
    std::atomic<bool> follow_wanted_{false};
    std::atomic<bool> following_{false}; ///< wanted or at work
    std::atomic<bool> failed_{false};
    std::atomic<bool> dismissed_{false};
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
    std::vector<std::thread> helpers_;
};

} // namespace postopolis::kernel
