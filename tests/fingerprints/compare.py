#!/usr/bin/python3
"""Checks that two builds of the command play the same run: `compare.py COMMAND COMMAND SCENARIO...`.

Each scenario is run by both with --json. Their fingerprints must be equal, and so must all that they report but
how long they took. An exit code of 1, which says that an `expect` is not met, is a failure here as any other.
"""
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# What is of the machine and not of the run.
NOT_OF_THE_RUN = {"wall_seconds", "elapsed_s", "events_per_second", "version", "peak_memory_octets"}


def report(command, scenario):
    result = subprocess.run([command, "run", scenario, "--json"], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return f"exit code {result.returncode}: {result.stderr.strip()[-2000:]}", None
    figures = json.loads(result.stdout)
    return None, {key: value for key, value in figures.items() if key not in NOT_OF_THE_RUN}


def judge(first, second, scenario):
    """A line to print, and whether it is good."""
    reports = []
    for command in (first, second):
        error, figures = report(command, scenario)
        if error:
            return f"{command} {scenario}: {error}", False
        reports.append(figures)
    one, other = reports
    if not one.get("fingerprint"):
        return f"{scenario}: no fingerprint", False
    if one != other:
        keys = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
        return f"{scenario}: differs in {', '.join(keys)}", False
    return f"{one['fingerprint']}  {Path(scenario).stem}", True


def main():
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    first, second, *scenarios = sys.argv[1:]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda scenario: judge(first, second, scenario), scenarios))
    for line, _ in verdicts:
        print(line)
    good = sum(good for _, good in verdicts)
    print(f"{good} of {len(verdicts)} scenarios have one fingerprint in both builds")
    return 0 if good == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
