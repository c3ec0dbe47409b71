#!/usr/bin/env python3
"""What the shipped scenarios are there to show, looked up in their exports: `stories_test.py PROGRAM SOURCE_DIR`.

`expect` speaks of one run at a time and of no dialogue; here twins are compared, and what was said is held against
appendix D of RFC 5321.
"""
import csv
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

PROGRAM, SOURCES = None, None


class Stories(unittest.TestCase):
    def play(self, name):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        out = Path(folder.name) / "out"
        subprocess.run([PROGRAM, "run", f"{SOURCES}/scenarios/{name}.json", "--quiet", "--export",
                        "csv,sqlite,transcript", "--out", out], check=True, capture_output=True)
        return out

    def ask(self, out, sql):
        with closing(sqlite3.connect(out / "run.sqlite")) as db:
            return db.execute(sql).fetchall()

    def rows(self, out):
        with open(out / "copies.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def dialogue(self, out, client, server):
        """What was said in the first connection between the two: commands without their tails, and reply codes."""
        said, inside = [], False
        for line in (out / "transcripts.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("== "):
                if said:
                    break
                inside = re.search(rf"{client} \[.*\] to {server} \[.*:25\]", line) is not None
            spoken = re.match(r" *[\d.]+ ([CS]): (.*)", line)
            if not inside or not spoken:
                continue
            who, words = spoken.groups()
            if who == "C":
                said.append("C: " + re.sub(" (SIZE|BODY)=.*", "", words))
            elif words[3:4] != "-":  # the last line of a reply
                said.append("S: " + words[:3])
        return said

    def test_the_smallest_scenario_is_a_few_lines(self):
        self.assertLessEqual(len(Path(f"{SOURCES}/scenarios/first-letter.json").read_text().splitlines()), 5)
        out = self.play("first-letter")
        self.assertEqual([row["fate"] for row in self.rows(out)], ["delivered"])

    def test_appendix_d1(self):
        out = self.play("rfc5321-typical")
        self.assertEqual(self.dialogue(out, "mail.bar.example", "mail.foo.example"), [
            "S: 220", "C: EHLO mail.bar.example", "S: 250",
            "C: MAIL FROM:<Smith@bar.example>", "S: 250",
            "C: RCPT TO:<Jones@foo.example>", "S: 250",
            "C: RCPT TO:<Green@foo.example>", "S: 550",
            "C: RCPT TO:<Brown@foo.example>", "S: 250",
            "C: DATA", "S: 354", "S: 250", "C: QUIT", "S: 221"])

    def test_appendix_d2(self):
        out = self.play("rfc5321-aborted")
        self.assertEqual(self.dialogue(out, "mail.bar.example", "mail.foo.example"), [
            "S: 220", "C: EHLO mail.bar.example", "S: 250",
            "C: MAIL FROM:<Smith@bar.example>", "S: 250",
            "C: RCPT TO:<Jones@foo.example>", "S: 250",
            "C: RCPT TO:<Green@foo.example>", "S: 550",
            "C: RSET", "S: 250", "C: QUIT", "S: 221"])

    def test_appendix_d4(self):
        out = self.play("rfc5321-verified")
        self.assertEqual(self.dialogue(out, "mail.bar.example", "mail.foo.example"), [
            "S: 220", "C: EHLO mail.bar.example", "S: 250",
            "C: VRFY Crispin@foo.example", "S: 250",
            "C: MAIL FROM:<EAK@bar.example>", "S: 250",
            "C: RCPT TO:<Crispin@foo.example>", "S: 250",
            "C: DATA", "S: 354", "S: 250", "C: QUIT", "S: 221"])

    def test_appendix_d3(self):
        out = self.play("rfc5321-relayed")
        self.assertEqual(self.ask(out, """SELECT client, server, failure FROM connections WHERE server_port = 25
                                          ORDER BY coalesce(connected_ns, failed_ns)"""), [
            ("mail.bar.example", "mail.xyz.example", "timed out"),
            ("mail.bar.example", "mail.foo.example", None),
            ("mail.foo.example", "mail.xyz.example", None)])
        step = ["C: MAIL FROM:<JQP@bar.example>", "C: RCPT TO:<Jones@xyz.example>", "C: DATA"]
        for client, server in (("mail.bar.example", "mail.foo.example"), ("mail.foo.example", "mail.xyz.example")):
            said = self.dialogue(out, client, server)
            self.assertEqual([line for line in said if line.startswith("C: ")],
                             [f"C: EHLO {client}", *step, "C: QUIT"])
            self.assertEqual(sorted(line for line in said if line.startswith("S: ")),
                             ["S: 220", "S: 221", "S: 250", "S: 250", "S: 250", "S: 250", "S: 354"])

    def test_a_hierarchy_costs_time_and_saves_crossings(self):
        crossings, delays = {}, {}
        for name in ("relay-hierarchy", "direct"):
            out = self.play(name)
            crossings[name] = self.ask(out, """SELECT count(*) FROM connections WHERE client LIKE '%.west.example'
                                               AND server LIKE '%.east.example'""")[0][0]
            delays[name] = {row["subject"]: float(row["settled_s"]) - float(row["composed_s"])
                            for row in self.rows(out)}
        self.assertEqual(crossings, {"relay-hierarchy": 2, "direct": 4})
        self.assertGreater(delays["relay-hierarchy"]["A short note"], delays["direct"]["A short note"])

    def test_one_copy_for_each_domain(self):
        out = self.play("one-copy-per-domain")
        self.assertEqual(self.ask(out, """SELECT server, count(DISTINCT connection_id), count(*) FROM transfers
                                          JOIN connections USING (connection_id) WHERE server_port = 25
                                          GROUP BY server ORDER BY server"""),
                         [("mail.large.example", 1, 4), ("mail.medium.example", 1, 2), ("mail.small.example", 1, 1)])

    def test_loss_becomes_delay(self):
        out = self.play("lossy-line")
        means = [statistics.fmean(float(row["settled_s"]) - float(row["composed_s"]) for row in self.rows(out)
                                  if row["recipient"].endswith(weather))
                 for weather in ("sun.example", "drizzle.example", "rain.example", "storm.example")]
        self.assertEqual(means, sorted(means))
        self.assertGreater(means[3], 3 * means[0])

    def test_postfix_tries_less_and_less_often(self):
        out = self.play("receiver-down")
        tries = [t / 1e9 for (t,) in self.ask(out, """SELECT time_ns FROM deferrals JOIN copies USING (copy_id)
                                                     WHERE recipient = 'george@gone.example' ORDER BY time_ns""")]
        gaps = [after - before for before, after in zip(tries, tries[1:])]
        # At least 300 s; then twice as long each time up to 4000 s; never earlier than the next scan of the queue,
        # which comes every 300 s; each try itself takes up to 60 s of waiting for a connection.
        self.assertGreaterEqual(min(gaps), 300)
        self.assertTrue(all(4000 <= gap <= 4000 + 300 + 60 for gap in gaps[6:]), gaps)
        self.assertGreater(len(tries), 5 * 86400 / 4360)


if __name__ == "__main__":
    PROGRAM, SOURCES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
