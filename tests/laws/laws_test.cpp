// The laws of account in random towns: each seed is a town, run three times.
#include <doctest/doctest.h>

#include <algorithm>
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
    std::uint64_t events_saved = 0; ///< by folding dialogues
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
    // Watched, every command was played out, so that its bytes could be told. Alone, a dialogue may be computed in one
    // go: the same run in fewer events, and nobody has what he would not have had.
    std::uint64_t events[2] = {};
    for (const auto dialogues : {nodes::Dialogues::full, nodes::Dialogues::automatic}) {
        scenario::BuiltTown alone = scenario::build(s, key);
        alone.town->world().dialogues = dialogues;
        run(alone);
        const bool full = dialogues == nodes::Dialogues::full;
        if (alone.town->fingerprint().value() != fingerprint)
            wrong.push_back(std::string("without observers, the run was not the same with dialogues ") +
                            (full ? "in full" : "folded"));
        check_custody(*alone.town, books, wrong);
        events[full ? 0 : 1] = alone.town->simulation().events_processed();
    }
    if (events[0] != watched.town->simulation().events_processed())
        wrong.push_back("without observers, the run did not have the same events");
    experience.events_saved += events[0] - std::min(events[0], events[1]);
    if (events[1] > events[0]) wrong.push_back("folded dialogues took more events than full ones");
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
    for (Fate fate : {Fate::in_transit, Fate::delivered, Fate::bounced, Fate::rejected, Fate::discarded, Fate::lost}) {
        INFO(trace::name(fate));
        CHECK(experience.fates[static_cast<std::size_t>(fate)] >= 10);
    }
    CHECK(experience.duplicates >= 10);
    CHECK(experience.events_saved >= 1000);
}

} // namespace

TEST_CASE("the laws hold in random towns: first hundred") {
    try_seeds(1, 100);
}
TEST_CASE("the laws hold in random towns: second hundred") {
    try_seeds(101, 200);
}
