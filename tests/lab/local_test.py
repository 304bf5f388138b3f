#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A scan of one's own machine: 127.0.0.1, ::1 and one's own address, all ports, finds exactly what ss shows."""
import harness
import netns
import portolan
import services
from truth import open_ports


def setUpModule():
    global machine
    machine, other = netns.Namespace("machine"), netns.Namespace("other")
    netns.veth(machine, "eth0", other, "eth0")
    machine.ip("addr add 10.98.0.2/24 dev eth0", "addr add fd00:98::2/64 dev eth0 nodad",
               "route add default via 10.98.0.1")
    services.sshd(machine)
    services.nginx(machine, [80, 65535])
    services.listeners(machine, tcp=[1, 631, 40000], udp=[9], addresses=["127.0.0.1", "::1"])
    services.listeners(machine, tcp=[3306], udp=[7], addresses=["10.98.0.2", "fd00:98::2"])


class OwnMachine(harness.Case):
    def check(self, address):
        outcome = portolan.scan(machine, address, "-p-", "--rate", "100k", "--wait", "1")
        true = {port for port in open_ports(machine, [address]) if port[1] == "tcp"}
        self.assert_same(outcome.found(), true)

    def test_loopback(self):
        self.check("127.0.0.1")

    def test_another_loopback_address(self):
        self.assert_same(portolan.scan(machine, "127.9.9.9", "-p-", "--rate", "100k", "--wait", "1").found(),
                         {("127.9.9.9", "tcp", port) for port in (22, 80, 65535)})

    def test_ipv6_loopback(self):
        self.check("::1")

    def test_own_address(self):
        self.check("10.98.0.2")

    def test_own_ipv6_address(self):
        self.check("fd00:98::2")

    def test_udp(self):
        addresses = ["127.0.0.1", "10.98.0.2", "::1"]
        outcome = portolan.scan(machine, *addresses, "-p", "U:1-100", "--rate", "1k", "--wait", "1")
        true = {port for port in open_ports(machine, addresses) if port[1] == "udp" and port[2] <= 100}
        self.assert_same(outcome.found(), true)


harness.main(__name__)
