// The buckets behind the event queue, after calendar queues (Brown, CACM 31(10), 1988), ladder queues
// (Tang, Goh, Thng, ACM TOMACS 15(3), 2005) and hierarchical timing wheels (Varghese, Lauck, SOSP 1987), with
// the sorting put off until a bucket is opened.
#include "postopolis/kernel/event_queue.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace postopolis::kernel {
namespace {

constexpr std::size_t kHeapOnly = 256; ///< so few events are quickest in a heap
constexpr std::size_t kFew = 32;       ///< that many events are sorted by counting
constexpr std::size_t kPerBucket = 14; ///< events that a bucket should have when it is opened
constexpr std::size_t kFewest = 8;     ///< per bucket, before the width is changed
constexpr std::size_t kMost = 22;
constexpr std::size_t kObserved = 2048; ///< events after which the width is judged
constexpr std::size_t kLongestGap = 64; ///< empty buckets in a row that say something about the width
constexpr std::size_t kNearFront = 8;   ///< so near to the next event a late one is inserted where it belongs
constexpr std::size_t kLargeBucket = 65536; ///< events: its memory is given back
constexpr std::size_t kCached = 4096;       ///< so few events, and what they are for, stay in the cache
constexpr std::uint64_t kFewestBuckets = 64;
constexpr std::uint64_t kMostBuckets = std::uint64_t{1} << 18; ///< `occupied_words_` has a bit per 64

constexpr int kGreatestShift = 58;

/// Rounded down; 0 for 0.
int log2(std::uint64_t x) {
    return std::max(static_cast<int>(std::bit_width(x)) - 1, 0);
}

bool later(const Event& a, const Event& b) {
    return b.before(a);
}

/// Few events, the last one first: each goes to the place that is the number of those after it. The counting
/// has no branch that a processor could guess wrong, and is done for four events at once. It looks at 31 bits
/// of time only; false if those do not tell all events apart.
template<std::size_t Room>
bool sort_by_counting(const Event* events, std::size_t count, int shift, Event* out) {
    std::array<std::int32_t, Room> keys;
    std::array<std::int32_t, Room> places{};
    keys.fill(INT32_MAX);
    const int dropped = std::max(shift - 31, 0);
    for (std::size_t i = 0; i < count; ++i)
        keys[i] = static_cast<std::int32_t>((events[i].time.since_start().count() >> dropped) & INT32_MAX);
    for (std::size_t j = 0; j < count; ++j) {
        const std::int32_t key = keys[j];
        for (std::size_t i = 0; i < Room; ++i)
            places[i] += key > keys[i] ? 1 : 0;
    }
    std::uint64_t taken = 0;
    for (std::size_t i = 0; i < count; ++i) {
        taken |= std::uint64_t{1} << places[i];
        out[places[i]] = events[i];
    }
    return taken + 1 == std::uint64_t{1} << count;
}

void sort_later_first(const Event* events, std::size_t count, int shift, Event* out) {
    if (count <= 16 ? sort_by_counting<16>(events, count, shift, out)
                    : count <= kFew && sort_by_counting<kFew>(events, count, shift, out))
        return;
    std::copy(events, events + count, out);
    std::sort(out, out + count, later);
}

/// From the density of the first eighth of the events: what comes much later says nothing about the near
/// future.
int fitting_shift(const std::vector<Event>& events) {
    std::vector<std::int64_t> times;
    times.reserve(events.size());
    for (const Event& e : events)
        times.push_back(e.time.since_start().count());
    const auto eighth = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 8);
    std::nth_element(times.begin(), eighth, times.end());
    const std::int64_t span = *eighth - *std::min_element(times.begin(), eighth + 1);
    const auto width = static_cast<std::uint64_t>(span) / (times.size() / 8 + 1) * kPerBucket;
    return std::min(log2(width + width / 2), kGreatestShift); // rounded to the nearer power
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

void EventQueue::file_elsewhere(std::uint64_t number, const Event& event) {
    if (number <= open_) return file_late(event);
    const std::uint64_t turn = number >> ring_bits_;
    const auto level = static_cast<std::size_t>(log2(turn ^ turn_)) / kSlotBits;
    const int shift = static_cast<int>(level) * kSlotBits;
    const std::uint64_t digit = (turn >> shift) % kSlots;
    const std::size_t slot = ring_ + level * kSlots + digit;
    if (buckets_.full(slot)) buckets_.add_chunk(slot);
    buckets_.append(slot, event);
    coarse_[level] |= std::uint64_t{1} << digit;
    coarse_turn_ = std::min(coarse_turn_, turn >> shift << shift);
}

void EventQueue::file_late(const Event& event) {
    // Most of these are to happen at once.
    for (std::size_t i = sorted_count_; i > 0 && sorted_count_ - i < kNearFront; --i) {
        if (!event.before(sorted_[i - 1])) continue;
        if (sorted_count_ == sorted_.size()) sorted_.resize(2 * sorted_.size());
        for (std::size_t j = sorted_count_++; j > i; --j)
            sorted_[j] = sorted_[j - 1];
        sorted_[i] = event;
        return;
    }
    late_.push(event);
    ++work_;
    if (late_.size() <= kHeapOnly || work_ < size_) return;
    const std::vector<Event> all = take_all();
    rebuild(all, fitting_shift(all));
}

void EventQueue::extend(std::size_t place) {
    if (buckets_.empty(place)) {
        ++filled_;
        occupied_[place / 64] |= std::uint64_t{1} << (place % 64);
        occupied_words_[place / 4096] |= std::uint64_t{1} << (place / 64 % 64);
    }
    buckets_.add_chunk(place);
}

/// The number of the first bucket of the ring, which must not be empty, that holds events.
std::uint64_t EventQueue::next_bucket() const {
    const std::uint64_t first = (open_ + 1) & (ring_ - 1);
    std::uint64_t word = first / 64;
    std::uint64_t bits = occupied_[word] & (~std::uint64_t{0} << (first % 64));
    if (bits == 0) {
        ++word; // possibly beyond the last one of the ring
        std::uint64_t group = word / 64 % occupied_words_.size();
        std::uint64_t words = occupied_words_[group] & (~std::uint64_t{0} << (word % 64));
        while (words == 0) {
            group = (group + 1) % occupied_words_.size();
            words = occupied_words_[group];
        }
        word = group * 64 + static_cast<std::uint64_t>(std::countr_zero(words));
        bits = occupied_[word];
    }
    const std::uint64_t place = word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
    return open_ + 1 + ((place - first) & (ring_ - 1));
}

void EventQueue::open_next() {
    if (opened_events_ >= kObserved) adapt();
    if (sorted_count_ != 0) return;
    std::uint64_t number = filled_ != 0 ? next_bucket() : UINT64_MAX;
    while (number >> ring_bits_ >= coarse_turn_) {
        refine();
        number = filled_ != 0 ? next_bucket() : UINT64_MAX;
    }
    turn_ = number >> ring_bits_;
    passed_ += std::min<std::uint64_t>(number - open_, kLongestGap);
    open(number);
    // Events of one instant are in one bucket however narrow it is.
    const bool one_instant = sorted_[0].time == sorted_[sorted_count_ - 1].time;
    opened_events_ += one_instant ? std::min(sorted_count_, kPerBucket) : sorted_count_;
}

void EventQueue::open(std::uint64_t number) {
    open_ = number;
    const std::size_t place = number & (ring_ - 1);
    prefetch_after(place);
    --filled_;
    const std::uint64_t word = occupied_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    if (word == 0) occupied_words_[place / 4096] &= ~(std::uint64_t{1} << (place / 64 % 64));

    std::size_t count = 0;
    buckets_.take(place, [&](const Event& e) {
        if (count == unsorted_.size()) unsorted_.resize(2 * count);
        unsorted_[count++] = e;
    });
    sorted_count_ = count;
    if (sorted_.size() < count) sorted_.resize(unsorted_.size());
    sort_later_first(unsorted_.data(), count, shift_, sorted_.data());
}

/// While this bucket's events happen, `pop` fetches what those of the next one are for, one by one, as memory
/// serves only a few requests at a time; and memory fetches in steps the events of the two after it. Not
/// beyond a word of bits: it is only a hint.
void EventQueue::prefetch_after(std::size_t place) {
    std::uint64_t bits = occupied_[place / 64] & (~std::uint64_t{1} << (place % 64));
    const std::size_t first = place / 64 * 64;
    auto next = [&] {
        const std::size_t found = first + static_cast<std::size_t>(std::countr_zero(bits));
        bits &= bits - 1;
        return found;
    };
    for (std::size_t i = 0; i < kFew && !coming_.ended(); ++i)
        coming_.next().prefetch();
    coming_ = EventBuckets::Walk();
    if (bits == 0 || size_ < kCached) return;
    coming_ = EventBuckets::Walk(buckets_, next());
    if (bits == 0) return;
    buckets_.prefetch_older(next());
    if (bits != 0) buckets_.prefetch(next());
}

std::uint64_t EventQueue::first_coarse_turn() const {
    for (std::size_t level = 0; level < kLevels; ++level) {
        if (coarse_[level] == 0) continue;
        const int shift = static_cast<int>(level) * kSlotBits;
        const auto digit = static_cast<std::uint64_t>(std::countr_zero(coarse_[level]));
        return ((turn_ >> shift >> kSlotBits << kSlotBits) | digit) << shift;
    }
    return kNever;
}

void EventQueue::refine() {
    turn_ = coarse_turn_;
    open_ = (turn_ << ring_bits_) - 1; // all before has happened
    std::size_t level = 0;
    while (coarse_[level] == 0)
        ++level;
    const auto digit = static_cast<std::size_t>(std::countr_zero(coarse_[level]));
    coarse_[level] &= coarse_[level] - 1;
    buckets_.take(ring_ + level * kSlots + digit, [this](const Event& e) { file(e); });
    coarse_turn_ = first_coarse_turn();
}

/// Looks whether buckets of this width and number still fit; a rebuilding must have been paid for by as much
/// work.
void EventQueue::adapt() {
    work_ += opened_events_;
    const std::size_t each = opened_events_ / std::max<std::size_t>(passed_, 1);
    int shift = shift_;
    if (each > kMost)
        shift -= std::max(log2(each / kPerBucket), 1);
    else if (each < kFewest)
        shift += std::max(log2(kPerBucket * passed_ / std::max<std::size_t>(opened_events_, 1)), 1);
    shift = std::clamp(shift, 0, kGreatestShift);
    const bool wrong_number = size_ > 4 * built_size_ || size_ < built_size_ / 16;
    if ((shift != shift_ || wrong_number) && work_ >= size_) rebuild(take_all(), shift);
    opened_events_ = passed_ = 0;
}

/// Leaves the queue as it was at first.
std::vector<Event> EventQueue::take_all() {
    std::vector<Event> all;
    all.reserve(size_);
    all.insert(all.end(), sorted_.begin(), sorted_.begin() + static_cast<std::ptrdiff_t>(sorted_count_));
    sorted_count_ = 0;
    late_.give(all);
    const std::size_t buckets = ring_ == 0 ? 0 : ring_ + kLevels * kSlots;
    for (std::size_t i = 0; i < buckets; ++i)
        buckets_.each(i, [&](const Event& e) { all.push_back(e); });
    coming_ = EventBuckets::Walk();
    buckets_.reset(0);
    occupied_words_.fill(0);
    coarse_.fill(0);
    filled_ = 0;
    coarse_turn_ = kNever;
    open_ = UINT64_MAX;
    ring_ = 0;
    return all;
}

/// Files `events`, which are all that there are, in new buckets.
void EventQueue::rebuild(const std::vector<Event>& events, int shift) {
    shift_ = shift;
    ring_ = std::clamp(std::bit_ceil(std::uint64_t{events.size()} / 8), kFewestBuckets, kMostBuckets);
    ring_bits_ = log2(ring_);
    buckets_.reset(ring_ + kLevels * kSlots);
    occupied_.assign(ring_ / 64, 0);
    for (std::vector<Event>* room : {&sorted_, &unsorted_})
        if (room->size() < kFew || room->size() > kLargeBucket) *room = std::vector<Event>(kFew);
    built_size_ = events.size();
    work_ = opened_events_ = passed_ = 0;
    Time first = Time::max();
    for (const Event& e : events)
        first = std::min(first, e.time);
    open_ = bucket(first) - 1;
    turn_ = bucket(first) >> ring_bits_;
    for (const Event& e : events)
        file(e);
    if (!events.empty()) open(open_ + 1);
}

void EventQueue::purge_resumptions(NodeId origin) {
    const int shift = shift_;
    const bool heap_only = ring_ == 0;
    std::vector<Event> all = take_all();
    std::erase_if(all, [origin](const Event& e) { return !e.is_occurrence() && e.origin() == origin; });
    size_ = all.size();
    if (heap_only)
        for (const Event& e : all)
            file(e);
    else
        rebuild(all, shift);
}

void EventQueue::clear() noexcept {
    for (const Event& e : take_all())
        if (e.is_occurrence()) e.occurrence()->drop();
    size_ = 0;
}

} // namespace postopolis::kernel
