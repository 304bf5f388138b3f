# SPDX-License-Identifier: Apache-2.0
"""A bounded flood: SYNs with true checksums from 65,536 sources and as many ports, at a steady rate."""
import random
import socket
import time

from scapy.all import IP, TCP, Ether

BURST = 500
SOURCES = "10.67.0.0"  # the last two bytes are drawn


def _sum(data):
    total = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
    return total


def _fold(total):
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - ((total & 0xFFFF) + (total >> 16))


class _Template:
    """A SYN whose source, port and checksums are put in by hand: scapy makes some hundred frames a second."""

    def __init__(self, server_mac, server, port):
        frame = Ether(src="02:66:00:00:00:f0", dst=server_mac) / IP(src=SOURCES, dst=server, flags="DF") / \
            TCP(sport=0, dport=port, flags="S", seq=1)
        self._frame = bytearray(bytes(frame))
        ip, tcp = self._frame[14:34], self._frame[34:]
        ip[10:12] = tcp[16:18] = b"\0\0"
        self._ip_sum = _sum(ip)
        self._tcp_sum = _sum(ip[12:20]) + 6 + len(tcp) + _sum(tcp)

    def fill(self, source, port):
        frame = self._frame
        frame[28:30] = source.to_bytes(2, "big")
        frame[34:36] = port.to_bytes(2, "big")
        frame[24:26] = _fold(self._ip_sum + source).to_bytes(2, "big")
        frame[50:52] = _fold(self._tcp_sum + source + port).to_bytes(2, "big")
        return frame


def syns(server_mac, server, count, rate):
    """Sends so many; for a process of its own (Namespace.fork)."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("eth0", 0))
    template, draw = _Template(server_mac, server, 80), random.Random(7)
    began = time.monotonic()
    for sent in range(0, count, BURST):
        for _ in range(BURST):
            number = draw.getrandbits(32)
            wire.send(template.fill(number >> 16, number & 0xFFFF))
        time.sleep(max(0, began + (sent + BURST) / rate - time.monotonic()))
