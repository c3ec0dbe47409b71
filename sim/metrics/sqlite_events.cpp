// What happens, row by row. See sqlite_events.hpp.
#include "metrics/sqlite_events.hpp"

#include <algorithm>
#include <vector>

#include "metrics/sqlite_schema.hpp"
#include "metrics/text.hpp"
#include "postopolis/metrics/summary.hpp"

namespace postopolis::metrics {

namespace {

std::string dotted(std::uint32_t ipv4) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        append_integer(out, (ipv4 >> shift) & 255);
        if (shift > 0) out += '.';
    }
    return out;
}

} // namespace

SqliteEvents::SqliteEvents(Database& d)
    : database_(d)
    , stage_(d, "INSERT OR FAIL INTO stages", "?, ?, ?, ?, ?, ?, ?, ?")
    , stage_cause_(d, "INSERT OR FAIL INTO stage_causes", "?, ?, ?")
    , transfer_(d, "INSERT OR FAIL INTO transfers", "NULL, ?, ?, ?, ?, ?, ?, ?")
    , deferral_(d, "INSERT OR FAIL INTO deferrals", "NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?")
    , lookup_(d, "INSERT OR FAIL INTO lookups", "NULL, ?, ?, ?, ?, ?, ?, ?, ?")
    , connection_(d, "INSERT OR IGNORE INTO connections", "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?")
    , late_transfer_(d, "INSERT INTO transfers VALUES (NULL, ?,"
                        "(SELECT connection_id FROM connections WHERE connection_id = ?), ?, ?, ?, ?, ?)")
    , closing_(d, "UPDATE connections SET closed_ns = ?, closed = ? WHERE connection_id = ?")
    , outage_(d, "INSERT INTO outages VALUES (?, ?, ?, ?, ?)") {}

trace::KindMask SqliteEvents::listens_for() {
    return trace::kinds<trace::Passed, trace::Accepted, trace::Deferred, trace::Doubted, trace::Expanded,
                        trace::LookedUp, trace::Connected, trace::ConnectFailed, trace::Disconnected,
                        trace::HostWentDown, trace::HostCameUp>();
}

void SqliteEvents::write(std::span<const trace::Event> events) {
    for (const trace::Event& event : events)
        write(event);
    flush();
}

void SqliteEvents::flush() {
    for (Statement* rows : {&stage_, &stage_cause_, &transfer_, &deferral_, &lookup_, &connection_})
        rows->flush();
}

void SqliteEvents::write(const trace::Event& event) {
    std::visit([&](const auto& what) { insert(event, what); }, event.what);
}

void SqliteEvents::insert(const trace::Event& e, const trace::Passed& p) {
    for (trace::CopyId copy : p.copies) {
        stage_.add(++stages_).add(copy).add(e.id).lend(trace::name(p.stage)).lend(p.from).lend(p.to);
        stage_.add(p.begin).add(e.time).run();
        for (std::size_t i = 0; i < trace::kCauses; ++i) {
            const auto cause = static_cast<trace::Cause>(i);
            if (p.spent.spent(cause).count() == 0) continue;
            stage_cause_.add(stages_).lend(key(cause)).add(p.spent.spent(cause).count()).run();
        }
    }
}

void SqliteEvents::insert(const trace::Event& e, const trace::Accepted& a) {
    // Almost all have an open connection, or none. One that is not open has ended, or was never told.
    const bool late = a.connection != 0 && !open_.contains(a.connection);
    if (late) flush();
    Statement& s = late ? late_transfer_ : transfer_;
    for (trace::CopyId copy : a.copies) {
        s.add(copy).id(a.connection).add(e.time).lend(a.host);
        s.lend(a.from_host).lend(a.queue_id).add(a.hops).run();
    }
}

void SqliteEvents::insert(const trace::Event& e, const trace::Deferred& d) {
    for (trace::CopyId copy : d.copies) {
        deferral_.add(copy).add(e.time).lend(d.host).lend(d.remote).id(d.reason.code);
        deferral_.lend(d.reason.enhanced).lend(d.reason.text).lend(key(d.backoff));
        deferral_.add(d.next_try).add(d.attempts).run();
    }
}

void SqliteEvents::insert(const trace::Event&, const trace::Doubted& d) {
    for (std::size_t i = 0; i < d.copies.size() && i < d.renamed.size(); ++i) {
        repeat(d.copies[i], d.renamed[i], d.begin);
        doubted_.insert(d.copies[i]);
    }
}

void SqliteEvents::insert(const trace::Event& e, const trace::Expanded& x) {
    for (trace::CopyId copy : x.into)
        repeat(x.copy, copy, e.time);
}

SqliteEvents::Repeats::Repeats(Database& d)
    : stages(d, "INSERT INTO stages SELECT ?4 + row_number() OVER (ORDER BY stage_id), ?2, event_id, stage,"
                " from_place, to_place, begin_ns, end_ns FROM stages WHERE copy_id = ?1 AND end_ns <= ?3")
    , stage_causes(d, "INSERT INTO stage_causes SELECT place, cause, spent_ns FROM stage_causes JOIN"
                      " (SELECT stage_id, ?4 + row_number() OVER (ORDER BY stage_id) AS place FROM stages"
                      "  WHERE copy_id = ?1 AND end_ns <= ?3) USING (stage_id) WHERE ?2 IS NOT NULL")
    , transfers(d, "INSERT INTO transfers SELECT NULL, ?2, connection_id, time_ns, host, from_host, queue_id,"
                   " hops FROM transfers WHERE copy_id = ?1 AND time_ns <= ?3 AND ?4 >= 0"
                   " ORDER BY transfer_id")
    , deferrals(d,
                "INSERT INTO deferrals SELECT NULL, ?2, time_ns, host, remote, code, enhanced_code, reason,"
                " cause, next_try_ns, attempts FROM deferrals"
                " WHERE copy_id = ?1 AND time_ns <= ?3 AND ?4 >= 0 ORDER BY deferral_id") {}

/// All that happened to one copy until `end` has happened to the other too.
void SqliteEvents::repeat(trace::CopyId from, trace::CopyId to, kernel::Time end) {
    flush();
    if (!repeats_) {
        index_copies();
        repeats_.emplace(database_);
    }
    const std::int64_t offset = stages_;
    const auto run = [&](Statement& s) { s.add(from).add(to).add(end).add(offset).run(); };
    run(repeats_->stages);
    stages_ += database_.changes();
    run(repeats_->stage_causes);
    run(repeats_->transfers);
    run(repeats_->deferrals);
}

void SqliteEvents::index_copies() {
    if (!indexed_) database_.execute(kSqliteCopyIndexes);
    indexed_ = true;
}

void SqliteEvents::insert(const trace::Event& e, const trace::LookedUp& l) {
    lookup_.add(e.time).lend(l.host).lend(l.resolver).lend(l.question).lend(l.type).lend(l.result);
    lookup_.add(l.from_cache ? 1 : 0).add(l.took.count()).run();
}

void SqliteEvents::insert(const trace::Event& e, const trace::Connected& c) {
    open_.try_emplace(c.connection, Open{std::string(c.client), std::string(c.server), c.client_address,
                                         c.server_address, c.client_port, c.server_port, e.time, c.took});
}

void SqliteEvents::insert(const trace::Event& e, const trace::ConnectFailed& c) {
    Statement& s = connection_;
    s.add(c.connection).lend(c.client).lend(c.server).null().null().null().add(int{c.server_port}).null();
    s.add(e.time).lend(c.why).add(c.took.count()).null().null().run();
}

void SqliteEvents::insert(const trace::Event& e, const trace::Disconnected& d) {
    const auto found = open_.find(d.connection);
    if (found == open_.end()) {
        flush();
        closing_.add(e.time).lend(d.how).add(d.connection).run();
        return;
    }
    add_connected(d.connection, found->second).add(e.time).lend(d.how).run();
    open_.erase(found);
}

/// Up to the columns that tell of the end. What is open may be forgotten before the row is written.
Statement& SqliteEvents::add_connected(trace::ConnectionId id, const Open& c) {
    Statement& s = connection_;
    s.add(id).add(c.client).add(c.server).add(dotted(c.client_address)).add(int{c.client_port});
    s.add(dotted(c.server_address)).add(int{c.server_port}).add(c.connected).null().null();
    return s.add(c.took.count());
}

void SqliteEvents::insert(const trace::Event& e, const trace::HostWentDown& h) {
    outage_.add(e.id).add(e.time).lend(h.host).add(0).add(h.queue_lost ? 1 : 0).run();
}

void SqliteEvents::insert(const trace::Event& e, const trace::HostCameUp& h) {
    outage_.add(e.id).add(e.time).lend(h.host).add(1).add(0).run();
}

void SqliteEvents::finish(const trace::Ledger& ledger) {
    std::vector<trace::ConnectionId> left;
    for (const auto& [id, connection] : open_)
        left.push_back(id);
    std::sort(left.begin(), left.end()); // whatever order the table has them in
    for (trace::ConnectionId id : left)
        add_connected(id, open_.at(id)).null().null().run();
    open_.clear();
    flush();
    index_copies();
    forget_renamed(ledger);
}

void SqliteEvents::forget_renamed(const trace::Ledger& ledger) {
    Statement causes(database_, "DELETE FROM stage_causes WHERE stage_id IN"
                                " (SELECT stage_id FROM stages WHERE copy_id = ?)");
    Statement stages(database_, "DELETE FROM stages WHERE copy_id = ?");
    Statement transfers(database_, "DELETE FROM transfers WHERE copy_id = ?");
    Statement deferrals(database_, "DELETE FROM deferrals WHERE copy_id = ?");
    for (trace::CopyId copy : doubted_) {
        if (ledger.has_copy(copy)) continue;
        causes.add(copy).run();
        stages.add(copy).run();
        transfers.add(copy).run();
        deferrals.add(copy).run();
    }
}

} // namespace postopolis::metrics
