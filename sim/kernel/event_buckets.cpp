// The chunks of the buckets: taken from blocks, kept in a free list, last used first, as those are in the
// cache.
#include "postopolis/kernel/event_buckets.hpp"

#include <algorithm>

namespace postopolis::kernel {
namespace {

constexpr std::size_t kFirstBlock = 64; ///< chunks
constexpr std::size_t kLargestBlock = 16384;

} // namespace

void EventBuckets::reset(std::size_t count) {
    ends_.assign(count, nullptr);
    free_ = nullptr;
    fresh_ = fresh_end_ = nullptr;
    blocks_.clear();
}

void EventBuckets::add_chunk(std::size_t bucket) {
    Chunk* chunk;
    if (free_ != nullptr) {
        chunk = chunk_of(free_);
        free_ = chunk->older;
    } else {
        if (fresh_ == fresh_end_) {
            const std::size_t count =
                std::min(kFirstBlock << std::min<std::size_t>(blocks_.size(), 16), kLargestBlock);
            blocks_.push_back(std::make_unique_for_overwrite<Chunk[]>(count));
            fresh_ = blocks_.back().get();
            fresh_end_ = fresh_ + count;
        }
        chunk = fresh_++;
    }
    chunk->older = ends_[bucket];
    ends_[bucket] = chunk->events.data();
}

} // namespace postopolis::kernel
