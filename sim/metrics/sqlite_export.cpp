// run.sqlite: what happened goes in as it happens, what the ledgers know at the end; one transaction.
//
// Where a client went on with copies under new ids (`Doubted`), the rows so far are there for either id if
// both became copies, so that each copy's stages add up to its delay; ids that are no copy's in the end have
// no rows.
#include <set>

#include "metrics/database.hpp"
#include "metrics/exporters.hpp"
#include "metrics/sqlite_schema.hpp"
#include "metrics/text.hpp"

namespace postopolis::metrics {

namespace {

using trace::Event;

std::string dotted(std::uint32_t ipv4) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        append_integer(out, (ipv4 >> shift) & 255);
        if (shift > 0) out += '.';
    }
    return out;
}

/// Declared before the statements of the exporter, which must be prepared after the tables exist.
class RunDatabase : public Database {
public:
    explicit RunDatabase(const std::filesystem::path& path) : Database(path) {
        // Committed at once, so that a place where nothing can be written shows before the run.
        execute("BEGIN");
        execute(kSqliteSchema);
        execute("COMMIT");
        execute("BEGIN");
    }
};

/// The statements for what happens.
struct Inserts {
    explicit Inserts(Database& d)
        : stage(d, "INSERT INTO stages VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        , stage_cause(d, "INSERT INTO stage_causes VALUES (?, ?, ?)")
        , transfer(d, "INSERT INTO transfers VALUES (NULL, ?,"
                      "(SELECT connection_id FROM connections WHERE connection_id = ?), ?, ?, ?, ?, ?)")
        , deferral(d, "INSERT INTO deferrals VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        , lookup(d, "INSERT INTO lookups VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)")
        , connection(d,
                     "INSERT OR IGNORE INTO connections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)")
        , closing(d, "UPDATE connections SET closed_ns = ?, closed = ? WHERE connection_id = ?")
        , outage(d, "INSERT INTO outages VALUES (?, ?, ?, ?, ?)") {}
    Statement stage, stage_cause, transfer, deferral, lookup, connection, closing, outage;
};

class SqliteExporter final : public Exporter {
public:
    explicit SqliteExporter(const ExportOptions& options)
        : path_(options.directory / "run.sqlite")
        , database_(path_.string() + ".part")
        , inserts_(std::in_place, database_) {}

    trace::KindMask listens_for() const override {
        return trace::kinds<trace::Passed, trace::Accepted, trace::Deferred, trace::Doubted, trace::Expanded,
                            trace::LookedUp, trace::Connected, trace::ConnectFailed, trace::Disconnected,
                            trace::HostWentDown, trace::HostCameUp>();
    }
    void on_event(const Event& event) override {
        if (error()) return;
        std::visit([&](const auto& what) { insert(event, what); }, event.what);
    }
    void finish(const RunFacts& facts, const trace::Ledger& ledger) override;
    std::optional<std::string> error() const override { return error_ ? error_ : database_.error(); }
    std::vector<std::filesystem::path> files() const override { return {path_}; }

private:
    template<class T>
    void insert(const Event&, const T&) {} // not listened for
    void insert(const Event& e, const trace::Passed& p);
    void insert(const Event& e, const trace::Accepted& a);
    void insert(const Event& e, const trace::Deferred& d);
    void insert(const Event& e, const trace::Doubted& d);
    void insert(const Event& e, const trace::Expanded& x);
    void insert(const Event& e, const trace::LookedUp& l);
    void insert(const Event& e, const trace::Connected& c);
    void insert(const Event& e, const trace::ConnectFailed& c);
    void insert(const Event& e, const trace::Disconnected& d);
    void insert(const Event& e, const trace::HostWentDown& h);
    void insert(const Event& e, const trace::HostCameUp& h);
    void repeat(trace::CopyId from, trace::CopyId to, kernel::Time end);
    void forget_renamed(const trace::Ledger& ledger);
    void write_run(const RunFacts& facts);
    void write_letters(const trace::Ledger& ledger);
    void write_copies(const trace::Ledger& ledger);

    std::filesystem::path path_;
    RunDatabase database_;
    std::optional<Inserts> inserts_;
    std::optional<std::string> error_;
    std::set<trace::CopyId> doubted_; ///< ids that were given up, at least by their sender
    std::int64_t stages_ = 0;
};

std::int64_t ns(kernel::Time t) {
    return t.since_start().count();
}

void SqliteExporter::insert(const Event& e, const trace::Passed& p) {
    for (trace::CopyId copy : p.copies) {
        inserts_->stage.add(++stages_).add(copy).add(e.id).add(trace::name(p.stage)).add(p.from).add(p.to);
        inserts_->stage.add(ns(p.begin)).add(ns(e.time)).run();
        for (std::size_t i = 0; i < trace::kCauses; ++i) {
            const auto cause = static_cast<trace::Cause>(i);
            if (p.spent.spent(cause).count() == 0) continue;
            inserts_->stage_cause.add(stages_).add(key(cause)).add(p.spent.spent(cause).count()).run();
        }
    }
}

void SqliteExporter::insert(const Event& e, const trace::Accepted& a) {
    for (trace::CopyId copy : a.copies) {
        inserts_->transfer.add(copy).add(a.connection).add(ns(e.time)).add(a.host);
        inserts_->transfer.add(a.from_host).add(a.queue_id).add(a.hops).run();
    }
}

void SqliteExporter::insert(const Event& e, const trace::Deferred& d) {
    for (trace::CopyId copy : d.copies) {
        inserts_->deferral.add(copy).add(ns(e.time)).add(d.host).add(d.remote).id(d.reason.code);
        inserts_->deferral.add(d.reason.enhanced).add(d.reason.text).add(key(d.backoff));
        inserts_->deferral.add(ns(d.next_try)).add(d.attempts).run();
    }
}

void SqliteExporter::insert(const Event&, const trace::Doubted& d) {
    for (std::size_t i = 0; i < d.copies.size() && i < d.renamed.size(); ++i) {
        repeat(d.copies[i], d.renamed[i], d.begin);
        doubted_.insert(d.copies[i]);
    }
}

void SqliteExporter::insert(const Event& e, const trace::Expanded& x) {
    for (trace::CopyId copy : x.into)
        repeat(x.copy, copy, e.time);
}

/// All that happened to one copy until `end` has happened to the other too.
void SqliteExporter::repeat(trace::CopyId from, trace::CopyId to, kernel::Time end) {
    const std::int64_t offset = stages_;
    const auto run = [&](const char* sql) {
        Statement(database_, sql).add(from).add(to).add(ns(end)).add(offset).run();
    };
    run("INSERT INTO stages SELECT ?4 + row_number() OVER (ORDER BY stage_id), ?2, event_id, stage, "
        "from_place,"
        " to_place, begin_ns, end_ns FROM stages WHERE copy_id = ?1 AND end_ns <= ?3");
    stages_ += database_.changes();
    run("INSERT INTO stage_causes SELECT place, cause, spent_ns FROM stage_causes JOIN"
        " (SELECT stage_id, ?4 + row_number() OVER (ORDER BY stage_id) AS place FROM stages"
        "  WHERE copy_id = ?1 AND end_ns <= ?3) USING (stage_id) WHERE ?2 IS NOT NULL");
    run("INSERT INTO transfers SELECT NULL, ?2, connection_id, time_ns, host, from_host, queue_id, hops"
        " FROM transfers WHERE copy_id = ?1 AND time_ns <= ?3 AND ?4 >= 0 ORDER BY transfer_id");
    run("INSERT INTO deferrals SELECT NULL, ?2, time_ns, host, remote, code, enhanced_code, reason, cause,"
        " next_try_ns, attempts FROM deferrals WHERE copy_id = ?1 AND time_ns <= ?3 AND ?4 >= 0"
        " ORDER BY deferral_id");
}

void SqliteExporter::insert(const Event& e, const trace::LookedUp& l) {
    inserts_->lookup.add(ns(e.time)).add(l.host).add(l.resolver).add(l.question).add(l.type).add(l.result);
    inserts_->lookup.add(l.from_cache ? 1 : 0).add(l.took.count()).run();
}

void SqliteExporter::insert(const Event& e, const trace::Connected& c) {
    Statement& s = inserts_->connection;
    s.add(c.connection).add(c.client).add(c.server).add(dotted(c.client_address)).add(int{c.client_port});
    s.add(dotted(c.server_address)).add(int{c.server_port}).add(ns(e.time)).null().null().add(c.took.count());
    s.run();
}

void SqliteExporter::insert(const Event& e, const trace::ConnectFailed& c) {
    Statement& s = inserts_->connection;
    s.add(c.connection).add(c.client).add(c.server).null().null().null().add(int{c.server_port}).null();
    s.add(ns(e.time)).add(c.why).add(c.took.count()).run();
}

void SqliteExporter::insert(const Event& e, const trace::Disconnected& d) {
    inserts_->closing.add(ns(e.time)).add(d.how).add(d.connection).run();
}

void SqliteExporter::insert(const Event& e, const trace::HostWentDown& h) {
    inserts_->outage.add(e.id).add(ns(e.time)).add(h.host).add(0).add(h.queue_lost ? 1 : 0).run();
}

void SqliteExporter::insert(const Event& e, const trace::HostCameUp& h) {
    inserts_->outage.add(e.id).add(ns(e.time)).add(h.host).add(1).add(0).run();
}

void SqliteExporter::finish(const RunFacts& facts, const trace::Ledger& ledger) {
    inserts_.reset();
    forget_renamed(ledger);
    write_run(facts);
    write_letters(ledger);
    write_copies(ledger);
    database_.execute("CREATE INDEX copies_letter ON copies (letter_id); COMMIT; PRAGMA optimize;");
    if (database_.close()) error_ = sync_and_rename(database_.path(), path_);
}

void SqliteExporter::forget_renamed(const trace::Ledger& ledger) {
    Statement causes(database_, "DELETE FROM stage_causes WHERE stage_id IN"
                                " (SELECT stage_id FROM stages WHERE copy_id = ?)");
    Statement stages(database_, "DELETE FROM stages WHERE copy_id = ?");
    Statement transfers(database_, "DELETE FROM transfers WHERE copy_id = ?");
    Statement deferrals(database_, "DELETE FROM deferrals WHERE copy_id = ?");
    for (trace::CopyId copy : doubted_) {
        if (ledger.copy(copy) != nullptr) continue;
        causes.add(copy).run();
        stages.add(copy).run();
        transfers.add(copy).run();
        deferrals.add(copy).run();
    }
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
    run.add("end_ns").add(ns(facts.end)).run();
    run.add("events_processed").add(facts.events).run();
    run.add("interrupted").add(facts.interrupted ? 1 : 0).run();
}

void SqliteExporter::write_letters(const trace::Ledger& ledger) {
    Statement s(database_, "INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    for (const trace::LetterRecord& l : ledger.letters()) {
        s.add(l.id).id(ledger.letter(l.about) != nullptr ? l.about : 0).add(key(l.kind));
        if (l.sender)
            s.add(l.sender->text());
        else
            s.null();
        s.add(l.subject).add(l.message_id).add(l.size).add(ns(l.composed)).run();
    }
}

void SqliteExporter::write_copies(const trace::Ledger& ledger) {
    static constexpr const char* kRecipientKinds[] = {"to", "cc", "bcc"};
    Statement s(database_, "INSERT INTO copies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    Statement causes(database_, "INSERT INTO causes VALUES (?, ?, ?, ?)");
    for (const trace::CopyRecord& c : ledger.copies()) {
        s.add(c.id).add(c.letter).id(ledger.letter(c.report) != nullptr ? c.report : 0);
        s.add(c.recipient ? c.recipient->text() : std::string());
        s.add(kRecipientKinds[static_cast<std::size_t>(c.recipient_kind)]).add(key(c.fate));
        s.add(ledger.text(c.place)).id(c.code).add(ledger.text(c.reason)).add(int{c.transfers});
        s.add(int{c.deferrals}).add(c.duplicate ? 1 : 0).add(ns(c.composed));
        c.fate != trace::Fate::in_transit ? s.add(ns(c.settled)) : s.null();
        c.fetched ? s.add(ns(c.read)) : s.null();
        s.add(c.spent.total().count()).run();
        for (std::size_t i = 0; i < trace::kCauses; ++i) {
            const auto cause = static_cast<trace::Cause>(i);
            if (c.spent.spent(cause).count() == 0) continue;
            causes.add(c.id)
                .add(key(cause))
                .add(trace::family(cause))
                .add(c.spent.spent(cause).count())
                .run();
        }
    }
}

} // namespace

std::unique_ptr<Exporter> make_sqlite_exporter(const ExportOptions& options) {
    return std::make_unique<SqliteExporter>(options);
}

} // namespace postopolis::metrics
