"""Completion as bash does it, and that the scripts know every command and option."""
import json
import os
import re
import shutil
import subprocess
import unittest

from command import COMMAND, CommandTest, main

BASH = shutil.which("bash")


class Grammar(CommandTest):
    def commands(self):
        listed = self.expect(0, "--help").stdout.split("Subcommands:")[1].split("Exit codes:")[0]
        found = re.findall(r"^  (\w+) ", listed, re.M)
        self.assertGreaterEqual(len(found), 8)
        return found

    def options(self, command):
        """The long names that its help tells, in the column of names."""
        columns = re.findall(r"^  (-[^ ]*)", self.expect(0, command, "--help").stdout, re.M)
        found = [name[2:] for column in columns for name in column.split(",") if name.startswith("--")]
        self.assertIn("help", found)
        return found


class Completion(Grammar):
    def words(self, *line):
        """What bash offers for the last word of the line."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _postopolis; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        self.file("completion.bash", self.expect(0, "completion", "bash").stdout)
        result = subprocess.run([BASH, "--norc", "-c", script, "bash", "completion.bash", COMMAND, *line],
                                capture_output=True, text=True, cwd=self.folder, check=True, timeout=60)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    @unittest.skipUnless(BASH, "no bash")
    def test_bash(self):
        self.file("completion.bash", self.expect(0, "completion", "bash").stdout)
        subprocess.run([BASH, "-n", str(self.folder / "completion.bash")], check=True, timeout=60)
        self.assertEqual(self.words("va"), ["validate"])
        self.assertIn("--version", self.words("--"))
        self.assertEqual(self.words("run", "--eff"), ["--effective"])
        self.assertEqual(self.words("run", "post-off"), ["post-office"])
        self.assertEqual(self.words("run", "--export", "sq"), ["sqlite"])
        self.assertEqual(self.words("run", "--export", "csv,sq"), ["csv,sqlite"])
        self.assertEqual(self.words("run", "--capture", "li"), ["link="])
        self.assertEqual(self.words("run", "x", "--color", "a"), ["auto", "always"])
        self.assertEqual(self.words("completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.words("scenarios", "post-off"), ["post-office"])
        self.assertEqual(self.words("run", "--seed", ""), [])
        (self.folder / "town.json").write_text("{}")
        (self.folder / "town.txt").write_text("")
        (self.folder / "results").mkdir()
        self.assertEqual(self.words("run", "tow"), ["town.json"])
        self.assertEqual(self.words("run", "--out", "res"), ["results"])

    def test_every_option_is_in_every_script(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.expect(0, "completion", shell).stdout
            for command in self.commands():
                self.assertIn(command, script)
                for option in self.options(command):
                    self.assertRegex(script, rf"(-l |--){option}\b", f"{shell}: {command} --{option}")

    def test_zsh_and_fish_can_read_theirs(self):
        for shell, check in (("zsh", ["-n"]), ("fish", ["--no-execute"])):
            program = shutil.which(shell)
            if program:
                self.file(shell, self.expect(0, "completion", shell).stdout)
                subprocess.run([program, *check, str(self.folder / shell)], check=True, timeout=60)


class Manual(Grammar):
    def setUp(self):
        super().setUp()
        self.path = os.environ["POSTOPOLIS_MANUAL"]
        with open(self.path, encoding="utf-8") as page:
            self.page = page.read()

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_it_is_without_defects(self):
        result = subprocess.run(["mandoc", "-Tlint", self.path], capture_output=True, text=True, check=False)
        self.assertEqual(result.stdout, "")

    def test_every_command_and_option_is_in_it(self):
        everywhere = self.section("run")
        for command in self.commands():
            section = self.section(command)
            # `explain` refers to `run` for what it has from there.
            known = section + everywhere if command == "explain" else section
            for option in self.options(command):
                if option != "help":
                    self.assertRegex(known, rf"Fl -{option}\b", f"{command} --{option}")

    def section(self, command):
        return self.page.split(f".Ss postopolis {command}\n")[1].split("\n.S")[0]

    def test_every_exit_code_of_the_help_is_in_it(self):
        codes = re.findall(r"^  (\d+)  ", self.expect(0, "--help").stdout, re.M)
        self.assertGreaterEqual(len(codes), 7)
        self.assertEqual(len(codes), len(set(codes)))
        for code in codes:
            self.assertIn(f".It {code}\n", self.page)

    def test_every_exporter_is_in_it(self):
        for exporter in json.loads(self.expect(0, "version", "--json").stdout)["exporters"]:
            self.assertRegex(self.page, rf"\b{exporter}\b")


if __name__ == "__main__":
    main()
