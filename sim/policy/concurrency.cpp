// Jobs are nodes of intrusive lists in one array, destinations nodes of a ring in another; freed nodes are
// used again, so a queue that stays bounded allocates no more.
#include "postopolis/policy/concurrency.hpp"

#include <algorithm>

namespace postopolis::policy {

FairScheduler::Index FairScheduler::destination_of(std::string_view name) {
    if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
    Index index = static_cast<Index>(destinations_.size());
    if (free_destinations_.empty()) {
        destinations_.emplace_back();
    } else {
        index = free_destinations_.back();
        free_destinations_.pop_back();
    }
    const auto entry = by_name_.emplace(std::string(name), index).first;
    destinations_[index] = Destination{};
    destinations_[index].name = &entry->first;
    destinations_[index].limit = limits_.per_destination;
    return index;
}

const FairScheduler::Destination* FairScheduler::look(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &destinations_[found->second];
}

FairScheduler::Index FairScheduler::new_job(JobId id, Index destination) {
    Index index = static_cast<Index>(jobs_.size());
    if (free_jobs_.empty()) {
        jobs_.emplace_back();
    } else {
        index = free_jobs_.back();
        free_jobs_.pop_back();
    }
    jobs_[index] = {id, destination, none, none, false};
    return index;
}

void FairScheduler::free_job(Index job) {
    by_id_.erase(jobs_[job].id);
    free_jobs_.push_back(job);
}

void FairScheduler::unlink(Index job) {
    const Job& node = jobs_[job];
    Destination& destination = destinations_[node.destination];
    (node.before == none ? destination.first : jobs_[node.before].after) = node.after;
    (node.after == none ? destination.last : jobs_[node.after].before) = node.before;
    --destination.waiting;
    --waiting_;
}

void FairScheduler::push_ready(Index destination) {
    Destination& node = destinations_[destination];
    node.ready = true;
    node.before = ready_last_;
    node.after = none;
    (ready_last_ == none ? ready_first_ : destinations_[ready_last_].after) = destination;
    ready_last_ = destination;
}

void FairScheduler::drop_ready(Index destination) {
    Destination& node = destinations_[destination];
    node.ready = false;
    (node.before == none ? ready_first_ : destinations_[node.before].after) = node.after;
    (node.after == none ? ready_last_ : destinations_[node.after].before) = node.before;
}

void FairScheduler::update(Index destination) {
    Destination& node = destinations_[destination];
    const bool ready = node.waiting > 0 && node.running < node.limit;
    if (ready != node.ready) ready ? push_ready(destination) : drop_ready(destination);
    // Of a busy host's idle destinations most come back soon.
    constexpr std::uint64_t kJobsPerKept = 16;
    constexpr std::uint64_t kMostKept = 64;
    const std::uint64_t kept = std::min(enqueued_ / kJobsPerKept, kMostKept);
    if (node.waiting == 0 && node.running == 0 && !node.own_limit && by_name_.size() > kept) {
        by_name_.erase(by_name_.find(*node.name));
        node.name = nullptr;
        free_destinations_.push_back(destination);
    }
}

bool FairScheduler::enqueue(JobId job, std::string_view destination) {
    const auto [entry, fresh] = by_id_.try_emplace(job, none);
    if (!fresh) return false;
    ++enqueued_;
    const Index where = destination_of(destination);
    const Index index = new_job(job, where);
    entry->second = index;
    Destination& queue = destinations_[where];
    jobs_[index].before = queue.last;
    (queue.last == none ? queue.first : jobs_[queue.last].after) = index;
    queue.last = index;
    ++queue.waiting;
    ++waiting_;
    update(where);
    return true;
}

std::optional<JobId> FairScheduler::start_next() {
    if (running_ >= limits_.overall || ready_first_ == none) return std::nullopt;
    const Index where = ready_first_;
    const Index job = destinations_[where].first;
    drop_ready(where); // to the end of the ring, if it stays ready: the others are first
    unlink(job);
    jobs_[job].started = true;
    ++destinations_[where].running;
    ++running_;
    update(where);
    return jobs_[job].id;
}

bool FairScheduler::finished(JobId job) {
    const auto found = by_id_.find(job);
    if (found == by_id_.end() || !jobs_[found->second].started) return false;
    const Index index = found->second;
    const Index where = jobs_[index].destination;
    free_job(index);
    --destinations_[where].running;
    --running_;
    update(where);
    return true;
}

bool FairScheduler::remove(JobId job) {
    const auto found = by_id_.find(job);
    if (found == by_id_.end() || jobs_[found->second].started) return false;
    const Index index = found->second;
    const Index where = jobs_[index].destination;
    unlink(index);
    free_job(index);
    update(where);
    return true;
}

void FairScheduler::set_limit(std::string_view destination, std::uint32_t limit) {
    const Index where = destination_of(destination);
    destinations_[where].limit = limit;
    destinations_[where].own_limit = limit != limits_.per_destination;
    update(where);
}

std::size_t FairScheduler::waiting(std::string_view destination) const {
    const Destination* found = look(destination);
    return found ? found->waiting : 0;
}

std::size_t FairScheduler::running(std::string_view destination) const {
    const Destination* found = look(destination);
    return found ? found->running : 0;
}

} // namespace postopolis::policy
