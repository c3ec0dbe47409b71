// A folder that goes away, and a small town whose runs differ by replication.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "postopolis/experiment/experiment.hpp"

namespace experiment_test {

namespace fs = std::filesystem;

struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "postopolis-batch-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path path;
};

inline std::string contents(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

// Bob looks at a random moment of each hour. Two parameters: how often he looks, and what is expected.
inline constexpr std::string_view town = R"({ "postopolis": 1,
  "title": "A small town",
  "seed": 7,
  "run": { "for": "6h" },
  "parameters": { "every": "1h", "expected": 3 },
  "domains": { "yourcompany.example": { "people": ["alice"] },
               "yourcustomer.example": { "people": [{ "name": "bob", "reads": "${every}" }] } },
  "letters": [ { "from": "alice@yourcompany.example", "to": "bob@yourcustomer.example", "subject": "one" },
               { "from": "alice@yourcompany.example", "to": "bob@yourcustomer.example", "subject": "two", "at": "10m" },
               { "from": "alice@yourcompany.example", "to": "bob@yourcustomer.example", "subject": "three", "at": "30m" } ],
  "expect": [ { "fate": { "delivered": "${expected}" } } ] })";

/// The experiment with these members, on the small town or another scenario in the folder; mistakes fail the
/// test.
inline postopolis::experiment::Experiment load(const Folder& folder, const std::string& members,
                                               const std::string& scenario = "town.json") {
    write(folder.path / "town.json", town);
    postopolis::experiment::ExperimentOptions options;
    options.base_directory = folder.path.string();
    auto result = postopolis::experiment::load_experiment_text(
        "{ \"postopolis_experiment\": 1, \"scenario\": \"" + scenario + "\"" + members + " }", options);
    for (const auto& m : result.mistakes)
        FAIL_CHECK(postopolis::scenario::text(m, "experiment"));
    for (const auto& m : result.scenario_mistakes)
        FAIL_CHECK(postopolis::scenario::text(m, "town.json"));
    REQUIRE(result.experiment);
    return std::move(*result.experiment);
}

} // namespace experiment_test
