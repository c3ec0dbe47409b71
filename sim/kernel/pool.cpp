// Size classes of 64 bytes up to 4 KiB; larger blocks go to the allocator.
//
// A thread's lists are bounded: what is too much goes to a depot that all threads share, and comes from there before
// anything is asked of the allocator.
#include "postopolis/kernel/pool.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <vector>

namespace postopolis::kernel {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 64;

struct FreeBlock {
    FreeBlock* next;
};

// A list that is longer gives part of it to the depot: where blocks go from one thread to another, those that free
// more than they need must not keep them from those that need more.
constexpr std::size_t kLongestList = std::size_t{512} << 10; ///< octets
constexpr std::size_t kBatch = std::size_t{128} << 10;       ///< octets

struct List {
    FreeBlock* head = nullptr;
    std::size_t count = 0;
};

void release(FreeBlock* head) {
    while (head != nullptr) {
        FreeBlock* next = head->next;
        ::operator delete(head);
        head = next;
    }
}

/// Blocks for any thread, in batches.
class Depot {
public:
    ~Depot() {
        for (std::vector<List>& batches : batches_)
            for (const List& batch : batches) release(batch.head);
    }
    void put(std::size_t size_class, List batch) {
        const std::scoped_lock lock(mutex_);
        batches_[size_class].push_back(batch);
        filled_[size_class].store(batches_[size_class].size(), std::memory_order_relaxed);
    }
    List take(std::size_t size_class) {
        if (filled_[size_class].load(std::memory_order_relaxed) == 0) return {};
        const std::scoped_lock lock(mutex_);
        std::vector<List>& batches = batches_[size_class];
        if (batches.empty()) return {};
        const List batch = batches.back();
        batches.pop_back();
        filled_[size_class].store(batches.size(), std::memory_order_relaxed);
        return batch;
    }

private:
    std::mutex mutex_;
    std::array<std::vector<List>, kClasses> batches_;
    std::array<std::atomic<std::size_t>, kClasses> filled_{};
};

Depot depot;

struct Lists {
    std::array<List, kClasses> of{};
    ~Lists() {
        for (const List& list : of) release(list.head);
    }
};

thread_local Lists lists;

void give_batch(std::size_t size_class, List& list) {
    const std::size_t count = kBatch / (size_class * kStep);
    List batch{list.head, count};
    FreeBlock* last = list.head;
    for (std::size_t i = 1; i < count; ++i) last = last->next;
    list.head = last->next;
    list.count -= count;
    last->next = nullptr;
    depot.put(size_class, batch);
}

std::size_t class_of(std::size_t size) { return (size + kStep - 1) / kStep; }

} // namespace

void* pool_allocate(std::size_t size) {
    std::size_t c = class_of(size);
    if (!kPooled || c >= kClasses) return ::operator new(size);
    List& list = lists.of[c];
    if (list.head == nullptr) list = depot.take(c);
    if (FreeBlock* block = list.head) {
        list.head = block->next;
        --list.count;
        return block;
    }
    return ::operator new(c * kStep);
}

void pool_free(void* block, std::size_t size) noexcept {
    std::size_t c = class_of(size);
    if (!kPooled || c >= kClasses) {
        ::operator delete(block);
        return;
    }
    auto* free_block = static_cast<FreeBlock*>(block);
    List& list = lists.of[c];
    free_block->next = list.head;
    list.head = free_block;
    if (++list.count * c * kStep > kLongestList) [[unlikely]]
        give_batch(c, list);
}

} // namespace postopolis::kernel
