// The thread that writes for an exporter: in order, bounded, and no error lost on the way.
#include <atomic>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "export_fixture.hpp"
#include "file_size_limit.hpp"
#include "metrics/background.hpp"
#include "metrics/event_batch.hpp"

using namespace export_test;
using metrics::Background;
using metrics::EventBatch;
using metrics::ExportSet;

namespace {

using Numbers = std::vector<int>;

void a_moment() {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::variant<ExportSet, std::string> open_sqlite(const fs::path& directory) {
    metrics::ExportOptions options;
    options.directory = directory;
    const std::vector<std::string> names{"sqlite"};
    return ExportSet::open(names, options);
}

} // namespace

TEST_CASE("batches are worked off once each, in the order in which they were handed over") {
    Numbers seen;
    Background<Numbers> background([&](Numbers& batch) {
        seen.insert(seen.end(), batch.begin(), batch.end());
        batch.clear();
    });
    for (int i = 0; i < 10'000; ++i) {
        background.batch().push_back(i);
        if (background.batch().size() == 7) background.hand_over();
    }
    background.finish();
    REQUIRE(seen.size() == 10'000);
    for (int i = 0; i < 10'000; ++i)
        CHECK(seen[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("who hands over faster than the work is done waits") {
    std::atomic<int> handed = 0, done = 0, most = 0;
    Background<Numbers> background([&](Numbers&) {
        a_moment();
        most = std::max(most.load(), handed.load() - done.load());
        ++done;
    });
    for (int i = 0; i < 40; ++i) {
        ++handed;
        background.hand_over();
    }
    CHECK(most <= 4);
    background.finish();
    CHECK(done == 41); // the one that was not full too
}

TEST_CASE("what fits into one batch is done without a thread") {
    std::thread::id worker;
    Background<Numbers> background([&](Numbers&) { worker = std::this_thread::get_id(); });
    background.batch().push_back(1);
    background.finish();
    CHECK(worker == std::this_thread::get_id());
}

TEST_CASE("work that nobody waits for any more is dropped") {
    std::atomic<int> done = 0;
    {
        Background<Numbers> background([&](Numbers&) {
            a_moment();
            ++done;
        });
        for (int i = 0; i < 3; ++i)
            background.hand_over();
    }
    const int after = done;
    CHECK(after <= 3);
    a_moment();
    CHECK(done == after);
}

TEST_CASE("a batch has its own copy of what events point to") {
    EventBatch batch;
    std::string host(100'000, 'h'); // more than a batch sets aside
    std::vector<trace::CopyId> copies{1, 2, 3};
    for (int round = 0; round < 3; ++round) {
        trace::Deferred deferred;
        deferred.host = host;
        deferred.copies = copies;
        deferred.reason = {451, "4.7.1", host};
        batch.add({Time::start(), 7, 8, 9, deferred});
        batch.add({Time::start(), 7, 9, 9, deferred});
        std::fill(host.begin(), host.end(), 'x');
        copies.assign(3, 0);
        REQUIRE(batch.events().size() == 2);
        for (const trace::Event& event : batch.events()) {
            const auto& kept = std::get<trace::Deferred>(event.what);
            CHECK(kept.host == std::string(100'000, 'h'));
            CHECK(kept.reason.text == kept.host);
            CHECK(kept.remote.empty());
            CHECK(std::vector(kept.copies.begin(), kept.copies.end()) == std::vector<trace::CopyId>{1, 2, 3});
        }
        batch.clear();
        CHECK(batch.events().empty());
        host.assign(100'000, 'h');
        copies = {1, 2, 3};
    }
}

TEST_CASE("a database that cannot grow stops the run, though another thread writes it") {
    Folder folder;
    auto opened = open_sqlite(folder.path);
    ExportSet& exports = std::get<ExportSet>(opened);
    Town town(&exports);
    {
        const FileSizeLimit limit(4'000'000);
        for (int i = 0; i < 2'000'000 && !exports.error(); ++i)
            town.tell(trace::HostCameUp{"mx.yourcustomer.example"});
        REQUIRE(exports.error());
    }
    CHECK(exports.error()->find("run.sqlite.part: ") != std::string::npos);
    CHECK(exports.finish(town.facts(), town.ledger));
    CHECK_FALSE(fs::exists(folder.path / "run.sqlite"));
}

TEST_CASE("a run that is left alone in the midst of writing leaves no result") {
    Folder folder;
    {
        auto opened = open_sqlite(folder.path);
        Town town(&std::get<ExportSet>(opened));
        for (int i = 0; i < 20'000; ++i)
            town.tell(trace::HostCameUp{"mx.yourcustomer.example"});
    }
    CHECK_FALSE(fs::exists(folder.path / "run.sqlite"));
}
