"""postopolis explain: the story of a letter, on the spot and of a finished run."""
import json
import re

from command import SMALLEST, CommandTest, main, smallest


def several(n):
    return smallest(letters=[{"from": "alice@yourcompany.example", "to": "bob@yourcustomer.example",
                              "subject": f"Letter {i}", "at": f"{i}s"} for i in range(1, n + 1)])


class OnTheSpot(CommandTest):
    def test_the_only_letter(self):
        story = self.expect(0, "explain", "-", stdin=SMALLEST).stdout
        for word in ("A brilliant message", "alice@yourcompany.example", "bob@yourcustomer.example",
                     "mail.yourcustomer.example"):
            self.assertIn(word, story)

    def test_dialogue_headers_and_postal(self):
        plain = self.expect(0, "explain", "-", stdin=SMALLEST).stdout
        dialogue = self.expect(0, "explain", "-", "--dialogue", stdin=SMALLEST).stdout
        self.assertNotIn("RCPT TO:<bob@yourcustomer.example>", plain)
        self.assertIn("RCPT TO:<bob@yourcustomer.example>", dialogue)
        self.assertIn("Received: from", self.expect(0, "explain", "-", "--headers", stdin=SMALLEST).stdout)
        self.assertNotEqual(self.expect(0, "explain", "-", "--postal", stdin=SMALLEST).stdout, plain)
        json.loads(self.expect(0, "explain", "-", "--json", stdin=SMALLEST).stdout)

    def test_one_of_many(self):
        self.file("many.json", several(5))
        listed = self.expect(0, "explain", "many.json")
        for i in range(1, 6):
            self.assertIn(f"Letter {i}", listed.stdout)
        self.assertIn("Say which one", listed.stderr)
        for selection in ("3", "#3", "letter 3"):
            story = self.expect(0, "explain", "many.json", selection).stdout
            self.assertIn("Letter 3", story)
            self.assertNotIn("Letter 4", story)
        message_id = json.loads(self.expect(0, "explain", "many.json", "2", "--json").stdout)
        self.assertEqual(len(message_id["stories"]), 1)

    def test_all_of_few_and_to(self):
        self.file("two.json", several(2))
        story = self.expect(0, "explain", "two.json").stdout
        self.assertIn("Letter 1", story)
        self.assertIn("Letter 2", story)
        self.assertIn("Letter 1", self.expect(0, "explain", "two.json", "--to", "bob@").stdout)
        self.expect(2, "explain", "two.json", "--to", "carol@")
        self.assertIn("Letter 2", self.expect(0, "explain", "two.json", "--list").stdout)
        self.assertNotEqual(self.expect(0, "explain", "two.json", "--limit", 1).stderr, "")

    def test_none_matches(self):
        self.file("many.json", several(5))
        result = self.expect(2, "explain", "many.json", "a letter that nobody wrote")
        self.assertEqual(result.stdout, "")
        self.assertIn("Letter 5", result.stderr)

    def test_a_shipped_scenario(self):
        self.assertNotEqual(self.expect(0, "explain", "post-office", "1", "--postal").stdout, "")


class OfAFinishedRun(CommandTest):
    def test_it_is_the_same_story(self):
        self.file("town.json", several(3))
        self.expect(0, "run", "town.json", "--seed", 11, "--replication", 2, "--out", "results")
        on_the_spot = self.expect(0, "explain", "town.json", "2", "--seed", 11, "--replication", 2)
        (self.folder / "town.json").unlink()
        of_the_run = self.expect(0, "explain", "--run", "results", "2")
        self.assertEqual(of_the_run.stdout, on_the_spot.stdout)
        self.assertEqual(of_the_run.stderr, "")

    def test_a_run_that_is_another_is_told(self):
        self.expect(0, "run", "-", "--out", "results", stdin=SMALLEST)
        record = self.folder / "results/run.json"
        record.write_text(record.read_text().replace('"seed": 1,', '"seed": 2,'))
        self.assertIn("fingerprint", self.expect(0, "explain", "--run", "results").stderr)

    def test_what_is_no_run(self):
        self.assertIn("no such directory", self.expect(4, "explain", "--run", "results").stderr)
        (self.folder / "results").mkdir()
        self.assertIn("run.json", self.expect(4, "explain", "--run", "results").stderr)
        for text in ("", "[]", "{}", '{"postopolis_run": 1, "seed": "x"}'):
            (self.folder / "results/run.json").write_text(text)
            self.expect(4, "explain", "--run", "results")

    def test_arguments_that_do_not_go_together(self):
        self.expect(2, "explain")
        self.expect(2, "explain", "--run", "results", "town.json", "2")
        self.expect(2, "explain", "--run", "results", "--seed", "2")

    def test_what_others_do_between_the_same_hosts_is_not_told(self):
        # Each connection that a host opens for a letter belongs to that letter's story alone.
        people = [f"p{n}" for n in range(10)]
        self.file("busy.json", {
            "postopolis": 1, "domains": {"a.example": {"people": people}, "b.example": {"people": ["bob"]}},
            "letters": [{"from": f"{p}@a.example", "to": "bob@b.example", "at": f"{10 * n}ms"}
                        for n, p in enumerate(people)]})
        for number in range(1, 11):
            story = self.expect(0, "explain", "busy.json", str(number)).stdout
            self.assertEqual(len(re.findall(r"connects to\s+mail\.b\.example\s+\(port\s+25\)", story)), 1, story)


if __name__ == "__main__":
    main()
