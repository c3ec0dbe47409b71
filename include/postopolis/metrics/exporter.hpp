// Exporters: observers that keep a run's results in files of an output directory.
//
// Results are written under the name X.part and get the name X only when all is written and closed: what is
// called X is whole. What can be known to fail before the run (an unwritable place, results of an earlier run
// in it) is the error of `make_exporter`; what fails later (a full disk) stands in `error()` at once, so that
// the run's owner can stop it, and finish() leaves the .part. Exporters never throw into the model. Same run,
// same bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "postopolis/metrics/capture.hpp"
#include "postopolis/metrics/summary.hpp"
#include "postopolis/trace/bus.hpp"
#include "postopolis/trace/ledger.hpp"

namespace postopolis::metrics {

struct ExportOptions {
    std::filesystem::path directory; ///< created if it does not exist, with its parents
    /// A directory that holds results of any exporter is refused, as results of two runs must not be mixed.
    /// With `force` all those results are removed before the run.
    bool force = false;
    std::int64_t start_unix_seconds = 0; ///< calendar instant of virtual time 0
    /// The name of a node, if files are to tell it. Called during the run only.
    std::function<std::string(trace::NodeId)> node_name;
    CaptureRequest capture; ///< of `pcap`
    /// Finds the place that is asked for, or says that there is none. Without it there is only the town.
    std::function<std::variant<CapturePlace, std::string>(const CaptureRequest&)> capture_place;
};

class Exporter : public trace::Observer {
public:
    /// Once, when the run has ended, before the town is destroyed. Completes and names the files.
    virtual void finish(const RunFacts& facts, const trace::Ledger& ledger) = 0;
    /// "DIR/copies.csv.part: No space left on device"
    virtual std::optional<std::string> error() const = 0;
    /// The results, under their final names.
    virtual std::vector<std::filesystem::path> files() const = 0;
};

struct ExporterInfo {
    std::string_view name;        ///< as `--export` has it
    std::string_view file;        ///< the result: a file, or a directory that ends in "/"
    std::string_view description; ///< one line
};

/// All there are, in the order of --help.
std::span<const ExporterInfo> exporters();

/// Gives the exporter with its files opened, or the text of an error that a person can act upon.
std::variant<std::unique_ptr<Exporter>, std::string> make_exporter(std::string_view name,
                                                                   const ExportOptions& options);

/// The exporters of a run.
class ExportSet {
public:
    ExportSet() = default;
    /// All or none; a name that comes twice counts once.
    static std::variant<ExportSet, std::string> open(std::span<const std::string> names,
                                                     const ExportOptions& options);
    bool empty() const { return exporters_.empty(); }
    /// Must outlive the run.
    void listen(trace::Bus& bus);
    /// The first that has failed, if any: cheap, to be asked between steps of the run.
    std::optional<std::string> error() const;
    /// Finishes all, the failed ones too. Gives all errors, one a line.
    std::optional<std::string> finish(const RunFacts& facts, const trace::Ledger& ledger);
    std::vector<std::filesystem::path> files() const;

private:
    std::vector<std::unique_ptr<Exporter>> exporters_;
};

} // namespace postopolis::metrics
