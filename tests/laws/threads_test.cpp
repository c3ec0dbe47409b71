// The same run on any number of threads, in random towns: what is told, in which order, and what the ledgers have.
#include <doctest/doctest.h>

#include <cstdlib>

#include <string>
#include <string_view>
#include <vector>

#include "accountant.hpp"
#include "postopolis/scenario/build.hpp"
#include "postopolis/scenario/load.hpp"
#include "random_town.hpp"

using namespace postopolis;

namespace {

/// All that is told, bytes of dialogues included, in the order in which it is told.
class Record final : public trace::Observer {
public:
    trace::KindMask listens_for() const override { return trace::kAllKinds; }
    void on_event(const trace::Event& e) override {
        add(static_cast<std::uint64_t>(e.time.since_start().count()));
        add(e.node);
        add(e.id);
        add(e.cause);
        add(e.what.index());
        if (const auto* spoke = std::get_if<trace::Spoke>(&e.what)) add(kernel::hash_name(spoke->bytes));
        if (const auto* composed = std::get_if<trace::Composed>(&e.what)) {
            add(kernel::hash_name(composed->subject));
            add(kernel::hash_name(composed->message->text()));
            for (const mail::AddressPtr& r : composed->recipients)
                add(kernel::hash_name(r->text()));
        }
        ++count;
    }
    bool operator==(const Record& o) const { return hash == o.hash && count == o.count; }
    std::uint64_t hash = 0;
    std::uint64_t count = 0;

private:
    void add(std::uint64_t x) { hash = kernel::hash_combine(hash, x); }
};

struct Result {
    Record record;
    std::uint64_t fingerprint = 0, events = 0;
    kernel::Time now, last_activity;
    std::vector<std::string> copies;
    std::vector<std::string> wrong; ///< what an accountant has to say
};

std::vector<std::string> copies_of(const trace::Ledger& ledger) {
    std::vector<std::string> all;
    for (const trace::CopyRecord& c : ledger.copies())
        all.push_back(std::to_string(c.id) + " " + std::string(trace::name(c.fate)) + " " +
                      kernel::exact_text(c.settled.since_start()) + " " +
                      kernel::exact_text(c.spent.total()) + " " + ledger.text(c.place));
    return all;
}

Result play(const scenario::Scenario& s, unsigned threads) {
    Result r;
    laws::Accountant books;
    scenario::BuiltTown built = scenario::build(s, kernel::RunKey{s.seed, 0});
    REQUIRE(built.error.empty());
    nodes::Town& town = *built.town;
    town.bus().add(r.record);
    town.bus().add(books);
    if (threads > 1) town.divide(threads);
    if (built.until_quiet)
        town.run_until_quiet(built.end);
    else
        town.run_until(built.end);
    r.fingerprint = town.fingerprint().value();
    r.events = town.simulation().events_processed();
    r.now = town.simulation().now();
    r.last_activity = town.simulation().last_activity();
    r.copies = copies_of(town.ledger());
    r.wrong = books.close_books();
    return r;
}

void try_town(std::uint64_t seed) {
    const std::string text = laws::random_town(seed);
    scenario::LoadResult loaded = scenario::load_text(text);
    INFO("seed ", seed, ", the scenario:\n", text);
    REQUIRE(loaded.scenario.has_value());
    const Result alone = play(*loaded.scenario, 1);
    for (unsigned threads : {2U, 3U, 4U, 8U}) {
        INFO(threads, " threads");
        const Result r = play(*loaded.scenario, threads);
        CHECK(r.fingerprint == alone.fingerprint);
        CHECK(r.record.count == alone.record.count);
        CHECK(r.record == alone.record);
        CHECK(r.events == alone.events);
        CHECK(r.now == alone.now);
        CHECK(r.last_activity == alone.last_activity);
        CHECK(r.copies == alone.copies);
        CHECK(r.wrong.empty());
    }
}

} // namespace

TEST_CASE("a random town is the same on any number of threads") {
    if (const char* one = std::getenv("POSTOPOLIS_SEED")) return try_town(std::strtoull(one, nullptr, 10));
    for (std::uint64_t seed = 1; seed <= 40; ++seed)
        try_town(seed);
}
