#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plants each kind of violation in a small tree and expects tools/check_layers to name it."""
import pathlib
import subprocess
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers"

# A clean house: three floors and a program above them.
CLEAN = {
    "src/layers.txt": "# remark\nbase:\naddr: base\nscan: base addr\n",
    "src/base/bytes.h": "#pragma once\n#include <cstdint>\n",
    "src/addr/ip.h": '#pragma once\n#include "base/bytes.h"\n',
    "src/addr/ip.cc": '#include "addr/ip.h"\n',
    "src/addr/ip_test.cc": '#include "addr/ip.h"\n#include "base/bytes.h"\n',
    "src/scan/scan.cc": '#include "addr/ip.h"\n',
    "apps/portolan/main.h": "#pragma once\n",
    "apps/portolan/main.cc": '#include "portolan/main.h"\n#include "main.h"\n#include "addr/ip.h"\n',
}


class CheckLayers(unittest.TestCase):
    def run_on(self, **changes):
        """The status and the lines printed for the clean tree with some files changed, added or (None) taken away."""
        files = dict(CLEAN, **changes)
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                if text is not None:
                    path = pathlib.Path(folder) / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
            done = subprocess.run([CHECK, folder], capture_output=True, text=True, check=False)
            return done.returncode, done.stdout.splitlines()

    def assert_refused(self, expected, **changes):
        status, lines = self.run_on(**changes)
        self.assertEqual(lines, [expected])
        self.assertEqual(status, 1)

    def test_clean(self):
        self.assertEqual(self.run_on(), (0, []))

    def test_include_outside_the_row(self):
        self.assert_refused(
            'src/addr/ip.cc:2: #include "scan/scan.h" is not allowed to addr by src/layers.txt:3: addr: base',
            **{"src/addr/ip.cc": '#include "addr/ip.h"\n#include "scan/scan.h"\n', "src/scan/scan.h": "#pragma once\n"})

    def test_the_row_is_not_transitive(self):
        self.assert_refused(
            'src/scan/scan.cc:1: #include "base/bytes.h" is not allowed to scan by src/layers.txt:4: scan: addr',
            **{"src/layers.txt": "# remark\nbase:\naddr: base\nscan: addr\n",
               "src/scan/scan.cc": '#include "base/bytes.h"\n'})

    def test_tests_keep_to_the_row_of_their_room(self):
        self.assert_refused(
            'src/base/bytes_test.cc:1: #include "addr/ip.h" is not allowed to base by src/layers.txt:2: base:',
            **{"src/base/bytes_test.cc": '#include "addr/ip.h"\n'})

    def test_room_below_itself(self):
        self.assert_refused("src/layers.txt:1: base names addr, which does not stand above it: base: addr",
                            **{"src/layers.txt": "base: addr\naddr: base\nscan: base addr\n"})

    def test_folder_without_row(self):
        self.assert_refused("src/layers.txt:1: the folder src/extra has no row", **{"src/extra/x.h": "#pragma once\n"})

    def test_row_without_folder(self):
        self.assert_refused("src/layers.txt:5: the row `ghost` has no folder src/ghost",
                            **{"src/layers.txt": CLEAN["src/layers.txt"] + "ghost: base\n"})

    def test_two_rows(self):
        self.assert_refused("src/layers.txt:5: addr has a row already, line 3",
                            **{"src/layers.txt": CLEAN["src/layers.txt"] + "addr: base\n"})

    def test_leaving_the_folder(self):
        self.assert_refused('apps/portolan/main.cc:1: #include "../other/x.h" leaves its folder; write "room/file.h"',
                            **{"apps/portolan/main.cc": '#include "../other/x.h"\n'})

    def test_without_the_room(self):
        self.assert_refused('src/addr/ip.cc:1: #include "ip.h": no such file; write "room/file.h"',
                            **{"src/addr/ip.cc": '#include "ip.h"\n'})

    def test_missing_file(self):
        self.assert_refused('apps/portolan/main.cc:1: #include "addr/none.h": no such file; write "room/file.h"',
                            **{"apps/portolan/main.cc": '  #  include "addr/none.h"\n'})

    def test_circle(self):
        self.assert_refused(
            "src/addr/mac.h:1: headers include each other: src/addr/ip.h -> src/addr/mac.h -> src/addr/ip.h",
            **{"src/addr/ip.h": '#include "addr/mac.h"\n', "src/addr/mac.h": '#include "addr/ip.h"\n'})

    def test_no_layers_file(self):
        self.assertEqual(self.run_on(**{"src/layers.txt": None})[0], 2)


if __name__ == "__main__":
    unittest.main()
