#!/usr/bin/env python3
"""Strangers read the exported mailboxes: `mailboxes_test.py PROGRAM SOURCE_DIR`.

mbox, Maildir and .eml have the same messages, by Python's mailbox and email packages, formail (procmail) and mblaze.
"""
import csv
import email
import email.policy
import mailbox
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from contextlib import closing
from pathlib import Path

PROGRAM, SOURCES = None, None
STRICT = email.policy.default.clone(raise_on_defect=True)


def body(octets):
    """Without the difference that line ends make."""
    return octets.replace(b"\r\n", b"\n")


class Mailboxes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = Path(cls.folder.name) / "out"
        cls.delivered = Counter()
        for scenario in ("unknown-user", "one-copy-per-domain", "post-office"):
            out = cls.out / scenario
            subprocess.run([PROGRAM, "run", f"{SOURCES}/scenarios/{scenario}.json", "--quiet", "--out", str(out),
                            "--export", "csv,mbox,maildir,eml"], check=True, capture_output=True)
            with open(out / "copies.csv", newline="", encoding="utf-8") as file:
                cls.delivered.update((scenario, row["recipient"].lower()) for row in csv.DictReader(file)
                                     if row["fate"] == "delivered")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def each(self):
        self.assertGreater(len(self.delivered), 5)
        for (scenario, address), count in self.delivered.items():
            with self.subTest(scenario=scenario, mailbox=address):
                yield self.out / scenario, address, count

    def test_python_reads_the_same_messages_from_all(self):
        for out, address, count in self.each():
            with closing(mailbox.mbox(out / f"mbox/{address}.mbox", create=False)) as box:
                of_mbox = [body(box.get_bytes(key)) for key in sorted(box.keys())]
            folder = mailbox.Maildir(out / "maildir" / address, factory=None, create=False)
            of_maildir = [body(folder.get_bytes(key)) for key in sorted(folder.keys())]
            files = sorted((out / "eml" / address).glob("*.eml"))
            of_eml = [body(path.read_bytes()) for path in files]
            self.assertEqual(len(of_eml), count)
            self.assertEqual([path.name for path in files], [f"{n:06}.eml" for n in range(1, count + 1)])
            self.assertEqual(sorted(of_maildir), sorted(of_eml))
            # mboxrd quotes lines that begin with From.
            self.assertEqual([text.rstrip(b"\n") for text in of_mbox], [text.rstrip(b"\n") for text in of_eml])
            for path in files:
                octets = path.read_bytes()
                self.assertNotIn(b"\n", octets.replace(b"\r\n", b""), "only CRLF ends lines")
                message = email.message_from_bytes(octets, policy=STRICT)
                for part in message.walk():
                    self.assertEqual(part.defects, [])
                self.assertEqual(message["Delivered-To"].lower(), address)
                self.assertEqual(message.as_bytes(policy=STRICT.clone(max_line_length=None, linesep="\r\n",
                                                                      refold_source="none")), octets)

    def test_maildir_has_its_three_parts_and_nothing_unfinished(self):
        for out, address, count in self.each():
            folder = out / "maildir" / address
            self.assertEqual(sorted(p.name for p in folder.iterdir()), ["cur", "new", "tmp"])
            self.assertEqual(len(list((folder / "new").iterdir())), count)
            self.assertEqual([*(folder / "tmp").iterdir(), *(folder / "cur").iterdir()], [])

    @unittest.skipUnless(shutil.which("formail"), "formail is not installed")
    def test_formail_splits_the_mbox(self):
        for out, address, count in self.each():
            with open(out / f"mbox/{address}.mbox", "rb") as box:
                ids = subprocess.run(["formail", "-s", "formail", "-zxMessage-ID:"], stdin=box, capture_output=True,
                                     check=True).stdout.split()
            self.assertEqual(sorted(ids), sorted(self.ids(out, address)))
            self.assertEqual(len(ids), count)

    @unittest.skipUnless(shutil.which("mlist"), "mblaze is not installed")
    def test_mblaze_lists_the_maildir_and_reads_its_headers(self):
        for out, address, count in self.each():
            listed = subprocess.run(["mlist", str(out / "maildir" / address)], capture_output=True, text=True,
                                    check=True).stdout.split()
            self.assertEqual(len(listed), count)
            for files in (listed, sorted(map(str, (out / "eml" / address).glob("*.eml")))):
                ids = subprocess.run(["mhdr", "-h", "message-id", *files], capture_output=True, check=True).stdout
                self.assertEqual(sorted(ids.split()), sorted(self.ids(out, address)))
            shown = subprocess.run(["mscan", "-f", "%s", *listed], capture_output=True, text=True, check=True).stdout
            self.assertEqual(len(shown.splitlines()), count)

    def ids(self, out, address):
        return [email.message_from_bytes(path.read_bytes(), policy=STRICT)["Message-ID"].encode()
                for path in (out / "eml" / address).glob("*.eml")]


if __name__ == "__main__":
    PROGRAM, SOURCES = sys.argv[1], Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
