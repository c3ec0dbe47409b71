// The tables of run.sqlite. Columns that end in _ns are integers in nanoseconds (instants count from virtual
// time 0), in _s seconds, in _octets octets; *_id columns are keys; flags are 0 or 1; a value that there is
// not is NULL.
#pragma once

namespace postopolis::metrics {

inline constexpr const char* kSqliteTables = R"sql(
PRAGMA application_id = 1349481332; -- "Post"
PRAGMA user_version = 1;            -- of this schema

CREATE TABLE run (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE letters (
    letter_id INTEGER PRIMARY KEY,
    about_letter_id INTEGER REFERENCES letters, -- that this one answers or reports on
    kind TEXT NOT NULL,                         -- letter, reply, bounce, warning
    sender TEXT,                                -- reverse path; NULL for a report
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    size_octets INTEGER NOT NULL,
    composed_ns INTEGER NOT NULL);

CREATE TABLE copies (
    copy_id INTEGER PRIMARY KEY,
    letter_id INTEGER NOT NULL REFERENCES letters,
    report_letter_id INTEGER REFERENCES letters, -- the bounce, where the fate is bounced
    recipient TEXT NOT NULL,
    recipient_kind TEXT NOT NULL,                -- to, cc, bcc
    fate TEXT NOT NULL,
    place TEXT NOT NULL,                         -- who has it, or had it last
    code INTEGER,                                -- SMTP reply code that refused or deferred it last
    reason TEXT NOT NULL,
    transfers INTEGER NOT NULL,
    deferrals INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    composed_ns INTEGER NOT NULL,
    settled_ns INTEGER,                          -- when its fate was met
    read_ns INTEGER,                             -- when it was in the reader's hands
    delay_ns INTEGER NOT NULL);                  -- from composed_ns to the end of the account

CREATE TABLE causes (                            -- of copies' delays; they add up to delay_ns
    copy_id INTEGER NOT NULL REFERENCES copies,
    cause TEXT NOT NULL,                         -- transit, ..., backoff_refused, ...
    family TEXT NOT NULL,                        -- the same with every back-off as one
    spent_ns INTEGER NOT NULL,
    PRIMARY KEY (copy_id, cause)) WITHOUT ROWID;

CREATE TABLE stages (                            -- the way of a copy; they join without a gap
    stage_id INTEGER PRIMARY KEY,
    copy_id INTEGER NOT NULL REFERENCES copies,
    event_id INTEGER NOT NULL,
    stage TEXT NOT NULL,                         -- submission, waiting, transfer, filing, pickup
    from_place TEXT NOT NULL,
    to_place TEXT NOT NULL,
    begin_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL);

CREATE TABLE stage_causes (                      -- they add up to end_ns - begin_ns
    stage_id INTEGER NOT NULL REFERENCES stages,
    cause TEXT NOT NULL,
    spent_ns INTEGER NOT NULL,
    PRIMARY KEY (stage_id, cause)) WITHOUT ROWID;

CREATE TABLE connections (
    connection_id INTEGER PRIMARY KEY,
    client TEXT NOT NULL,
    server TEXT NOT NULL,
    client_address TEXT,
    client_port INTEGER,
    server_address TEXT,
    server_port INTEGER NOT NULL,
    connected_ns INTEGER,                        -- NULL where it failed
    failed_ns INTEGER,
    failure TEXT,                                -- timed out, refused, unreachable
    took_ns INTEGER NOT NULL,                    -- to connect, or to fail
    closed_ns INTEGER,
    closed TEXT);                                -- closed, reset, timed out

CREATE TABLE transfers (                         -- a host took responsibility for a copy
    transfer_id INTEGER PRIMARY KEY,
    copy_id INTEGER NOT NULL REFERENCES copies,
    connection_id INTEGER REFERENCES connections,
    time_ns INTEGER NOT NULL,
    host TEXT NOT NULL,
    from_host TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    hops INTEGER NOT NULL);

CREATE TABLE deferrals (                         -- a try for a copy failed for now
    deferral_id INTEGER PRIMARY KEY,
    copy_id INTEGER NOT NULL REFERENCES copies,
    time_ns INTEGER NOT NULL,
    host TEXT NOT NULL,
    remote TEXT NOT NULL,
    code INTEGER,
    enhanced_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL,                         -- that the wait is charged to
    next_try_ns INTEGER NOT NULL,
    attempts INTEGER NOT NULL);

CREATE TABLE lookups (
    lookup_id INTEGER PRIMARY KEY,
    time_ns INTEGER NOT NULL,                    -- of the answer
    host TEXT NOT NULL,
    resolver TEXT NOT NULL,
    question TEXT NOT NULL,
    type TEXT NOT NULL,
    result TEXT NOT NULL,
    from_cache INTEGER NOT NULL,
    took_ns INTEGER NOT NULL);

CREATE TABLE outages (                           -- hosts that went down or came up
    outage_event_id INTEGER PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    host TEXT NOT NULL,
    up INTEGER NOT NULL,
    queue_lost INTEGER NOT NULL);

)sql";

/// Made when the rows are there, which is cheaper, or when rows have to be found by their copy before that.
inline constexpr const char* kSqliteCopyIndexes = R"sql(
CREATE INDEX stages_copy ON stages (copy_id);
CREATE INDEX transfers_copy ON transfers (copy_id);
CREATE INDEX deferrals_copy ON deferrals (copy_id);
)sql";

/// Made at the end.
inline constexpr const char* kSqliteViews = R"sql(
CREATE VIEW delays AS                            -- in seconds, one column per family of causes
    SELECT copies.copy_id, letters.kind, recipient, fate, delay_ns / 1e9 AS delay_s,
        total(spent_ns) FILTER (WHERE family = 'transit') / 1e9 AS transit_s,
        total(spent_ns) FILTER (WHERE family = 'service') / 1e9 AS service_s,
        total(spent_ns) FILTER (WHERE family = 'filter') / 1e9 AS filter_s,
        total(spent_ns) FILTER (WHERE family = 'dns') / 1e9 AS dns_s,
        total(spent_ns) FILTER (WHERE family = 'queue') / 1e9 AS queue_s,
        total(spent_ns) FILTER (WHERE family = 'backoff') / 1e9 AS backoff_s,
        total(spent_ns) FILTER (WHERE family = 'timeout') / 1e9 AS timeout_s,
        total(spent_ns) FILTER (WHERE family = 'held') / 1e9 AS held_s,
        total(spent_ns) FILTER (WHERE family = 'pickup') / 1e9 AS pickup_s
    FROM copies JOIN letters USING (letter_id) LEFT JOIN causes USING (copy_id)
    GROUP BY copies.copy_id;
CREATE INDEX copies_letter ON copies (letter_id);
)sql";

} // namespace postopolis::metrics
