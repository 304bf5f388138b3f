#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The lab's own instruments: the counting far side counts what scapy sends, sees a wrong checksum, answers by its rule;
the lab's servers are what their kernels say they are."""
import socket

from scapy.all import ICMP, IP, SCTP, TCP, UDP, Ether, ICMPv6EchoRequest, IPv6, Raw, SCTPChunkInit

import far_side
import harness
from far_side import block
from lab import Lab

V4, V6 = IP(src="10.99.0.2", dst="10.200.0.3"), IPv6(src="fd00:99::2", dst="fd00:200::3")


def setUpModule():
    global wire, link
    wire = far_side.Wire()
    with wire.scanner.inside():
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        link.bind(("eth0", 0))


def send(*packets):
    for packet in packets:
        link.send(bytes(Ether(src=wire.scanner.mac(), dst=wire.far.mac()) / packet))


class Counting(harness.Case):
    def test_each_protocol_in_its_space(self):
        for ip, prefix, echo in ((V4, "10.200.0.0/24", ICMP()), (V6, "fd00:200::/120", ICMPv6EchoRequest())):
            protocols = {"tcp": TCP(dport=7), "udp": UDP(dport=7) / Raw(b"odd"), "icmp": echo,
                         "sctp": SCTP(dport=7) / SCTPChunkInit()}
            for name, probe in protocols.items():
                with self.subTest(name, prefix=prefix):
                    counter = wire.counter(block(prefix, 0, 9, name))
                    send(ip / probe, ip / probe, ip / TCP(dport=99))
                    account = counter.stop()
                    self.assertEqual((account["seen"], account["outside"]), ({0: 2559, 2: 1}, 1))
                    self.assertEqual((account["bad_checksums"], account["bad_header_checksums"]), (0, 0))

    def test_wrong_checksums_are_seen(self):
        wrong = [IP(src="10.99.0.2", dst="10.200.0.3", chksum=1) / TCP(), V4 / TCP(chksum=1), V6 / TCP(chksum=1),
                 V4 / UDP(chksum=1), V6 / UDP(chksum=1), V6 / UDP(chksum=0), V4 / ICMP(chksum=1),
                 V6 / ICMPv6EchoRequest(cksum=1), V4 / SCTP(chksum=1) / SCTPChunkInit()]
        counter = wire.counter()
        send(*wrong)
        account = counter.stop()
        self.assertEqual((account["bad_header_checksums"], account["bad_checksums"]), (1, len(wrong) - 1))

    def test_pairs(self):
        with open("/run/lab/pairs", "w", encoding="ascii") as file:
            file.write("10.200.0.3:80/tcp\n[fd00:200::3]:53/udp\n10.200.0.4:80/tcp\n")
        counter = wire.counter(pairs="/run/lab/pairs")
        send(V4 / TCP(dport=80), V6 / UDP(dport=53), V6 / TCP(dport=53))
        account = counter.stop()
        self.assertEqual((account["seen"], account["outside"]), ({0: 1, 1: 2}, 1))

    def test_answers_by_the_rule(self):
        counter = wire.counter(open_every=2)
        results = []
        with wire.scanner.inside():
            for address, port in (("10.200.0.2", 80), ("10.200.0.2", 81), ("fd00:200::4", 80), ("fd00:200::4", 81)):
                with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as one:
                    one.settimeout(0.5)
                    results.append((one.connect_ex((address, port)) == 0, counter.is_open(address, port)))
        counter.stop()
        self.assertEqual(results, [(True, True), (False, False)] * 2)

    def test_fast(self):
        """As many as come, at what the machine's own sender does; none may be lost."""
        counter = wire.counter(block("10.200.0.0/24", 0, 65535, "udp"))
        frame = bytes(Ether(src=wire.scanner.mac(), dst=wire.far.mac()) / V4 / UDP(dport=7))
        for _ in range(200_000):
            link.send(frame)
        account = counter.stop()
        self.assertEqual((account["lost"], account["kinds"]["udp"]), (0, 200_000))


class Servers(harness.Case):
    def test_every_true_port_accepts(self):
        lab = Lab()
        truth = lab.truth(("tcp",))
        self.assertGreater(len(truth), 20)
        with lab.scanner.inside():
            for address, _, port in truth:
                with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as one:
                    one.settimeout(5)
                    self.assertEqual(one.connect_ex((address, port)), 0, (address, port))


harness.main(__name__)
