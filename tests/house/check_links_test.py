#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Links a room to one outside its row, and expects the configuration to stop (cmake/PortolanRoom.cmake)."""
import pathlib
import subprocess
import tempfile
import unittest

CMAKE = pathlib.Path(__file__).resolve().parents[2] / "cmake"

# Header-only rooms and stand-ins for what they link: no compiler is needed, so a configuration takes no time.
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(house LANGUAGES NONE)
foreach(name fmt::fmt tl::expected Threads::Threads)
  add_library(${{name}} INTERFACE IMPORTED)
endforeach()
add_library(portolan_flags INTERFACE)
set(PORTOLAN_TESTS OFF)
include("{cmake}/PortolanRoom.cmake")
portolan_room(base)
portolan_room(addr)
{more}
portolan_check_links()
"""


class CheckLinks(unittest.TestCase):
    def configure(self, more):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for room in ("base", "addr", "scan"):
                (root / "src" / room).mkdir(parents=True)
            (root / "src" / "layers.txt").write_text("base:\naddr: base\nscan: addr\n", encoding="utf-8")
            (root / "CMakeLists.txt").write_text(PROJECT.format(cmake=CMAKE, more=more), encoding="utf-8")
            done = subprocess.run(["cmake", "-G", "Ninja", "-S", root, "-B", root / "build"], capture_output=True,
                                  text=True, check=False)
            return done.returncode, " ".join(done.stderr.split())

    def test_clean(self):
        self.assertEqual(self.configure("portolan_room(scan)"), (0, ""))

    def test_link_outside_the_row(self):
        status, words = self.configure(
            "portolan_room(scan)\ntarget_link_libraries(portolan_addr INTERFACE portolan_scan)")
        self.assertNotEqual(status, 0)
        self.assertIn("portolan_addr links portolan_scan, which its row in src/layers.txt does not name: addr: base",
                      words)

    def test_row_without_target(self):
        status, words = self.configure("")
        self.assertNotEqual(status, 0)
        self.assertIn("has a row for 'scan'", words)

    def test_target_without_row(self):
        status, words = self.configure("portolan_room(scan)\nportolan_room(ghost)")
        self.assertNotEqual(status, 0)
        self.assertIn("no row for the room 'ghost'", words)


if __name__ == "__main__":
    unittest.main()
