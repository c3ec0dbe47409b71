// Numbered buckets of events, which are only appended to until one is emptied as a whole.
//
// A bucket is a chain of chunks. All that is known of it outside is where its next event goes, so that
// appending writes to memory that is out of the cache, but never waits for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "postopolis/kernel/event.hpp"

namespace postopolis::kernel {

class EventBuckets {
public:
    /// Forgets all events and has `count` empty buckets.
    void reset(std::size_t count);

    bool empty(std::size_t bucket) const { return ends_[bucket] == nullptr; }
    /// Whether a chunk must be added before the next event; true for an empty bucket.
    bool full(std::size_t bucket) const { return full(ends_[bucket]); }
    void add_chunk(std::size_t bucket);
    void append(std::size_t bucket, const Event& event) { *ends_[bucket]++ = event; }

    template<class Function>
    void each(std::size_t bucket, Function function) const {
        for (Event* end = ends_[bucket]; end != nullptr;) {
            const Chunk* chunk = chunk_of(end);
            for (const Event* e = chunk->events.data(); e != end; ++e)
                function(*e);
            end = chunk->older;
        }
    }
    /// As `each`, and the bucket is empty from the beginning; `function` may append to any.
    template<class Function>
    void take(std::size_t bucket, Function function) {
        for (Event* end = std::exchange(ends_[bucket], nullptr); end != nullptr;) {
            Chunk* chunk = chunk_of(end);
            for (const Event* e = chunk->events.data(); e != end; ++e)
                function(*e);
            end = std::exchange(chunk->older, free_);
            free_ = chunk->events.data() + chunk->events.size();
        }
    }
    /// Brings the bucket's last chunk into the cache.
    void prefetch(std::size_t bucket) const {
        const char* end = reinterpret_cast<const char*>(ends_[bucket]);
        if (end == nullptr) return;
        for (const char* line = reinterpret_cast<const char*>(chunk_of(ends_[bucket])); line < end;
             line += 64)
            __builtin_prefetch(line);
    }
    /// The chunk before it, once the last one is there.
    void prefetch_older(std::size_t bucket) const {
        if (ends_[bucket] == nullptr) return;
        const char* end = reinterpret_cast<const char*>(chunk_of(ends_[bucket])->older);
        if (end == nullptr) return;
        for (std::size_t back = 64; back <= kChunk; back += 64)
            __builtin_prefetch(end - back);
    }

    /// Walks over a bucket, the youngest chunk first, while nothing is taken from it. What is appended
    /// meanwhile may be left out.
    class Walk {
    public:
        Walk() = default;
        Walk(const EventBuckets& buckets, std::size_t bucket) { enter(buckets.ends_[bucket]); }
        bool ended() const { return at_ == end_; }
        const Event& next() {
            const Event& event = *at_++;
            if (at_ == end_) enter(older_);
            return event;
        }

    private:
        void enter(const Event* end) {
            at_ = end_ = end;
            if (end == nullptr) return;
            const Chunk* chunk = chunk_of(end);
            at_ = chunk->events.data();
            older_ = chunk->older;
        }
        const Event* at_ = nullptr;
        const Event* end_ = nullptr;
        const Event* older_ = nullptr;
    };

private:
    static constexpr std::size_t kChunk = 256; ///< bytes: four cache lines
    struct alignas(kChunk) Chunk {
        Event* older = nullptr; ///< end of the chunk before this one, which is full
        void* unused = nullptr;
        std::array<Event, kChunk / sizeof(Event)> events;
    };
    static_assert(sizeof(Chunk) == kChunk, "an event's end tells its chunk");

    static bool full(const Event* end) { return reinterpret_cast<std::uintptr_t>(end) % sizeof(Chunk) == 0; }
    static Chunk* chunk_of(const Event* end) {
        return reinterpret_cast<Chunk*>((reinterpret_cast<std::uintptr_t>(end) - 1) & ~(sizeof(Chunk) - 1));
    }

    std::vector<Event*> ends_; ///< by bucket: where its next event goes, unless its last chunk is full
    Event* free_ = nullptr;    ///< end of the first free chunk
    Chunk* fresh_ = nullptr;   ///< chunks that were never used
    Chunk* fresh_end_ = nullptr;
    std::vector<std::unique_ptr<Chunk[]>> blocks_;
};

} // namespace postopolis::kernel
