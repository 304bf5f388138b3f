#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Many addresses and ports of ours, and two adapters: all are used evenly, every target is asked once, all open ports
are found.

    scanner eth0 10.99.0.2/24, fd00:99::2/64  ------  far: lab_counter, the gateway (far_side.py)
            eth1 10.96.0.2/24, fd00:96::2/64  ------  beyond: lab_counter, a gateway of its own
            eth2 10.97.0.2/24, fd00:97::2/64  ------  host: a real kernel, which must find out who asks it
"""
import ipaddress
import math
import os
import signal

import far_side
import harness
import netns
import portolan
import services
from far_side import block

CPUS = sorted(os.sched_getaffinity(0))[:2]
V4, V6 = ("10.205.0.0/20", "10.99.0.16/28", 16), ("fd00:205::/114", "fd00:99::100/120", 256)


def setUpModule():
    global wire, beyond, host
    wire = far_side.Wire()
    beyond, host = netns.Namespace("beyond"), netns.Namespace("host")
    beyond.sysctl(net__ipv6__conf__default__disable_ipv6=1)
    netns.veth(wire.scanner, "eth1", beyond, "eth0")
    netns.veth(wire.scanner, "eth2", host, "eth0")
    wire.scanner.ip("addr add 10.96.0.2/24 dev eth1", "addr add fd00:96::2/64 dev eth1 nodad",
                    "addr add 10.97.0.2/24 dev eth2", "addr add fd00:97::2/64 dev eth2 nodad")
    host.ip("addr add 10.97.0.1/24 dev eth0", "addr add fd00:97::1/64 dev eth0 nodad")
    services.listeners(host, tcp=range(1, 300, 3))


class Case(harness.Case):
    def check_even(self, spread, count, probes):
        """Six standard deviations: never, for a fair draw; and far less than what is left out would make."""
        mean = probes / count
        room = 6 * math.sqrt(mean)
        self.assertEqual(spread["count"], count)
        self.assertGreater(spread["least"], mean - room, spread)
        self.assertLess(spread["most"], mean + room, spread)

    def check_account(self, account, seen):
        self.assertEqual(account["lost"], 0, "the far side itself lost frames: this run proves nothing")
        self.assertEqual((account["seen"], account["outside"]), (seen, 0))
        self.assertEqual((account["bad_header_checksums"], account["bad_checksums"]), (0, 0))

    def scan(self, prefix, *words, every=10):
        """The account and the outcome, which is the truth."""
        counter = wire.counter(block(prefix, 443, 443), open_every=every, reset=True)
        outcome = portolan.scan(wire.scanner, prefix, "-p443", "--rate", "40k", "--wait", "1", "--show", "all", *words)
        self.check_found(outcome, counter, prefix)
        return counter.stop(), outcome

    def check_found(self, outcome, counter, prefix):
        addresses = [str(address) for address in ipaddress.ip_network(prefix)]
        true = {(address, "tcp", 443) for address in addresses if counter.is_open(address, 443)}
        self.assert_same(outcome.found("open"), true)
        self.assertEqual(len(outcome.found("closed")), len(addresses) - len(true))
        self.assertEqual(len(outcome.records), len(addresses), "each target is told once")


class Sources(Case):
    def test_evenly_used(self):
        for prefix, sources, count in (V4, V6):
            with self.subTest(prefix=prefix):
                account, _ = self.scan(prefix, "--source-ip", sources)
                targets = ipaddress.ip_network(prefix).num_addresses
                self.check_account(account, {1: targets})
                self.check_even(account["sources"], count, targets)
                network = ipaddress.ip_network(sources)
                self.assertEqual((account["sources"]["first"], account["sources"]["last"]),
                                 (str(network[0]), str(network[-1])))

    def test_a_list_and_a_network_of_2_to_the_64th(self):
        account, _ = self.scan(V4[0], "-S", "10.99.0.9,10.99.0.16-10.99.0.18", "-S", "10.99.0.200/30")
        self.check_even(account["sources"], 8, 4096)
        account, _ = self.scan(V6[0], "--source-ip", "fd00:99:0:1::/64")
        self.assertEqual(account["sources"]["count"], 2**14)

    def test_ports_of_a_list(self):
        account, _ = self.scan(V4[0], "--source-port", "53,1000-1029,61000-61032")
        self.check_account(account, {1: 4096})
        self.check_even(account["source_ports"], 64, 4096)

    @harness.unittest.skipIf(len(CPUS) < 2, "two lanes want two CPUs")
    def test_two_lanes(self):
        account, outcome = self.scan(V4[0], "--source-ip", V4[1], "--source-port", "53,1000-1029,61000-61032",
                                     "--cpus", ",".join(map(str, CPUS)))
        self.check_account(account, {1: 4096})
        self.check_even(account["sources"], 16, 4096)
        self.check_even(account["source_ports"], 64, 4096)
        self.assertEqual(outcome.counters().get("handed_over", 0), 0, "the kernel deals a list of ports as we do")

    def test_further_probes_come_from_the_same_address(self):
        counter = wire.counter(block("10.205.0.0/24", 1, 16), open_every=10)
        outcome = portolan.scan(wire.scanner, "10.205.0.0/24", "-p1-16", "--rate", "40k", "--wait", "1", "--retries",
                                "2", "--retry-spacing", "0.2", "--source-ip", V4[1])
        account = counter.stop()
        found = len(outcome.found())
        self.check_account(account, {1: found, 3: 4096 - found})

    def test_every_protocol_over_both_families(self):
        words = ("-p", "T:1-20,U:1-20", "--ping", "--rate", "10k", "--wait", "1", "--source-ip", f"{V4[1]},{V6[1]}")
        counter = wire.counter(*(block(prefix, first, last, protocol) for prefix in ("10.205.0.0/24", "fd00:205::/120")
                                 for protocol, first, last in (("tcp", 1, 20), ("udp", 1, 20), ("icmp", 0, 0))),
                               open_every=10)
        outcome = portolan.scan(wire.scanner, "10.205.0.0/24", "fd00:205::/120", *words)
        account = counter.stop()
        self.check_account(account, {1: account["targets"]})
        true = {(str(address), protocol, port) for prefix in ("10.205.0.0/24", "fd00:205::/120")
                for address in ipaddress.ip_network(prefix) for protocol in ("tcp", "udp") for port in range(1, 21)
                if counter.is_open(address, port)}
        self.assert_same({r for r in outcome.found() if r[1] != "icmp"}, true)


class Neighbors(Case):
    def test_a_host_finds_each_of_our_addresses(self):
        for address, sources in (("10.97.0.1", "10.97.0.32/28"), ("fd00:97::1", "fd00:97::100/120")):
            with self.subTest(address=address):
                outcome = portolan.scan(wire.scanner, address, "-p1-400", "--rate", "2k", "--wait", "2", "--source-ip",
                                        sources)
                self.assert_same(outcome.found(), {(address, "tcp", port) for port in range(1, 300, 3)})
                self.assertGreaterEqual(outcome.count("duties"), 15, "the first one is known from our own question")


class Adapters(Case):
    def test_two_each_with_its_router(self):
        for (prefix, sources, count), more, router, more_router in (
                (V4, "10.96.0.64/26", far_side.GATEWAY_V4, "10.96.0.1"),
                (V6, "fd00:96::40/122", far_side.GATEWAY_V6, "fd00:96::1")):
            with self.subTest(prefix=prefix):
                counters = [far_side.Counter(space, [block(prefix, 443, 443)], True, 10, True, None)
                            for space in (wire.far, beyond)]
                outcome = portolan.scan(wire.scanner, prefix, "-p443", "--rate", "40k", "--wait", "1", "--show", "all",
                                        "--adapter[0]", "eth0", "--source-ip[0]", sources, "--router-ip", router,
                                        "--adapter[1]=eth1", "--source-ip[1]", more, "--router-ip[1]", more_router)
                accounts = [counter.stop() for counter in counters]
                targets = ipaddress.ip_network(prefix).num_addresses
                self.check_found(outcome, counters[0], prefix)
                asked = [account["seen"].get(1, 0) for account in accounts]
                self.assertEqual((sum(asked), outcome.count(portolan.PROBES)), (targets, targets))
                self.assertLess(abs(asked[0] - asked[1]), 6 * math.sqrt(targets))
                for account, of, part in zip(accounts, (count, 64), asked):
                    self.check_account(account, {0: targets - part, 1: part})
                    self.check_even(account["sources"], of, part)


class Resumed(Case):
    def test_from_the_same_addresses(self):
        counter = wire.counter(block(V4[0], 443, 443), open_every=10, reset=True)
        paused = "/run/lab/sources.conf"
        first = portolan.Running(wire.scanner, V4[0], "-p443", "--rate", "2k", "--wait", "1", "--show", "all",
                                 "--checkpoint", paused, "--source-ip", V4[1], "--source-port", "53,1000-1029")
        first.wait_for_records(1500)
        first.signal(signal.SIGINT)
        before = first.wait()
        after = portolan.scan(wire.scanner, "--resume", paused, "--rate", "40k")
        account = counter.stop()
        both = before.found("open") | after.found("open")
        addresses = [str(address) for address in ipaddress.ip_network(V4[0])]
        self.assert_same(both, {(a, "tcp", 443) for a in addresses if counter.is_open(a, 443)})
        self.assertEqual((account["sources"]["count"], account["source_ports"]["count"]), (16, 31))
        self.assertEqual(account["seen"].get(0, 0), 0)


class Refusals(Case):
    def test_the_fast_lanes_have_one_source(self):
        two = ("--adapter[0]=eth0", "--adapter[1]=eth1", "--router-ip[1]", "10.96.0.1")
        counters = [far_side.Counter(space, [], True, 0, False, None) for space in (wire.far, beyond)]
        for words, reason in ((("--source-ip", V4[1]), "one address"), (("-g", "53,1000"), "one range"),
                              (two, "one adapter")):
            with self.subTest(words=words):
                outcome = portolan.scan(wire.scanner, "10.205.0.1", "-p443", "--lane", "xdp", *words, expect=2)
                self.assertIn(reason, outcome.stderr)
                auto = portolan.scan(wire.scanner, "10.205.0.1", "-p443", "--rate", "1m", "--wait", "0", *words)
                self.assertIn("lane: packet sockets", auto.stderr)
                self.assertRegex(auto.stderr, f"not xdp: .*{reason}")
        for counter in counters:
            counter.stop()

    def test_ranges_that_hold_somebody_else(self):
        for sources, who in (("10.99.0.0/28", "network"), ("10.99.0.240/28", "broadcast"),
                             ("10.99.0.1-10.99.0.2", "router")):
            with self.subTest(sources=sources):
                outcome = portolan.scan(wire.scanner, "10.205.0.1", "-p443", "--source-ip", sources, expect=2)
                self.assertIn(who, outcome.stderr)


harness.main(__name__)
