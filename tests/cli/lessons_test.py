"""The lessons as a person takes them: each asks, predicts, runs, shows its trials beside it, and tells why."""
import json
import re
import shlex
from pathlib import Path

from command import CommandTest, main, smallest

SUBJECTS = ["postal", "routing", "queueing", "bounces", "loops", "access", "lists", "history"]


class Lessons(CommandTest):
    def listed(self):
        return json.loads(self.expect(0, "lessons", "--json").stdout)["lessons"]

    def test_the_list_has_every_file_by_subject(self):
        lessons = self.listed()
        names = [lesson["name"] for lesson in lessons]
        shelf = Path(lessons[0]["file"]).parent
        self.assertEqual(sorted(names), sorted(p.stem for p in shelf.glob("*.json")))
        self.assertEqual(sorted(names), self.expect(0, "lessons", "--names").stdout.split())
        self.assertFalse(set(names) & set(self.expect(0, "scenarios", "--names").stdout.split()))
        places = [SUBJECTS.index(lesson["subject"]) for lesson in lessons]
        self.assertEqual(places, sorted(places))
        text = self.expect(0, "lessons").stdout
        for lesson in lessons:
            self.assertRegex(text, rf"(?m)^  {re.escape(lesson['name'])} +{re.escape(lesson['title'])}$")

    def test_each_can_be_taken(self):
        for lesson in self.listed():
            with self.subTest(lesson["name"]):
                taken = self.expect(0, "lesson", lesson["name"], "--answer", lesson["answer"], "--width", 100)
                self.assertEqual(taken.stderr, "")
                text = " ".join(taken.stdout.split())
                self.assertIn(" ".join(lesson["question"].split()), text)
                self.assertIn("Answer " + f"{lesson['answer']}. {lesson['choices'][lesson['answer'] - 1]} As you predicted.", text)
                self.assertIn(" ".join(lesson["reason"].split()), text)
                self.assertNotIn("not met", text)
                for command in re.findall(r"(?m)^  postopolis (explain .*)$", taken.stdout):
                    self.expect(0, *shlex.split(command))

    def test_a_trial_beside_it_is_the_run_with_that_changed(self):
        text = self.expect(0, "lesson", "polling", "--no-wait").stdout
        delays = re.search(r"(?m)^  mean delay +(.*)$", text)[1]
        for column, changed in zip(re.split(r"  +", delays), ([], ["--set", "looks=1m"], ["--set", "looks=1h"])):
            run = self.run_command("run", "polling", *changed, "--json")
            mean = json.loads(run.stdout)["delay"]["mean"]
            units = {"s": 1, "min": 60, "h": 3600}
            shown = sum(float(n) * units[u] for n, u in re.findall(r"([0-9.]+) (s|min|h)", column))
            self.assertAlmostEqual(shown, mean, delta=max(1, 0.01 * mean))

    def test_predictions(self):
        take = ("lesson", "down-an-hour")
        self.assertIn("You predicted 1.", self.expect(0, *take, stdin="1\n").stdout)
        self.assertIn("As you predicted.", self.expect(0, *take, stdin=" 3.\n").stdout)
        wrong = self.expect(0, *take, stdin="five\n99\n0\n-1\n3x\n3\n")
        self.assertEqual(wrong.stderr.count("Your prediction"), 6)
        self.assertIn("As you predicted.", wrong.stdout)
        for none in ("\n", ""):
            self.assertNotIn("predicted", self.expect(0, *take, stdin=none).stdout)
        self.assertNotIn("Your prediction", self.expect(0, *take, "--no-wait").stderr)
        # The question is asked before anything is given away.
        self.assertLess(wrong.stdout.index("Question"), wrong.stdout.index("Answer"))
        self.assertNotIn("Answer", wrong.stdout[:wrong.stdout.index("Fingerprint")])

    def test_story_and_appearance(self):
        self.assertIn("The story of message 1", self.expect(0, "lesson", "null-mx", "--no-wait", "--story").stdout)
        plain = self.expect(0, "lesson", "polling", "--no-wait", "--ascii", "--width", 60).stdout
        self.assertTrue(plain.isascii())
        self.assertLessEqual(max(map(len, plain.split("To play with")[0].splitlines())), 60)

    def test_a_file_of_ones_own(self):
        lesson = {"subject": "postal", "question": "How many?", "choices": ["None", "One"], "answer": 2, "reason": "As seen."}
        self.file("mine.json", smallest(lesson=lesson))
        self.assertIn("As seen.", self.expect(0, "lesson", "mine.json", "--no-wait").stdout)
        self.file("failed.json", smallest(lesson=lesson, expect=[{"fate": {"lost": 1}}]))
        self.assertIn("not met", self.expect(1, "lesson", "failed.json", "--no-wait").stdout)
        self.file("wrong-trial.json", smallest(lesson={**lesson, "try": {"what": "Else", "set": "run.for=soon"}}))
        self.assertIn("run.for", self.expect(3, "lesson", "wrong-trial.json", "--no-wait").stderr)

    def test_what_is_no_lesson(self):
        self.assertIn("no lesson", self.expect(2, "lesson", "post-office").stderr)
        self.assertIn("did you mean down-an-hour?", self.expect(4, "lesson", "down-an-our").stderr)
        self.assertIn("4 to choose", self.expect(2, "lesson", "mx-preference", "--answer", 5).stderr)
        for bad in ("0", "-1", "two", "1.5", "101"):
            self.expect(2, "lesson", "mx-preference", "--answer", bad)
        (self.folder / "shelf/lessons").mkdir(parents=True)
        lesson = {"subject": "lists", "question": "?", "choices": ["a", "b"], "answer": 1, "reason": "!"}
        self.file("shelf/lessons/good.json", smallest(title="The good one", lesson=lesson))
        self.file("shelf/lessons/bad.json", smallest(lesson={**lesson, "answer": 3}))
        shelf = self.expect(3, "lessons", env={"POSTOPOLIS_SCENARIOS": str(self.folder / "shelf")})
        self.assertIn("/lesson/answer", shelf.stderr)
        self.assertIn("The good one", shelf.stdout)
        empty = {"POSTOPOLIS_SCENARIOS": str(self.folder)}
        self.assertIn("POSTOPOLIS_SCENARIOS", self.expect(4, "lessons", env=empty).stderr)


if __name__ == "__main__":
    main()
