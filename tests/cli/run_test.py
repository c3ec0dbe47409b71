"""postopolis run: reports, results and exit codes."""
import csv
import json
import os
import subprocess
import unittest

from command import COMMAND, LONG, SMALLEST, CommandTest, main, smallest


class Report(CommandTest):
    def test_the_smallest_scenario_runs_as_it_stands_in_the_design(self):
        self.file("town.json", SMALLEST)
        result = self.expect(0, "run", "town.json")
        self.assertIn("delivered", result.stdout)
        self.assertEqual(result.stderr, "")  # no progress where nobody watches

    def test_a_million_mailboxes_need_less_than_4_gb(self):
        self.file("million.json", {
            "postopolis": 1, "run": {"for": "1h"},
            "generate": {"domains": 10_000, "name": "d{n}.example", "people": {"count": 100}},
            "traffic": {"from": "*", "to": "*", "arrivals": {"poisson": "0.01/h"}}})
        limit = ["prlimit", f"--as={4 * 1024**3}"]
        done = subprocess.run([*limit, COMMAND, "run", "million.json", "--json"], capture_output=True, text=True,
                              cwd=self.folder, timeout=280, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads(done.stdout)
        self.assertGreater(figures["letters"], 9_000)  # Poisson, of mean 10,000: ten deviations
        self.assertLess(figures["letters"], 11_000)
        self.assertTrue(figures["balanced"])

    def test_a_scenario_comes_through_a_pipe(self):
        first = self.expect(0, "run", "-", "--json", stdin=SMALLEST)
        self.file("town.json", SMALLEST)
        second = self.expect(0, "run", "town.json", "--json")
        self.assertEqual(json.loads(first.stdout)["fingerprint"], json.loads(second.stdout)["fingerprint"])

    def test_json_has_what_is_promised(self):
        figures = json.loads(self.expect(0, "run", "-", "--json", "--seed", 7, "--replication", 3,
                                         stdin=SMALLEST).stdout)
        self.assertEqual((figures["seed"], figures["replication"], figures["copies"]), (7, 3, 1))
        self.assertEqual(figures["fates"]["delivered"], 1)
        self.assertEqual(sum(figures["fates"].values()), figures["copies"])
        self.assertTrue(figures["balanced"])
        delay = figures["delay"]
        for statistic in ("mean", "p50", "p95", "p99", "max"):
            self.assertEqual(delay[statistic], delay["mean"])  # one letter: they are all the same
        self.assertAlmostEqual(sum(delay["causes"].values()), delay["mean"], places=9)
        self.assertEqual(figures["expect"], [])
        self.assertIn("scenario", figures)

    def test_the_same_run_gives_the_same_bytes(self):
        outputs = {self.expect(0, "run", "-", "--json", stdin=SMALLEST).stdout for _ in range(2)}
        self.assertEqual(len(outputs), 1)
        other = self.expect(0, "run", "-", "--json", "--seed", 2, stdin=SMALLEST).stdout
        self.assertNotEqual(json.loads(other)["fingerprint"], json.loads(outputs.pop())["fingerprint"])

    def test_it_is_the_same_run_on_any_number_of_threads(self):
        outputs = {self.expect(0, "run", "relay-hierarchy", "--json", *threads).stdout
                   for threads in ((), ("-j", 1), ("-j", 3), ("--threads=2",), ("-j0",))}
        self.assertEqual(len(outputs), 1)

    def test_a_shipped_scenario_is_found_by_its_name(self):
        figures = json.loads(self.expect(0, "run", "post-office", "--json").stdout)
        self.assertTrue(all(e["held"] for e in figures["expect"]))

    def test_quiet_is_quiet(self):
        result = self.expect(0, "run", "-", "--quiet", stdin=SMALLEST)
        self.assertEqual(result.stdout + result.stderr, "")

    def test_ascii_and_width_and_colours(self):
        for width in (40, 60, 80):
            result = self.expect(0, "run", "-", "--ascii", "--width", width, stdin=SMALLEST)
            self.assertTrue(result.stdout.isascii())
        self.assertIn("\x1b[", self.expect(0, "run", "-", "--color", "always", stdin=SMALLEST).stdout)
        self.assertNotIn("\x1b[", self.expect(0, "run", "-", stdin=SMALLEST).stdout)

    def test_until_stops_the_clock(self):
        figures = json.loads(self.expect(0, "run", "-", "--json", "--until", "1h", stdin=LONG).stdout)
        self.assertEqual(figures["duration"], 3600)
        self.assertFalse(figures["interrupted"])

    def test_the_hint_of_the_report_works(self):
        self.file("a town.json", SMALLEST)
        report = self.expect(0, "run", "a town.json", "--seed", 9).stdout
        self.assertIn("postopolis explain 'a town.json' --seed 9", " ".join(report.split()))


class Set(CommandTest):
    def test_paths_pointers_and_parameters(self):
        scenario = smallest(parameters={"subject": "One"})
        scenario["letters"][0]["subject"] = "${subject}"
        self.file("town.json", scenario)
        for path in ("seed=5", "/seed=5"):
            self.assertEqual(json.loads(self.expect(0, "run", "town.json", "--json", "--set", path).stdout)["seed"], 5)

    def test_what_cannot_be_set_is_refused(self):
        self.assertIn("PATH=VALUE", self.expect(2, "run", "-", "--set", "seed", stdin=SMALLEST).stderr)
        self.assertIn("--set", self.expect(3, "run", "-", "--set", "sede=5", stdin=SMALLEST).stderr)
        self.expect(3, "run", "-", "--set", "seed=many", stdin=SMALLEST)


class Effective(CommandTest):
    def test_it_is_a_fixed_point_and_the_same_run(self):
        first = self.expect(0, "run", "-", "--effective", stdin=SMALLEST).stdout
        json.loads(first)
        self.assertEqual(self.expect(0, "run", "-", "--effective", stdin=first).stdout, first)
        fingerprints = {json.loads(self.expect(0, "run", "-", "--json", stdin=text).stdout)["fingerprint"]
                        for text in (SMALLEST, first)}
        self.assertEqual(len(fingerprints), 1)


class Expectations(CommandTest):
    def test_they_decide_the_exit_code(self):
        self.file("good.json", smallest(expect=[{"fate": {"delivered": "1"}}]))
        self.assertIn("1 of 1", self.expect(0, "run", "good.json").stdout)
        self.file("bad.json", smallest(expect=[{"fate": {"delivered": "1"}}, {"fate": {"bounced": "1"}}]))
        self.assertIn("1 of 2", self.expect(1, "run", "bad.json").stdout)
        verdicts = json.loads(self.expect(1, "run", "bad.json", "--json").stdout)["expect"]
        self.assertEqual([v["held"] for v in verdicts], [True, False])


class Results(CommandTest):
    def test_out_keeps_what_is_asked_for(self):
        result = self.expect(0, "run", "-", "--out", "results/deep", "--export", "csv,jsonl", "--export", "mbox",
                             stdin=SMALLEST)
        kept = {p.name for p in (self.folder / "results/deep").iterdir()}
        self.assertEqual(kept, {"copies.csv", "trace.jsonl", "mbox", "scenario.json", "run.json"})
        self.assertIn("results/deep/copies.csv", result.stdout)
        with open(self.folder / "results/deep/copies.csv", newline="", encoding="utf-8") as rows:
            self.assertEqual(len(list(csv.DictReader(rows))), 1)

    def test_the_results_of_two_runs_are_not_mixed(self):
        self.expect(0, "run", "-", "--out", "results", stdin=SMALLEST)
        before = (self.folder / "results/summary.json").read_bytes()
        refused = self.expect(4, "run", "-", "--out", "results", "--seed", 2, stdin=SMALLEST)
        self.assertIn("--force", refused.stderr)
        self.assertEqual((self.folder / "results/summary.json").read_bytes(), before)
        self.expect(0, "run", "-", "--out", "results", "--seed", 2, "--force", stdin=SMALLEST)
        self.assertNotEqual((self.folder / "results/summary.json").read_bytes(), before)

    def test_a_place_that_cannot_be_written(self):
        self.file("occupied", "")
        self.assertIn("occupied", self.expect(4, "run", "-", "--out", "occupied", stdin=SMALLEST).stderr)
        self.assertIn("/proc", self.expect(4, "run", "-", "--out", "/proc/results", stdin=SMALLEST).stderr)

    def test_options_that_need_a_place(self):
        self.assertIn("--out", self.expect(2, "run", "-", "--export", "csv", stdin=SMALLEST).stderr)
        self.assertIn("--out", self.expect(2, "run", "-", "--force", stdin=SMALLEST).stderr)
        near = self.expect(2, "run", "-", "--out", "results", "--export", "sqllite", stdin=SMALLEST)
        self.assertIn("sqlite", near.stderr)
        self.assertFalse((self.folder / "results").exists())

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_disk_behind_stdout(self):
        for arguments in (("run", "-"), ("run", "-", "--json"), ("run", "-", "--effective"), ("validate", "-"),
                          ("explain", "-"), ("schema",), ("version",), ("--help",), ("run", "--help")):
            with open("/dev/full", "w", encoding="utf-8") as full:
                result = self.expect(4, *arguments, stdin=SMALLEST, stdout=full)
            self.assertIn("standard output: No space left on device", result.stderr)

    def test_a_closed_pipe(self):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            self.expect(4, "schema", stdout=writing)
        finally:
            os.close(writing)


if __name__ == "__main__":
    main()
