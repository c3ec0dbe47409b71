#!/usr/bin/env python3
"""Checks that the sources keep to the map of modules: `check_layers.py MAP SOURCE_DIR`.

MAP is what CMake was told: lines "module: dependency dependency". Refused are includes of a module that is not
among a module's dependencies (theirs included), of another module's private headers, and of third-party headers
where they don't belong; and in model code everything that would make two runs of one seed differ. Prints each
violation as file:line and exits with 1 if there is any. It reads text, not C++: what macros hide it does not see.
"""
import re
import sys
from pathlib import Path

# Who may include a third-party header, by its beginning: modules, and whether in headers of sim/ too.
# In public headers none may: who uses the library need not have them.
EVERY = None
THIRD_PARTY = [
    ("Random123/", {"kernel"}, False),
    ("boost/graph/", {"net"}, False),
    ("boost/", EVERY, False),
    ("expat.h", {"net"}, False),
    ("fmt/", EVERY, False),
    ("nlohmann/", {"scenario", "metrics", "experiment"}, True),
    ("valijson/", {"scenario"}, False),
    ("sqlite3.h", {"metrics", "experiment"}, True),
]
# The operating system is met where results are kept and runs are spread over processors, never in the model.
POSIX = {"unistd.h", "fcntl.h", "iconv.h", "csignal", "thread", "future", "sys/stat.h"}
MEETS_SYSTEM = {"metrics", "experiment"}
# Those who compute a divided run: in one place, of which the run knows nothing.
CREW = ("kernel", {"crew.hpp", "crew.cpp"})

# The standard library's distributions differ between implementations, its engines invite global state.
RANDOM = [
    (r"\bstd::\w+_distribution\b", "draw from kernel::Stream: std distributions differ between libraries"),
    (r"\b(std::)?random_device\b", "no entropy from outside: streams are keyed by seed and name"),
    (r"\bstd::(mt19937\w*|minstd_rand0?|default_random_engine)\b", "draw from kernel::Stream"),
    (r"\b(std::)?s?rand\s*\(", "draw from kernel::Stream"),
]
CLOCK = [
    (r"_clock::now\b|\b(gettimeofday|clock_gettime)\b|\bstd::time\s*\(", "no wall clock in the model"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# A string or a comment, whichever begins first; raw strings are few and hold no code.
NOISE = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|//[^\n]*|/\*.*?\*/', re.S)


def read_map(path):
    direct = {}
    for line in Path(path).read_text().splitlines():
        if ":" in line:
            name, dependencies = line.split(":", 1)
            direct[name.strip()] = set(dependencies.replace(";", " ").split())
    return direct


def closure(direct):
    """All that each module stands on. A ring of modules is an error of the map itself."""
    known = {}

    def below(name, way):
        if name in way:
            raise SystemExit(f"the map has a ring: {' -> '.join([*way, name])}")
        if name not in direct:
            raise SystemExit(f"the map has no module {name!r}, which {way[-1]} depends on")
        if name not in known:
            known[name] = set().union(*(below(d, [*way, name]) for d in sorted(direct[name])), direct[name])
        return known[name]

    for name in direct:
        below(name, [])
    return known


class Checker:
    def __init__(self, allowed, root):
        self.allowed = allowed
        self.root = Path(root)
        self.found = []

    def report(self, path, line, text):
        self.found.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def check_include(self, path, line, module, public, quoted, name):
        parts = name.split("/")
        if quoted:
            private = parts[0] != "postopolis"
            other = parts[0] if private else parts[1]
            if other not in self.allowed:
                self.report(path, line, f'"{name}" is of no module')
            elif other != module and other not in self.allowed[module]:
                self.report(path, line, f"{module} may not use {other}: it is not among its DEPENDS")
            elif private and (public or other != module):
                self.report(path, line, f'"{name}" is private to {other}')
            return
        for prefix, modules, headers in THIRD_PARTY:
            if name.startswith(prefix):
                in_source = path.suffix == ".cpp" or (headers and not public)
                if not in_source or (modules is not EVERY and module not in modules):
                    self.report(path, line, f"<{name}> may not be seen here")
                return
        if name in POSIX:
            in_crew = name == "thread" and module == CREW[0] and path.name in CREW[1] and not public
            in_charsets = name == "iconv.h" and module == "mail" and path.name == "charset.cpp"  # tables, no state
            if module not in MEETS_SYSTEM and not in_crew and not in_charsets:
                self.report(path, line, f"<{name}>: {module} may not meet the operating system")
        elif "/" in name or "." in name:
            self.report(path, line, f"<{name}> is of no library that the project names")

    def check_file(self, path, module, public):
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if match := INCLUDE.match(line):
                self.check_include(path, number, module, public, match[1] == '"', match[2])
        code = NOISE.sub(lambda m: "\n" * m[0].count("\n"), text)
        rules = RANDOM if module in MEETS_SYSTEM else RANDOM + CLOCK
        for number, line in enumerate(code.splitlines(), 1):
            for pattern, why in rules:
                if re.search(pattern, line):
                    self.report(path, number, f"{line.strip()}: {why}")
        if public and "#pragma once" not in text:
            self.report(path, 1, "no #pragma once")

    def check_tree(self):
        files = 0
        for base, public in ((self.root / "sim", False), (self.root / "include" / "postopolis", True)):
            for path in sorted([*base.rglob("*.cpp"), *base.rglob("*.hpp")]):
                module = path.relative_to(base).parts[0]
                files += 1
                if module in self.allowed:
                    self.check_file(path, module, public)
                else:
                    self.report(path, 1, f"{module} is not on the map")
        return files


def check(map_path, root):
    """The violations, and how many files were read."""
    checker = Checker(closure(read_map(map_path)), root)
    files = checker.check_tree()
    return checker.found, files


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    found, files = check(sys.argv[1], sys.argv[2])
    for violation in found:
        print(violation)
    print(f"{files} files, {len(found)} violations")
    if files == 0:
        raise SystemExit("no files to check")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
