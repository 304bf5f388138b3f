#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A doubt about the input stops the program before a frame leaves: nothing reaches the wire, not even ARP."""
import far_side
import harness
import portolan

GOOD = ("10.212.0.0/28", "-p80")
BAD = [
    ("-p80",),
    ("10.212.0.0/28",),
    ("10.212.0.0/33", "-p80"),
    ("10.212.0.9-10.212.0.1", "-p80"),
    ("fe80::1%eth0", "-p80"),
    ("10.212.0.0/28", "-p80;81"),
    ("10.212.0.0/28", "-p70000"),
    (*GOOD, "--exclude", "10.212.0."),
    (*GOOD, "--excludefile", "/nonexistent/file"),
    (*GOOD, "-iL", "/nonexistent/file"),
    (*GOOD, "--rate"),
    (*GOOD, "--rate", "fast"),
    (*GOOD, "--raet", "100"),
    (*GOOD, "--shard", "1/3"),
    (*GOOD, "--shard", "4/3", "--seed", "1"),
    (*GOOD, "-e", "eth9"),
    (*GOOD, "--router-mac", "02:00"),
    (*GOOD, "--source-port", "9-3"),
    ("224.0.0.0/4", "-p80"),
    ("0.0.0.0/0", "-p80"),
    ("127.0.0.1", "-e", "eth0", "-p80"),
]


def setUpModule():
    global wire
    wire = far_side.Wire()


class Refusals(harness.Case):
    def test_nothing_is_sent(self):
        for words in BAD:
            with self.subTest(" ".join(words)):
                counter = wire.counter()
                outcome = portolan.scan(wire.scanner, *words, expect=2, timeout=30)
                account = counter.stop()
                self.assertEqual(account["frames"] - account["kinds"]["housekeeping"], 0, account)
                self.assertIn("error", outcome.stderr.lower())
                self.assertEqual(outcome.records, [])

    def test_the_good_half_would_have_sent(self):
        counter = wire.counter()
        portolan.scan(wire.scanner, *GOOD, "--wait", "0")
        self.assertEqual(counter.stop()["kinds"]["tcp-syn"], 16)


harness.main(__name__)
