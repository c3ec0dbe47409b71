#!/usr/bin/env python3
"""Plays one shipped scenario and checks it from outside: `check_scenario.py PROGRAM SOURCE_DIR NAME`.

It is valid by its schema, comes out as it expects, and is the same run as its effective form without observers. What
it exports is added up here a second time: fates to copies, causes to delays, stages to causes, to the nanosecond.
Python's email package reads each message in the mailboxes without a defect.
"""
import csv
import email
import email.policy
import email.utils
import json
import mailbox
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import jsonschema

PROGRAM, SOURCES, NAME = None, None, None
EVERYTHING = "jsonl,csv,json,sqlite,mbox,transcript"
# The campus writes hundreds of megabytes of mail: figures only.
FIGURES = "csv,json,sqlite"
CAUSES = ["transit", "service", "filter", "dns", "queue", "backoff_greylisted", "backoff_refused", "backoff_no_answer",
          "backoff_dns", "backoff_quota", "backoff_throttled", "timeout", "held", "pickup"]


def without_comments(text):
    """JSON with // and /* */ as JSON; line breaks stay."""
    out, at = [], 0
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            out.append(text[at:end + 1])
            at = end + 1
        elif text.startswith("//", at):
            at = text.find("\n", at) if "\n" in text[at:] else len(text)
        elif text.startswith("/*", at):
            at = text.index("*/", at) + 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def nanoseconds(cell):
    value = Decimal(cell) * 10**9
    assert value == value.to_integral_value(), cell
    return int(value)


def run(*arguments):
    return subprocess.run([PROGRAM, "run", *map(str, arguments)], capture_output=True, text=True, check=False)


class Scenario(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = Path(SOURCES) / "scenarios" / f"{NAME}.json"
        cls.out = Path(cls.folder.name) / "out"
        cls.exports = FIGURES if NAME == "campus" else EVERYTHING
        cls.result = run(cls.path, "--json", "--export", cls.exports, "--out", cls.out)
        cls.summary = json.loads(cls.result.stdout) if cls.result.stdout else {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def rows(self):
        with open(self.out / "copies.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def database(self):
        return closing(sqlite3.connect(self.out / "run.sqlite"))

    def test_comes_out_as_it_expects(self):
        self.assertEqual(self.result.returncode, 0, self.result.stdout + self.result.stderr)

    def test_is_valid_by_its_schema_and_says_what_it_shows(self):
        schema = json.loads((Path(SOURCES) / "scenarios/schema/postopolis-1.schema.json").read_text(encoding="utf-8"))
        scenario = json.loads(without_comments(self.path.read_text(encoding="utf-8")))
        jsonschema.Draft7Validator(schema).validate(scenario)
        if NAME == "first-letter":  # the smallest one says nothing that need not be said
            self.assertEqual(set(scenario), {"postopolis", "domains", "letters"})
            return
        self.assertTrue(scenario["title"])
        self.assertIn("?", scenario["description"], "a description has the question to ask")
        self.assertTrue(scenario["expect"])

    def test_its_effective_form_is_the_same_run_with_nobody_looking(self):
        effective = Path(self.folder.name) / "effective.json"
        first = run(self.path, "--effective")
        self.assertEqual(first.returncode, 0, first.stderr)
        effective.write_text(first.stdout, encoding="utf-8")
        schema = json.loads((Path(SOURCES) / "scenarios/schema/postopolis-1.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator(schema).validate(json.loads(first.stdout))
        second = run(effective, "--effective")
        self.assertEqual(second.stdout, first.stdout)
        again = run(effective, "--json")
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertEqual(json.loads(again.stdout)["fingerprint"], self.summary["fingerprint"])

    def test_mail_ledger(self):
        rows = self.rows()
        fates = Counter(row["fate"] for row in rows)
        reported = {fate: count for fate, count in self.summary["fates"].items() if count}
        letters = Counter(row["fate"] for row in rows if row["kind"] in ("letter", "reply"))
        self.assertIn(reported, [dict(fates), dict(letters)])
        self.assertEqual(len({row["copy_id"] for row in rows}), len(rows))
        kinds = {row["letter_id"]: row["kind"] for row in rows}
        about = {row["letter_id"]: row["about_letter_id"] for row in rows}
        # A list or a forwarder has put its own address into the envelope.
        expanded = {row["letter_id"] for row in rows if row["fate"] == "expanded"}
        stops = "run" in json.loads(without_comments(self.path.read_text("utf-8")))
        for row in rows:
            if not stops:
                self.assertNotEqual(row["fate"], "in_transit", row)
            if row["fate"] == "bounced":  # and the bounce is itself mail
                self.assertNotEqual(row["kind"], "bounce", "never a bounce of a bounce")
                self.assertEqual(kinds[row["report_letter_id"]], "bounce")
                self.assertEqual(about[row["report_letter_id"]], row["letter_id"])
                if row["letter_id"] not in expanded:
                    self.assertEqual([row["sender"]],
                                     [r["recipient"] for r in rows if r["letter_id"] == row["report_letter_id"]])
            else:
                self.assertEqual(row["report_letter_id"], "")
        with self.database() as db:
            self.assertEqual(dict(db.execute("SELECT fate, count(*) FROM copies GROUP BY fate")), dict(fates))
            self.assertEqual(db.execute("SELECT sum(transfers) FROM copies").fetchone(),
                             db.execute("SELECT count(*) FROM transfers").fetchone())

    def test_time_ledger(self):
        for row in self.rows():
            delay = nanoseconds(row["delay_s"])
            self.assertEqual(sum(nanoseconds(row[f"{cause}_s"]) for cause in CAUSES), delay, row)
            end = row["read_s"] or row["settled_s"]
            if row["fate"] == "in_transit":
                continue
            self.assertEqual(nanoseconds(end) - nanoseconds(row["composed_s"]), delay, row)
        with self.database() as db:
            self.assertEqual(db.execute("""
                SELECT copy_id, delay_ns, sum(spent_ns) AS spent FROM copies LEFT JOIN causes USING (copy_id)
                GROUP BY copy_id HAVING delay_ns != coalesce(spent, 0)""").fetchall(), [])

    def test_stages_join_and_tell_the_same_causes(self):
        with self.database() as db:
            self.assertEqual(db.execute("""
                SELECT stage_id, end_ns - begin_ns AS took, sum(spent_ns) AS spent
                FROM stages LEFT JOIN stage_causes USING (stage_id)
                GROUP BY stage_id HAVING took != coalesce(spent, 0)""").fetchall(), [])
            at = dict(db.execute("SELECT copy_id, composed_ns FROM copies WHERE NOT duplicate"))
            for copy, begin, end in db.execute("SELECT copy_id, begin_ns, end_ns FROM stages ORDER BY stage_id"):
                if copy in at:
                    self.assertEqual(at[copy], begin, f"a gap in the way of copy {copy}")
                    at[copy] = end
            for copy, end in db.execute("""SELECT copy_id, composed_ns + delay_ns FROM copies WHERE NOT duplicate"""):
                self.assertEqual(at[copy], end, f"the way of copy {copy} ends early")
            self.assertEqual(db.execute("""
                SELECT copy_id, cause, spent_ns, total FROM causes JOIN
                    (SELECT copy_id, stage_causes.cause, sum(spent_ns) AS total FROM stages JOIN stage_causes
                     USING (stage_id) GROUP BY copy_id, stage_causes.cause) USING (copy_id, cause)
                WHERE spent_ns != total""").fetchall(), [])

    def check_message(self, octets):
        """Everything that Python finds wrong with it, and the message."""
        message = email.message_from_bytes(octets, policy=email.policy.default)
        problems = []
        for part in message.walk():
            problems += [repr(defect) for defect in part.defects]
            for field, value in part.items():
                problems += [f"{field}: {defect!r}" for defect in getattr(value, "defects", ())]
            if part.get_content_maintype() == "text":
                part.get_content()
                problems += [repr(defect) for defect in part.defects]
        return problems, message

    def check_report(self, message):
        """RFC 3464 and RFC 6522: what a bounce, a warning or a confirmation is made of."""
        self.assertEqual(message.get_content_type(), "multipart/report")
        self.assertEqual(message.get_param("report-type"), "delivery-status")
        types = [part.get_content_type() for part in message.iter_parts()]
        self.assertEqual(types[:2], ["text/plain", "message/delivery-status"])
        self.assertIn(types[2], ("message/rfc822", "text/rfc822-headers"))
        whole, *recipients = list(message.iter_parts())[1].get_payload()
        self.assertIn("Reporting-MTA", whole)
        self.assertTrue(recipients)
        for fields in recipients:
            self.assertTrue(fields["Final-Recipient"].startswith("rfc822;"))
            self.assertRegex(fields["Status"], r"^\d\.\d{1,3}\.\d{1,3}$")
            classes = {"failed": "5", "delayed": "4", "delivered": "2", "relayed": "2"}
            self.assertEqual(fields["Status"][0], classes.get(fields["Action"]))

    def test_mailboxes_are_read_by_a_stranger(self):
        if self.exports == FIGURES:
            self.skipTest("no mailboxes exported")
        # What stands after "+" is a detail: the mailbox is called without it.
        wanted = Counter(re.sub(r"\+[^@]*@", "@", row["recipient"].lower())
                         for row in self.rows() if row["fate"] == "delivered")
        rows = {(row["message_id"].strip("<>"), row["recipient"].lower()): row for row in self.rows()}
        found = Counter()
        for path in (self.out / "mbox").glob("*.mbox"):
            with closing(mailbox.mbox(path, create=False)) as box:
                found[path.name.removesuffix(".mbox").replace("%2E", ".").lower()] = len(box)
                for key in box.keys():
                    problems, message = self.check_message(box.get_bytes(key))
                    self.assertEqual(problems, [], message["Subject"])
                    for field in ("Date", "From", "Message-ID", "Return-Path", "Delivered-To"):
                        self.assertIn(field, message)
                    row = rows[message["Message-ID"].strip("<>"), message["Delivered-To"].lower()]
                    received = [email.utils.parsedate_to_datetime(str(value).rpartition(";")[2])
                                for value in message.get_all("Received", [])]
                    # A report or an automatic answer that never left its host has gone by no server.
                    self.assertTrue(received or row["kind"] in ("bounce", "warning", "confirmation", "reply"))
                    self.assertEqual(received, sorted(received, reverse=True), "the latest hop is on top")
                    self.assertLessEqual(len(received), int(row["transfers"]))
                    if row["kind"] in ("bounce", "warning", "confirmation"):
                        self.assertEqual(message["Return-Path"], "<>")
                        self.check_report(message)
        self.assertEqual(found, wanted)

    def test_bcc_is_secret(self):
        """Nobody but a hidden recipient finds that recipient's address in the letter."""
        if self.exports == FIGURES:
            self.skipTest("no mailboxes exported")
        letters = json.loads(without_comments(self.path.read_text("utf-8"))).get("letters", [])
        looked_at = 0
        for letter in letters if isinstance(letters, list) else [letters]:
            listed = lambda key: [v for v in [letter.get(key, [])] for v in (v if isinstance(v, list) else [v])]
            hidden = set(listed("bcc")) - set(listed("to")) - set(listed("cc"))
            for path in (self.out / "mbox").glob("*.mbox") if hidden else ():
                owner = path.name.removesuffix(".mbox").replace("%2E", ".").lower()
                with closing(mailbox.mbox(path, create=False)) as box:
                    for key in box.keys():
                        if box[key]["From"] is None or letter["from"] not in box[key]["From"]:
                            continue
                        if box[key]["Subject"] == letter.get("subject"):
                            looked_at += 1
                            for address in hidden - {owner}:
                                self.assertNotIn(address.encode(), box.get_bytes(key), owner)
        if not looked_at:
            self.skipTest("no letter has hidden recipients")


if __name__ == "__main__":
    PROGRAM, SOURCES, NAME = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
