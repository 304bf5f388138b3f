#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A scan that is killed or stopped goes on where it was: nothing is lost, or asked again beyond the last checkpoint."""
import ipaddress
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import far_side
import harness
import portolan
import readers
from far_side import block

PREFIX = "10.210.0.0/18"
LONG_PREFIX, LONG_ENDS = "10.210.0.0/16", 200
TARGETS = 1 << 14
RATE = 2000


def setUpModule():
    global wire
    wire = far_side.Wire()


def covered(paused):
    """How many targets, in the order of the scan, the checkpoint says are done."""
    if not os.path.exists(paused):
        return 0
    with open(paused, encoding="utf-8") as file:
        return next(int(line.split("=")[1]) for line in file if line.startswith("#portolan index"))


def distinct(account):
    return sum(count for times, count in account["seen"].items() if times > 0)


class Resume(harness.Case):
    def start(self, prefix, paused, base, *words):
        """All formats at once; a resumed scan knows them from its checkpoint, and goes on in the same files."""
        command = [portolan.BINARY, "scan", *words, "--wait", "1", "--checkpoint-interval", "1", "--checkpoint", paused]
        if "--resume" not in words:
            command += [prefix, "-p80", "--rate", str(RATE), "--seed", "7", *readers.outputs(base)]
        return wire.scanner.popen(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def scan_with_ends(self, name, signals, pause, prefix=PREFIX):
        """Scans, ending each run by a signal after a while, until one comes to its end; then judges all of it.

        Gives how many runs were ended, how many probes were sent twice, and how many might have been.
        """
        paused, base = f"/run/lab/{name}.conf", f"/run/lab/{name}"
        targets = ipaddress.ip_network(prefix).num_addresses
        counter = wire.counter(block(prefix, 80, 80), open_every=3)
        ends = 0
        uncovered = 0  # probes at most that were sent before an end, and that the checkpoint then did not cover
        came_from, began = 0, time.monotonic()
        process = self.start(prefix, paused, base)
        while True:
            try:
                process.wait(pause())
                break
            except subprocess.TimeoutExpired:
                process.send_signal(next(signals))
                process.wait(10)
                ends += 1
                sent = min(targets, came_from + RATE * (time.monotonic() - began))
                came_from = covered(paused)
                uncovered += sent - came_from
            portolan.wait_for_scribes()
            readers.read_all(base)  # raises when one is not whole
            again = ["--resume", paused] if os.path.exists(paused) else []
            began = time.monotonic()
            process = self.start(prefix, paused, base, *again)
        self.assertEqual(process.returncode, 0)
        self.assertFalse(os.path.exists(paused), "a complete scan leaves no checkpoint")
        true = {(str(a), "tcp", 80) for a in ipaddress.ip_network(prefix) if counter.is_open(str(a), 80)}
        account = counter.stop()
        self.assertEqual(distinct(account), targets, "every target was asked")
        for ending, results in readers.read_all(base).items():
            self.assert_same(set(results), true, f"{ending}: found in all runs together")
        twice = account["probes"] - targets
        self.assertLessEqual(twice, uncovered, "asked again only what the checkpoint did not cover")
        return ends, twice, uncovered

    def test_stopped(self):
        signals = iter([signal.SIGTERM, signal.SIGINT, signal.SIGHUP] * 9)
        ends, _, _ = self.scan_with_ends("stopped", signals, lambda: 2.5)
        self.assertGreater(ends, 0, "no run was ended: this test would prove nothing")

    def test_killed(self):
        chance = random.Random(5)
        endless = iter(lambda: signal.SIGKILL, None)
        ends, _, _ = self.scan_with_ends("killed", endless, lambda: chance.uniform(4.2, 6))
        self.assertGreater(ends, 0, "no run was ended: this test would prove nothing")

    @unittest.skipUnless("--long" in sys.argv, "the long form")
    def test_ended_two_hundred_times(self):
        chance = random.Random(11)
        endless = iter(lambda: chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]), None)
        total = scans = twice = uncovered = 0
        while total < LONG_ENDS:
            scans += 1
            ends, again, at_most = self.scan_with_ends(f"long{scans}", endless, lambda: chance.uniform(0.2, 7),
                                                       LONG_PREFIX)
            total, twice, uncovered = total + ends, twice + again, uncovered + at_most
            print(f"{total} ends in {scans} scans, {twice} probes sent twice of {uncovered:.0f} that no checkpoint "
                  "covered", flush=True)

    def test_other_targets_are_refused(self):
        paused = "/run/lab/other.conf"
        process = self.start(PREFIX, paused, "/run/lab/other")
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        done = wire.scanner.capture(portolan.BINARY, "scan", "--resume", paused, "-p", "443")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("other targets", done.stderr)


class Control(harness.Case):
    SOCKET = "/run/lab/control.sock"

    def ask(self, *words):
        return wire.scanner.capture(portolan.BINARY, "ctl", "--socket", self.SOCKET, "--json", *words)

    def ctl(self, *words):
        done = self.ask(*words)
        return done.returncode, json.loads(done.stdout)

    def start(self, *words):
        """A scan that waits to be told how fast."""
        process = wire.scanner.popen(portolan.BINARY, "scan", PREFIX, "-p80", "--rate", "0", "--wait", "0",
                                     "--control", self.SOCKET, *words, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while self.ask("status").returncode != 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        return process

    def test_told_while_it_runs(self):
        counter = wire.counter(block(PREFIX, 80, 80))
        process = self.start("--checkpoint", "off")
        self.assertEqual(self.ctl("status")[1]["state"], "listening")
        self.assertEqual(self.ctl("exclude", "10.210.32.0/19")[0], 0)
        self.assertEqual(self.ctl("rate", "20k")[0], 0)
        self.assertEqual(process.wait(60), 0)
        account = counter.stop()
        self.assertEqual(distinct(account), TARGETS // 2, "the excluded half was never asked")

    def test_an_exclusion_outlives_a_stop(self):
        counter = wire.counter(block(PREFIX, 80, 80))
        paused = "/run/lab/excluded.conf"
        process = self.start("--checkpoint", paused)
        self.assertEqual(self.ctl("exclude", "10.210.32.0/20", "10.210.48.0/20")[0], 0)
        self.assertEqual(self.ctl("rate", "2k")[0], 0)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        done = wire.scanner.capture(portolan.BINARY, "scan", "--resume", paused, "--rate", "20k", "--wait", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        account = counter.stop()
        self.assertEqual(distinct(account), TARGETS // 2, "the excluded half was never asked")

    def test_a_port_may_be_excluded_at_a_resume(self):
        counter = wire.counter(block(PREFIX, 80, 81))
        paused = "/run/lab/ports.conf"
        process = self.start("-p81", "--checkpoint", paused)
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        done = wire.scanner.capture(portolan.BINARY, "scan", "--resume", paused, "--exclude-ports", "81,U:53", "--rate",
                                    "20k", "--wait", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, rf"skipped_excluded\s+{TARGETS}\b")
        account = counter.stop()
        self.assertEqual(distinct(account), TARGETS, "port 81 was never asked")


harness.main(__name__)
