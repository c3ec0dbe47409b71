#!/usr/bin/env python3
"""A run is the same on any number of threads: `threads_test.py PROGRAM SOURCE_DIR [--few]`.

Each shipped scenario is run with several -j. Its report and its fingerprint must be the same, and so must every file
that it keeps, byte for byte (databases: row for row). --few: few scenarios and numbers of threads, for slow builds.
"""
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

PROGRAM, SOURCES, FEW = None, None, False
EVERYTHING = "jsonl,csv,json,sqlite,mbox,maildir,eml,transcript,maillog,pcap"
# The campus writes hundreds of megabytes of mail: figures only.
LESS = {"campus": "csv,json,sqlite"}


def contents(path):
    if path.suffix != ".sqlite":
        return path.read_bytes()
    with closing(sqlite3.connect(path)) as database:
        return "\n".join(database.iterdump())


def results(folder):
    return {str(path.relative_to(folder)): contents(path) for path in sorted(folder.rglob("*")) if path.is_file()}


class Threads(unittest.TestCase):
    def play(self, scenario, threads, *more):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "results"
            done = subprocess.run(
                [PROGRAM, "run", str(scenario), "-j", str(threads), "--out", str(out), "--export",
                 LESS.get(scenario.stem, EVERYTHING), "--color", "never", "--width", "100", *more],
                capture_output=True, text=True, check=False)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            return done.stdout.replace(folder, "DIR"), results(out)

    def compare(self, scenario, numbers, *more):
        report, files = self.play(scenario, 1, *more)
        self.assertIn("Fingerprint", report)
        self.assertGreater(len(files), 3)
        for threads in numbers:
            with self.subTest(scenario=scenario.stem, threads=threads):
                other_report, other_files = self.play(scenario, threads, *more)
                self.assertEqual(other_report, report)
                self.assertEqual(list(other_files), list(files))
                differing = [name for name in files if other_files[name] != files[name]]
                self.assertEqual(differing, [])

    def test_shipped_scenarios(self):
        for scenario in sorted((SOURCES / "scenarios").glob("*.json")):
            if FEW and scenario.stem not in ("post-office", "receiver-down", "relay-hierarchy"):
                continue
            self.compare(scenario, (2, 3) if FEW or scenario.stem == "campus" else (2, 3, 4, 8))

    def test_benchmark(self):
        seconds = 1 if FEW else 4
        self.compare(SOURCES / "scenarios/bench/relay.json", (2,) if FEW else (2, 4, 8), "--set",
                     f'run.for="{seconds}s"')


if __name__ == "__main__":
    PROGRAM, SOURCES = sys.argv[1], Path(sys.argv[2])
    FEW = "--few" in sys.argv[3:]
    unittest.main(argv=sys.argv[:1])
