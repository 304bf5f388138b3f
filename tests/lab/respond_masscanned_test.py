#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Under the name masscanned, with its options: frames in, and byte for byte the frames that its clients know.

What is expected is put together by scapy and by hand, from what masscanned is known to do, never by our own code.
"""
import os
import re
import socket
import struct

from scapy.all import (ARP, ICMP, IP, TCP, UDP, Ether, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS,
                       ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPv6, Raw, inet_pton)

import asked
import harness
import portolan
import responder
import wire_client

OUR_MAC = "02:66:00:00:00:99"
OWN = {4: "10.66.1.1", 6: "fd66::1:1"}
CLIENT = {4: "10.66.0.77", 6: "fd66::77"}
DENIED = {4: "10.66.0.99", 6: "fd66::99"}
LISTS = ("-f", "/run/lab/own", "--remote-ip-deny-list", ",".join(DENIED.values()))
PAGE = re.compile(
    rb'HTTP/1\.1 401 Unauthorized\nServer: nginx/1\.14\.2\n'
    rb'Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\nContent-Type: text/html\n'
    rb'Content-Length: 188\nConnection: keep-alive\nWWW-Authenticate: Basic realm="Access to admin page"\n\n'
    rb'(?P<body>(?s:<html>.*</html>)\n\n)')
GH0ST = b"Gh0st" + struct.pack("<II", 22, 1) + bytes.fromhex("789c63000000010001")


def setUpModule():
    global street, name, server, wire
    street = responder.Street()
    name = "/run/lab/masscanned"
    os.symlink(portolan.BINARY, name)
    with open("/run/lab/own", "w", encoding="ascii") as file:
        file.write(f"{OWN[4]}\t12\n10.66.1.2\n{OWN[6]}\t3\n")
    server = start(*LISTS)
    wire = wire_client.WireClient(street.client, OUR_MAC, OWN[4])


def tearDownModule():
    server.stop()


def start(*words, **options):
    return responder.Responder(street.far, "-i", "eth0", "-a", OUR_MAC, *words, name=name, **options)


def to_us(family, client=None, own=None):
    layer, source = (IP, CLIENT[4]) if family == 4 else (IPv6, CLIENT[6])
    return wire.ether() / layer(src=client or source, dst=own or OWN[family])


def from_us(family, own=None):
    """How each answer begins: nothing but addresses is taken from the request."""
    ether = Ether(src=OUR_MAC, dst=wire_client.MAC)
    if family == 4:
        return ether / IP(src=own or OWN[4], dst=CLIENT[4], id=0, flags="DF", ttl=64, tos=0)
    return ether / IPv6(src=own or OWN[6], dst=CLIENT[6], tc=0, fl=0, hlim=64)


class Answers(harness.Case):
    def assert_answer(self, question, *expected):
        self.assertEqual([a.hex() for a in wire.exchange(question)], [bytes(e).hex() for e in expected])

    def assert_page(self, said):
        """Its length is announced one too small: that of the page without the last line end."""
        page = PAGE.fullmatch(said)
        self.assertTrue(page, said)
        self.assertEqual(len(page["body"]), 188 + 1)


class Lower(Answers):
    def test_arp(self):
        padding = Raw(b"padding of 18 byte")
        question = ARP(op=1, hwsrc=wire_client.MAC, psrc=CLIENT[4], pdst=OWN[4], hwdst="00:00:00:00:00:00")
        answer = ARP(op=2, hwsrc=OUR_MAC, psrc=OWN[4], hwdst=wire_client.MAC, pdst=CLIENT[4])
        for target in ("ff:ff:ff:ff:ff:ff", OUR_MAC):
            self.assert_answer(wire.ether(target) / question / padding,
                               Ether(src=OUR_MAC, dst=wire_client.MAC) / answer / padding)
        self.assert_answer(wire.ether() / ARP(op=2, hwsrc=wire_client.MAC, psrc=CLIENT[4], pdst=OWN[4]))
        self.assert_answer(wire.ether("ff:ff:ff:ff:ff:ff") /
                           ARP(hwsrc=wire_client.MAC, psrc=CLIENT[4], pdst="10.66.1.3"))

    def test_echo(self):
        for data in (b"", b"odd", bytes(range(256)) * 4):
            self.assert_answer(to_us(4) / ICMP(id=5, seq=6) / data,
                               from_us(4) / ICMP(type=0, id=5, seq=6) / data)
            self.assert_answer(to_us(6) / ICMPv6EchoRequest(id=5, seq=6, data=data),
                               from_us(6) / ICMPv6EchoReply(id=5, seq=6, data=data))
        self.assert_answer(to_us(4) / ICMP(type=13))

    def test_neighbor_solicitation(self):
        answer = from_us(6) / ICMPv6ND_NA(R=0, S=1, O=1, tgt=OWN[6]) / ICMPv6NDOptDstLLAddr(lladdr=OUR_MAC)
        answer[IPv6].hlim = 255
        for target, group in (("33:33:ff:01:00:01", "ff02::1:ff01:1"), (OUR_MAC, OWN[6])):
            ether = wire.ether(target) / IPv6(src=CLIENT[6], dst=group)
            asked_for = ICMPv6ND_NS(tgt=OWN[6]) / ICMPv6NDOptSrcLLAddr(lladdr=wire_client.MAC)
            self.assert_answer(ether / asked_for, answer)
        self.assert_answer(wire.ether() / IPv6(src=CLIENT[6], dst=OWN[6]) / ICMPv6ND_NS(tgt="fd66::1:3"))

    def test_who_is_denied(self):
        for family, echo in ((4, ICMP()), (6, ICMPv6EchoRequest())):
            self.assert_answer(to_us(family, DENIED[family]) / echo)
            self.assert_answer(to_us(family, DENIED[family]) / TCP(dport=80, flags="S"))
        self.assertEqual(len(wire.exchange(wire.ether() / ARP(hwsrc=wire_client.MAC, psrc=DENIED[4], pdst=OWN[4]))), 1)

    def test_who_is_not_ours(self):
        self.assert_answer(to_us(4, own="10.66.1.3") / TCP(dport=80, flags="S"))
        self.assert_answer(to_us(6, own="fd66::1:3") / TCP(dport=80, flags="S"))


class Tcp(Answers):
    def test_flags(self):
        # S: a SYN-ACK. F: a FIN-ACK. Everything else but PSH-ACK: nothing, never a reset.
        kinds = {"S": "S", "SP": "S", "SU": "S", "SC": "S", "SE": "S", "SPU": "S", "FA": "F"}
        others = ("", "A", "R", "RA", "F", "SEC", "SN", "SA", "SF", "SR", "FPU", "SFA", "U", "E")
        for family in (4, 6):
            for flags in (*kinds, *others):
                with self.subTest(f"{flags} over IPv{family}"):
                    self.ask_flags(family, flags, kinds.get(flags))

    def ask_flags(self, family, flags, kind):
        question = TCP(sport=1000, dport=80, seq=0xFFFFFFFF, ack=88, flags=flags)
        if kind is None:
            return self.assert_answer(to_us(family) / question)
        said = wire.exchange(to_us(family) / question)
        cookie = Ether(said[0])[TCP].seq if kind == "S" else 88
        answer = TCP(sport=80, dport=1000, seq=cookie, ack=0, window=65535, flags="SA" if kind == "S" else "FA")
        return self.assertEqual([said[0].hex()], [bytes(from_us(family) / answer).hex()])

    def talk(self, family, port, *requests):
        """Each request as one PSH-ACK, with the wrong sequence number from the second on; the data of the answers."""
        seq, ack = wire.handshake(to_us(family)[1], port, 4000)
        said = []
        for number, request in enumerate(requests):
            question = TCP(sport=port, dport=4000, seq=seq + 7000 * number, ack=ack, flags="PA")
            frames = wire.exchange(to_us(family) / question / request)
            self.assertEqual(len(frames), 1)
            data = bytes(Ether(frames[0])[TCP].payload)
            answer = TCP(sport=4000, dport=port, seq=ack, ack=seq + 7000 * number + len(request), window=65535,
                         flags="PA" if data else "A")
            self.assertEqual(frames[0].hex(), bytes(from_us(family) / answer / data).hex())
            said.append(data)
        return said

    def test_conversations(self):
        for family in (4, 6):
            request = b"GET /x HTTP/1.0\r\n\r\n"
            for page in self.talk(family, 2001, request, request):
                self.assert_page(page)
            self.assertEqual(self.talk(family, 2002, b"", b"what?"), [b"", b""])
            self.assertEqual(self.talk(family, 2003, b"SSH-2.0-lab\r\n"), [b"SSH-2.0-1\r\n"])
            self.assertEqual(self.talk(family, 2004, b"SSH-1.9", b"9-lab\r\n"), [b"", b"SSH-2.0-1\r\n"])
            self.assertEqual(self.talk(family, 2005, asked.gh0st()), [GH0ST])
            null = struct.pack(">6I", 0x5A000001, 1, 0, 0, 0, 0)
            self.assertEqual(self.talk(family, 2006, asked.record_marked(asked.rpc_call())),
                             [struct.pack(">I", 0x80000018) + null])

    def test_a_wrong_cookie_is_met_with_silence(self):
        for family in (4, 6):
            question = TCP(sport=2100, dport=80, seq=1, ack=2, flags="PA") / b"GET / HTTP/1.1\r\n\r\n"
            self.assert_answer(to_us(family) / question)


class Udp(Answers):
    sport = 3000

    def ask(self, family, payload, dport=4000, answer_from=None):
        """The payload of the one answer, whose envelope is held against what it must be; None: silence."""
        Udp.sport += 1
        frames = wire.exchange(to_us(family) / UDP(sport=self.sport, dport=dport) / payload)
        if not frames:
            return None
        data = bytes(Ether(frames[0])[UDP].payload)
        answer = UDP(sport=dport if answer_from is None else answer_from, dport=self.sport)
        self.assertEqual([f.hex() for f in frames], [bytes(from_us(family) / answer / Raw(data)).hex()])
        return data

    def mapped(self, family):
        """What STUN says of the last question's source."""
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        address = inet_pton(kind, CLIENT[family])
        attribute = struct.pack(">HHBBH", 1, 4 + len(address), 0, 1 if family == 4 else 2, self.sport) + address
        return struct.pack(">HH", 0x0101, len(attribute)) + asked.stun_binding()[4:20] + attribute

    def test_http(self):
        for family in (4, 6):
            self.assert_page(self.ask(family, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
            self.assertIsNone(self.ask(family, b"GET / HTTP/1.1\r\nHost: a\r\n"))

    def test_stun(self):
        for family in (4, 6):
            self.assertEqual(self.ask(family, asked.stun_binding()), self.mapped(family))
            change = asked.stun_binding(bytes.fromhex("0003000400000002"))
            self.assertEqual(self.ask(family, change, 4000, 4001), self.mapped(family))
            self.assertEqual(self.ask(family, asked.stun_binding(), 0), self.mapped(family))

    def test_ssh_and_gh0st(self):
        for family in (4, 6):
            self.assertEqual(self.ask(family, b"SSH-1.99-lab a comment\r\n"), b"SSH-2.0-1\r\n")
            self.assertIsNone(self.ask(family, b"SSH-2.0-lab\n"))
            self.assertEqual(self.ask(family, asked.gh0st()), GH0ST)

    def test_dns(self):
        question = asked.dns_query()
        for family, data in ((4, bytes([10, 66, 1, 1])), (6, b"")):
            record = question[12:-4] + struct.pack(">HHIH", 1, 1, 43200, len(data)) + data
            self.assertEqual(self.ask(family, question),
                             struct.pack(">6H", 0x1234, 0x8500, 1, 1, 0, 0) + question[12:] + record)

    def test_rpc(self):
        head = struct.pack(">5I", 0x5A000001, 1, 0, 0, 0)
        for family in (4, 6):
            entries = (x for version in (2, 3, 4) for x in (1, 100000, version, 6, 4000))
            for call, answer in ((asked.rpc_call(0), (0,)), (asked.rpc_call(0, 5), (2, 2, 4)),
                                 (asked.rpc_call(1, 3, 100003), (1,)), (asked.rpc_call(9, 3), (5,)),
                                 (asked.rpc_call(3, 2, body=bytes(16)), (0, 4000)),
                                 (asked.rpc_call(4, 2), (0, *entries, 0))):
                self.assertEqual(self.ask(family, call), head + struct.pack(f">{len(answer)}I", *answer))
            dump = self.ask(family, asked.rpc_call(4, 4))
            entry = [b"tcp" if family == 4 else b"tcp6", OWN[family].encode() + b".15.160", b"superuser"]
            texts = b"".join(struct.pack(">I", len(t)) + t + bytes(-len(t) % 4) for t in entry)
            entries = b"".join(struct.pack(">3I", 1, 100000, version) + texts for version in (2, 3, 4))
            self.assertEqual(dump, head + bytes(4) + entries + bytes(4))

    def test_smb(self):
        for family in (4, 6):
            smb1 = self.ask(family, asked.smb1_negotiate((b"LANMAN1.0", b"NT LM 0.12")))
            self.assertEqual(len(smb1), 409)
            self.assertEqual(smb1[:9], struct.pack(">I", 405) + b"\xffSMB\x72")
            # No error, flags 98 and c807, the client's identifiers, 17 words, the second dialect.
            self.assertEqual(smb1[9:39], bytes.fromhex("00000000 98 07c8") + bytes(12) +
                             struct.pack("<4H", 0xFFFF, 0xFEFF, 0, 7) + b"\x11" + struct.pack("<H", 1))
            self.assertEqual(smb1[39:60], struct.pack("<BHHIIII", 3, 50, 50, 65536, 65536, 0, 0x8001E3FC))
            smb2 = self.ask(family, asked.smb2_negotiate(0x0311, 0x0300, 0x0210))
            self.assertEqual(len(smb2), 452)
            self.assertEqual(smb2[4:24], b"\xfeSMB" + struct.pack("<HHIHHI", 64, 0, 0, 0, 1, 1))
            self.assertEqual(smb2[68:92], struct.pack("<HHHH", 65, 1, 0x0210, 1) + b"0123456789abcdef")
            self.assertIsNone(self.ask(family, asked.smb2_negotiate(0x0399)))

    def test_silence(self):
        # What masscanned does not speak, and no ICMP error for it either.
        for family in (4, 6):
            for payload in (b"", b"PING\r\n", asked.ASKED["ntp", "udp"][1], asked.ASKED["snmp", "udp"][1]):
                self.assertIsNone(self.ask(family, payload))


class Log(harness.Case):
    """These need responders of their own, and a wire has one."""

    @classmethod
    def setUpClass(cls):
        server.stop()

    @classmethod
    def tearDownClass(cls):
        globals()["server"] = start(*LISTS)

    def log_of(self, *words, quiet=False):
        other = start("--self-ip-list", OWN[4], *words, quiet=quiet)
        wire.exchange(wire.ether("ff:ff:ff:ff:ff:ff") / ARP(hwsrc=wire_client.MAC, psrc=CLIENT[4], pdst=OWN[4]))
        wire.exchange(to_us(4) / TCP(sport=5, dport=6, seq=7, ack=8, flags="S"))
        wire.exchange(to_us(4) / UDP(sport=5, dport=6) / b"?")
        other.stop()
        return other

    def test_console(self):
        lines = [line.split("\t", 1)[1] for line in self.log_of().stdout().splitlines()]
        layers = ("arp", "eth", "ipv4", "ipv6", "icmpv4", "icmpv6", "tcp", "udp")
        self.assertEqual(lines[:8], [f"{layer}\tinit" for layer in layers])
        arp = f"{wire_client.MAC}\t{{}}\t10.66.0.77\t10.66.1.1\tArpOperation({{}})"
        for verb, mac, operation in (("recv", "00:00:00:00:00:00", 1), ("send", OUR_MAC, 2)):
            self.assertEqual(lines.count(f"arp\t{verb}\t{arp.format(mac, operation)}"), 2, lines)
        pair = f"{wire_client.MAC}\t{OUR_MAC}\t10.66.0.77\t10.66.1.1"
        cookie = next(line for line in lines if line.startswith("tcp\tsend")).split("\t")[-2]
        first = lines.index(f"ipv4\trecv\t{pair}\t\t\t\tTcp") - 1
        self.assertEqual(lines[first:first + 6], [
            "eth\trecv\t\t\t\t\t\t\t\tIpv4", f"ipv4\trecv\t{pair}\t\t\t\tTcp",
            f"tcp\trecv\t{pair}\tTcp\t5\t6\t2\t7\t8", f"tcp\tsend\t{pair}\tTcp\t5\t6\t18\t{cookie}\t8",
            f"ipv4\tsend\t{pair}\tTcp\t5\t6\tTcp", f"eth\tsend\t{pair}\tTcp\t5\t6\tIpv4"])
        self.assertIn(f"udp\tdrop\t{pair}\tUdp\t5\t6\t", lines)

    def test_logfmt(self):
        lines = self.log_of("--format", "logfmt").stdout().splitlines()
        for line in lines:
            self.assertRegex(line, r"^ts=\d+\.\d{1,3} proto=\S+ verb=(init|(recv|send|drop)  )")
        pair = f"mac_src={wire_client.MAC} mac_dst={OUR_MAC} ip_src=10.66.0.77 ip_dst=10.66.1.1"
        tcp = f" proto=tcp verb=recv  {pair} transport=Tcp port_src=5 port_dst=6 flags=2 seq=7 ack=8"
        self.assertEqual(sum(line.endswith(tcp) for line in lines), 1)

    def test_quiet_and_verbose(self):
        lengths = []
        for words in ((), ("-v",), ("-v", "-v"), ("-vvv",)):
            other = self.log_of(*words, quiet=True)
            self.assertEqual(other.stdout(), "")
            lengths.append(len(other.said().splitlines()))
        self.assertEqual(sorted(set(lengths)), lengths, "each -v says more")


harness.main(__name__)
