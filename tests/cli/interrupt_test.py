"""^C ends a run cleanly and keeps what is done."""
import csv
import json
import os
import signal
import subprocess
import time

from command import COMMAND, LONG, CommandTest, main


class Interrupt(CommandTest):
    def interrupted(self, signal_number, *arguments):
        self.file("long.json", LONG)
        with subprocess.Popen([COMMAND, "run", "long.json", *arguments], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            # Sanitizers make a slow start; the record's first file shows that the run is on its way.
            limit = time.monotonic() + 60
            while not (self.folder / "results/scenario.json").exists() and time.monotonic() < limit:
                time.sleep(0.05)
            time.sleep(0.5)
            self.assertIsNone(process.poll(), "it ended before it was interrupted")
            process.send_signal(signal_number)
            out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        return out, err

    def test_what_was_done_is_kept(self):
        for number, threads in ((signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGINT, 2)):
            out, err = self.interrupted(number, "-j", str(threads), "--json", "--out", "results", "--export", "json,csv,jsonl", "--force")
            self.assertIn("interrupted", err)
            figures = json.loads(out)
            self.assertTrue(figures["interrupted"])
            self.assertTrue(figures["balanced"])
            self.assertEqual(figures["expect"], [])
            self.assertFalse(list((self.folder / "results").glob("*.part")))
            with open(self.folder / "results/copies.csv", newline="", encoding="utf-8") as rows:
                self.assertEqual(len(list(csv.DictReader(rows))), figures["copies"])
            self.assertEqual(json.loads((self.folder / "results/summary.json").read_text())["fingerprint"],
                             figures["fingerprint"])
            # The same run, as far as it came: no warning of another fingerprint.
            story = self.expect(0, "explain", "--run", "results", "1")
            self.assertEqual(story.stderr, "")
            self.assertIn("ann@a.example", story.stdout)

    def test_nothing_watches_and_nothing_is_drawn(self):
        _, err = self.interrupted(signal.SIGINT, "--out", "results")
        self.assertNotIn("\r", err)


class Progress(CommandTest):
    def test_a_terminal_is_shown_how_far_it_is_and_left_clean(self):
        self.file("long.json", LONG)
        master, slave = os.openpty()
        with subprocess.Popen([COMMAND, "run", "long.json", "--json"], cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=slave, env={**os.environ, "TERM": "xterm"}) as process:
            os.close(slave)
            time.sleep(2)
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        shown = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(master)
        lines = shown.decode().split("\r")
        self.assertGreater(len(lines), 3)
        self.assertLess(len(lines), 60)  # at most ten a second
        self.assertIn("%", lines[1])
        self.assertIn("events", lines[1])
        self.assertIn("\r\x1b[K", shown.decode())


if __name__ == "__main__":
    main()
