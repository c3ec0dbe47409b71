"""postopolis scenarios, schema and version; and the program where it is installed."""
import json
import os
import re
import shutil
import subprocess

from command import COMMAND, CommandTest, SMALLEST, main


class Scenarios(CommandTest):
    def test_list_names_and_json_agree(self):
        names = self.expect(0, "scenarios", "--names").stdout.split()
        self.assertIn("post-office", names)
        listed = json.loads(self.expect(0, "scenarios", "--json").stdout)["scenarios"]
        self.assertEqual([s["name"] for s in listed], names)
        for s in listed:
            # The smallest scenario of all has none: it is as short as a scenario can be.
            self.assertTrue(s["title"] or s["name"] == "first-letter", s["name"])
        self.assertEqual(len(self.expect(0, "scenarios").stdout.splitlines()), len(names))
        self.assertIn("postopolis run post-office", self.expect(0, "scenarios", "post-office").stdout)

    def test_copies_are_valid_and_replace_nothing(self):
        self.expect(0, "scenarios", "--copy", "mine")
        self.expect(0, "validate", *sorted(str(p) for p in (self.folder / "mine").glob("*.json")))
        (self.folder / "mine/post-office.json").write_text("my work")
        self.assertIn("--force", self.expect(4, "scenarios", "post-office", "--copy", "mine").stderr)
        self.assertEqual((self.folder / "mine/post-office.json").read_text(), "my work")
        self.expect(0, "scenarios", "post-office", "--copy", "mine", "--force")
        self.expect(0, "validate", "mine/post-office.json")

    def test_another_directory(self):
        (self.folder / "shelf").mkdir()
        self.file("shelf/tiny.json", SMALLEST)
        shelf = {"POSTOPOLIS_SCENARIOS": str(self.folder / "shelf")}
        self.assertEqual(self.expect(0, "scenarios", "--names", env=shelf).stdout, "tiny\n")
        self.expect(0, "run", "tiny", env=shelf)
        nowhere = {"POSTOPOLIS_SCENARIOS": str(self.folder / "nowhere")}
        self.assertIn("POSTOPOLIS_SCENARIOS", self.expect(4, "scenarios", env=nowhere).stderr)


class Installed(CommandTest):
    def test_it_finds_its_scenarios_wherever_the_prefix_lies(self):
        shelf = self.folder / "prefix/share/postopolis/scenarios"
        shelf.mkdir(parents=True)
        (shelf / "tiny.json").write_text(SMALLEST)
        (self.folder / "prefix/bin").mkdir()
        program = shutil.copy(COMMAND, self.folder / "prefix/bin/postopolis")
        result = subprocess.run([program, "scenarios", "--names"], capture_output=True, text=True, check=True,
                                env={k: v for k, v in os.environ.items() if k != "POSTOPOLIS_SCENARIOS"})
        self.assertEqual(result.stdout, "tiny\n")


class Information(CommandTest):
    def test_schema(self):
        schema = json.loads(self.expect(0, "schema").stdout)
        self.assertIn("domains", schema["properties"])

    def test_version(self):
        plain = self.expect(0, "version").stdout
        self.assertRegex(plain, r"^postopolis \d+\.\d+\.\d+\n$")
        self.assertEqual(self.expect(0, "--version").stdout, plain)
        answer = json.loads(self.expect(0, "version", "--json").stdout)
        self.assertEqual("postopolis " + answer["postopolis"] + "\n", plain)
        self.assertTrue(re.match(r"\w+ \d+", answer["compiler"]))


if __name__ == "__main__":
    main()
