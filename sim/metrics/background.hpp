// Work that is done on a thread of its own, batch by batch, in the order in which it is handed over.
//
// A few batches go round: one side fills, the other works off, and whoever is too fast waits, so that memory
// stays bounded. The thread begins with the first batch that is full: what fits into one never needs it.
// Where no thread can be had, the work is done on the spot. The work must not throw; its errors are its own.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace postopolis::metrics {

template<class Batch>
class Background {
public:
    /// `work` is called for one batch at a time, and leaves it empty.
    explicit Background(std::function<void(Batch&)> work) : work_(std::move(work)) {}
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    /// What was not begun is dropped.
    ~Background() { end(Rest::drop); }

    /// To be filled, empty at first.
    Batch& batch() { return batches_[handed_ % kBatches]; }
    /// Gives the batch away. Waits while there is no empty one.
    void hand_over() {
        if (!thread_.joinable() && !begin()) return work_(batch());
        std::unique_lock lock(mutex_);
        ++handed_;
        changed_.notify_one();
        changed_.wait(lock, [this] { return handed_ - done_ < kBatches; });
    }
    /// Until all is done, what stands in batch() too. Nothing may be handed over any more.
    void finish() {
        end(Rest::work_off);
        work_(batch());
    }

private:
    enum class Rest { work_off, drop };
    static constexpr std::size_t kBatches = 4;

    bool begin() {
        try {
            thread_ = std::thread([this] { work_off(); });
        } catch (const std::system_error&) {
            return false;
        }
        return true;
    }
    void work_off() {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [this] { return done_ < handed_ || ended_; });
            if (done_ == handed_ || dropped_) return;
            Batch& next = batches_[done_ % kBatches];
            lock.unlock();
            work_(next);
            lock.lock();
            ++done_;
            changed_.notify_one();
        }
    }
    void end(Rest rest) {
        if (!thread_.joinable()) return;
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
            dropped_ = rest == Rest::drop;
        }
        changed_.notify_one();
        thread_.join();
    }

    std::function<void(Batch&)> work_;
    std::array<Batch, kBatches> batches_;
    std::mutex mutex_; ///< of what follows; handed_ is changed by the filling side only
    std::condition_variable changed_;
    std::size_t handed_ = 0;
    std::size_t done_ = 0;
    bool ended_ = false;
    bool dropped_ = false;
    std::thread thread_;
};

} // namespace postopolis::metrics
