// run.sqlite: what happened goes in as it happens, what the ledgers know at the end; one transaction.
//
// The rows are written by a thread of their own, as SQLite takes longer over an event than the model does;
// the run's thread only copies the events. Tables with a key of their own are filled in the key's order.
#include <algorithm>
#include <atomic>
#include <new>
#include <vector>

#include "metrics/background.hpp"
#include "metrics/database.hpp"
#include "metrics/event_batch.hpp"
#include "metrics/exporters.hpp"
#include "metrics/sqlite_events.hpp"
#include "metrics/sqlite_schema.hpp"
#include "metrics/text.hpp"

namespace postopolis::metrics {

namespace {

using trace::Event;

/// Declared before the statements of the exporter, which must be prepared after the tables exist.
class RunDatabase : public Database {
public:
    explicit RunDatabase(const std::filesystem::path& path) : Database(path) {
        // Committed at once, so that a place where nothing can be written shows before the run.
        execute("BEGIN");
        execute(kSqliteTables);
        execute("COMMIT");
        execute("BEGIN");
    }
};

class SqliteExporter final : public Exporter {
public:
    explicit SqliteExporter(const ExportOptions& options)
        : path_(options.directory / "run.sqlite")
        , database_(path_.string() + ".part")
        , events_(std::in_place, database_)
        , failed_(database_.error().has_value())
        , background_([this](EventBatch& batch) { write(batch); }) {}

    trace::KindMask listens_for() const override { return SqliteEvents::listens_for(); }
    void on_event(const Event& event) override {
        if (failed_.load(std::memory_order_relaxed)) return;
        background_.batch().add(event);
        if (background_.batch().full()) background_.hand_over();
    }
    void finish(const RunFacts& facts, const trace::Ledger& ledger) override;
    std::optional<std::string> error() const override {
        if (!failed_.load(std::memory_order_acquire)) return std::nullopt;
        return error_ ? error_ : database_.error();
    }
    std::vector<std::filesystem::path> files() const override { return {path_}; }

private:
    void write(EventBatch& batch);
    void write_run(const RunFacts& facts);
    void write_letters(const trace::Ledger& ledger);
    void write_copies(const trace::Ledger& ledger);
    void write_causes(const trace::Ledger& ledger, const std::vector<std::size_t>& copies);

    std::filesystem::path path_;
    // Used by the background while it works.
    RunDatabase database_;
    std::optional<SqliteEvents> events_;
    std::optional<std::string> error_; ///< that is not the database's
    std::atomic<bool> failed_;         ///< if so, the errors stay as they are
    Background<EventBatch> background_;
};

void SqliteExporter::write(EventBatch& batch) {
    try {
        if (!failed_.load(std::memory_order_relaxed)) events_->write(batch.events());
    } catch (const std::bad_alloc&) {
        error_ = path_.string() + ": out of memory";
    }
    batch.clear();
    if (error_ || database_.error()) failed_.store(true, std::memory_order_release);
}

void SqliteExporter::finish(const RunFacts& facts, const trace::Ledger& ledger) {
    background_.finish();
    events_->finish(ledger);
    events_.reset();
    write_run(facts);
    write_letters(ledger);
    write_copies(ledger);
    database_.execute(kSqliteViews);
    database_.execute("COMMIT; PRAGMA optimize;");
    if (database_.close() && !error_) error_ = sync_and_rename(database_.path(), path_);
    if (error_ || database_.error()) failed_.store(true, std::memory_order_release);
}

void SqliteExporter::write_run(const RunFacts& facts) {
    Statement run(database_, "INSERT INTO run VALUES (?, ?)");
    run.add("scenario").add(facts.scenario).run();
    if (facts.seed <= INT64_MAX)
        run.add("seed").add(facts.seed).run();
    else // beyond what SQLite has integers for
        run.add("seed").add(std::to_string(facts.seed)).run();
    run.add("replication").add(std::int64_t{facts.replication}).run();
    run.add("fingerprint").add(facts.fingerprint).run();
    run.add("start").add(calendar_text(facts.start_unix_seconds)).run();
    run.add("end_ns").add(facts.end).run();
    run.add("events_processed").add(facts.events).run();
    run.add("interrupted").add(facts.interrupted ? 1 : 0).run();
}

/// As the records of a ledger come by time, and a B-tree is built fastest by its key.
template<class Records>
std::vector<std::size_t> by_id(const Records& records) {
    std::vector<std::uint64_t> ids;
    std::vector<std::size_t> sorted;
    ids.reserve(records.size());
    sorted.reserve(records.size());
    for (const auto& r : records) {
        sorted.push_back(ids.size());
        ids.push_back(r.id);
    }
    std::sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) { return ids[a] < ids[b]; });
    return sorted;
}

void SqliteExporter::write_letters(const trace::Ledger& ledger) {
    Statement s(database_, "INSERT OR FAIL INTO letters", "?, ?, ?, ?, ?, ?, ?, ?");
    for (const std::size_t i : by_id(ledger.letters())) {
        const trace::LetterRecord l = ledger.letter_at(i);
        s.add(l.id).id(ledger.letter_number(l.about) != 0 ? l.about : 0).lend(key(l.kind));
        if (l.sender)
            s.add(l.sender->text());
        else
            s.null();
        s.add(l.subject).add(l.message_id).add(l.size).add(l.composed).run();
    }
    s.flush();
}

void SqliteExporter::write_copies(const trace::Ledger& ledger) {
    static constexpr std::string_view kRecipientKinds[] = {"to", "cc", "bcc"};
    const std::vector<std::size_t> copies = by_id(ledger.copies());
    Statement s(database_, "INSERT OR FAIL INTO copies", "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?");
    for (const std::size_t i : copies) {
        const trace::CopyRecord c = ledger.copy_at(i);
        s.add(c.id).add(c.letter).id(ledger.letter_number(c.report) != 0 ? c.report : 0);
        s.add(c.recipient ? c.recipient->text() : std::string());
        s.lend(kRecipientKinds[static_cast<std::size_t>(c.recipient_kind)]).lend(key(c.fate));
        s.lend(ledger.text(c.place)).id(c.code).lend(ledger.text(c.reason)).add(int{c.transfers});
        s.add(int{c.deferrals}).add(c.duplicate ? 1 : 0).add(c.composed);
        c.fate != trace::Fate::in_transit ? s.add(c.settled) : s.null();
        c.fetched ? s.add(c.read) : s.null();
        s.add(c.spent.total().count()).run();
    }
    s.flush();
    write_causes(ledger, copies);
}

void SqliteExporter::write_causes(const trace::Ledger& ledger, const std::vector<std::size_t>& copies) {
    std::vector<trace::Cause> causes;
    for (std::size_t i = 0; i < trace::kCauses; ++i)
        causes.push_back(static_cast<trace::Cause>(i));
    std::sort(causes.begin(), causes.end(), [](auto a, auto b) { return key(a) < key(b); });
    Statement s(database_, "INSERT OR FAIL INTO causes", "?, ?, ?, ?");
    for (const std::size_t i : copies) {
        const trace::CopyRecord copy = ledger.copy_at(i);
        for (trace::Cause cause : causes) {
            const kernel::Duration spent = copy.spent.spent(cause);
            if (spent.count() == 0) continue;
            s.add(copy.id).lend(key(cause)).lend(trace::family(cause)).add(spent.count()).run();
        }
    }
    s.flush();
}

} // namespace

std::unique_ptr<Exporter> make_sqlite_exporter(const ExportOptions& options) {
    return std::make_unique<SqliteExporter>(options);
}

} // namespace postopolis::metrics
