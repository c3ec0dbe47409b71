#!/usr/bin/env python3
"""Drives `postopolis batch` from outside: `batch_test.py PROGRAM SOURCE_DIR REPLICATIONS [unittest arguments]`.

REPLICATIONS says how long the batches are that are interrupted: fewer where a run takes longer, under sanitizers.
"""
import csv
import json
import math
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = None
SOURCES = None
REPLICATIONS = None

TOWN = {
    "postopolis": 1,
    "title": "A small town",
    "run": {"for": "12h"},
    "parameters": {"loss": 0, "expected": ">= 0"},
    "domains": {
        "yourcompany.example": {"people": [{"count": 5}]},
        "yourcustomer.example": {"people": [{"count": 5}]},
    },
    "hosts": {"mail.yourcustomer.example": {"line": {"loss": "${loss}"}}},
    "traffic": [
        {"from": "yourcompany.example", "to": "yourcustomer.example", "arrivals": {"poisson": "5/hour"}}
    ],
    "expect": [{"fate": {"lost": 0}}, {"fate": {"delivered": "${expected}"}}],
}

EXPERIMENT = {
    "postopolis_experiment": 1,
    "title": "What a bad line costs",
    "scenario": "town.json",
    "seed": 3,
    "replications": 6,
    "grid": {"loss": [0, 0.05, 0.2]},
    "metrics": ["fates", "delay.mean", "delay.p95", "delay.causes.transit"],
}


class Batch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        self.write("town.json", TOWN)

    def write(self, name, value):
        (self.path / name).write_text(json.dumps(value, indent=2))

    def command(self, *arguments):
        return [PROGRAM, "batch", str(self.path / "experiment.json"), *arguments]

    def batch(self, out, *arguments, experiment=None):
        self.write("experiment.json", experiment or EXPERIMENT)
        return subprocess.run(
            self.command("--out", str(self.path / out), *arguments), capture_output=True, text=True, timeout=300
        )

    def rows(self, out, name):
        with open(self.path / out / name, newline="") as file:
            return list(csv.DictReader(file))

    def database(self, out):
        database = sqlite3.connect(self.path / out / "results.sqlite")
        self.addCleanup(database.close)
        return database

    def assert_same(self, one, two):
        for name in ("runs.csv", "summary.csv"):
            self.assertEqual((self.path / one / name).read_bytes(), (self.path / two / name).read_bytes(), name)

    def test_results_are_read_by_others(self):
        done = self.batch("out", "-j", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertIn("loss = 0.05", done.stdout)
        runs = self.rows("out", "runs.csv")
        self.assertEqual([(r["point"], r["replication"]) for r in runs], [(str(p), str(n)) for p in range(3) for n in range(6)])
        database = self.database("out")
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        self.assertEqual(database.execute("SELECT count(*) FROM runs WHERE status = 'done'").fetchone(), (18,))
        self.assertEqual(database.execute("SELECT value FROM parameters ORDER BY point").fetchall(), [(0,), (0.05,), (0.2,)])
        # The mean of each point, added up by somebody else, from the other file.
        summary = {(r["point"], r["metric"]): r for r in self.rows("out", "summary.csv")}
        for point in "012":
            values = [float(r["delay.mean"]) for r in runs if r["point"] == point]
            mine = summary[point, "delay.mean"]
            self.assertAlmostEqual(float(mine["mean"]), statistics.fmean(values), places=9)
            # The 97.5 % quantile of Student's t with 5 degrees of freedom, from a printed table.
            half = 2.570581836 * statistics.stdev(values) / math.sqrt(6)
            self.assertAlmostEqual(float(mine["half_width_95"]), half, delta=half * 1e-8)
            kept = database.execute(
                "SELECT mean, half_width_95, n FROM summary WHERE point = ? AND metric = 'delay.mean'", (int(point),)
            ).fetchone()
            self.assertEqual(kept, (float(mine["mean"]), float(mine["half_width_95"]), 6))
        # Packet loss makes mail slower and never loses it.
        transit = [float(summary[p, "delay.causes.transit"]["mean"]) for p in "012"]
        self.assertLess(transit[0], transit[1])
        self.assertLess(transit[1], transit[2])

    def test_threads_do_not_matter(self):
        self.assertEqual(self.batch("one", "-j", "1").returncode, 0)
        self.assertEqual(self.batch("two", "-j", "2").returncode, 0)
        self.assert_same("one", "two")

    def interrupted(self, out, with_signal):
        """Starts a longer batch and ends it when some runs are kept; gives its exit code and how many there were."""
        experiment = {**EXPERIMENT, "replications": REPLICATIONS}
        self.write("experiment.json", experiment)
        process = subprocess.Popen(self.command("--out", str(self.path / out), "-j", "2"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        kept = 0
        deadline = time.monotonic() + 120
        while kept < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
            try:
                database = sqlite3.connect(f"file:{self.path / out}/results.sqlite?mode=ro", uri=True, timeout=10)
                kept = database.execute("SELECT count(*) FROM runs").fetchone()[0]
                database.close()
            except sqlite3.OperationalError:
                pass  # not there yet
        process.send_signal(with_signal)
        code = process.wait(60)
        return code, experiment

    def check_resumed(self, with_signal, expected_code):
        code, experiment = self.interrupted("parts", with_signal)
        self.assertEqual(code, expected_code)
        kept = self.database("parts").execute("SELECT count(*) FROM runs").fetchone()[0]
        self.assertGreaterEqual(kept, 3)
        self.assertLess(kept, 3 * REPLICATIONS)
        self.assertFalse((self.path / "parts" / "summary.csv").exists())
        resumed = self.batch("parts", "-j", "2", "--json", experiment=experiment)
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        outcome = json.loads(resumed.stdout)
        self.assertEqual(outcome["ran_now"], 3 * REPLICATIONS - kept)
        self.assertEqual(self.batch("whole", "-j", "1", experiment=experiment).returncode, 0)
        self.assert_same("parts", "whole")

    def test_killed_and_resumed(self):
        self.check_resumed(signal.SIGKILL, -signal.SIGKILL)

    def test_interrupted_and_resumed(self):
        self.check_resumed(signal.SIGINT, 130)

    def test_a_failing_point_is_recorded(self):
        done = self.batch("out", experiment={**EXPERIMENT, "replications": 2, "grid": {"loss": [0, 7, 0.05]}})
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("Failed: 2 runs", done.stdout)
        status = [(r["status"], bool(r["error"])) for r in self.rows("out", "runs.csv")]
        self.assertEqual(status, [("done", False)] * 2 + [("failed", True)] * 2 + [("done", False)] * 2)
        self.assertIn("loss", self.rows("out", "runs.csv")[2]["error"])

    def test_an_expectation_that_fails(self):
        done = self.batch("out", experiment={**EXPERIMENT, "replications": 1, "grid": {"expected": [">= 0", 100000]}})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("delivered: expected 100000, was ", done.stdout)
        unmet = self.database("out").execute("SELECT run, pointer, actual FROM unmet").fetchall()
        self.assertEqual(len(unmet), 1)
        self.assertEqual(unmet[0][0], 1_000_000)
        self.assertTrue(unmet[0][1].startswith("/expect"))

    def test_exit_codes(self):
        wrong = self.batch("out", experiment={**EXPERIMENT, "replicatons": 2})
        self.assertEqual(wrong.returncode, 3)
        self.assertRegex(wrong.stderr, r'experiment.json:\d+:\d+: /replicatons: .*did you mean replications')
        self.assertEqual(subprocess.run(self.command(), capture_output=True).returncode, 2)
        (self.path / "file").write_text("in the way")
        self.assertEqual(self.batch("file").returncode, 4)
        self.assertEqual(self.batch("out", experiment={**EXPERIMENT, "replications": 1}).returncode, 0)
        changed = self.batch("out", experiment={**EXPERIMENT, "replications": 1, "seed": 4})
        self.assertEqual(changed.returncode, 4)
        self.assertIn("--restart", changed.stderr)
        self.assertEqual(self.batch("out", "--restart", experiment={**EXPERIMENT, "replications": 1, "seed": 4}).returncode, 0)

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_a_report_that_cannot_be_written(self):
        self.write("experiment.json", {**EXPERIMENT, "replications": 1})
        with open("/dev/full", "w") as full:
            done = subprocess.run(self.command("--out", str(self.path / "out")), stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 4)

    def test_shipped_experiments(self):
        shipped = sorted((SOURCES / "scenarios" / "experiments").glob("*.json"))
        self.assertTrue(shipped)
        for path in shipped:
            done = subprocess.run([PROGRAM, "batch", str(path), "--out", str(self.path / path.stem)],
                                  capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_schema(self):
        schema = json.loads((SOURCES / "scenarios/schema/postopolis-experiment-1.schema.json").read_text())
        try:
            import jsonschema
        except ImportError:
            self.skipTest("no jsonschema")
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        self.assertEqual(list(validator.iter_errors(EXPERIMENT)), [])
        for path in (SOURCES / "scenarios" / "experiments").glob("*.json"):
            lines = path.read_text().splitlines()
            value = json.loads("\n".join(line for line in lines if not line.startswith("//")))
            self.assertEqual([e.message for e in validator.iter_errors(value)], [])
        for wrong in ({"replications": 0}, {"grid": {"x": 1}}, {"seed": -1}, {"metrics": []}, {"sead": 1}):
            self.assertFalse(validator.is_valid({**EXPERIMENT, **wrong}), wrong)


if __name__ == "__main__":
    PROGRAM = sys.argv[1]
    SOURCES = Path(sys.argv[2])
    REPLICATIONS = int(sys.argv[3])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
