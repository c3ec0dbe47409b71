// Runs an experiment, spread over threads, and keeps the results of each run as it ends.
//
// DIR/results.sqlite has everything; DIR/runs.csv and DIR/summary.csv are written when all runs are there,
// and have the same bytes on any number of threads and after any interruption. Interrupted (or killed) and
// started again, a batch does what is missing. A run that fails is kept with its error, and the others go on.
// One writer at a time: a directory that another batch works in is refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/experiment/experiment.hpp"
#include "postopolis/metrics/statistics.hpp"

namespace postopolis::experiment {

struct BatchProgress {
    std::uint64_t done = 0; ///< runs that are kept, failed ones and those of earlier batches included
    std::uint64_t total = 0;
    std::uint64_t failed = 0;
    double wall_seconds = 0;            ///< since this batch began
    std::optional<double> seconds_left; ///< by the runs of this batch so far
};

struct BatchOptions {
    unsigned threads = 1;
    std::filesystem::path directory; ///< created if it does not exist
    bool restart = false;            ///< removes the results of an earlier batch first
    bool retry_failed = false;       ///< runs again what failed in an earlier batch
    std::string program;             ///< name and version, for the record; a different one does not go on
    /// Asked by all threads, often; true ends the batch soon. Runs that are not over are not kept.
    std::function<bool()> stop;
    /// Called by the thread that runs the batch, several times a second.
    std::function<void(const BatchProgress&)> progress;
};

/// Of one metric at one point, over the replications that have it.
struct SummaryRow {
    std::size_t point = 0;
    std::string metric;
    metrics::Interval interval; ///< 95 %, Student's t
};

struct BatchOutcome {
    std::string error; ///< of input or output: what could not be read or kept; empty if none
    bool interrupted = false;
    std::uint64_t runs = 0;         ///< of the experiment
    std::uint64_t done = 0;         ///< kept in the end, the failed ones included
    std::uint64_t ran_now = 0;      ///< by this batch
    std::uint64_t failed = 0;       ///< ended with an error, in this batch or before
    std::uint64_t unexpected = 0;   ///< runs that did not come out as the scenario expects
    std::string first_error;        ///< of the first run that failed, by point and replication
    std::string first_unexpected;   ///< what was not as expected, likewise
    std::vector<std::string> files; ///< results that are whole
    std::vector<SummaryRow> summary; ///< by point, then in the order of the metrics; when all runs are there
};

BatchOutcome run_batch(const Experiment& experiment, const BatchOptions& options);

} // namespace postopolis::experiment
