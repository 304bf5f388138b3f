# SPDX-License-Identifier: Apache-2.0
"""A liar on the wire: answers each probe with one forged packet that comes close to a true answer.

It is far too slow for more than some hundred probes a second. ARP and NDP are answered by lab_counter beside it.
"""
import os
import signal
import socket

from scapy.all import (ICMP, IP, SCTP, TCP, UDP, Ether, ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, IPv6,
                       Raw, SCTPChunkInit, SCTPChunkInitAck)

MAC = "02:77:00:00:00:01"


def envelope(probe, source=None):
    """Ethernet and IP from the probed address (or another) back to the scanner."""
    ether = Ether(src=MAC, dst=probe[Ether].src)
    if IPv6 in probe:
        return ether / IPv6(src=source or probe[IPv6].dst, dst=probe[IPv6].src, hlim=64)
    return ether / IP(src=source or probe[IP].dst, dst=probe[IP].src, ttl=64)


def neighbour_of(address):
    """An address that nobody probes."""
    return "fd00:20f::1" if ":" in address else "10.207.0.1"


def destination(probe):
    return probe[IPv6].dst if IPv6 in probe else probe[IP].dst


def other_of_ours(port):
    """Another of the scanner's ports, whose range is of an even number from an even one on. The next may be none of
    them, which its socket does not even let in."""
    return port ^ 1


def tcp(probe, flags, ack=0, port=0, our_port=None, source=None):
    syn = probe[TCP]
    return envelope(probe, source) / TCP(sport=(syn.dport + port) % 65536, dport=our_port or syn.sport, flags=flags,
                                         seq=1000, ack=(syn.seq + 1 + ack) % 2**32, window=64240)


def quoting(probe, change):
    """An ICMP port unreachable (from the target) that quotes the probe as `change` left it."""
    layer = IPv6 if IPv6 in probe else IP
    quoted = layer(bytes(probe[layer]))
    change(quoted)
    if layer is IPv6:
        return envelope(probe) / ICMPv6DestUnreach(code=4) / Raw(bytes(quoted))
    return envelope(probe) / ICMP(type=3, code=3) / Raw(bytes(quoted)[:28])


def altered(layer, field):
    """Turns the lowest bit of a number in the quoted packet; quotes carry whatever checksum they like."""
    def change(quoted):
        setattr(quoted[layer], field, getattr(quoted[layer], field) ^ 1)
    return change


def other_target(quoted):
    quoted.dst = neighbour_of(quoted.dst)


def udp(probe, payload=b"x", our_port=None, source=None, port=0):
    asked = probe[UDP]
    return envelope(probe, source) / UDP(sport=asked.dport + port, dport=our_port or asked.sport) / Raw(payload)


def dns(probe, shift):
    question = bytes(probe[UDP].payload)
    shifted = (int.from_bytes(question[:2], "big") + shift) % 65536
    return udp(probe, shifted.to_bytes(2, "big") + b"\x80" + question[3:])


def echo(probe, shift):
    if IPv6 in probe:
        asked = probe[ICMPv6EchoRequest]
        return envelope(probe) / ICMPv6EchoReply(id=(asked.id + shift) % 65536, seq=asked.seq, data=asked.data)
    asked = probe[ICMP]
    return envelope(probe) / ICMP(type=0, id=(asked.id + shift) % 65536, seq=asked.seq) / asked.payload


def init_ack(probe, shift):
    asked, chunk = probe[SCTP], probe[SCTPChunkInit]
    return envelope(probe) / SCTP(sport=asked.dport, dport=asked.sport, tag=(chunk.init_tag + shift) % 2**32) / \
        SCTPChunkInitAck(init_tag=77, a_rwnd=65535, n_out_streams=1, n_in_streams=1, init_tsn=1)


def cut(packet, length):
    """The packet's first bytes: a header that promises more than there is."""
    return Raw(bytes(packet)[:length])


# Name: what is asked for, what comes back. The names are those of forged_test.py.
FORGERIES = {
    "honest syn-ack": (TCP, lambda p: tcp(p, "SA")),
    "honest rst": (TCP, lambda p: tcp(p, "RA")),
    "honest icmp error": (TCP, lambda p: quoting(p, lambda quoted: None)),
    "honest dns answer": (UDP, lambda p: dns(p, 0)),
    "honest udp answer": (UDP, udp),
    "honest echo reply": (None, lambda p: echo(p, 0)),
    "honest init-ack": (SCTP, lambda p: init_ack(p, 0)),
    "syn-ack, wrong cookie": (TCP, lambda p: tcp(p, "SA", ack=12345)),
    "syn-ack, cookie off by one": (TCP, lambda p: tcp(p, "SA", ack=-1)),
    "syn-ack of another address": (TCP, lambda p: tcp(p, "SA", source=neighbour_of(destination(p)))),
    "syn-ack of another port": (TCP, lambda p: tcp(p, "SA", port=1000)),
    "syn-ack to another port of ours": (TCP, lambda p: tcp(p, "SA", our_port=other_of_ours(p[TCP].sport))),
    "rst, wrong cookie": (TCP, lambda p: tcp(p, "RA", ack=12345)),
    "icmp error, other sequence number": (TCP, lambda p: quoting(p, altered(TCP, "seq"))),
    "icmp error, other target": (TCP, lambda p: quoting(p, other_target)),
    "icmp error, other port": (TCP, lambda p: quoting(p, altered(TCP, "dport"))),
    "icmp error, udp, other identification": (UDP, lambda p: quoting(p, altered(0, "id" if IP in p else "fl"))),
    "icmp error, udp, other port of ours": (UDP, lambda p: quoting(p, altered(UDP, "sport"))),
    "dns answer, wrong cookie": (UDP, lambda p: dns(p, 1)),
    "udp answer of another address": (UDP, lambda p: udp(p, source=neighbour_of(destination(p)))),
    "udp answer of another port": (UDP, lambda p: udp(p, port=1000)),
    "udp answer to another port of ours": (UDP, lambda p: udp(p, our_port=other_of_ours(p[UDP].sport))),
    "echo reply, wrong cookie": (None, lambda p: echo(p, 1)),
    "init-ack, wrong cookie": (SCTP, lambda p: init_ack(p, 1)),
    "syn-ack, cut short": (TCP, lambda p: cut(tcp(p, "SA"), 14 + (40 if IPv6 in p else 20) + 12)),
}


def is_probe(packet, layer):
    if layer is TCP:
        return TCP in packet and packet[TCP].flags == "S"
    if layer is None:
        return ICMPv6EchoRequest in packet or (ICMP in packet and packet[ICMP].type == 8)
    return layer in packet and ICMP not in packet


class Ended(Exception):
    pass


def _end(*_):
    raise Ended


def _forge(forgery, report):
    """Until SIGTERM; says when it listens, and at the end how many forgeries it sent."""
    layer, forged = FORGERIES[forgery]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind(("eth0", 0))
    wire.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
    signal.signal(signal.SIGTERM, _end)
    print("ready", file=report, flush=True)
    sent = 0
    try:
        while True:
            probe = Ether(wire.recv(65535))
            if is_probe(probe, layer):
                wire.send(bytes(forged(probe)))
                sent += 1
    except Ended:
        print(sent, file=report, flush=True)


class Forger:
    """Forges in the namespace from construction to stop(), which gives the number of forgeries."""

    def __init__(self, far, forgery):
        reading, writing = os.pipe()
        self._child = far.fork(lambda: _forge(forgery, os.fdopen(writing, "w")))
        os.close(writing)
        self._report = os.fdopen(reading)
        if self._report.readline() != "ready\n":
            raise RuntimeError("the forger did not start")

    def stop(self):
        os.kill(self._child, signal.SIGTERM)
        sent = int(self._report.read())
        os.waitpid(self._child, 0)
        return sent
