#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each target gets exactly the probes it should, counted on the far side. --long: a /16 x 16 ports, a /24 x 65,536."""
import ipaddress
import random

import far_side
import harness
import portolan
from far_side import block

SPACES = [("10.200.0.0/20", 1, 16), ("10.200.0.0/24", 0, 1023), ("fd00:200::/116", 1, 16), ("fd00:200::/120", 0, 1023)]
LONG_SPACES = [("10.200.0.0/16", 1, 16), ("10.200.0.0/24", 0, 65535), ("fd00:200::/112", 1, 16),
               ("fd00:200::/120", 0, 65535)]


def setUpModule():
    global wire
    wire = far_side.Wire()


class Case(harness.Case):
    def check_account(self, account, seen):
        """Exactly these numbers of probes to each target, and nothing else at all."""
        self.assertEqual(account["lost"], 0, "the far side itself lost frames: this run proves nothing")
        self.assertEqual((account["seen"], account["outside"], account["outside_sample"]), (seen, 0, []))
        self.assertEqual((account["bad_checksums"], account["bad_header_checksums"]), (0, 0))


class Once(Case):
    def test_blocks(self):
        for prefix, first, last in LONG_SPACES if harness.LONG else SPACES:
            with self.subTest(prefix=prefix, ports=f"{first}-{last}"):
                counter = wire.counter(block(prefix, first, last))
                outcome = portolan.scan(wire.scanner, prefix, "-p", f"{first}-{last}", "--rate", "300k", "--wait", "0")
                account = counter.stop()
                self.check_account(account, {1: account["targets"]})
                self.assertEqual(outcome.count(portolan.PROBES), account["targets"])

    def test_every_protocol_at_once(self):
        spaces = [block(prefix, 10, 59, protocol) for prefix in ("10.201.0.0/24", "fd00:201::/120")
                  for protocol in ("tcp", "udp", "sctp")]
        spaces += ["10.201.0.0/24,0,icmp", "fd00:201::/120,0,icmp"]
        counter = wire.counter(*spaces)
        portolan.scan(wire.scanner, "10.201.0.0/24", "fd00:201::/120", "-p", "10-59,U:10-59,S:10-59", "--ping",
                      "--rate", "50k", "--wait", "0")
        account = counter.stop()
        self.check_account(account, {1: account["targets"]})

    def test_exact_pairs(self):
        draw = random.Random(7)
        pairs = set()
        while len(pairs) < (10_000 if harness.LONG else 2_000):
            v4, port = draw.random() < 0.5, draw.randrange(65536)
            base = int(ipaddress.ip_address("10.202.0.0" if v4 else "fd00:202::"))
            address = (ipaddress.IPv4Address if v4 else ipaddress.IPv6Address)(base + draw.randrange(65536))
            pairs.add(f"{address if v4 else f'[{address}]'}:{port}/{draw.choice(['tcp', 'udp'])}")
        with open("/run/lab/pairs", "w", encoding="ascii") as file:
            file.write("\n".join(sorted(pairs)) + "\n")
        counter = wire.counter(pairs="/run/lab/pairs")
        portolan.scan(wire.scanner, "-iL", "/run/lab/pairs", "--rate", "20k", "--wait", "0")
        self.check_account(counter.stop(), {1: len(pairs)})

    def test_exclusions(self):
        counter = wire.counter(block("10.203.0.0/24", 1, 20))
        portolan.scan(wire.scanner, "10.203.0.0/24", "-p1-20", "--exclude", "10.203.0.16/28", "--exclude-ports", "5-6",
                      "--rate", "20k", "--wait", "0")
        self.check_account(counter.stop(), {0: 16 * 20 + 240 * 2, 1: 240 * 18})

    def test_offline_sends_nothing(self):
        counter = wire.counter(block("10.200.0.0/24", 1, 20))
        portolan.scan(wire.scanner, "10.200.0.0/24", "-p1-20", "--offline", "--rate", "100k", "--wait", "0")
        self.assertEqual(counter.stop()["frames"], 0)


class Shards(Case):
    def test_three_at_three_rates(self):
        prefix, first, last = ("10.200.0.0/16", 1, 16) if harness.LONG else ("10.200.0.0/20", 1, 8)
        counter = wire.counter(block(prefix, first, last))
        shares = []
        for shard, rate in (("1/3", "20k"), ("2/3", "37k"), ("3/3", "150k")):
            outcome = portolan.scan(wire.scanner, prefix, "-p", f"{first}-{last}", "--seed", "42", "--shard", shard,
                                    "--rate", rate, "--wait", "0")
            shares.append(outcome.count(portolan.PROBES))
        account = counter.stop()
        self.check_account(account, {1: account["targets"]})
        self.assertLessEqual(max(shares) - min(shares), 1, "shards differ in size")


class Retries(Case):
    EVERY = 10

    def check(self, prefix, first, last, spacing_ms, *words):
        counter = wire.counter(block(prefix, first, last), open_every=self.EVERY)
        outcome = portolan.scan(wire.scanner, prefix, "-p", f"{first}-{last}", "--retries", "2", "--rate", "10k",
                                "--wait", "1", *words)
        account = counter.stop()
        addresses = [str(address) for address in ipaddress.ip_network(prefix)]
        true = {(address, "tcp", port) for address in addresses for port in range(first, last + 1)
                if counter.is_open(address, port)}
        self.check_account(account, {1: len(true), 3: account["targets"] - len(true)})
        self.assert_same(outcome.found(), true)
        self.assertGreaterEqual(account["spacing_ms"]["min"], spacing_ms - 1, "milliseconds are cut off, not rounded")
        self.assertEqual(outcome.count(portolan.RETRIES), 2 * (account["targets"] - len(true)))

    def test_silent_three_times_answering_once(self):
        self.check("10.204.0.0/24", 1, 40, 1000)

    def test_a_scan_shorter_than_the_spacing(self):
        self.check("10.204.0.0/28", 1, 10, 1000)

    def test_ipv6(self):
        self.check("fd00:204::/122", 1, 40, 1000)

    def test_other_spacing(self):
        self.check("10.204.0.0/26", 1, 20, 2500, "--retry-spacing", "2.5")


class Answers(Case):
    """Recall with many answers: what the far side's rule opens is found, all of it and nothing else."""

    def test_one_in_fifty(self):
        for prefix in ("10.205.0.0/18", "fd00:205::/114"):
            with self.subTest(prefix=prefix):
                counter = wire.counter(block(prefix, 443, 443), open_every=50, reset=True)
                outcome = portolan.scan(wire.scanner, prefix, "-p443", "--rate", "50k", "--wait", "1", "--show", "all")
                self.check_account(counter.stop(), {1: 2**14})
                addresses = [str(address) for address in ipaddress.ip_network(prefix)]
                true = {(address, "tcp", 443) for address in addresses if counter.is_open(address, 443)}
                self.assert_same(outcome.found("open"), true)
                self.assertEqual(len(outcome.found("closed")), 2**14 - len(true))


harness.main(__name__)
