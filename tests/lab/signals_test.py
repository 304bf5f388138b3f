#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-c, SIGTERM, a second one, and kill -9: sending stops, what is known is kept, files are whole."""
import signal

import far_side
import harness
import portolan
from far_side import block

PREFIX = "10.210.0.0/16"  # at the rates below it takes longer than any of these tests


def setUpModule():
    global wire
    wire = far_side.Wire()


class Signals(harness.Case):
    def start(self, *words):
        self.counter = wire.counter(block(PREFIX, 80, 80), open_every=2)
        scan = portolan.Running(wire.scanner, PREFIX, "-p80", "--rate", "1k", *words)
        scan.wait_for_records(101)  # the first line is the manifest
        return scan

    def check_stops(self, number):
        scan = self.start("--wait", "2")
        sent_before = scan.path  # the account tells how many probes left; the summary must agree
        scan.signal(number)
        outcome = scan.wait(20)
        account = self.counter.stop()
        self.assertLess(account["probes"], 60000, f"the scan went on {sent_before}")
        self.assertEqual(outcome.count(portolan.PROBES), account["probes"])
        # Answers that came during the wait are results too: each was reset once, and each is in the file.
        self.assertEqual(len(outcome.found()), account["kinds"]["tcp-reset"])
        self.assertEqual(len(outcome.found()), outcome.count("open"))
        return outcome

    def test_ctrl_c(self):
        self.check_stops(signal.SIGINT)

    def test_terminate(self):
        self.check_stops(signal.SIGTERM)

    def test_second_ctrl_c_ends_at_once(self):
        scan = self.start("--wait", "40")
        scan.signal(signal.SIGINT)
        with self.assertRaises(Exception):  # it waits for answers
            scan.wait(1)
        scan.signal(signal.SIGINT)
        outcome = scan.wait(3)
        self.counter.stop()
        self.assertGreaterEqual(len(outcome.found()), 100)

    def test_kill_leaves_whole_lines(self):
        scan = self.start()
        scan.signal(signal.SIGKILL)
        outcome = scan.wait()
        self.assertEqual(outcome.status, -signal.SIGKILL)
        account = self.counter.stop()
        with open(scan.path, "rb") as file:
            self.assertTrue(file.read().endswith(b"\n"))
        found, answered = len(outcome.found()), account["kinds"]["tcp-reset"]
        self.assertGreaterEqual(found, 100)
        self.assertGreaterEqual(found, answered - 400, "more than a fraction of a second's results were lost")


harness.main(__name__)
