#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every lane finds what is there: by the kernel's programs (xdp), by AF_XDP, by packet sockets, on the same networks.

And what a lane needs of the kernel is looked for before the first probe, said when it is missing, and gone when the
scan is, however it ended.
"""
import json
import os
import signal
import time

import harness
import netns
import portolan
import responder
import score_check
from lab import Lab
from truth_test import RANGES, port_list

LANES = ("xdp", "af_xdp", "packet")
NETWORK, PORTS = "10.80.0.0/20", "22,80,443,8000-8006"
POPULATION = ("seed=7,live=0.3,closed=0.6,silent=0.3,rejected=0.1,tcp=22:0.3+80:0.5+443:0.4+8000-8100:0.05")
NETWORK6 = "2001:db8:80::/118"


def programs_on(space, interface="eth0"):
    """Names of the XDP programs on an interface."""
    link = next(link for link in json.loads(space.run("ip", "-j", "-d", "link")) if link["ifname"] == interface)
    return [link["xdp"]["prog"]] if link.get("xdp", {}).get("prog") else []


class Town:
    """A scanner, and a simulated network behind one gateway."""

    def __init__(self, queues=1):
        self.client, self.far = netns.Namespace("client"), netns.Namespace("far")
        self.far.sysctl(net__ipv6__conf__default__disable_ipv6=1)
        many = f"numrxqueues {queues} numtxqueues {queues}"
        self.client.ip(f"link add name eth0 {many} type veth peer name eth0 {many} netns {self.far.path}")
        for space in (self.client, self.far):
            space.sysctl(net__ipv6__conf__eth0__accept_dad=0)
            space.run("ethtool", "-K", "eth0", "tx", "off", "rxvlan", "off", "txvlan", "off")
            space.ip("link set eth0 up")
        # What arrives by live frames is taken by the far side's driver only with this, or with a program of its own.
        self.far.run("ethtool", "-K", "eth0", "gro", "on")
        self.client.ip("addr add 10.66.0.2/16 dev eth0", "addr add fd66::2/64 dev eth0 nodad",
                       "route add 10.80.0.0/16 via 10.66.255.1", "route add 2001:db8:80::/48 via fd66::ffff")

    def truth(self, network):
        path = responder.new_path("truth")
        with open(path, "w", encoding="utf-8") as file:
            self.client.run(portolan.BINARY, "respond", "--population", POPULATION, "--truth", network, PORTS,
                            stdout=file)
        return path

    def responder(self, *words):
        unlimited = (word for limit in ("--max-rate", "--rate-per-source", "--rate-per-prefix")
                     for word in (limit, "0"))
        return responder.Responder(self.far, "-i", "eth0", "--self-ip-list", f"{NETWORK},{NETWORK6}", "--population",
                                   POPULATION, *unlimited, *words, contacts=False)

    def scan(self, *words, **options):
        return portolan.scan(self.client, *words, "--router-mac", self.far.mac(), **options)


def setUpModule():
    global town
    town = Town()


class Population(harness.Case):
    def check(self, lane, network, rate, *words, fast=(), states=("open", "closed", "filtered", "up"), town=None):
        town = town or globals()["town"]
        server = town.responder(*fast)
        outcome = town.scan(network, "-p", PORTS, "--rate", rate, "--lane", lane, "--wait", "1", "--show", "all",
                            "--include-reserved", *words)
        far = server.stop()
        total = score_check.score(outcome.path, town.truth(network), states)["total"]
        self.assertEqual((total["recall"], total["precision"], total["duplicates"]), (1, 1, 0),
                         f"{lane} {network}: {total}\n{outcome.stderr}\nthe far side: {far}")
        self.check_books(outcome)
        self.assertIn(f"lane: {lane if lane != 'packet' else 'packet sockets'}", outcome.stderr)
        self.assertEqual(programs_on(town.client), [])
        return outcome

    def check_books(self, outcome):
        counters = outcome.counters()
        of = lambda *names: sum(counters.get(name, 0) for name in names)
        self.assertEqual(of("positions"), of("probes", "retries", "skipped_local", "skipped_answered", "unresolved"))
        self.assertEqual(of("probes", "retries", "resolution", "resets", "duties"), of("frames_sent", "send_refused"))
        self.assertEqual(of("kernel_dropped"), 0, outcome.stderr)

    def test_each_lane(self):
        for lane in LANES:
            for network in (NETWORK, NETWORK6):
                with self.subTest(lane=lane, network=network):
                    self.check(lane, network, "30k")

    def test_xdp_against_the_kernel_program(self):
        # At this rate the simulated hosts, as Linux does, keep most of their ICMP errors to themselves.
        outcome = self.check("xdp", NETWORK, "200k", fast=("--fast=driver",), states=("open", "closed"))
        self.assertIn("receiving in the driver", outcome.stderr)
        self.assertEqual(outcome.count("probes"), 4096 * 10)

    def test_xdp_with_retries_and_two_senders(self):
        words = ("--retries", "1", "--retry-spacing", "0.3", "--cpus", "0,1" if os.cpu_count() > 1 else "0")
        outcome = self.check("xdp", NETWORK, "100k", *words)
        self.assertGreater(outcome.count("skipped_answered"), 0)
        self.assertGreater(outcome.count("retries"), 0)

    def test_af_xdp_by_two_lanes(self):
        if os.cpu_count() < 2:
            self.skipTest("two lanes want two processors")
        outcome = self.check("af_xdp", NETWORK, "60k", "--cpus", "0,1", "--retries", "1", "--retry-spacing", "0.3",
                             town=Town(queues=2))
        self.assertRegex(outcome.stderr, r"lane1:probes\s+[1-9]")

    def test_xdp_shards_partition(self):
        server = town.responder()
        probes, found = 0, []
        for shard in ("1/3", "2/3", "3/3"):
            outcome = town.scan(NETWORK, "-p", PORTS, "--rate", "50k", "--lane", "xdp", "--wait", "0.5", "--seed", "9",
                                "--shard", shard)
            probes += outcome.count("probes")
            found += outcome.found()
        server.stop()
        self.assertEqual(probes, 4096 * 10)
        self.assertEqual(len(found), len(set(found)))
        truth = score_check.score(outcome.path, town.truth(NETWORK), ["open"])["total"]["truth"]
        self.assertEqual(len(found), truth)


class RealHosts(harness.Case):
    """Kernels that answer for themselves, on the link (whose neighbours user space resolves) and behind a router."""

    def test_lanes(self):
        lab = Lab(tun=False)
        for space in (lab._switches["link"],):
            for link in space.links():
                if link["ifname"].startswith("port"):
                    space.run("ethtool", "-K", link["ifname"], "gro", "on")
        truth = {(a, p, n) for a, p, n in lab.truth(("tcp", "udp"), ("link", "routed"))}
        ports = ",".join(port_list(truth, protocol) for protocol in ("tcp", "udp"))
        ranges = RANGES["link"] + RANGES["routed"]
        for lane in ("xdp", "af_xdp"):
            with self.subTest(lane=lane):
                outcome = portolan.scan(lab.scanner, *ranges, "-p", ports, "--rate", "20k", "--wait", "2", "--lane",
                                        lane)
                self.assert_same(outcome.found(), truth, lane)
                up = portolan.scan(lab.scanner, *ranges, "--ping", "--rate", "20k", "--wait", "2", "--lane", lane).up()
                self.assertLessEqual({host.v4 for host in lab.hosts.values() if host.reachable is None}, up)


class WhatIsMissing(harness.Case):
    def refuse(self, *words, space=None):
        outcome = portolan.scan(space or town.client, *words, expect=2, timeout=20)
        return outcome.stderr

    def test_far_side_takes_no_live_frames(self):
        far = netns.Namespace("plain")
        client = netns.Namespace("client")
        netns.veth(client, "eth0", far, "eth0")
        client.ip("addr add 10.99.0.1/24 dev eth0", "route add 10.98.0.0/16 via 10.99.0.2")
        words = ("10.98.0.0/24", "-p80", "--router-mac", far.mac())
        self.assertIn("GRO", self.refuse(*words, "--lane", "xdp", space=client))
        outcome = portolan.scan(client, *words, "--rate", "max", "--wait", "0")
        self.assertRegex(outcome.stderr, r"(?m)^lane: (af_xdp|packet)")
        self.assertRegex(outcome.stderr, r"(?m)^  not xdp: .*GRO")
        self.assertEqual(outcome.count("probes"), 256)

    def test_another_program_is_there(self):
        server = responder.Responder(town.client, "-i", "eth0", "--self-ip-list", "10.66.9.0/24", "--fast=driver",
                                     contacts=False)
        said = self.refuse(NETWORK, "-p80", "--lane", "xdp", "--router-mac", town.far.mac())
        server.stop()
        self.assertIn("answer_frames", said)

    def test_every_frame_is_to_be_seen(self):
        for option in ("--packet-trace", "--pcap=/run/lab/x.pcap"):
            self.assertIn(option.split("=")[0], self.refuse(NETWORK, "-p80", option, "--lane", "xdp"))

    def test_nothing_is_left_for_the_kernel_to_ask(self):
        words = ("10.66.0.0/28", "-p80")  # neighbours, each to be resolved
        self.assertIn("behind a router", self.refuse(*words, "--lane", "xdp"))
        outcome = portolan.scan(town.client, *words, "--rate", "max", "--wait", "0")
        self.assertRegex(outcome.stderr, r"(?m)^lane: af_xdp on eth0")
        self.assertRegex(outcome.stderr, r"(?m)^  not xdp: .*behind a router")

    def test_slow_scans_take_packet_sockets(self):
        outcome = town.scan("10.80.0.0/28", "-p80", "--rate", "1k", "--wait", "0")
        self.assertIn("lane: packet sockets", outcome.stderr)


class Remains(harness.Case):
    def test_nothing_is_left_behind(self):
        for lane in ("xdp", "af_xdp"):
            for number in (signal.SIGKILL, signal.SIGTERM):
                with self.subTest(lane=lane, signal=number):
                    scan = portolan.Running(town.client, NETWORK, "-p1-1000", "--rate", "20k", "--lane", lane,
                                            "--router-mac", town.far.mac(), "--wait", "0")
                    deadline = time.monotonic() + 20
                    while not programs_on(town.client) and time.monotonic() < deadline:
                        time.sleep(0.05)
                    self.assertTrue(programs_on(town.client), "the program was never there")
                    time.sleep(0.3)
                    scan.signal(number)
                    scan.process.wait(10)
                    deadline = time.monotonic() + 5  # the kernel takes links apart behind the process's back
                    while programs_on(town.client) and time.monotonic() < deadline:
                        time.sleep(0.05)
                    self.assertEqual(programs_on(town.client), [])
                    self.assertNotIn(portolan.GUARD_TABLE, town.client.run("nft", "list", "tables"))


harness.main(__name__)
