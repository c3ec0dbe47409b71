// The results of a batch on the disk: one SQLite file that grows with every run, and CSV files at the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "experiment/database.hpp"
#include "postopolis/experiment/batch.hpp"
#include "postopolis/metrics/judge.hpp"

namespace postopolis::experiment {

struct RunResult {
    std::size_t point = 0;
    std::uint32_t replication = 0;
    std::string error; ///< empty: the run is sound
    std::string fingerprint;
    std::uint64_t expectations = 0;
    std::vector<metrics::Verdict> unmet;
    double wall_seconds = 0;
    std::vector<std::optional<double>> values; ///< by Experiment::metrics; one that does not exist is absent
    bool failed() const { return !error.empty(); }
};

/// Who holds the lock of a results file; others are refused until it is gone, also if this process is killed.
class Lock {
public:
    explicit Lock(const std::filesystem::path& file);
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock();
    const std::optional<std::string>& error() const { return error_; }
    /// Empties the file.
    void clear();

private:
    int descriptor_ = -1;
    std::filesystem::path file_;
    std::optional<std::string> error_;
};

class Results {
public:
    /// Opens or creates them; refuses those of another experiment. The text of an error that a person can act
    /// upon.
    static std::variant<std::unique_ptr<Results>, std::string> open(const Experiment& experiment,
                                                                    const BatchOptions& options);

    /// Whether a run is there already.
    bool has(std::size_t point, std::uint32_t replication) const {
        return kept_[point * experiment_.replications + replication];
    }
    /// In one transaction, which is on the disk afterwards.
    void keep(std::span<const RunResult> runs);
    /// Once all runs are there: the summaries, and both CSV files.
    void complete();
    /// Before runs are added: what was made of all of them is out of date.
    void forget_summaries();
    /// Counts of what is there, for the outcome.
    void count(BatchOutcome& outcome);
    const std::optional<std::string>& error() const { return error_ ? error_ : database_.error(); }
    const std::vector<std::string>& files() const { return files_; }
    const std::vector<SummaryRow>& summary() const { return summary_; }

private:
    Results(const Experiment& experiment, const BatchOptions& options, std::unique_ptr<Lock> lock);
    void create();
    std::optional<std::string> difference();
    void read_kept(bool retry_failed);
    void summarize();
    void write_runs();
    void write_summary();

    const Experiment& experiment_;
    std::filesystem::path directory_;
    std::string program_;
    std::unique_ptr<Lock> lock_;
    Database database_;
    std::vector<bool> kept_;
    std::vector<std::string> files_;
    std::vector<SummaryRow> summary_;
    std::optional<std::string> error_;
};

} // namespace postopolis::experiment
