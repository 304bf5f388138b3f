# SPDX-License-Identifier: Apache-2.0
"""A client without a kernel: sends frames made by scapy and takes down every frame that comes back.

Its addresses belong to nobody on the wire, so no kernel interferes. What is not answered is known without waiting:
after each question comes an echo request with a number of its own, and the responder answers in order.
"""
import select
import socket
import time

from scapy.all import ICMP, IP, TCP, Ether

MAC = "02:66:00:00:00:77"


class WireClient:
    def __init__(self, space, server_mac, own_address, interface="eth0"):
        with space.inside():
            self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._wire.bind((interface, 0))
        self._wire.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
        self.server_mac, self._own = server_mac, own_address
        self._marks = 0

    def ether(self, destination=None, **fields):
        return Ether(src=MAC, dst=destination or self.server_mac, **fields)

    def send(self, frame):
        self._wire.send(bytes(frame))

    def next_frame(self, seconds):
        """The next frame to us, or None."""
        deadline = time.monotonic() + seconds
        while select.select([self._wire], [], [], max(0, deadline - time.monotonic()))[0]:
            frame = self._wire.recv(65535)
            if frame[:6] == bytes.fromhex(MAC.replace(":", "")):
                return frame
        return None

    def exchange(self, frame):
        """All frames that it is answered with, as bytes."""
        self._marks += 1
        source = f"10.66.{100 + self._marks // 100 % 100}.{1 + self._marks % 100}"  # under every limit per source
        mark = self.ether() / IP(src=source, dst=self._own) / ICMP(id=0xFACE, seq=self._marks)
        self.send(frame)
        self.send(mark)
        answers = []
        while True:
            answer = self.next_frame(5)
            if answer is None:
                raise AssertionError("the responder does not answer echo requests any more")
            if self._is_mark(answer):
                return answers
            answers.append(answer)

    def _is_mark(self, frame):
        echo = Ether(frame)
        return ICMP in echo and echo[ICMP].type == 0 and (echo[ICMP].id, echo[ICMP].seq) == (0xFACE, self._marks)

    def handshake(self, ip, sport, dport, seq=1000):
        """Connects by hand; gives (our next sequence number, theirs)."""
        answers = self.exchange(self.ether() / ip / TCP(sport=sport, dport=dport, flags="S", seq=seq))
        syn_ack = Ether(answers[0])[TCP]
        assert syn_ack.flags == "SA" and syn_ack.ack == seq + 1, syn_ack
        return seq + 1, (syn_ack.seq + 1) % 2**32
