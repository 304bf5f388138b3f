#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scanner's own kernel stays out of it: it resets nothing and reports nothing unreachable, and the guard that sees
to that is gone with the scanner, however it ends."""
import signal
import time

import far_side
import harness
import portolan
from far_side import block

PREFIX = "10.209.0.0/24"


def setUpModule():
    global wire
    wire = far_side.Wire()


def tables():
    return [line for line in wire.scanner.run("nft", "list", "tables").splitlines() if line]


class Guard(harness.Case):
    def tearDown(self):
        deadline = time.monotonic() + 3  # the kernel removes the table when the last descriptor is closed
        while tables() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(tables(), [])

    def scan_of_open_ports(self, *words):
        counter = wire.counter(block(PREFIX, 80, 81), block(PREFIX, 7000, 7001, "udp"), open_every=1)
        outcome = portolan.scan(wire.scanner, PREFIX, "-p80-81,U:7000-7001", "--rate", "5k", "--wait", "1", *words)
        self.assertEqual(len(outcome.found()), 4 * 256)
        return counter.stop()["kinds"], outcome

    def test_only_the_scanner_resets(self):
        kinds, outcome = self.scan_of_open_ports()
        self.assertEqual(kinds["tcp-reset"], 2 * 256)
        self.assertEqual(outcome.count(portolan.RESETS), 2 * 256)
        self.assertEqual(kinds["icmp"], 0, "the kernel called a UDP answer unreachable")

    def test_without_guard_the_kernel_resets_and_a_warning_says_so(self):
        kinds, outcome = self.scan_of_open_ports("--no-kernel-guard")
        self.assertEqual(kinds["tcp-reset"], 2 * 2 * 256)
        self.assertRegex(outcome.stderr.lower(), "warning.*")

    def test_table_stands_during_the_scan_and_goes_after_kill_9(self):
        counter = wire.counter(block(PREFIX, 80, 80), open_every=1)
        scan = portolan.Running(wire.scanner, PREFIX, "-p80", "--rate", "50")
        scan.wait_for_records(1)
        self.assertTrue(any(portolan.GUARD_TABLE in table for table in tables()), tables())
        scan.signal(signal.SIGKILL)
        self.assertEqual(scan.wait().status, -signal.SIGKILL)
        counter.stop()

    def test_two_scans_at_once_keep_apart(self):
        counter = wire.counter(block(PREFIX, 80, 81), open_every=1)
        first = portolan.Running(wire.scanner, PREFIX, "-p80", "--rate", "500", "--wait", "1")
        second = portolan.Running(wire.scanner, PREFIX, "-p81", "--rate", "500", "--wait", "1")
        self.assertEqual((len(first.wait().found()), len(second.wait().found())), (256, 256))
        self.assertEqual(counter.stop()["kinds"]["tcp-reset"], 2 * 256)


harness.main(__name__)
