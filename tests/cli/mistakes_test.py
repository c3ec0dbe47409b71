"""Wrong inputs: what is said, where, and with which exit code."""
import json

from command import SMALLEST, CommandTest, main, smallest


class CommandLine(CommandTest):
    def test_nothing(self):
        result = self.expect(2)
        self.assertEqual(result.stdout, "")
        self.assertIn("run", result.stderr)

    def test_an_unknown_command(self):
        self.assertIn("did you mean explain", self.expect(2, "explian").stderr)
        self.assertIn("validate", self.expect(2, "frobnicate").stderr)
        self.file("town.json", SMALLEST)
        self.assertIn("postopolis run town.json", self.expect(2, "town.json").stderr)

    def test_an_unknown_option(self):
        self.assertIn("did you mean --json", self.expect(2, "run", "-", "--jsn", stdin=SMALLEST).stderr)
        self.assertIn("--replication", self.expect(2, "run", "-", "--replicaton=2", stdin=SMALLEST).stderr)

    def test_values_that_are_none(self):
        for arguments in (("--seed", "-1"), ("--seed", "one"), ("--seed", "18446744073709551616"), ("--until", "soon"),
                          ("--width", "10"), ("--color", "green"), ("--replication", "-1"), ("--seed",),
                          ("-j", "-1"), ("-j", "two"), ("-j", "0x2"), ("--threads", "1000"),
                          ("--dialogue", "half"), ("--dialogue", "")):
            self.expect(2, "run", "-", *arguments, stdin=SMALLEST)
        self.expect(2, "run")
        self.expect(2, "completion", "tcsh")
        self.expect(2, "scenarios", "no-such-scenario")

    def test_captures_of_what_there_is_not(self):
        self.file("town.json", SMALLEST)
        for what, said in (("hots=a", "did you mean host"), ("host=", "behind the ="), ("town2", "did you mean town"),
                           ("link=a", "two places"), ("link=a--", "two places"), ("letter", "expected town")):
            result = self.expect(2, "run", "town.json", "--out", "x", "--export", "pcap", "--capture", what)
            self.assertIn(said, result.stderr)
        result = self.expect(2, "run", "town.json", "--out", "x", "--export", "pcap", "--capture", "town", "--capture",
                             "host=mail.yourcompany.example")
        self.assertIn("one place", result.stderr)
        self.assertIn("--export pcap", self.expect(2, "run", "town.json", "--out", "x", "--capture", "town").stderr)
        for what, said in (("host=mail.yourcompny.example", "did you mean mail.yourcompany.example?"),
                           ("host=alice@yourcompany.exmple", "did you mean alice@yourcompany.example?"),
                           ("letter=17", "no letter"),
                           ("link=mail.yourcompany.example--nowhere", "no place"),
                           ("link=mail.yourcompany.example--mail.yourcustomer.example", "no link connects")):
            result = self.expect(4, "run", "town.json", "--out", "x", "--export", "pcap", "--capture", what)
            self.assertIn(said, result.stderr)

    def test_help_is_for_every_command(self):
        commands = self.expect(0, "--help").stdout
        for command in ("run", "explain", "validate", "scenarios", "batch", "schema", "version", "completion"):
            self.assertIn(command, commands)
            self.assertIn(f"postopolis {command}", self.expect(0, command, "--help").stdout)
            if command != "version":
                self.assertIn("Example", self.expect(0, command, "--help").stdout)
        self.assertIn("130", commands)


class Files(CommandTest):
    def test_what_cannot_be_read(self):
        self.assertIn("no such file", self.expect(4, "run", "missing.json").stderr)
        self.assertIn("directory", self.expect(4, "run", ".").stderr.lower())
        self.assertIn("did you mean post-office", self.expect(4, "run", "post-ofice").stderr)
        self.assertIn("missing.json", self.expect(4, "validate", "missing.json").stderr)

    def test_what_is_no_scenario(self):
        for text in ("", "{", "[]", "null", "hello", "\x00\x01", '{"postopolis": 2}', "[" * 100000):
            result = self.expect(3, "run", "-", stdin=text)
            self.assertIn("standard input", result.stderr)
            self.assertEqual(result.stdout, "")

    def test_all_mistakes_at_once_with_their_places(self):
        wrong = SMALLEST.replace("alice@yourcompany", "alcie@yourcompany").replace('"subject"', '"subjekt"')
        self.file("town.json", wrong)
        result = self.expect(3, "run", "town.json")
        self.assertIn("town.json:4:", result.stderr)
        self.assertIn("town.json:5:", result.stderr)
        self.assertIn("2 mistakes", result.stderr)
        self.assertEqual(result.stdout, "")


class Validate(CommandTest):
    def test_what_is_fine(self):
        self.file("one.json", SMALLEST)
        self.assertIn("one.json: fine", self.expect(0, "validate", "one.json").stdout)

    def test_mistakes_are_the_data(self):
        self.file("one.json", SMALLEST)
        self.file("two.json", smallest(sede=1))
        result = self.expect(3, "validate", "one.json", "two.json")
        self.assertIn("one.json: fine", result.stdout)
        self.assertIn("two.json:1:", result.stdout)
        answer = json.loads(self.expect(3, "validate", "one.json", "two.json", "--json").stdout)["scenarios"]
        self.assertEqual([s["valid"] for s in answer], [True, False])
        mistake = answer[1]["mistakes"][0]
        self.assertEqual((mistake["pointer"], mistake["line"], mistake["suggestion"]), ("/sede", 1, "seed"))

    def test_the_worst_decides(self):
        self.file("two.json", smallest(sede=1))
        result = self.expect(4, "validate", "two.json", "missing.json")
        self.assertIn("two.json:1:", result.stdout)

    def test_set(self):
        self.file("one.json", SMALLEST)
        self.expect(0, "validate", "one.json", "--set", "seed=3")
        self.expect(3, "validate", "one.json", "--set", "seed=x")


if __name__ == "__main__":
    main()
