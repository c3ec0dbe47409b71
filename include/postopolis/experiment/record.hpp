// What a run's directory keeps so that the run can be played again: the scenario in full, and which run of it
// it was.
//
// `scenario.json` is the effective scenario (every default and parameter filled in); `run.json` has seed,
// replication, how far the run came and its fingerprint. As the same run is the same run, that is all it
// takes to explain a letter of it later. A directory without `run.json` holds no finished run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postopolis/kernel/time.hpp"
#include "postopolis/scenario/scenario.hpp"

namespace postopolis::experiment {

struct RunRecord {
    std::string scenario; ///< its title, or else the name of its file
    std::uint64_t seed = 1;
    std::uint32_t replication = 0;
    std::uint64_t events = 0; ///< after so many the run ended or was interrupted
    kernel::Time end;
    bool interrupted = false;
    std::string fingerprint;
    std::vector<std::string> files; ///< the other results, relative to the directory
};

inline constexpr const char* kScenarioFile = "scenario.json";
inline constexpr const char* kRecordFile = "run.json";

/// Before the run. Creates the directory; refuses one with another run's record, or with `force` removes
/// that. The text of the error, if any.
std::optional<std::string> begin_record(const std::filesystem::path& directory,
                                        const scenario::Scenario& scenario, bool force);
/// After the run.
std::optional<std::string> finish_record(const std::filesystem::path& directory, const RunRecord& record);

/// The record, or the text of an error that a person can act upon.
std::variant<RunRecord, std::string> read_record(const std::filesystem::path& directory);

} // namespace postopolis::experiment
