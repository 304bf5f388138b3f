#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The lab: a small network of real Linux hosts with real servers, in private namespaces.

          scanner .2                      10.77.1.0/24, fd00:77:1::/64
          |      |________ switch ________________________________________
        tun0              |       |      |       |        |       |      |
          |             web .10 ssh .11 dns .12 udp .13 drop .14 reject .15 | router .1
        tun .2                                                            |
        10.77.3.0/24,                                          10.77.2.0/24, fd00:77:2::/64
        fd00:77:3::/64                                         inner-web .10   inner-ssh .11

Started by hand it opens a shell in the scanner (or runs a command there), and takes everything down after it:
    sudo tests/lab/lab.py [HOST] [-- COMMAND...]
From a test: netns.private(main), and in main `with Lab() as lab:`.
"""
import os
import signal
import sys

import netns
import services
from truth import open_ports

SUBNETS = {"link": "1", "routed": "2", "tun": "3"}


def v4(subnet, host):
    return f"10.77.{SUBNETS[subnet]}.{host}"


def v6(subnet, host):
    return f"fd00:77:{SUBNETS[subnet]}::{host}"


def in_subnets(address, subnets):
    return address.startswith(tuple(prefix for subnet in subnets for prefix in (v4(subnet, ""), v6(subnet, ""))))


class Host(netns.Namespace):
    """A namespace with an address of each family on one subnet, and perhaps a firewall."""

    def __init__(self, name, subnet, number):
        super().__init__(name)
        self.subnet, self.number = subnet, number
        self.reachable = None  # (protocol, port) that its firewall lets through; None: everything

    @property
    def v4(self):
        return v4(self.subnet, self.number)

    @property
    def v6(self):
        return v6(self.subnet, self.number)

    def configure(self, interface="eth0", via=None):
        self.ip(f"addr add {self.v4}/24 dev {interface}", f"addr add {self.v6}/64 dev {interface} nodad")
        if via:
            self.ip(f"route add default via {v4(self.subnet, via)}", f"route add ::/0 via {v6(self.subnet, via)}")
        # Every ICMP error is sent: the lab measures the scanner, not Linux' thrift.
        self.sysctl(net__ipv4__icmp_ratelimit=0, net__ipv6__icmp__ratelimit=0)

    def truth(self):
        """{(address, protocol, port)} that a scanner outside must find open; asked of the kernel, now."""
        found = open_ports(self)
        return {port for port in found if self.reachable is None or port[1:] in self.reachable}


class Switch(netns.Namespace):
    def __init__(self, name):
        super().__init__(name)
        self._ports = 0
        self.sysctl(net__ipv6__conf__default__disable_ipv6=1)
        self.ip("link add br0 type bridge mcast_snooping 0", "link set br0 up")

    def join(self, host, interface="eth0"):
        # Without this a host's link-local address is no use for the first second, and a router cannot solicit with it.
        host.sysctl(net__ipv6__conf__default__accept_dad=0)
        port = f"port{self._ports}"
        self._ports += 1
        netns.veth(host, interface, self, port)
        self.ip(f"link set {port} master br0")


FIREWALL = """
table inet lab {{ chain input {{ type filter hook input priority 0;
    iif lo accept
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert }} accept
    {rules}
}}
}}
"""


class Lab:
    """Comes up in the constructor, with every server listening. `hosts` are those to be found, by name."""

    def __init__(self, tun=True):
        netns.guard()
        self.hosts = {}
        self._switches = {"link": Switch("switch-link"), "routed": Switch("switch-routed")}
        self.scanner = Host("scanner", "link", 2)
        self._switches["link"].join(self.scanner)
        self.scanner.configure(via=1)
        self._add_router()
        self._add_link_hosts()
        self._add_routed_hosts()
        if tun:
            self._add_tun_host()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass  # the namespaces and processes end with process 1 of the lab

    def _add(self, name, subnet, number, via=1):
        host = Host(name, subnet, number)
        self._switches[subnet].join(host)
        host.configure(via=via)
        self.hosts[name] = host
        return host

    def _add_router(self):
        router = self._add("router", "link", 1, via=None)
        self._switches["routed"].join(router, "eth1")
        router.ip(f"addr add {v4('routed', 1)}/24 dev eth1", f"addr add {v6('routed', 1)}/64 dev eth1 nodad")
        router.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)

    def _add_link_hosts(self):
        services.nginx(self._add("web", "link", 10), [80, 8080, 65535])
        services.sshd(self._add("ssh", "link", 11))
        services.dnsmasq(self._add("dns", "link", 12))
        services.listeners(self._add("udp", "link", 13), udp=[7, 5000], ip=[253])
        self._add_dropping_host()
        self._add_rejecting_host()

    def _add_dropping_host(self):
        host = self._add("drop", "link", 14)
        services.listeners(host, tcp=[80, 4444], udp=[7])
        host.nft(FIREWALL.format(rules="tcp dport 4444 accept\n    drop"))
        host.reachable = {("tcp", 4444)}

    def _add_rejecting_host(self):
        host = self._add("reject", "link", 15)
        services.listeners(host, tcp=[22, 80], udp=[7, 5000])
        host.nft(FIREWALL.format(rules="""tcp dport 22 accept
    udp dport 7 accept
    tcp dport 23 reject with tcp reset
    tcp dport 80 reject with icmpx admin-prohibited
    udp dport 5000 reject with icmpx host-unreachable
    meta l4proto { tcp, udp } reject with icmpx port-unreachable"""))
        host.reachable = {("tcp", 22), ("udp", 7)}

    def _add_routed_hosts(self):
        inner_web = self._add("inner-web", "routed", 10)
        services.nginx(inner_web, [80, 443])
        services.dnsmasq(inner_web)
        services.sshd(self._add("inner-ssh", "routed", 11))

    def _add_tun_host(self):
        host = Host("tun", "tun", 2)
        services.tun_link(self.scanner, host)
        for end, number in ((self.scanner, 1), (host, 2)):
            end.ip(f"addr add {v4('tun', number)}/24 dev tun0", f"addr add {v6('tun', number)}/64 dev tun0 nodad",
                   "link set tun0 up")
        services.nginx(host, [80])
        services.listeners(host, tcp=[9999], udp=[7])
        self.hosts["tun"] = host

    def truth(self, protocols=("tcp", "udp"), subnets=tuple(SUBNETS)):
        """{(address, protocol, port)} of every host that a scan of the subnets must find open."""
        return {port for host in self.hosts.values() for port in host.truth()
                if port[1] in protocols and in_subnets(port[0], subnets)}

    def addresses(self, subnets=tuple(SUBNETS)):
        return {address for host in self.hosts.values() for address in host.addresses() if in_subnets(address, subnets)}


def by_hand():
    words, command = sys.argv[1:], None
    if "--" in words:
        cut = words.index("--")
        words, command = words[:cut], words[cut + 1:]
    with Lab() as lab:
        hosts = {"scanner": lab.scanner, **lab.hosts}
        host = hosts.get(words[0] if words else "scanner")
        if host is None:
            sys.exit(f"no host {words[0]!r} in the lab; there are: {', '.join(hosts)}")
        if not command:
            print(__doc__.split("\n\n")[1])
            print(f"A shell in {host.name}; leaving it takes the lab down.")
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            command = [os.environ.get("SHELL", "/bin/sh")]
        return host.popen(*command, stdin=None).wait()


if __name__ == "__main__":
    netns.private(by_hand)
