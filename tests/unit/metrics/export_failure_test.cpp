// What cannot be written is an error, at once where possible, and never a file that is called done.
#include <doctest/doctest.h>

#include "export_fixture.hpp"
#include "file_size_limit.hpp"

using namespace export_test;
using metrics::ExportOptions;
using metrics::ExportSet;

namespace {

std::variant<ExportSet, std::string> open(const fs::path& directory, const std::vector<std::string>& names,
                                          bool force = false) {
    ExportOptions options;
    options.directory = directory;
    options.force = force;
    return ExportSet::open(names, options);
}

std::string refusal(const fs::path& directory, const std::vector<std::string>& names) {
    auto opened = open(directory, names);
    REQUIRE(std::holds_alternative<std::string>(opened));
    return std::get<std::string>(opened);
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("an unknown exporter is named, with those there are") {
    Folder folder;
    const std::string error = refusal(folder.path, {"csv", "excel"});
    CHECK(contains(error, "\"excel\""));
    CHECK(contains(error, "jsonl, csv, json, sqlite, mbox, maildir, eml, transcript, maillog, pcap"));
}

TEST_CASE("a place where nothing can be written is an error before the run") {
    Folder folder;
    std::ofstream(folder.path / "file") << "x";
    for (const metrics::ExporterInfo& info : metrics::exporters()) {
        CAPTURE(info.name);
        CHECK(contains(refusal(folder.path / "file" / "sub", {std::string(info.name)}), "file"));
        CHECK(contains(refusal("/proc/self/postopolis", {std::string(info.name)}), "/proc/self/postopolis"));
        std::string part(info.file.substr(0, info.file.find('/')));
        part += ".part";
        if (info.file.ends_with('/')) continue;
        fs::create_directories(folder.path / "taken" / part / "inside");
        CHECK(contains(refusal(folder.path / "taken", {std::string(info.name)}), part));
    }
}

TEST_CASE("results of an earlier run are kept unless force is used, and then all of them go") {
    Folder folder;
    std::ofstream(folder.path / "copies.csv") << "precious";
    fs::create_directory(folder.path / "mbox");
    std::ofstream(folder.path / "notes.txt") << "mine";
    for (const metrics::ExporterInfo& info : metrics::exporters())
        CHECK(contains(refusal(folder.path, {std::string(info.name)}), "copies.csv exists already"));
    CHECK(contents(folder.path / "copies.csv") == "precious");

    // A slip of the pen costs nothing.
    CHECK(std::holds_alternative<std::string>(open(folder.path, {"json", "excel"}, true)));
    CHECK(contents(folder.path / "copies.csv") == "precious");

    auto opened = open(folder.path, {"json"}, true);
    REQUIRE(std::holds_alternative<ExportSet>(opened));
    CHECK_FALSE(fs::exists(folder.path / "copies.csv"));
    CHECK_FALSE(fs::exists(folder.path / "mbox"));
    CHECK(contents(folder.path / "notes.txt") == "mine");
}

TEST_CASE("a full disk is told with its path and leaves no result") {
    for (std::string name : {"jsonl", "csv", "json", "transcript", "maillog", "pcap"}) {
        CAPTURE(name);
        Folder folder;
        std::string file;
        for (const metrics::ExporterInfo& info : metrics::exporters())
            if (info.name == name) file = info.file;
        fs::create_symlink("/dev/full", folder.path / (file + ".part"));
        auto opened = open(folder.path, {name, "mbox"});
        REQUIRE(std::holds_alternative<ExportSet>(opened));
        ExportSet& exports = std::get<ExportSet>(opened);
        Town town(&exports);
        town.live();
        const auto error = exports.finish(town.facts(), town.ledger);
        REQUIRE(error);
        CHECK(contains(*error, (folder.path / (file + ".part")).string()));
        CHECK(contains(*error, "No space left on device"));
        CHECK_FALSE(fs::exists(folder.path / file));
        CHECK(fs::exists(folder.path / "mbox")); // the others are done all the same
    }
}

TEST_CASE("a file that cannot grow stops the run at once") {
    Folder folder;
    auto opened = open(folder.path, {"jsonl"});
    ExportSet& exports = std::get<ExportSet>(opened);
    Town town(&exports);
    const FileSizeLimit limit(100'000);
    for (int i = 0; i < 20'000 && !exports.error(); ++i)
        town.tell(trace::HostCameUp{"mx.yourcustomer.example"});
    REQUIRE(exports.error());
    CHECK(contains(*exports.error(), "trace.jsonl.part: File too large"));
    exports.finish(town.facts(), town.ledger);
    CHECK_FALSE(fs::exists(folder.path / "trace.jsonl"));
}

TEST_CASE("sqlite and mailboxes see a full disk too") {
    for (std::string name : {"sqlite", "mbox", "maildir", "eml"}) {
        CAPTURE(name);
        Folder folder;
        auto opened = open(folder.path, {name});
        REQUIRE(std::holds_alternative<ExportSet>(opened));
        ExportSet& exports = std::get<ExportSet>(opened);
        Town town(&exports);
        std::optional<std::string> error;
        {
            const FileSizeLimit limit(name == "sqlite" ? 40'960 : 100);
            town.live();
            for (int i = 0; i < 2000; ++i)
                town.tell(trace::HostCameUp{"mx.yourcustomer.example"});
            error = exports.finish(town.facts(), town.ledger);
        }
        REQUIRE(error);
        CHECK(contains(*error, name == "sqlite" ? "run.sqlite.part" : name + ".part"));
        CHECK_FALSE(fs::exists(exports.files().front()));
    }
}
