#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A scan with several lanes (--cpus) finds what one lane finds, asks each target once, and its counters add up.

Two lanes over one wire: the kernel deals TCP, UDP and SCTP to the lane that asked; ARP, neighbor discovery and ICMP
come to the first and are handed over.
"""
import json
import os
import struct
import sys

import far_side
import harness
import portolan
import responder
from far_side import block

CPUS = sorted(os.sched_getaffinity(0))[:2]
TWO_LANES = ("--cpus", ",".join(map(str, CPUS)))
UNLIMITED = ("--max-rate", "0", "--rate-per-source", "0", "--rate-per-prefix", "0")
NETWORK = "10.80.0.0/21"
PORTS = "22,80,443,8000-8004,U:53,U:161"
POPULATION = "seed=7,live=0.3,closed=0.6,silent=0.3,rejected=0.1,tcp=22:0.3+80:0.5+443:0.4+8000-8100:0.05"


def setUpModule():
    global street, wire
    street = responder.Street()
    street.client.ip("route add 10.80.0.0/16 via 10.66.255.1")
    wire = far_side.Wire()


def summary(outcome):
    with open(outcome.path, encoding="utf-8") as file:
        return json.loads(file.read().splitlines()[-1])["data"]["counters"]


def frames_in(path):
    """Of a capture file, which must be whole."""
    with open(path, "rb") as file:
        data = file.read()
    at, frames = 24, 0
    while at < len(data):
        (length,) = struct.unpack_from("<8xI4x", data, at)
        at, frames = at + 16 + length, frames + 1
    if at != len(data):
        raise AssertionError(f"{path} ends within a frame")
    return frames


@harness.unittest.skipIf(len(CPUS) < 2, "two lanes want two CPUs")
class Case(harness.Case):
    def check_sums(self, counters, lanes=2):
        """The books of docs/counters.md, over the sum of the lanes."""
        of = counters.__getitem__
        self.assertEqual(of("positions"), sum(map(of, ("probes", "retries", "skipped_local", "skipped_answered",
                                                      "unresolved"))))
        self.assertEqual(of("frames_sent") + of("send_refused"),
                         sum(map(of, ("probes", "retries", "resolution", "resets", "duties"))))
        self.assertEqual(of("received"), sum(map(of, (
            "malformed", "open", "closed", "filtered", "up", "duplicates", "resolved", "asked", "unjudged", "not_ours",
            "bad_cookie", "bad_source_port", "not_a_target", "bad_quote", "irrelevant"))))
        for name in ("probes", "retries", "received", "handed_over", "handover_full", "kernel_dropped"):
            parts = [counters[f"lane{lane}:{name}"] for lane in range(lanes)]
            self.assertEqual(sum(parts), of(name), name)
            if name == "probes":
                self.assertLessEqual(max(parts) - min(parts), 1, "lanes differ in size")
        self.assertEqual((of("handover_full"), of("unjudged"), of("kernel_dropped")), (0, 0, 0))


class Answers(Case):
    def scan(self, *words):
        return portolan.scan(street.client, *words, "--rate", "40k", "--seed", "3", "--show", "all")

    def test_routed(self):
        server = responder.Responder(street.far, "-i", "eth0", "--self-ip-list", NETWORK, "--population", POPULATION,
                                     *UNLIMITED, contacts=False)
        words = (NETWORK, "-p", PORTS, "--ping", "--wait", "1", "--router-mac", street.far.mac())
        one = self.scan(*words)
        capture = responder.new_path("pcap")
        two = self.scan(*words, *TWO_LANES, "--pcap", capture)
        server.stop()
        for status in ("open", "closed", "filtered"):
            self.assert_same(two.found(status), one.found(status), status)
        self.assertEqual(len(two.records), len({(r["ip"], r["proto"], r["port"]) for r in two.records}), "duplicates")
        counters = summary(two)
        self.check_sums(counters)
        for lane in (0, 1):
            self.assertGreater(counters[f"lane{lane}:received"], 500)
        # Of what has no port, half is the other lane's.
        self.assertGreater(counters["lane0:handed_over"], 100)
        self.assertEqual(counters["lane1:handed_over"], 0)
        self.assertEqual(frames_in(capture), counters["received"])
        self.score(two.path)
        print(f"two lanes: {len(two.records)} results, {two.seconds:.1f} s; one: {one.seconds:.1f} s", file=sys.stderr)

    def score(self, path):
        truth = responder.new_path("truth")
        tcp = ",".join(p for p in PORTS.split(",") if ":" not in p)
        with open(truth, "w", encoding="utf-8") as file:
            street.client.run(portolan.BINARY, "respond", "--population", POPULATION, "--truth", NETWORK, tcp,
                              stdout=file)
        text = street.client.run(portolan.BINARY, "score", "--format", "json", "--status", "open", path, truth)
        rows = [row for row in json.loads(text)["by_port"] if row["proto"] == "tcp"]
        self.assertGreater(sum(row["truth"] for row in rows), 500)
        for row in rows:
            self.assertEqual((row["recall"], row["precision"], row["duplicates"]), (1, 1, 0), row)

    def test_neighbors(self):
        server = street.responder(*UNLIMITED, contacts=False)
        words = ("10.66.1.0/25", "fd66::1:0/121", "-p", "80-83,U:53", "--ping", "--wait", "1")
        one, two = self.scan(*words), self.scan(*words, *TWO_LANES)
        server.stop()
        self.assertGreater(len(two.records), 1000)
        self.assert_same(two.found(), one.found())
        self.check_sums(summary(two))


class Probes(Case):
    def test_each_target_once_and_again_while_it_is_silent(self):
        for prefix in ("10.204.0.0/23", "fd00:204::/121"):
            with self.subTest(prefix=prefix):
                counter = wire.counter(block(prefix, 1, 40), open_every=10)
                outcome = portolan.scan(wire.scanner, prefix, "-p1-40", "--retries", "2", "--retry-spacing", "0.5",
                                        "--rate", "40k", "--wait", "1", *TWO_LANES)
                account = counter.stop()
                found = len(outcome.found())
                self.assertGreater(found, 100)
                self.assertEqual(account["lost"], 0, "the far side itself lost frames: this run proves nothing")
                self.assertEqual((account["seen"], account["outside"]), ({1: found, 3: account["targets"] - found}, 0))
                self.check_sums(summary(outcome))


harness.main(__name__)
