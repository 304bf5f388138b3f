#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the scanner puts on the wire, judged by tshark and scapy: every checksum, and the fields that were asked for."""
import collections
import signal
import time

from scapy.all import ARP, ICMP, IP, SCTP, TCP, UDP, Ether, ICMPv6EchoRequest, ICMPv6ND_NS, IPv6, rdpcap

import far_side
import harness
import portolan

CHECKS = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
          "-o", "sctp.checksum:CRC 32c"]  # of ICMP and ICMPv6 it always checks
STATUSES = ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status",
            "icmpv6.checksum.status", "sctp.checksum.status"]
GOOD = "1"
V4, V6 = "10.208.0.0/26", "fd00:208::/122"


def setUpModule():
    global wire, neighbors
    wire = far_side.Wire()
    neighbors = wire.counter(open_every=2)  # some answers, so that resets leave too


class Captured(harness.Case):
    def capture(self, *words):
        """The scanner's frames, as scapy reads them; self.file stays for tshark."""
        self.file = f"/run/lab/{self.id()}.pcap"
        sniffer = wire.far.popen("tcpdump", "-i", "eth0", "-Q", "in", "-w", self.file, "-U", "--immediate-mode",
                                 "-B", "16384", stderr=open(f"{self.file}.log", "w"))
        while "listening" not in open(f"{self.file}.log").read():
            time.sleep(0.01)
        self.outcome = portolan.scan(wire.scanner, *words, "--rate", "5k", "--wait", "1")
        time.sleep(0.1)  # the last frame is on its way to the file
        sniffer.send_signal(signal.SIGINT)
        sniffer.wait()
        return list(rdpcap(self.file))

    def tshark_statuses(self):
        """{field: Counter of its values} over the captured frames; a quoted packet inside would count as well."""
        fields = [word for field in STATUSES for word in ("-e", field)]
        lines = wire.far.run("tshark", "-n", "-r", self.file, *CHECKS, "-T", "fields", *fields).splitlines()
        counted = collections.defaultdict(collections.Counter)
        for line in lines:
            for field, value in zip(STATUSES, line.split("\t")):
                if value:
                    counted[field][value] += 1
        return counted


class Checksums(Captured):
    def test_every_protocol_by_tshark(self):
        self.capture(V4, V6, "-p", "1-5,U:1-5,U:53,U:123,U:161,S:1-5", "--ping")
        statuses = self.tshark_statuses()
        self.assertEqual(set(statuses), set(STATUSES), "a protocol is missing from the capture")
        for field, values in statuses.items():
            self.assertEqual(set(values), {GOOD}, f"{field}: {values}")

    def test_every_protocol_by_scapy(self):
        frames = self.capture(V4, V6, "-p", "1-3,U:1-3,U:53,S:1-3", "--ping")
        seen = set()
        for frame in frames:
            for layer in (IP, TCP, UDP, ICMP, ICMPv6EchoRequest, ICMPv6ND_NS):
                if layer not in frame:
                    continue
                field = "cksum" if layer in (ICMPv6EchoRequest, ICMPv6ND_NS) else "chksum"
                carried = getattr(frame[layer], field)
                again = frame.copy()
                delattr(again[layer], field)
                computed = getattr(Ether(bytes(again))[layer], field)
                self.assertEqual(carried, computed, frame.show(dump=True))
                seen.add(layer)
        self.assertEqual(seen, {IP, TCP, UDP, ICMP, ICMPv6EchoRequest, ICMPv6ND_NS})


class Fields(Captured):
    def syns(self, *words):
        frames = self.capture(*words)
        return [frame for frame in frames if TCP in frame and frame[TCP].flags == "S"]

    def test_syn(self):
        syns = self.syns(V4, V6, "-p80-82", "--ttl", "77")
        self.assertEqual(len(syns), 2 * 64 * 3)
        self.assertEqual({frame[TCP].ack for frame in syns}, {0})
        self.assertEqual({tuple(kind for kind, _ in frame[TCP].options) for frame in syns}, {("MSS",)})
        self.assertEqual({frame[IP].ttl for frame in syns if IP in frame}, {77})
        self.assertEqual({frame[IPv6].hlim for frame in syns if IPv6 in frame}, {77})
        self.assertEqual(len({frame[TCP].seq for frame in syns}), len(syns), "the cookie is the same for two targets")
        self.assertEqual({frame[Ether].dst for frame in syns}, {"02:77:00:00:00:01"})

    def test_source_port(self):
        syns = self.syns(V4, "-p80", "--source-port", "61000-61003")
        ports = {frame[TCP].sport for frame in syns}
        self.assertLessEqual(ports, set(range(61000, 61004)))
        self.assertGreater(len(ports), 1)

    def test_source_address_and_router_mac(self):
        syns = self.syns(V4, "-p80", "--source-ip", "10.99.0.77", "-e", "eth0", "--router-mac", "02:00:00:00:00:99")
        self.assertEqual({frame[IP].src for frame in syns}, {"10.99.0.77"})
        self.assertEqual({frame[Ether].dst for frame in syns}, {"02:00:00:00:00:99"})

    def test_every_answer_is_reset_once(self):
        frames = self.capture(V4, V6, "-p443")
        resets = [frame for frame in frames if TCP in frame and "R" in frame[TCP].flags]
        found = self.outcome.found()
        self.assertEqual(len(found), 64)
        self.assertEqual(len(resets), len(found))
        asked = {(frame[TCP].dport, frame[TCP].sport, (frame[IP] if IP in frame else frame[IPv6]).dst): frame[TCP].seq
                 for frame in frames if TCP in frame and frame[TCP].flags == "S"}
        for frame in resets:  # the reset stands where the far side expects our next byte (RFC 9293, 3.5.2)
            key = (frame[TCP].dport, frame[TCP].sport, (frame[IP] if IP in frame else frame[IPv6]).dst)
            self.assertEqual(frame[TCP].seq, (asked[key] + 1) % 2**32)

    def test_neighbor_requests(self):
        frames = self.capture("10.99.0.16/28", "fd00:99::10/124", "--arp")
        arps = [frame[ARP] for frame in frames if ARP in frame]
        solicitations = [frame for frame in frames if ICMPv6ND_NS in frame]
        self.assertEqual(len({arp.pdst for arp in arps}), 16)
        self.assertEqual({(arp.op, arp.psrc, arp.hwsrc) for arp in arps}, {(1, "10.99.0.2", wire.scanner.mac())})
        self.assertEqual(len({frame[ICMPv6ND_NS].tgt for frame in solicitations}), 16)
        self.assertEqual({frame[IPv6].hlim for frame in solicitations}, {255}, "RFC 4861, 7.1.1")
        self.assertEqual({frame[Ether].dst[:8] for frame in solicitations}, {"33:33:ff"})

    def test_ip_protocols(self):
        frames = self.capture("10.208.0.0/30", "-p", "O:47,O:50-51,O:132")
        self.assertEqual({frame[IP].proto for frame in frames if IP in frame}, {47, 50, 51, 132})

    def test_sctp(self):
        frames = [frame for frame in self.capture(V4, "-p", "S:36412") if SCTP in frame]
        self.assertEqual({(frame[SCTP].dport, frame[SCTP].tag) for frame in frames}, {(36412, 0)})


harness.main(__name__)
