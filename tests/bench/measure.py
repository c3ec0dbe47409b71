#!/usr/bin/env python3
"""Measures whole runs of the command and the kernel's benchmarks, prints a table, and writes a JSON file.

    measure.py PROGRAM SOURCE_DIR OUTPUT.json [BENCHMARK_PROGRAM ...]

What is compared is measured in turns, and the median of three is given. Memory is the slope between two sizes, so that
the program's own is left out.
"""
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TURNS = 3


def run(program, scenario, *options):
    """One run: seconds, peak resident octets, and the figures of its --json."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen([program, "run", scenario, "--json", *options], stdin=subprocess.DEVNULL, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{scenario} {' '.join(options)}: exit code {process.returncode}")
        out.seek(0)
        return seconds, usage.ru_maxrss * 1024, json.load(out)


def speed(program, scenario, *options):
    turns = [run(program, scenario, *options) for _ in range(TURNS)]
    seconds = statistics.median(t[0] for t in turns)
    figures = turns[0][2]
    return {
        "seconds": seconds,
        "peak_octets": turns[0][1],
        "letters": figures["letters"],
        "events_per_s": figures["events_processed"] / seconds,
        "messages_per_s": figures["messages"] / seconds,
        "transfers_per_s": figures["transfers"] / seconds,
        "mean_delay_s": figures["delay"]["mean"],
    }


def town(domains, people, **members):
    return {"postopolis": 1, "run": {"for": "1h"}, "generate": {"domains": domains, "name": "d{n}.example",
            "people": {"count": people}}, "people": {"*": {"reads": False}}, **members}


def letters(count, to):
    return {"traffic": {"from": "user1@d1.example", "to": to, "size": "1kB", "limit": count,
                        "arrivals": {"every": "1ms"}}}


def slope(program, folder, small, large, difference):
    sizes = []
    for scenario in (small, large):
        path = folder / "town.json"
        path.write_text(json.dumps(scenario))
        sizes.append(run(program, str(path))[1])
    return (sizes[1] - sizes[0]) / difference


def memory(program):
    nowhere = {"faults": {"host": "mail.d2.example", "down": True}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {
            "octets_per_domain": slope(program, folder, town(10_000, 1), town(110_000, 1), 100_000),
            "octets_per_mailbox": slope(program, folder, town(1000, 10), town(1000, 1010), 1_000_000),
            "octets_per_message_stored": slope(program, folder, town(2, 1, **letters(1000, "user1@d2.example")),
                                               town(2, 1, **letters(21_000, "user1@d2.example")), 20_000),
            "octets_per_message_in_a_queue": slope(
                program, folder, town(2, 1, **letters(1000, "user1@d2.example"), **nowhere),
                town(2, 1, **letters(21_000, "user1@d2.example"), **nowhere), 20_000),
        }


def microbenchmarks(programs):
    results = {}
    for program in programs:
        done = subprocess.run([program, "--benchmark_format=json"], stdout=subprocess.PIPE, check=True)
        for one in json.loads(done.stdout)["benchmarks"]:
            if one.get("run_type") == "aggregate" and one.get("aggregate_name") != "median":
                continue
            scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[one["time_unit"]]
            results[one["name"].removesuffix("_median")] = {
                "seconds": one["cpu_time"] * scale,
                **{k: v for k, v in one.items() if k.endswith("/s") or k == "items_per_second"}}
    return results


def processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def count(x):
    for unit, name in ((1e6, " M"), (1e3, " k")):
        if x >= unit:
            return f"{x / unit:.3g}{name}"
    return f"{x:.3g}"


def main():
    program, sources, output, *benchmarks = sys.argv[1:]
    scenarios = Path(sources) / "scenarios"
    results = {
        "machine": {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform()},
        "benchmarks": microbenchmarks(benchmarks),
        "runs": {
            "relay": speed(program, str(scenarios / "bench/relay.json")),
            "relay, in full": speed(program, str(scenarios / "bench/relay.json"), "--dialogue", "full"),
            "relay, 10,000 hosts": speed(program, str(scenarios / "bench/relay_wide.json")),
            "the same, -j 2": speed(program, str(scenarios / "bench/relay_wide.json"), "-j", "2"),
            "campus": speed(program, str(scenarios / "campus.json")),
            "million mailboxes": speed(program, str(scenarios / "bench/million.json")),
            # The same load per domain: how the time of a letter and the memory grow.
            **{f"nation, {n:,} domains": speed(program, str(scenarios / "bench/nation.json"), "--set", f"domains={n}",
                                               "--set", f"people={10 * n}") for n in (1000, 10_000)},
        },
        "memory": memory(program),
    }
    print(f"{results['machine']['processor']}, {results['machine']['cores']} cores\n")
    for name, one in results["benchmarks"].items():
        rates = ", ".join(f"{count(v)} {k.replace('items_per_second', 'events/s')}" for k, v in one.items() if k != "seconds")
        print(f"{name:40} {rates or count(one['seconds']) + ' s'}")
    print(f"\n{'run':24} {'seconds':>8} {'letters':>9} {'events/s':>9} {'messages/s':>11} {'transfers/s':>12} {'peak MB':>8}")
    for name, one in results["runs"].items():
        print(f"{name:24} {one['seconds']:8.2f} {one['letters']:9,} {count(one['events_per_s']):>9} "
              f"{count(one['messages_per_s']):>11} {count(one['transfers_per_s']):>12} {one['peak_octets'] / 1e6:8.0f}")
    print()
    for name, octets in results["memory"].items():
        print(f"{name.replace('_', ' '):40} {octets:8.0f}")
    Path(output).write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nAll of it is in {output}.")


if __name__ == "__main__":
    main()
