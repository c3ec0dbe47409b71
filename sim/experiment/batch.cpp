// Spreads the runs of an experiment over threads. Each thread loads the scenario and builds its towns for
// itself: the threads share only the list of what is to be done, and hand their results to the one that
// writes them down.
#include "postopolis/experiment/batch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "experiment/metric_names.hpp"
#include "experiment/results.hpp"
#include "postopolis/experiment/run.hpp"

namespace postopolis::experiment {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Job {
    std::size_t point = 0;
    std::uint32_t replication = 0;
};

/// What the threads share.
class Work {
public:
    Work(const Experiment& experiment, std::vector<Job> jobs, std::function<bool()> stop)
        : experiment_(experiment), jobs_(std::move(jobs)), stop_(std::move(stop)) {}

    const Experiment& experiment() const { return experiment_; }
    std::optional<Job> next() {
        const std::size_t i = next_.fetch_add(1);
        return i < jobs_.size() && !stopped() ? std::optional(jobs_[i]) : std::nullopt;
    }
    bool stopped() const { return given_up_ || (stop_ && stop_()); }
    void give_up() { given_up_ = true; }

    void hand_in(RunResult result) {
        const std::lock_guard guard(mutex_);
        finished_.push_back(std::move(result));
        changed_.notify_one();
    }
    void leave() {
        const std::lock_guard guard(mutex_);
        --workers_;
        changed_.notify_one();
    }
    void set_workers(unsigned n) { workers_ = n; }
    /// What has been handed in, after a while at most; `over` when no more will come.
    std::vector<RunResult> take(bool& over) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds(100),
                          [&] { return !finished_.empty() || workers_ == 0; });
        over = workers_ == 0;
        return std::exchange(finished_, {});
    }

private:
    const Experiment& experiment_;
    const std::vector<Job> jobs_;
    const std::function<bool()> stop_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> given_up_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<RunResult> finished_;
    unsigned workers_ = 0;
};

class Worker {
public:
    explicit Worker(Work& work) : work_(work), experiment_(work.experiment()) {}

    void work() {
        while (const std::optional<Job> job = work_.next()) {
            RunResult result;
            result.point = job->point;
            result.replication = job->replication;
            try {
                if (!run(result)) break;
            } catch (const std::bad_alloc&) {
                result.error = "out of memory";
            } catch (const std::exception& e) {
                result.error = e.what();
            }
            work_.hand_in(std::move(result));
        }
        work_.leave();
    }

private:
    /// The scenario of a point, kept for its other replications. The mistake if it can't be loaded.
    std::optional<std::string> load(std::size_t point) {
        if (loaded_point_ != point) {
            loaded_ = scenario::load_text(experiment_.scenario_text,
                                          experiment_.load_options(experiment_.points[point]));
            loaded_point_ = point;
        }
        if (loaded_.scenario) return std::nullopt;
        std::string words = scenario::text(loaded_.mistakes.at(0), experiment_.scenario_path);
        if (loaded_.mistakes.size() > 1)
            words += " (and " + std::to_string(loaded_.mistakes.size() - 1) + " more mistakes)";
        return words;
    }

    /// False if it was stopped: there is no result then.
    bool run(RunResult& result) {
        const Clock::time_point begin = Clock::now();
        if (auto mistake = load(result.point)) {
            result.error = std::move(*mistake);
            return true;
        }
        RunOptions options;
        options.replication = result.replication;
        options.seed = experiment_.seed;
        if (experiment_.limits.virtual_time)
            options.until = kernel::Time::at(*experiment_.limits.virtual_time);
        auto opened = Run::open(*loaded_.scenario, std::move(options));
        if (auto* error = std::get_if<std::string>(&opened)) {
            result.error = std::move(*error);
            return true;
        }
        Run& run = std::get<Run>(opened);
        constexpr std::uint64_t kStride = 20'000; // events: some milliseconds
        while (run.advance(kStride)) {
            if (work_.stopped()) return false;
            if (experiment_.limits.wall_seconds && seconds_since(begin) > *experiment_.limits.wall_seconds) {
                result.error = "given up: it took longer than the wall limit of the experiment";
                return true;
            }
        }
        take(result, run.finish());
        result.wall_seconds = seconds_since(begin);
        return true;
    }

    void take(RunResult& result, const RunOutcome& outcome) const {
        result.error = outcome.error;
        if (!outcome.audit.empty()) result.error = "a law is broken: " + outcome.audit.front();
        if (result.failed()) return;
        result.fingerprint = outcome.summary.facts.fingerprint;
        result.expectations = outcome.verdicts.size();
        std::copy_if(outcome.verdicts.begin(), outcome.verdicts.end(), std::back_inserter(result.unmet),
                     [](const metrics::Verdict& v) { return !v.held; });
        const auto numbers = numbers_of(metrics::summary_json(outcome.summary));
        for (const std::string& metric : experiment_.metrics) {
            const auto found = numbers.find(metric);
            result.values.push_back(found == numbers.end() ? std::nullopt : std::optional(found->second));
        }
    }

    Work& work_;
    const Experiment& experiment_;
    std::optional<std::size_t> loaded_point_;
    scenario::LoadResult loaded_;
};

std::vector<Job> missing(const Experiment& experiment, const Results& results) {
    std::vector<Job> jobs;
    for (std::size_t point = 0; point < experiment.points.size(); ++point)
        for (std::uint32_t replication = 0; replication < experiment.replications; ++replication)
            if (!results.has(point, replication)) jobs.push_back({point, replication});
    return jobs;
}

/// Writes down what the workers hand in, until they are done.
void collect(Work& work, Results& results, const BatchOptions& options, BatchOutcome& outcome) {
    const Clock::time_point begin = Clock::now();
    BatchProgress progress{outcome.done, outcome.runs, outcome.failed, 0, std::nullopt};
    for (bool over = false; !over;) {
        const std::vector<RunResult> finished = work.take(over);
        if (!finished.empty() && !results.error()) results.keep(finished);
        if (results.error()) work.give_up();
        outcome.ran_now += finished.size();
        progress.done += finished.size();
        progress.failed += static_cast<std::uint64_t>(
            std::count_if(finished.begin(), finished.end(), [](const RunResult& r) { return r.failed(); }));
        progress.wall_seconds = seconds_since(begin);
        if (outcome.ran_now > 0)
            progress.seconds_left = progress.wall_seconds / static_cast<double>(outcome.ran_now) *
                                    static_cast<double>(progress.total - progress.done);
        if (options.progress) options.progress(progress);
    }
}

void run_missing(const Experiment& experiment, const BatchOptions& options, Results& results,
                 BatchOutcome& outcome) {
    std::vector<Job> jobs = missing(experiment, results);
    if (jobs.empty()) return;
    results.forget_summaries();
    const auto threads = static_cast<unsigned>(
        std::clamp<std::size_t>(options.threads, 1, std::min<std::size_t>(jobs.size(), 1024)));
    Work work(experiment, std::move(jobs), options.stop);
    work.set_workers(threads);
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < threads; ++i)
        workers.emplace_back([&work] { Worker(work).work(); });
    collect(work, results, options, outcome);
    for (std::thread& worker : workers)
        worker.join();
}

} // namespace

BatchOutcome run_batch(const Experiment& experiment, const BatchOptions& options) {
    BatchOutcome outcome;
    outcome.runs = experiment.runs();
    auto opened = Results::open(experiment, options);
    if (auto* error = std::get_if<std::string>(&opened)) {
        outcome.error = std::move(*error);
        return outcome;
    }
    Results& results = *std::get<std::unique_ptr<Results>>(opened);
    results.count(outcome);
    run_missing(experiment, options, results, outcome);
    if (!results.error()) results.count(outcome);
    outcome.interrupted = outcome.done < outcome.runs;
    if (!outcome.interrupted && !results.error()) results.complete();
    outcome.error = results.error().value_or("");
    outcome.files = results.files();
    outcome.summary = results.summary();
    return outcome;
}

} // namespace postopolis::experiment
