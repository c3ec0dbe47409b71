// The tables of results.sqlite. Times are in seconds unless a name says otherwise.
#pragma once

namespace postopolis::experiment {

inline constexpr int kResultsFormat = 1;

inline constexpr const char* kResultsSchema = R"sql(
CREATE TABLE experiment (  -- what decides the results, and where they come from
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE points (
  point      INTEGER PRIMARY KEY,  -- from 0
  parameters TEXT NOT NULL         -- a JSON object
);
CREATE TABLE parameters (
  point INTEGER NOT NULL REFERENCES points,
  name  TEXT NOT NULL,
  value NOT NULL,                  -- a number or a text; else JSON text
  PRIMARY KEY (point, name)
);
CREATE TABLE metrics (
  metric   TEXT PRIMARY KEY,
  position INTEGER NOT NULL,       -- in the order of the experiment
  unit     TEXT NOT NULL           -- "s", "count"
);
CREATE TABLE runs (
  run          INTEGER PRIMARY KEY, -- point * 1000000 + replication
  point        INTEGER NOT NULL REFERENCES points,
  replication  INTEGER NOT NULL,
  seed         TEXT NOT NULL,       -- an unsigned number of 64 bits
  status       TEXT NOT NULL CHECK (status IN ('done', 'failed')),
  error        TEXT,                -- of a run that failed
  fingerprint  TEXT,
  expectations INTEGER NOT NULL,    -- of the scenario
  unmet        INTEGER NOT NULL,    -- those that don't hold
  wall_seconds REAL NOT NULL,
  UNIQUE (point, replication)
);
CREATE TABLE run_values (
  run    INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  metric TEXT NOT NULL REFERENCES metrics,
  value  REAL NOT NULL,             -- a metric that does not exist in a run has no row
  PRIMARY KEY (run, metric)
) WITHOUT ROWID;
CREATE TABLE unmet (                -- expectations that don't hold
  run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  pointer  TEXT NOT NULL,           -- JSON pointer in the scenario
  expected TEXT NOT NULL,
  actual   TEXT NOT NULL
);
CREATE INDEX unmet_run ON unmet (run);
CREATE TABLE summary (              -- over the replications; filled when all runs are there
  point         INTEGER NOT NULL REFERENCES points,
  metric        TEXT NOT NULL REFERENCES metrics,
  mean          REAL,
  half_width_95 REAL,               -- Student's t; NULL for fewer than two values
  n             INTEGER NOT NULL,
  PRIMARY KEY (point, metric)
) WITHOUT ROWID;
)sql";

} // namespace postopolis::experiment
