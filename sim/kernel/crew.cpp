// See crew.hpp.
#include "kernel/crew.hpp"

#include <algorithm>
#include <utility>

namespace postopolis::kernel {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr double kWorthSharing = 0; // small towns are to be looked at with all threads at work
#else
constexpr double kWorthSharing = 12; ///< events of a window
#endif
constexpr double kMemory = 0.9;      ///< how slowly the usual number of events follows the present one
constexpr Duration kLongest = Duration::milliseconds(100); ///< so that what is put down for the follower stays small
constexpr int kPatience = 700; ///< looks: some tens of microseconds

void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

} // namespace

Crew::Crew(Simulation& simulation, const Division& division)
    : simulation_(simulation), lookahead_(std::min(division.lookahead, kLongest)), threads_(division.threads),
      patience_(division.threads <= std::thread::hardware_concurrency() ? kPatience : 0),
      follower_(division.follower), claims_(division.parts) {
    for (std::size_t i = 0; i < simulation_.partitions(); ++i)
        partitions_.push_back(&simulation_.partition(i));
    for (unsigned i = 1; i < threads_; ++i)
        helpers_.emplace_back([this, i] { attend(i); });
}

Crew::~Crew() {
    dismissed_.store(true);
    signal();
    for (std::thread& helper : helpers_)
        helper.join();
}

void Crew::advance(Time limit, std::uint64_t max_events) {
    limit_ = limit;
    before_ = processed();
    budget_ = max_events < UINT64_MAX - before_ ? before_ + max_events : UINT64_MAX;
    for (Partition* p : partitions_)
        p->next_ = p->next_event_time();
    resting_.store(false);
    std::uint32_t seen = window_.load();
    open_windows();
    while (!resting_.load(std::memory_order_acquire)) {
        const std::uint32_t heard = signals_.load(std::memory_order_acquire);
        if (!do_something(0, seen) && !resting_.load(std::memory_order_acquire)) await_signal(heard);
    }
    wait_for_follower();
    for (Partition* p : partitions_)
        for (std::size_t round = 0; round < 2; ++round)
            p->take_in(round);
    if (follower_ != nullptr && follower_->take_over(true)) follow();
    if (failed_.exchange(false)) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Crew::attend(unsigned thread) {
    std::uint32_t seen = 0;
    while (!dismissed_.load()) {
        const std::uint32_t heard = signals_.load(std::memory_order_acquire);
        if (!do_something(thread, seen) && !dismissed_.load()) await_signal(heard);
    }
}

/// False when there is nothing to do at present.
bool Crew::do_something(unsigned thread, std::uint32_t& seen) {
    if (follow_if_wanted()) return true;
    const std::uint32_t window = window_.load(std::memory_order_acquire);
    if (window == seen) return false;
    seen = window;
    work_on(window, thread);
    return true;
}

void Crew::work_on(std::uint32_t window, unsigned thread) {
    const std::size_t count = partitions_.size();
    const std::size_t own = thread * count / threads_;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = own + i < count ? own + i : own + i - count;
        std::uint32_t before = window - 1;
        // What the window is can be read once a partition of it is ours: it cannot be closed then.
        if (!claims_[at].window.compare_exchange_strong(before, window, std::memory_order_acq_rel)) continue;
        run(*partitions_[at]);
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) return open_windows();
    }
}

void Crew::run(Partition& partition) noexcept {
    try {
        partition.run_window(end_);
    } catch (...) {
        fail();
    }
}

void Crew::fail() noexcept {
    const std::scoped_lock lock(failure_mutex_);
    if (failure_ == nullptr) failure_ = std::current_exception();
    failed_.store(true);
}

std::uint64_t Crew::processed() const {
    std::uint64_t sum = 0;
    for (const Partition* p : partitions_)
        sum += p->processed_;
    return sum;
}

/// Called when no partition is being computed.
void Crew::open_windows() {
    for (;;) {
        const std::uint64_t now = processed();
        usual_ = kMemory * usual_ + (1 - kMemory) * static_cast<double>(now - before_);
        before_ = now;
        let_follow();
        if (failed_.load() || now >= budget_ || !next_window()) return rest();
        if (busy_.size() > 1 && usual_ >= kWorthSharing) break;
        for (Partition* p : busy_)
            run(*p);
    }
    const std::uint32_t window = window_.load(std::memory_order_relaxed) + 1;
    // Those with nothing to do count as taken.
    for (Partition* p : partitions_)
        if (std::find(busy_.begin(), busy_.end(), p) == busy_.end())
            claims_[p->index()].window.store(window, std::memory_order_relaxed);
    left_.store(static_cast<std::uint32_t>(busy_.size()), std::memory_order_relaxed);
    window_.store(window, std::memory_order_release);
    signal();
}

/// Finds the next window and who has something to do in it; false when there is none.
bool Crew::next_window() {
    const std::size_t last = round_;
    auto next_of = [&](const Partition& p) {
        Time next = p.next_;
        for (const Partition* from : partitions_)
            next = std::min(next, from->outboxes_[last][p.index_].first);
        return next;
    };
    Time first = Time::max();
    for (const Partition* p : partitions_)
        first = std::min(first, next_of(*p));
    if (first > limit_ || first == Time::max()) return false;
    end_ = lookahead_ < Time::max() - first ? first + lookahead_ : Time::max();
    if (limit_ < end_) end_ = limit_ + Duration::nanoseconds(1);
    round_ = 1 - round_;
    busy_.clear();
    for (Partition* p : partitions_) {
        p->round_ = round_;
        // What has come is taken in at once, whenever it is for.
        const bool has_mail = std::any_of(partitions_.begin(), partitions_.end(), [&](const Partition* from) {
            return !from->outboxes_[last][p->index_].events.empty();
        });
        if (has_mail || p->next_ < end_) busy_.push_back(p);
    }
    return true;
}

void Crew::rest() {
    resting_.store(true, std::memory_order_release);
    signal();
}

void Crew::let_follow() {
    if (follower_ == nullptr) return;
    if (following_.load(std::memory_order_acquire)) {
        if (!follower_->is_far_behind()) return;
        wait_for_follower();
    }
    if (!follower_->take_over(false)) return;
    following_.store(true, std::memory_order_relaxed);
    follow_wanted_.store(true, std::memory_order_release);
    signal();
}

bool Crew::follow_if_wanted() noexcept {
    if (!follow_wanted_.load(std::memory_order_relaxed) || !follow_wanted_.exchange(false, std::memory_order_acquire))
        return false;
    follow();
    following_.store(false, std::memory_order_release);
    signal();
    return true;
}

void Crew::follow() noexcept {
    try {
        follower_->follow();
    } catch (...) {
        fail();
    }
}

void Crew::wait_for_follower() {
    while (following_.load(std::memory_order_acquire)) {
        const std::uint32_t heard = signals_.load(std::memory_order_acquire);
        if (!follow_if_wanted() && following_.load(std::memory_order_acquire)) await_signal(heard);
    }
}

void Crew::signal() {
    signals_.fetch_add(1, std::memory_order_acq_rel);
    signals_.notify_all();
}

void Crew::await_signal(std::uint32_t heard) {
    for (int i = 0; i < patience_; ++i) {
        if (signals_.load(std::memory_order_relaxed) != heard) return;
        pause_briefly();
    }
    signals_.wait(heard);
}

} // namespace postopolis::kernel
