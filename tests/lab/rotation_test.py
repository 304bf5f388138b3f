#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Results put aside by size and by time: each piece is a whole file, and together they are the results, each once."""
import ipaddress
import os
import re
import signal
import subprocess
import time

import harness
import netns
import portolan
import readers
import services

PREFIX = "127.1.0.0/21"  # every address of 127.0.0.0/8 is the machine itself, and its port 80 is open
TRUE = {(str(a), "tcp", 80) for a in ipaddress.ip_network(PREFIX)}
BY_SIZE = re.compile(r"x-(\d{5})(\.[a-z]+)")
BY_TIME = re.compile(r"\d{6}-\d{6}-x(?:-\d{5})?(\.[a-z]+)")


def setUpModule():
    global machine
    machine = netns.Namespace("machine")
    services.listeners(machine, tcp=[80])
    machine.nft("table inet silent { chain in { type filter hook input priority 0; tcp dport 81 drop; }; }\n")


class Rotation(harness.Case):
    def setUp(self):
        self.folder = f"/run/lab/{self.id().rsplit('.', 1)[1]}"
        self.aside = f"{self.folder}/aside"
        os.makedirs(self.aside)
        self.words = [*readers.outputs(f"{self.folder}/x"), "--rotate-dir", self.aside]

    def scan(self, *words, targets=(PREFIX, "-p80")):
        done = machine.capture(portolan.BINARY, "scan", *targets, "--checkpoint", "off", *self.words, *words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def pieces(self, pattern, ending):
        """Names in their order; one that is neither the form's nor another's would be a mistake."""
        for name in os.listdir(self.aside):
            self.assertRegex(name, pattern)
        return sorted(name for name in os.listdir(self.aside) if name.endswith(ending))

    def check_together(self, pattern, also=()):
        for ending, read in readers.READERS.items():
            names = [f"{self.aside}/{n}" for n in self.pieces(pattern, ending)] + [f"{self.folder}/{n}{ending}"
                                                                                 for n in also]
            found = [result for name in names for result in read(name)]
            self.assert_same(set(found), TRUE, ending)
            self.assertEqual(len(found), len(TRUE), f"{ending}: each once")

    def test_by_size(self):
        self.scan("--rate", "3k", "--wait", "1", "--rotate-size", "16k")
        self.check_together(BY_SIZE, also=["x"])
        self.assertGreaterEqual(len(self.pieces(BY_SIZE, ".json")), 3)
        first = [name for name in self.pieces(BY_SIZE, ".list") if "00000" in name]
        self.assertEqual(len(first), 1, "numbers begin at 0")

    def test_by_time(self):
        self.scan("--rate", "1k", "--wait", "1", "--rotate", "1")
        self.check_together(BY_TIME)
        for ending in readers.READERS:
            self.assertGreaterEqual(len(self.pieces(BY_TIME, ending)), 2, ending)
            self.assertFalse(os.path.exists(f"{self.folder}/x{ending}"), "the last piece is put aside too")

    def test_by_time_when_nothing_arrives(self):
        self.scan("--wait", "3", "--rotate", "1", targets=["127.0.0.1", "-p81"])
        for ending, read in readers.READERS.items():
            names = self.pieces(BY_TIME, ending)
            self.assertGreaterEqual(len(names), 2, ending)
            for name in names:
                self.assertEqual(read(f"{self.aside}/{name}"), [], name)

    def test_compressed(self):
        self.scan("--rate", "3k", "--wait", "1", "--rotate", "1", "--rotate-zstd")
        names = os.listdir(self.aside)
        self.assertTrue(names)
        for name in names:
            self.assertTrue(name.endswith(".zst"), name)
            subprocess.run(["zstd", "--test", "--quiet", f"{self.aside}/{name}"], check=True)
            subprocess.run(["zstd", "--decompress", "--quiet", "--rm", f"{self.aside}/{name}"], check=True)
        self.check_together(BY_TIME)

    def test_killed_between_pieces(self):
        process = machine.popen(portolan.BINARY, "scan", PREFIX, "-p80", "--checkpoint", "off", *self.words, "--rate",
                                "1k", "--rotate-size", "8k", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        # The smallest form has a piece last; SQLite's log is not counted, so that it need not have one.
        while not any(name.endswith(".bin") for name in os.listdir(self.aside)) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        portolan.wait_for_scribes()
        for ending, read in readers.READERS.items():
            names = [f"{self.aside}/{n}" for n in self.pieces(BY_SIZE, ending)]
            if ending != ".sqlite":
                self.assertGreater(len(names), 0, ending)
            last = f"{self.folder}/x{ending}"
            found = [r for name in names + [last] * os.path.exists(last) for r in read(name)]
            self.assertLessEqual(set(found), TRUE, ending)
            self.assertEqual(len(found), len(set(found)), f"{ending}: each once")


harness.main(__name__)
