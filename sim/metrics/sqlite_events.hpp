// The rows of run.sqlite about what happens: stages, transfers, deferrals, look-ups, connections, outages.
//
// Where a client went on with copies under new ids (`Doubted`), the rows so far are there for either id if
// both became copies, so that each copy's stages add up to its delay; ids that are no copy's in the end have
// no rows. A connection's row is written when it ends, as rows that are written once are cheaper.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>

#include "metrics/database.hpp"
#include "postopolis/trace/ledger.hpp"

namespace postopolis::metrics {

class SqliteEvents {
public:
    /// The tables exist.
    explicit SqliteEvents(Database& database);

    static trace::KindMask listens_for();
    /// Any other thread than the one that runs the model may call it. Errors are the database's.
    void write(std::span<const trace::Event> events);
    /// Once, when all has happened. The database gets its indexes.
    void finish(const trace::Ledger& ledger);

private:
    struct Open {
        std::string client, server;
        std::uint32_t client_address = 0, server_address = 0;
        std::uint16_t client_port = 0, server_port = 0;
        kernel::Time connected;
        kernel::Duration took;
    };

    struct Repeats {
        explicit Repeats(Database& database);
        Statement stages, stage_causes, transfers, deferrals;
    };

    void write(const trace::Event& event);
    /// What was inserted is in the tables.
    void flush();
    template<class T>
    void insert(const trace::Event&, const T&) {} // not listened for
    void insert(const trace::Event& e, const trace::Passed& p);
    void insert(const trace::Event& e, const trace::Accepted& a);
    void insert(const trace::Event& e, const trace::Deferred& d);
    void insert(const trace::Event& e, const trace::Doubted& d);
    void insert(const trace::Event& e, const trace::Expanded& x);
    void insert(const trace::Event& e, const trace::LookedUp& l);
    void insert(const trace::Event& e, const trace::Connected& c);
    void insert(const trace::Event& e, const trace::ConnectFailed& c);
    void insert(const trace::Event& e, const trace::Disconnected& d);
    void insert(const trace::Event& e, const trace::HostWentDown& h);
    void insert(const trace::Event& e, const trace::HostCameUp& h);
    Statement& add_connected(trace::ConnectionId id, const Open& c);
    void repeat(trace::CopyId from, trace::CopyId to, kernel::Time end);
    void forget_renamed(const trace::Ledger& ledger);
    void index_copies();

    Database& database_;
    Statement stage_, stage_cause_, transfer_, deferral_, lookup_, connection_; ///< that need flush()
    Statement late_transfer_, closing_, outage_;
    std::optional<Repeats> repeats_; ///< seldom needed
    std::unordered_map<trace::ConnectionId, Open> open_;
    std::set<trace::CopyId> doubted_; ///< ids that were given up, at least by their sender
    std::int64_t stages_ = 0;         ///< rows of it so far
    bool indexed_ = false;
};

} // namespace postopolis::metrics
