#!/usr/bin/env python3
"""The mail log as a tool for Postfix's logs reads it: `mail_log_test.py PROGRAM SOURCE_DIR`.

pflogsumm's totals must be those of the run, which are added up here from the trace and from the transcripts.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

PROGRAM, SOURCES = None, None
PFLOGSUMM = shutil.which("pflogsumm")
NOWHERE = "a bounce to nowhere: "
LINE = re.compile(
    r"[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d [\w.-]+ postfix/(submission/)?(?:"
    r"smtpd\[\d+\]: (?:(?:dis)?connect|lost connection) from [\w.-]+\[[\d.]+\](?: \w+=\d+)*|"
    r"smtpd\[\d+\]: [0-9A-F]{10}: client=[\w.-]+\[[\d.]+\](?:, sasl_method=PLAIN, sasl_username=\S+)?|"
    r"smtpd\[\d+\]: NOQUEUE: reject: [A-Z-]+ from [\w.-]+\[[\d.]+\]: [45]\d\d .*; .*proto=E?SMTP helo=<\S+>|"
    r"cleanup\[\d+\]: [0-9A-F]{10}: message-id=<\S+>|"
    r"qmgr\[\d+\]: [0-9A-F]{10}: (?:removed|from=<\S*>, size=\d+, nrcpt=\d+ \(queue active\))|"
    r"bounce\[\d+\]: [0-9A-F]{10}: sender (?:non-delivery|delay) notification: [0-9A-F]{10}|"
    r"smtp\[\d+\]: connect to [\w.-]+(?:\[[\d.]+\])?:25: (?:Connection (?:timed out|refused)|No route to host)|"
    r"(?:smtp|local)\[\d+\]: [0-9A-F]{10}: to=<\S+>, relay=(?:none|local|[\w.-]+\[[\d.]+\]:25), delay=[\d.]+, "
    r"delays=[\d.]+/[\d.]+/[\d.]+/[\d.]+, dsn=(?:2\.\d+\.\d+, status=sent|4\.\d+\.\d+, status=deferred|"
    r"5\.\d+\.\d+, status=bounced) \(.+\))")


def in_units(number):
    """As pflogsumm prints it."""
    for unit, bound in (("m", 512 * 1024**2), ("k", 512 * 1024)):
        if number > bound:
            return f"{number // (1024**2 if unit == 'm' else 1024)}{unit}"
    return str(number)


class Run:
    """What the log should tell, from other exports of the same run."""

    def __init__(self, out):
        with open(out / "trace.jsonl", encoding="utf-8") as lines:
            self.events = [json.loads(line) for line in lines]
        self.contents = []  # (connection, octets, taken)
        self.senders = {}   # by connection
        self.rejected = 0
        self.read_transcripts(out / "transcripts.txt")
        self.recipients, self.queued, self.sizes = {}, {}, {}
        self.received, self.received_octets, self.sender_addresses = 0, 0, set()
        self.sender_domains = set()
        self.sent, self.deferrals, self.deferred, self.bounced = [], [], set(), []
        for event in self.events:
            getattr(self, event["kind"], lambda e: None)(event)

    def read_transcripts(self, path):
        connection, octets, verbs, content = 0, 0, [], False
        for line in path.read_text(encoding="latin-1").split("\n"):
            head = re.match(r"== connection (\d+): .* to .*\[[\d.]+:(\d+)\]$", line)
            if head:
                connection, verbs = (int(head.group(1)), ["CONNECT"]) if head.group(2) != "110" else (0, [])
            spoken = re.match(r" *[\d.]+ ([CS])([:|]) (.*)", line)
            if not spoken or not connection:
                continue
            who, kind, words = spoken.groups()
            if kind == "|":
                if words == ".":
                    verbs.append(("CONTENT", octets))
                    octets = 0
                else:
                    octets += len(words) + 2 - words.startswith(".")
            elif who == "C":
                verbs.append(words)
            elif words[3:4] != "-":
                asked = verbs.pop(0)
                if isinstance(asked, tuple):
                    self.contents.append((connection, asked[1], words[0] == "2"))
                elif asked.startswith("MAIL FROM:<") and words[0] == "2":
                    self.senders[connection] = asked[11:asked.index(">")]
                if words[0] in "45" and not (isinstance(asked, str) and asked.startswith("AUTH")):
                    self.rejected += 1

    def Composed(self, e):
        self.recipients.update(zip(e["copies"], e["recipients"]))
        if e["letter_kind"] in ("bounce", "warning"):
            self.sizes[e["letter"]] = e["size"]

    def Accepted(self, e):
        size = self.sizes.get(e["letter"], 0)
        if e["connection"]:
            own = next(c for c in self.contents if c[0] == e["connection"] and c[2])
            self.contents.remove(own)
            size = own[1]
            self.received += 1
            self.received_octets += size
            self.sender_addresses.add(self.senders[e["connection"]])
            # Where there is no sender, pflogsumm takes the host.
            self.sender_domains.add(self.senders[e["connection"]].rpartition("@")[2].lower() or e["from_host"])
            if "@" not in e["from_host"]:
                for copy in e["copies"]:
                    self.send(e["from_host"], copy)
        for copy in e["copies"]:
            self.queued[e["host"], copy] = (e["queue_id"], size)

    def Delivered(self, e):
        self.send(e["host"], e["copy"])

    def send(self, host, copy):
        self.sent.append((copy, self.queued[host, copy][1]))  # in a loop the host has it more than once

    def Deferred(self, e):
        if "@" in e["host"]:
            return
        self.deferrals += [(e["host"], copy) for copy in e["copies"]]
        self.deferred |= {self.queued[e["host"], copy][0] for copy in e["copies"]}

    def Bounced(self, e):
        self.bounced += e["copies"]

    def Lost(self, e):
        if e["why"].startswith(NOWHERE):
            self.bounced += e["copies"]

    def address(self, copy):
        local, _, domain = self.recipients[copy].rpartition("@")
        return local + "@" + domain.lower()

    def totals(self):
        recipients = {self.address(copy) for copy, _ in self.sent}
        return {"received": self.received, "delivered": len(self.sent), "forwarded": 0,
                "deferred": len(self.deferred), "deferrals": len(self.deferrals), "bounced": len(self.bounced),
                "rejected": self.rejected, "held": 0, "discarded": 0, "reject warnings": 0,
                "bytes received": self.received_octets,
                "bytes delivered": sum(octets for _, octets in self.sent),
                "senders": len(self.sender_addresses),
                "sending hosts/domains": len(self.sender_domains),
                "recipients": len(recipients),
                "recipient hosts/domains": len({a.rpartition("@")[2] for a in recipients})}

    def by_domain(self):
        sent = Counter(self.address(copy).rpartition("@")[2] for copy, _ in self.sent)
        defers = Counter(self.address(copy).rpartition("@")[2] for _, copy in self.deferrals)
        return {domain: (in_units(sent[domain]), in_units(defers[domain])) for domain in sent | defers}


def summary(log):
    text = subprocess.run([PFLOGSUMM, str(log)], capture_output=True, text=True, check=True).stdout
    totals = {}
    grand = text.split("Grand Totals")[1].split("Traffic Summary")[0]
    for number, name in re.findall(r"^ *(\d+[km]?) {2,3}([a-z][a-z /]*[a-z])", grand, re.M):
        totals[name] = number
    found = re.search(r"\((\d+[km]?) +deferrals\)", grand)
    totals["deferrals"] = found.group(1) if found else "0"
    table = text.split("Host/Domain Summary: Message Delivery")[1].split("Host/Domain Summary")[0]
    rows = [line.split() for line in table.splitlines() if re.match(r" *\d", line)]
    return totals, {row[-1]: (row[0], row[2]) for row in rows}


class MailLog(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def play(self, scenario, *more):
        out = self.folder / (scenario + "".join(more))
        done = subprocess.run([PROGRAM, "run", str(SOURCES / f"scenarios/{scenario}.json"), "--quiet", "--out", str(out),
                               "--export", "maillog,jsonl,transcript", *more],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return out

    @unittest.skipUnless(PFLOGSUMM, "pflogsumm is not installed")
    def test_its_totals_are_those_of_the_run(self):
        sums = Counter()
        for scenario in ("post-office", "receiver-down", "unknown-user", "mailbox-full", "mail-loop", "backup-mx",
                         "one-copy-per-domain", "avian-carriers", "rfc5321-typical", "rfc5321-aborted", "direct"):
            with self.subTest(scenario=scenario):
                out = self.play(scenario)
                expected = Run(out).totals()
                totals, domains = summary(out / "mail.log")
                self.assertEqual(totals, {name: in_units(number) for name, number in expected.items()})
                self.assertEqual(domains, Run(out).by_domain())
                sums.update(expected)
        for name in ("received", "delivered", "deferred", "bounced", "rejected"):
            self.assertGreater(sums[name], 0, f"no scenario has anything {name}")

    def test_its_lines_are_those_of_postfix(self):
        seen = Counter()
        for scenario in ("receiver-down", "unknown-user", "mail-loop", "backup-mx"):
            for line in (self.play(scenario) / "mail.log").read_text(encoding="utf-8").splitlines():
                self.assertRegex(line, LINE)
                self.assertTrue(LINE.fullmatch(line), line)
                seen[re.search(r"postfix/(?:submission/)?(\w+)", line).group(1)] += 1
        self.assertEqual(set(seen), {"smtpd", "cleanup", "qmgr", "smtp", "local", "bounce"})

    def test_each_message_is_removed_once_and_delays_add_up(self):
        log = (self.play("unknown-user") / "mail.log").read_text(encoding="utf-8")
        queued = re.findall(r" (\S+) postfix/qmgr\[\d+\]: (\w+): from=", log)
        removed = re.findall(r" (\S+) postfix/qmgr\[\d+\]: (\w+): removed", log)
        self.assertEqual(sorted(queued), sorted(removed))
        for delay, parts in re.findall(r"delay=([\d.]+), delays=([\d./]+)", log):
            rounded = 0.01 if float(delay) < 1 else 0.1 if float(delay) < 10 else 1
            self.assertAlmostEqual(float(delay), sum(map(float, parts.split("/"))), delta=2.5 * rounded)

    def test_a_server_that_crashes_under_a_message(self):
        town = self.folder / "town.json"
        town.write_text(json.dumps({
            "postopolis": 1, "domains": {"a.example": {"people": ["ann"]}, "b.example": {"people": ["ben"]}},
            "hosts": {"mail.b.example": {"smtp": {"service": {"per_message": "30s"}}}},
            "letters": [{"from": "ann@a.example", "to": "ben@b.example", "subject": "one"}],
            "faults": [{"host": "mail.b.example", "down": {"from": "10s", "for": "15s"}}]}))
        out = self.folder / "out"
        subprocess.run([PROGRAM, "run", str(town), "--quiet", "--out", str(out), "--export", "maillog"], check=True,
                       capture_output=True)
        log = (out / "mail.log").read_text(encoding="utf-8")
        put_off = re.findall(r"relay=mail\.b\.example\[[\d.]+\]:25, delay=600, delays=0/0/0\.\d+/600, dsn=4\.4\.2, "
                             r"status=deferred \(conversation with mail\.b\.example\[[\d.]+\]: timed out", log)
        self.assertEqual(len(put_off), 1, "the client waits for the reply as long as its time-out is")
        self.assertEqual(log.count("status=sent (delivered to mailbox)"), 1)
        self.assertEqual(log.count("status=sent (250 "), 1)

    def test_it_is_the_same_log_on_any_number_of_threads(self):
        logs = {(self.play("relay-hierarchy", "-j", threads) / "mail.log").read_bytes() for threads in "123"}
        self.assertEqual(len(logs), 1)


if __name__ == "__main__":
    PROGRAM, SOURCES = sys.argv[1], Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
