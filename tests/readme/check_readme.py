#!/usr/bin/env python3
"""Checks that README.md tells the truth: `check_readme.py README COMMAND SCENARIOS`.

The first result is what the command prints, to the byte; the commands of the first five minutes run as they stand
there, one after another in an empty folder; files that are linked exist. With --update before README the first
result is written anew, for a person to read before it is committed.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

README, COMMAND, SCENARIOS = None, None, None


def block(text, heading):
    """The first indented block under a heading, without its indentation."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = re.search(r"\n\n((?:(?:    [^\n]*)?\n)+)", section)[1].strip("\n").split("\n")
    return "\n".join(line[4:] for line in lines) + "\n"


def environment():
    """Of a person who has just installed the command."""
    return {"PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": os.environ.get("HOME", "/")}


def first_result():
    result = subprocess.run([COMMAND, "run", "scenarios/post-office.json"], cwd=SCENARIOS.parent, env=environment(),
                            capture_output=True, text=True, check=True)
    return "\n".join(line.rstrip() for line in result.stdout.strip("\n").split("\n")) + "\n"


def indented(text):
    return "".join(("    " + line).rstrip() + "\n" for line in text.splitlines())


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = README.read_text(encoding="utf-8")

    def test_first_result(self):
        self.maxDiff = None
        self.assertEqual(block(self.text, "The first result"), first_result())

    def test_first_five_minutes(self):
        commands = block(self.text, "The first five minutes")
        self.assertGreater(commands.count("postopolis "), 8)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "scenarios").symlink_to(SCENARIOS)
            result = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, text=True,
                                    env=environment(), capture_output=True, check=False)
            self.assertEqual(result.returncode, 0, result.stdout[-2000:] + result.stderr[-4000:])

    def test_links(self):
        targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", self.text)
        self.assertTrue(targets)
        for target in targets:
            self.assertTrue((README.parent / target).exists(), target)


if __name__ == "__main__":
    update = sys.argv[1:2] == ["--update"]
    if len(sys.argv) != 4 + update:
        raise SystemExit(__doc__)
    README, COMMAND, SCENARIOS = (Path(argument).resolve() for argument in sys.argv[1 + update:])
    if update:
        old = README.read_text(encoding="utf-8")
        README.write_text(old.replace(indented(block(old, "The first result")), indented(first_result())),
                          encoding="utf-8")
        sys.exit()
    unittest.main(argv=sys.argv[:1])
