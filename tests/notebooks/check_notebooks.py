#!/usr/bin/env python3
"""Checks the notebooks: `check_notebooks.py FOLDER COMMAND SCENARIO`.

Each is valid nbformat 4 JSON as Jupyter needs it, carries no outputs, compiles, and each SQL statement in it gives
the rows it promises on a database that COMMAND has just exported. Nothing is plotted: pandas need not be there.
"""
import ast
import json
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

FOLDER, COMMAND, SCENARIO = None, None, None
FIELDS = {"markdown": {"cell_type", "id", "metadata", "source"},
          "code": {"cell_type", "id", "metadata", "source", "outputs", "execution_count"}}


def statements(code):
    """The strings in a cell that are SQL."""
    strings = (node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant))
    return [text for text in strings if isinstance(text, str) and text.strip().startswith("SELECT ")]


class Notebooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        out = Path(cls.folder.name) / "out"
        subprocess.run([COMMAND, "run", SCENARIO, "--export", "sqlite", "--out", out], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.database = out / "run.sqlite"
        cls.notebooks = {path.name: json.loads(path.read_text(encoding="utf-8"))
                         for path in sorted(Path(FOLDER).glob("*.ipynb"))}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_there_are_some(self):
        self.assertIn("first-look.ipynb", self.notebooks)

    def test_format(self):
        for name, notebook in self.notebooks.items():
            with self.subTest(name):
                self.assertEqual(notebook["nbformat"], 4)
                self.assertGreaterEqual(notebook["nbformat_minor"], 5)
                ids = [cell["id"] for cell in notebook["cells"]]
                self.assertEqual(len(ids), len(set(ids)))
                for cell in notebook["cells"]:
                    self.assertEqual(set(cell), FIELDS[cell["cell_type"]])
                    self.assertRegex(cell["id"], r"^[a-zA-Z0-9_-]{1,64}$")
                    self.assertTrue(all(isinstance(line, str) for line in cell["source"]))

    def test_nothing_of_a_machine_is_kept(self):
        for name, notebook in self.notebooks.items():
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    with self.subTest(f"{name}: {cell['id']}"):
                        self.assertEqual(cell["outputs"], [])
                        self.assertIsNone(cell["execution_count"])

    def test_statements_run(self):
        asked = 0
        with closing(sqlite3.connect(self.database)) as connection:
            for name, notebook in self.notebooks.items():
                for cell in notebook["cells"]:
                    if cell["cell_type"] != "code":
                        continue
                    for sql in statements("".join(cell["source"])):
                        with self.subTest(f"{name}: {cell['id']}"):
                            rows = connection.execute(sql).fetchall()
                            # A town where nothing went wrong has no deferrals to show.
                            self.assertTrue(rows or "deferrals" in sql, sql)
                            asked += 1
        self.assertGreaterEqual(asked, 4)

    def test_causes_of_delay_add_up(self):
        notebook = self.notebooks["first-look.ipynb"]
        cell = next(cell for cell in notebook["cells"] if cell["id"] == "causes")
        first = ast.parse("".join(cell["source"])).body[0]
        causes = ast.literal_eval(first.value)
        with closing(sqlite3.connect(self.database)) as connection:
            rows = connection.execute(f"SELECT delay_s, {' + '.join(causes)} FROM delays").fetchall()
        self.assertTrue(rows)
        for delay, total in rows:
            self.assertAlmostEqual(delay, total, places=6)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    FOLDER, COMMAND, SCENARIO = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
