#!/usr/bin/env python3
"""scripts/check_layout finds what it is for, on small trees with one fault each; and finds none in a tree that is right."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECK = os.path.join(ROOT, "scripts", "check_layout")


class Layout(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="quipu-layout-")
        self.addCleanup(shutil.rmtree, self.dir)

    def write(self, path, text):
        path = os.path.join(self.dir, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def compile(self, path):
        """As CMake puts objects beside each other: build/<folder>/CMakeFiles/<target>.dir/<file>.o"""
        top, rest = path.split("/", 1)
        out = os.path.join(self.dir, "build", top, "CMakeFiles", "quipu_%s.dir" % top, rest + ".o")
        os.makedirs(os.path.dirname(out), exist_ok=True)
        subprocess.run(["cc", "-c", os.path.join(self.dir, path), "-o", out], check=True)

    def check(self, *words):
        done = subprocess.run([sys.executable, CHECK, *words, self.dir], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def assert_offends(self, *parts):
        status, text = self.check()
        self.assertEqual(status, 1, text)
        for part in parts:
            self.assertIn(part, text)

    def test_a_tree_whose_includes_all_go_to_the_left_is_right(self):
        self.write("base/slice.h", "")
        self.write("executor/sets/row.h", '#include "base/slice.h"\n#include "executor/shards/link.h"\n')
        self.write("server/client/client.c", '#include "executor/sets/row.h"\n#include <stdio.h>\n')
        self.write("tools/load.c", '#include "net/stream.h"\n')
        self.assertEqual(self.check()[0], 0)

    def test_an_include_to_the_right_offends(self):
        self.write("executor/sets/row.c", '#include "executor/datasets/definitions.h"\n')
        self.assert_offends("executor/sets/row.c", "executor/datasets/definitions.h", "stands before")

    def test_an_include_of_a_folder_on_another_way_offends(self):
        self.write("server/proxy/fan.c", '#include "columns/index.h"\n')
        self.assert_offends("server/proxy/fan.c", "has no business with")

    def test_tools_do_not_include_the_planner(self):
        self.write("tools/load.c", '#include "planner/bind.h"\n')
        self.assert_offends("tools/load.c")

    def test_an_include_from_below_offends(self):
        self.write("net/stream.c", '#include "../base/slice.h"\n')
        self.assert_offends("written from the top")

    def test_a_symbol_to_the_right_offends_though_nothing_is_included(self):
        self.write("base/slice.c", "int plan_build(void); int slice_cut(void); int slice_cut(void) { return plan_build(); }\n")
        self.write("planner/plan.c", "int plan_build(void); int plan_build(void) { return 1; }\n")
        self.compile("base/slice.c")
        self.compile("planner/plan.c")
        self.assert_offends("base/slice.c", "uses plan_build of planner/plan.c")

    def test_a_symbol_to_the_left_does_not(self):
        self.write("base/slice.c", "int slice_cut(void); int slice_cut(void) { return 1; }\n")
        self.write("planner/plan.c", "int slice_cut(void); int plan_build(void); int plan_build(void) { return slice_cut(); }\n")
        self.compile("base/slice.c")
        self.compile("planner/plan.c")
        self.assertEqual(self.check()[0], 0)

    def test_a_circle_in_one_folder_offends_unless_its_readme_names_it(self):
        self.write("columns/chunk.h", '#include "columns/index.h"\n')
        self.write("columns/index.h", "")
        self.write("columns/index.c", '#include "columns/chunk.h"\n')
        self.assert_offends("columns: a circle", "chunk index")
        self.write("columns/README.md", "Together: `chunk`, `index`: a chunk is a part of the index, and knows its memory.\n")
        self.assertEqual(self.check()[0], 0)

    def test_a_plan_says_what_would_hold(self):
        self.write("server/glob.c", "")
        self.write("planner/bind.c", '#include "server/glob.h"\n')
        self.assertEqual(self.check()[0], 1)
        self.write("plan", "server/glob base/glob\n")
        self.assertEqual(self.check("--plan", os.path.join(self.dir, "plan"))[0], 0)

    def test_a_build_without_objects_is_an_error(self):
        self.write("base/slice.c", "")
        os.makedirs(os.path.join(self.dir, "build"))
        status, text = self.check()
        self.assertNotEqual(status, 0)
        self.assertIn("build first", text)


if __name__ == "__main__":
    unittest.main()
