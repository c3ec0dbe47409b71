// The buckets behind the event queue, after calendar queues (Brown, CACM 31(10), 1988) and ladder queues
// (Tang, Goh, Thng, ACM TOMACS 15(3), 2005), with the sorting put off until a bucket is opened.
#include "postopolis/kernel/event_queue.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace postopolis::kernel {
namespace {

constexpr std::size_t kHeapOnly = 256; ///< so few events are quickest in a heap
constexpr std::size_t kPerBucket = 12; ///< events that a bucket should have when it is opened
constexpr std::size_t kFewest = 4;     ///< per bucket, before the width is changed
constexpr std::size_t kMost = 40;
constexpr std::size_t kObserved = 2048; ///< events after which the width is judged
constexpr std::size_t kLongestGap = 64; ///< empty buckets in a row that say something about the width
constexpr std::uint64_t kFewestBuckets = 64;
constexpr std::uint64_t kMostBuckets = std::uint64_t{1} << 18;

constexpr int kGreatestShift = 60;

/// Rounded down; 0 for 0.
int log2(std::uint64_t x) {
    return std::max(static_cast<int>(std::bit_width(x)) - 1, 0);
}

bool later(const Event& a, const Event& b) {
    return b.before(a);
}

} // namespace

void EventHeap::push(const Event& event) {
    std::size_t hole = events_.size();
    events_.push_back(event);
    while (hole > 0) {
        std::size_t parent = (hole - 1) / 4;
        if (!event.before(events_[parent])) break;
        events_[hole] = events_[parent];
        hole = parent;
    }
    events_[hole] = event;
}

Event EventHeap::pop() {
    const Event first = events_.front();
    const Event last = events_.back();
    events_.pop_back();
    const std::size_t n = events_.size();
    if (n == 0) return first;
    std::size_t hole = 0;
    for (std::size_t child = 1; child < n; child = hole * 4 + 1) {
        std::size_t least = child;
        const std::size_t end = std::min(child + 4, n);
        for (++child; child < end; ++child)
            if (events_[child].before(events_[least])) least = child;
        if (!events_[least].before(last)) break;
        events_[hole] = events_[least];
        hole = least;
    }
    events_[hole] = last;
    return first;
}

void EventHeap::give(std::vector<Event>& out) {
    out.insert(out.end(), events_.begin(), events_.end());
    events_.clear();
}

void EventQueue::push(const Event& event) {
    ++size_;
    ++work_;
    file(event);
    if (late_.size() <= kHeapOnly || work_ < 2 * size_) return;
    std::vector<Event> all = take_all();
    const int shift = fitting_shift(all);
    rebuild(std::move(all), shift);
}

void EventQueue::file(const Event& event) {
    const std::uint64_t number = bucket(event.time);
    if (number <= open_)
        late_.push(event);
    else if (number - open_ <= mask_)
        append(number, event);
    else
        put_far(event);
}

void EventQueue::append(std::uint64_t bucket_number, const Event& event) {
    const std::uint64_t place = bucket_number & mask_;
    std::uint32_t& head = heads_[place];
    ++in_ring_;
    if (head == kNone || chunks_[head].count == chunks_[head].events.size()) {
        std::uint32_t fresh = free_chunk_;
        if (fresh == kNone) {
            fresh = static_cast<std::uint32_t>(chunks_.size());
            chunks_.emplace_back();
        } else {
            free_chunk_ = chunks_[fresh].next;
        }
        if (head == kNone) occupied_[place / 64] |= std::uint64_t{1} << (place % 64);
        chunks_[fresh].next = head;
        chunks_[fresh].count = 0;
        head = fresh;
    }
    Chunk& chunk = chunks_[head];
    chunk.events[chunk.count++] = event;
}

void EventQueue::put_far(const Event& event) {
    far_.push_back(event);
    far_first_ = std::min(far_first_, event.time);
}

Event EventQueue::pop() {
    if (sorted_.empty() && late_.empty()) open_next();
    --size_;
    ++work_;
    if (from_heap()) return late_.pop();
    const Event event = sorted_.back();
    sorted_.pop_back();
    return event;
}

/// The number of the first bucket of the ring, which must not be empty, that holds events.
std::uint64_t EventQueue::next_bucket() const {
    const std::uint64_t first = (open_ + 1) & mask_;
    std::uint64_t word = first / 64;
    std::uint64_t bits = occupied_[word] & (~std::uint64_t{0} << (first % 64));
    while (bits == 0) {
        word = (word + 1) & (mask_ / 64);
        bits = occupied_[word];
    }
    const std::uint64_t place = word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
    return open_ + 1 + ((place - first) & mask_);
}

void EventQueue::take_bucket(std::uint64_t bucket_number, std::vector<Event>& out) {
    const std::uint64_t place = bucket_number & mask_;
    std::uint32_t at = std::exchange(heads_[place], kNone);
    occupied_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    while (at != kNone) {
        Chunk& chunk = chunks_[at];
        for (std::uint32_t i = 0; i < chunk.count; ++i) {
            // What is to happen is touched soon, and among a million events it is not in the cache.
            __builtin_prefetch(reinterpret_cast<const void*>(chunk.events[i].target & ~std::uintptr_t{1}));
            out.push_back(chunk.events[i]);
        }
        in_ring_ -= chunk.count;
        const std::uint32_t next = std::exchange(chunk.next, free_chunk_);
        free_chunk_ = at;
        at = next;
    }
}

void EventQueue::open_next() {
    if (opened_events_ >= kObserved) adapt();
    if (!sorted_.empty()) return;
    std::uint64_t number = in_ring_ != 0 ? next_bucket() : UINT64_MAX;
    if (!far_.empty() && bucket(far_first_) <= number) {
        if (in_ring_ == 0) open_ = bucket(far_first_) - 1;
        file_far();
        number = next_bucket();
    }
    passed_ += std::min<std::uint64_t>(number - open_, kLongestGap);
    open_ = number;
    take_bucket(number, sorted_);
    opened_events_ += sorted_.size();
    std::sort(sorted_.begin(), sorted_.end(), later);
    const std::uint32_t follows = heads_[(number + 1) & mask_];
    if (follows != kNone) __builtin_prefetch(&chunks_[follows]);
}

const Event& EventQueue::first_unopened() const {
    const Event* first = nullptr;
    auto look_at = [&](const Event& e) {
        if (first == nullptr || e.before(*first)) first = &e;
    };
    const std::uint64_t number = in_ring_ != 0 ? next_bucket() : UINT64_MAX;
    if (in_ring_ != 0)
        for (std::uint32_t at = heads_[number & mask_]; at != kNone; at = chunks_[at].next)
            for (std::uint32_t i = 0; i < chunks_[at].count; ++i)
                look_at(chunks_[at].events[i]);
    if (!far_.empty() && bucket(far_first_) <= number)
        for (const Event& e : far_)
            look_at(e);
    return *first;
}

/// Moves what has come into the ring's reach: at most once in a turn of the ring.
void EventQueue::file_far() {
    far_first_ = Time::max();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < far_.size(); ++i) {
        const Event event = far_[i];
        const std::uint64_t number = bucket(event.time);
        if (number - open_ <= mask_) {
            append(number, event);
        } else {
            far_first_ = std::min(far_first_, event.time);
            far_[kept++] = event;
        }
    }
    far_.resize(kept);
}

/// Looks whether buckets of this width and number still fit; a rebuilding must have been paid for by as much
/// work.
void EventQueue::adapt() {
    const std::size_t each = opened_events_ / std::max<std::size_t>(passed_, 1);
    const bool wrong_width = each < kFewest || each > kMost;
    const bool wrong_number = size_ > 4 * built_size_ || size_ < built_size_ / 16;
    if ((wrong_width || wrong_number) && work_ >= size_) {
        int shift = shift_;
        if (each > kMost)
            shift -= log2(each / kPerBucket);
        else if (each < kFewest)
            shift += log2(kPerBucket * passed_ / std::max<std::size_t>(opened_events_, 1));
        rebuild(take_all(), std::clamp(shift, 0, kGreatestShift));
    }
    opened_events_ = passed_ = 0;
}

std::vector<Event> EventQueue::take_all() {
    std::vector<Event> all = std::move(far_);
    all.reserve(size_);
    far_.clear();
    far_first_ = Time::max();
    all.insert(all.end(), sorted_.begin(), sorted_.end());
    sorted_.clear();
    late_.give(all);
    while (in_ring_ != 0)
        take_bucket(next_bucket(), all);
    return all;
}

/// From the density of the first eighth of the events: what comes much later says nothing about the near
/// future.
int EventQueue::fitting_shift(const std::vector<Event>& events) const {
    std::vector<std::int64_t> times;
    times.reserve(events.size());
    for (const Event& e : events)
        times.push_back(e.time.since_start().count());
    const auto eighth = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 8);
    std::nth_element(times.begin(), eighth, times.end());
    const std::int64_t span = *eighth - *std::min_element(times.begin(), eighth + 1);
    const auto width = static_cast<std::uint64_t>(span) / (times.size() / 8 + 1) * kPerBucket;
    return std::min(log2(width), kGreatestShift);
}

/// Files `events`, which are all that there are, in new buckets.
void EventQueue::rebuild(std::vector<Event> events, int shift) {
    shift_ = shift;
    const std::uint64_t buckets =
        std::clamp(std::bit_ceil(std::uint64_t{events.size()} / 4), kFewestBuckets, kMostBuckets);
    mask_ = buckets - 1;
    heads_.assign(buckets, kNone);
    occupied_.assign(buckets / 64, 0);
    chunks_.clear();
    free_chunk_ = kNone;
    built_size_ = events.size();
    work_ = opened_events_ = passed_ = 0;
    if (events.empty()) return;
    Time first = Time::max();
    for (const Event& e : events)
        first = std::min(first, e.time);
    open_ = bucket(first);
    for (const Event& e : events) {
        if (bucket(e.time) == open_)
            sorted_.push_back(e);
        else
            file(e);
    }
    std::sort(sorted_.begin(), sorted_.end(), later);
}

void EventQueue::purge_resumptions(NodeId origin) {
    std::vector<Event> all = take_all();
    std::erase_if(all, [origin](const Event& e) { return !e.is_occurrence() && e.origin() == origin; });
    size_ = all.size();
    for (const Event& e : all)
        file(e);
}

void EventQueue::clear() noexcept {
    for (const Event& e : take_all())
        if (e.is_occurrence()) e.occurrence()->drop();
    size_ = 0;
}

} // namespace postopolis::kernel
