#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every open port of every real host is found and none is invented: on-link, routed and tun, IPv4 and IPv6.

What is true is asked of the hosts' kernels while the test runs. --runs 20 is what a release must pass; --long scans
all 65,536 ports of every host.
"""
import os

import harness
import portolan
from lab import Lab, SUBNETS, in_subnets

LINK, ROUTED, TUN = ("link",), ("routed",), ("tun",)
RANGES = {"link": ["10.77.1.0/24", "fd00:77:1::/120"], "routed": ["10.77.2.0/24", "fd00:77:2::/120"],
          "tun": ["10.77.3.0/29", "fd00:77:3::/125"]}
WAIT = ("--wait", "2")


def setUpModule():
    global lab
    lab = Lab()
    # The relay of the tun link is slower than the scanner; a longer queue keeps the test about the scanner.
    for end in (lab.scanner, lab.hosts["tun"]):
        end.ip("link set tun0 txqueuelen 20000")


def ranges(subnets):
    return [text for subnet in subnets for text in RANGES[subnet]]


def port_list(truth, protocol):
    letter = {"tcp": "T:", "udp": "U:", "ip": "O:"}[protocol]
    return ",".join(letter + str(port) for port in sorted({port for _, of, port in truth if of == protocol}))


class OpenPorts(harness.Case):
    """Whole subnets, hosts that do not exist included, on every port that is open anywhere."""

    def check(self, subnets, protocols=("tcp", "udp"), rate="20k"):
        truth = lab.truth(protocols, subnets)
        ports = ",".join(port_list(lab.truth(protocols), protocol) for protocol in protocols)
        found = portolan.scan(lab.scanner, *ranges(subnets), "-p", ports, "--rate", rate, *WAIT).found()
        self.assert_same(found, truth, f"{subnets} {protocols}")

    def test_tcp_on_link(self):
        self.check(LINK, ("tcp",))

    def test_tcp_routed(self):
        self.check(ROUTED, ("tcp",))

    def test_tcp_tun(self):
        self.check(TUN, ("tcp",))

    def test_udp_on_link(self):
        self.check(LINK, ("udp",))

    def test_udp_routed(self):
        self.check(ROUTED, ("udp",))

    def test_udp_tun(self):
        self.check(TUN, ("udp",))

    def test_everything_in_one_scan_by_two_interfaces(self):
        self.check(tuple(SUBNETS))

    def test_ip_protocols(self):
        self.check(LINK, ("ip",))

    def test_retries_find_the_same(self):
        truth = lab.truth()
        ports = f"{port_list(truth, 'tcp')},{port_list(truth, 'udp')}"
        outcome = portolan.scan(lab.scanner, *sorted(lab.addresses()), "-p", ports, "--rate", "10k", "--retries", "1",
                                *WAIT)
        self.assert_same(outcome.found(), truth)
        self.assertEqual(len(outcome.records), len({(r["ip"], r["proto"], r["port"]) for r in outcome.records}),
                         "a target was reported twice")


class AllPorts(harness.Case):
    """Every port of the hosts that exist: a host with much to answer must not make the scanner miss anything."""

    def check(self, subnets, rate):
        ports = "0-65535" if harness.LONG else "0-9999,65000-65535"
        limit = (lambda port: True) if harness.LONG else (lambda port: port < 10000 or port >= 65000)
        truth = {open_ for open_ in lab.truth(("tcp",), subnets) if limit(open_[2])}
        outcome = portolan.scan(lab.scanner, *sorted(lab.addresses(subnets)), "-p", ports, "--rate", rate, *WAIT)
        self.assert_same(outcome.found(), truth)

    def test_tcp_on_link_and_routed(self):
        self.check(("link", "routed"), "50k")

    def test_tcp_tun(self):
        self.check(TUN, "10k")


class Hosts(harness.Case):
    def pinged(self, subnets):
        """Addresses that answer the kernel's own ping."""
        return {address for address in lab.addresses(subnets)
                if lab.scanner.capture("ping", "-n", "-c", "1", "-W", "1", address).returncode == 0}

    def test_icmp_echo(self):
        for subnet in SUBNETS:
            with self.subTest(subnet=subnet):
                found = portolan.scan(lab.scanner, *ranges([subnet]), "--ping", "--rate", "1k", *WAIT).up()
                own = set(lab.scanner.addresses())
                self.assert_same(found - own, self.pinged([subnet]) - own)

    def macs(self, family):
        """{(address, MAC)} of everything on the link but the scanner itself."""
        return {(address, host.mac()) for host in lab.hosts.values() if host.subnet == "link"
                for address in host.addresses() + host.anycast()
                if in_subnets(address, LINK) and (":" in address) == (family == 6)}

    def check_neighbors(self, target, family):
        records = portolan.scan(lab.scanner, target, "--arp", "--rate", "1k", *WAIT).records
        own = set(lab.scanner.addresses())
        self.assert_same({(r["ip"], r["data"].get("mac")) for r in records if r["ip"] not in own}, self.macs(family))

    def test_arp(self):
        self.check_neighbors("10.77.1.0/24", 4)

    def test_ndp(self):
        self.check_neighbors("fd00:77:1::/120", 6)


class ClosedAndFiltered(harness.Case):
    """What a host says about a port that is not open, told apart."""

    def check(self, host, port, status, reason=None):
        for address in host.addresses():
            with self.subTest(address=address, port=port):
                records = portolan.scan(lab.scanner, address, "-p", port, "--show", "all", "--wait", "1").records
                self.assertEqual([r["data"]["status"] for r in records], [status] if status else [])
                if reason:
                    self.assertIn(reason, records[0]["data"]["reason"])

    def test_closed_tcp(self):
        self.check(lab.hosts["web"], "81", "closed", "rst")

    def test_closed_udp(self):
        self.check(lab.hosts["udp"], "U:81", "closed")

    def test_reset_by_a_firewall(self):
        self.check(lab.hosts["reject"], "23", "closed", "rst")

    def test_prohibited_by_a_firewall(self):
        self.check(lab.hosts["reject"], "80", "filtered")

    def test_udp_unreachable_by_a_firewall(self):
        self.check(lab.hosts["reject"], "U:5000", "filtered")

    def test_protocols_that_the_kernel_lacks(self):
        self.check(lab.hosts["web"], "O:253", "closed")
        if not os.path.exists("/proc/net/sctp"):
            self.check(lab.hosts["web"], "S:36412", "filtered")

    def test_dropped_by_a_firewall(self):
        self.check(lab.hosts["drop"], "80", None)

    def test_no_such_host_behind_the_router(self):
        for address in ("10.77.2.200", "fd00:77:2::200"):
            with self.subTest(address=address):
                records = portolan.scan(lab.scanner, address, "-p80", "--show", "all", "--wait", "5").records
                self.assertEqual([r["data"]["status"] for r in records], ["filtered"])


harness.main(__name__)
