#!/usr/bin/env python3
"""Checks the checker: each seeded violation is found where it stands, and clean trees pass."""
import tempfile
import unittest
from pathlib import Path

import check_layers

MAP = "kernel: \nmail: \nnet: kernel\nnodes: net;mail\nscenario: nodes\nmetrics: scenario\n"


class Seeded(unittest.TestCase):
    def found(self, path, line, text=MAP):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "map").write_text(text)
            file = root / path
            file.parent.mkdir(parents=True)
            file.write_text("#pragma once\n// nothing wrong here\n" + line + "\n")
            violations, files = check_layers.check(root / "map", root)
            self.assertEqual(files, 1)
            return violations

    def refused(self, path, line):
        violations = self.found(path, line)
        self.assertEqual(len(violations), 1, violations)
        self.assertTrue(violations[0].startswith(f"{path}:3:"), violations)

    def passes(self, path, line):
        self.assertEqual(self.found(path, line), [])

    def test_include_that_points_up(self):
        self.refused("sim/kernel/a.cpp", '#include "postopolis/net/path.hpp"')
        self.refused("include/postopolis/kernel/a.hpp", '#  include "postopolis/nodes/town.hpp"')

    def test_include_that_points_sideways(self):
        self.refused("sim/mail/a.cpp", '#include "postopolis/net/path.hpp"')

    def test_include_of_what_a_dependency_depends_on(self):
        self.passes("sim/scenario/a.cpp", '#include "postopolis/kernel/time.hpp"')

    def test_private_headers(self):
        self.passes("sim/net/a.cpp", '#include "net/parcel.hpp"')
        self.refused("sim/nodes/a.cpp", '#include "net/parcel.hpp"')
        self.refused("include/postopolis/net/a.hpp", '#include "net/parcel.hpp"')

    def test_third_party_headers(self):
        self.passes("sim/net/a.cpp", "#include <boost/graph/adjacency_list.hpp>")
        self.refused("sim/net/a.hpp", "#include <boost/graph/adjacency_list.hpp>")
        self.refused("sim/nodes/a.cpp", "#include <boost/graph/adjacency_list.hpp>")
        self.passes("sim/metrics/a.cpp", "#include <nlohmann/json.hpp>")
        self.refused("include/postopolis/metrics/a.hpp", "#include <nlohmann/json.hpp>")
        self.refused("sim/nodes/a.cpp", "#include <nlohmann/json.hpp>")
        self.refused("sim/nodes/a.cpp", "#include <curl/curl.h>")

    def test_operating_system(self):
        self.passes("sim/metrics/a.cpp", "#include <unistd.h>")
        self.refused("sim/net/a.cpp", "#include <thread>")
        self.refused("sim/kernel/a.cpp", "#include <thread>")
        self.passes("sim/kernel/crew.hpp", "#include <thread>")
        self.refused("sim/net/crew.hpp", "#include <thread>")
        self.refused("sim/kernel/crew.hpp", "#include <unistd.h>")

    def test_randomness_from_elsewhere(self):
        self.refused("sim/nodes/a.cpp", "std::uniform_int_distribution<int> d(1, 6);")
        self.refused("sim/scenario/a.cpp", "std::random_device entropy;")
        self.refused("sim/metrics/a.cpp", "std::mt19937 engine;")
        self.refused("sim/nodes/a.cpp", "int x = rand();")
        self.passes("sim/nodes/a.cpp", "int operand(int brand); // std::random_device")

    def test_wall_clock(self):
        self.refused("sim/kernel/a.cpp", "auto t = std::chrono::steady_clock::now();")
        self.passes("sim/metrics/a.cpp", "auto t = std::chrono::steady_clock::now();")
        self.passes("sim/kernel/a.cpp", 'const char* s = "std::chrono::steady_clock::now()";')

    def test_module_that_is_not_on_the_map(self):
        self.assertIn("not on the map", self.found("sim/gadgets/a.cpp", "")[0])

    def test_map_with_a_ring(self):
        with self.assertRaisesRegex(SystemExit, "ring"):
            self.found("sim/a/a.cpp", "", "a: b\nb: c\nc: a\n")

    def test_map_with_a_hole(self):
        with self.assertRaisesRegex(SystemExit, "no module 'b'"):
            self.found("sim/a/a.cpp", "", "a: b\n")


if __name__ == "__main__":
    unittest.main()
