"""Runs the command for the tests: what a user types, and what comes back."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

COMMAND = os.environ["POSTOPOLIS"]

# As the design has it, character for character.
SMALLEST = """{ "postopolis": 1,
  "domains": { "yourcompany.example": { "people": ["alice"] },
               "yourcustomer.example": { "people": ["bob"] } },
  "letters": [ { "from": "alice@yourcompany.example", "to": "bob@yourcustomer.example",
                 "subject": "A brilliant message" } ] }
"""

# Goes on for years: nobody waits for its end.
LONG = """{ "postopolis": 1, "run": {"for": "10000d"},
  "domains": { "a.example": { "people": ["ann"] }, "b.example": { "people": ["ben"] } },
  "traffic": { "from": "*@a.example", "to": "*@b.example", "arrivals": "6/min" } }
"""


def smallest(**members):
    """The smallest scenario with further members, as a dictionary."""
    return {**json.loads(SMALLEST), **members}


class CommandTest(unittest.TestCase):
    """Each test has an empty folder of its own, in which the command runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return name

    def run_command(self, *arguments, stdin="", env=None, stdout=subprocess.PIPE):
        return subprocess.run([COMMAND, *map(str, arguments)], input=stdin, stdout=stdout, stderr=subprocess.PIPE,
                              text=True, encoding="utf-8", cwd=self.folder, timeout=120, check=False,
                              env={**os.environ, **(env or {})})

    def expect(self, code, *arguments, **how):
        """Runs; checks the exit code; gives the result."""
        result = self.run_command(*arguments, **how)
        self.assertEqual(result.returncode, code,
                         f"{arguments}: stdout {(result.stdout or '')[-1000:]!r}, stderr {result.stderr[-2000:]!r}")
        return result


def main():
    unittest.main(verbosity=1)
