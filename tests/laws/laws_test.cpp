// The laws of account in random towns: each seed is a town, run three times.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <set>

#include "accountant.hpp"
#include "postopolis/scenario/build.hpp"
#include "postopolis/scenario/load.hpp"
#include "random_town.hpp"

using namespace postopolis;

namespace {

using Complaints = std::vector<std::string>;

void run(scenario::BuiltTown& built) {
    if (built.until_quiet)
        built.town->run_until_quiet(built.end);
    else
        built.town->run_until(built.end);
}

/// Law 1: who has what at the end, and nobody has what is not on the books.
void check_custody(const nodes::Town& town, const laws::Accountant& books, Complaints& wrong) {
    std::set<trace::CopyId> held;
    for (const auto& host : town.hosts())
        for (trace::CopyId id : host->copies_in_queue())
            held.insert(id);
    for (const auto& person : town.people())
        for (trace::CopyId id : person->copies_in_outbox())
            held.insert(id);
    std::map<trace::CopyId, const laws::Accountant::Copy*> copies = books.copies();
    std::set<trace::CopyId> filed;
    for (const auto& host : town.hosts()) {
        for (const auto& [name, box] : host->store().boxes()) {
            std::uint64_t octets = 0;
            for (const nodes::StoredMessage& m : box.messages) {
                octets += m.message.size();
                filed.insert(m.copy);
                auto found = copies.find(m.copy);
                if (found == copies.end() || found->second->mailbox != name)
                    wrong.push_back("mailbox " + name + " has a message that was not filed there");
            }
            if (octets != box.octets) wrong.push_back("mailbox " + name + " does not know its size");
        }
    }
    for (const auto& [id, copy] : copies) {
        if (!copy->fate && !held.contains(id)) wrong.push_back("a copy is in transit and nobody has it");
        if (copy->fate == trace::Fate::delivered && copy->fetches == 0 && !filed.contains(id))
            wrong.push_back("a copy vanished from " + copy->mailbox + " and was not fetched");
    }
}

void compare_books(const laws::Accountant& books, const trace::Ledger& ledger, Complaints& wrong) {
    const auto fates = ledger.fates();
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < trace::kFates; ++i) {
        total += fates[i];
        if (fates[i] != books.fates(static_cast<trace::Fate>(i)))
            wrong.push_back("the ledger counts " + std::to_string(fates[i]) + " " +
                            std::string(trace::name(static_cast<trace::Fate>(i))) + ", the events say " +
                            std::to_string(books.fates(static_cast<trace::Fate>(i))));
    }
    if (total != books.composed() + books.duplicates())
        wrong.push_back(std::to_string(books.composed()) + " composed and " +
                        std::to_string(books.duplicates()) + " duplicates are not " + std::to_string(total));
    for (const trace::CopyRecord& c : ledger.copies())
        if (c.fate != trace::Fate::in_transit && c.spent_to_fate.total() != c.settled - c.composed)
            wrong.push_back("the ledger's causes do not add up to a delay");
}

/// What the towns have lived through together: laws that are never put to the test hold easily.
struct Experience {
    std::array<std::uint64_t, trace::kFates> fates{};
    std::uint64_t duplicates = 0;
};
Experience experience;

Complaints try_town(const scenario::Scenario& s, std::uint64_t& fingerprint) {
    Complaints wrong;
    const kernel::RunKey key{s.seed, 0};
    laws::Accountant books;
    trace::Ledger second(trace::Ledger::Mode::collect);
    scenario::BuiltTown watched = scenario::build(s, key);
    if (!watched.error.empty()) return {watched.error};
    watched.town->bus().add(books); // listens to Spoke too, so that every byte is rendered
    watched.town->bus().add(second);
    run(watched);
    wrong = books.close_books();
    for (const std::string& text : second.audit())
        wrong.push_back("ledger: " + text);
    compare_books(books, second, wrong);
    check_custody(*watched.town, books, wrong);
    for (std::size_t i = 0; i < trace::kFates; ++i)
        experience.fates[i] += second.fates()[i];
    experience.duplicates += books.duplicates();
    fingerprint = watched.town->fingerprint().value();
    for (int again = 0; again < 2; ++again) {
        scenario::BuiltTown alone = scenario::build(s, key);
        run(alone);
        if (alone.town->fingerprint().value() != fingerprint ||
            alone.town->simulation().events_processed() != watched.town->simulation().events_processed())
            wrong.push_back("the same run was not the same run without observers");
    }
    return wrong;
}

void try_seed(std::uint64_t seed) {
    const std::string text = laws::random_town(seed);
    INFO("seed ", seed, ", the scenario:\n", text); // also where the strict ledger or a check aborts
    scenario::LoadResult loaded = scenario::load_text(text);
    Complaints wrong;
    for (const scenario::Mistake& m : loaded.mistakes)
        wrong.push_back(scenario::text(m, "town"));
    std::uint64_t fingerprint = 0;
    if (loaded.scenario) wrong = try_town(*loaded.scenario, fingerprint);
    if (std::getenv("POSTOPOLIS_FINGERPRINTS") != nullptr) MESSAGE("seed ", seed, ": ", fingerprint);
    constexpr std::size_t kShown = 10;
    CHECK(wrong.empty());
    for (std::size_t i = 0; i < wrong.size() && i < kShown; ++i)
        FAIL_CHECK(wrong[i]);
}

void try_seeds(std::uint64_t first, std::uint64_t last) {
    if (const char* one = std::getenv("POSTOPOLIS_SEED")) return try_seed(std::strtoull(one, nullptr, 10));
    experience = {};
    for (std::uint64_t seed = first; seed <= last; ++seed)
        try_seed(seed);
    using trace::Fate;
    for (Fate fate : {Fate::in_transit, Fate::delivered, Fate::bounced, Fate::rejected, Fate::lost}) {
        INFO(trace::name(fate));
        CHECK(experience.fates[static_cast<std::size_t>(fate)] >= 10);
    }
    CHECK(experience.duplicates >= 10);
}

} // namespace

TEST_CASE("the laws hold in random towns: first hundred") {
    try_seeds(1, 100);
}
TEST_CASE("the laws hold in random towns: second hundred") {
    try_seeds(101, 200);
}
