#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The responder does no harm: not to itself, not to the machine it runs on, not to others."""
import os
import re
import signal
import socket
import subprocess
import time

from scapy.all import ICMP, IP, TCP, UDP, Dot1Q, Ether, ICMPv6EchoRequest, IPv6

import asked
import flood
import harness
import netns
import portolan
import responder
import wire_client
from responder import v4

NOBODY = 65534
UNBOUND = ("--rate-per-source", "0", "--rate-per-prefix", "0", "--amplification", "anybody")


class TwoResponders(harness.Case):
    """Each owns a network on one wire, and no limit is set but the one against loops."""

    def setUp(self):
        self.ends = [netns.Namespace(name) for name in ("left", "right")]
        for end in self.ends:
            end.sysctl(net__ipv6__conf__default__disable_ipv6=1)
        netns.veth(self.ends[0], "eth0", self.ends[1], "eth0")

    def face(self, *personalities):
        return [responder.Responder(end, "-i", "eth0", "--self-ip-list", f"10.66.{1 + i}.0/24,fd66::{1 + i}:0/112",
                                    "--personality", personality, *UNBOUND, contacts=False)
                for i, (end, personality) in enumerate(zip(self.ends, personalities))]

    def sparks(self):
        """As if the left one had asked the right one: each datagram that is a request, and stray segments."""
        ether = Ether(src=self.ends[0].mac(), dst=self.ends[1].mac())
        ips = (IP(src="10.66.1.9", dst="10.66.2.9"), IPv6(src="fd66::1:9", dst="fd66::2:9"))
        for ip in ips:
            for (_, transport), (port, request, _) in asked.ASKED.items():
                if transport == asked.UDP:
                    yield ether / ip / UDP(sport=port, dport=port) / request
                    yield ether / ip / UDP(sport=4000, dport=4000) / request
            for flags in ("S", "A", "R", "PA", "FA", "SA", "FPU", ""):
                yield ether / ip / TCP(sport=80, dport=80, flags=flags, seq=1, ack=2) / (b"x" if "P" in flags else b"")
            yield ether / ip / UDP(sport=7, dport=7) / b"nothing that is known"
        yield ether / ips[0] / ICMP()
        yield ether / ips[1] / ICMPv6EchoRequest()

    def frames(self):
        return [responder.frames_sent(end) for end in self.ends]

    def until_still(self, seconds=10):
        """The counts of frames when for a while none has moved: a loop turns a thousand times in it."""
        deadline, before = time.monotonic() + seconds, None
        while (now := self.frames()) != before:
            self.assertLess(time.monotonic(), deadline, f"they never fell silent: {now}")
            before = now
            time.sleep(0.25)
        return now

    def test_they_fall_silent(self):
        for personalities in (("linux", "linux"), ("masscanned", "masscanned"), ("linux", "masscanned")):
            with self.subTest(personalities):
                both = self.face(*personalities)
                with self.ends[0].inside():
                    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                wire.bind(("eth0", 0))
                before, sent = self.until_still(), 0
                for spark in self.sparks():
                    wire.send(bytes(spark))
                    sent += 1
                after = self.until_still()
                said = [b - a for a, b in zip(before, after)]
                self.assertGreater(said[1], 20, "the sparks were answered")
                self.assertLess(said[1], 4 * sent, "each at most a few times")
                for one in both:
                    one.stop()


class Flood(harness.Case):
    def test_syns_cost_no_memory_and_nobody_his_answer(self):
        street = responder.Street()
        server = street.responder("--connections", "1000", contacts=False)
        count, rate = (3_000_000, 50_000) if harness.LONG else (150_000, 50_000)
        self.run_flood(street, 20_000, rate)  # rings and heaps reach their size
        before = responder.memory_of(server.pid)
        child = street.client.fork(lambda: flood.syns(street.far.mac(), v4(1), count, rate))
        ping = street.client.popen("ping", "-q", "-i", "0.05", "-w", int(count / rate), v4(2), stdout=subprocess.PIPE,
                                   text=True)
        asked_for = self.ask_while(street, child)
        after = responder.memory_of(server.pid)
        said = ping.communicate()[0]
        counters = server.stop()
        self.assertIn(" 0% packet loss", said)
        self.assertGreater(asked_for, 5)
        self.assertLess(after - before, 2 << 20, f"{before} bytes before, {after} after")
        self.assertGreaterEqual(counters["syn"], count)
        print(f"{count} SYNs: {before >> 10} KiB before, {after >> 10} KiB after, {asked_for} pages", flush=True)

    def run_flood(self, street, count, rate):
        os.waitpid(street.client.fork(lambda: flood.syns(street.far.mac(), v4(1), count, rate)), 0)

    def ask_while(self, street, child):
        """Pages and names asked for until the child has ended; each must come, and soon."""
        done = 0
        with street.client.inside():
            while os.waitpid(child, os.WNOHANG)[0] == 0:
                with socket.create_connection((v4(3), 80), 0.9) as page:  # sooner than a lost SYN is repeated
                    page.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    self.assertIn(b"401", page.recv(4096))
                done += 1
                time.sleep(0.02)
        return done


class Doors(harness.Case):
    """What is never answered, and from where the rest is."""

    @classmethod
    def setUpClass(cls):
        cls.street = responder.Street()
        cls.server = cls.street.responder("--remote-ip-deny-list", "10.66.0.99")
        cls.wire = wire_client.WireClient(cls.street.client, cls.street.far.mac(), v4(250))

    def test_who_is_never_answered(self):
        echo = ICMP() / b"data"
        for source in ("10.66.0.99", v4(9), "255.255.255.255", "224.0.0.1", "127.0.0.1", "0.0.0.0"):
            for question in (echo, TCP(dport=80, flags="S"), UDP(sport=9, dport=9) / asked.gh0st()):
                with self.subTest(f"{source} {question.summary()}"):
                    self.assertEqual(self.wire.exchange(self.wire.ether() / IP(src=source, dst=v4(8)) / question), [])

    def test_wrong_checksums_are_dropped_and_counted(self):
        ip = IP(src="10.66.0.77", dst=v4(8))
        for question in (IP(src=ip.src, dst=ip.dst, chksum=1) / ICMP(), ip / ICMP(chksum=1),
                         ip / TCP(dport=80, flags="S", chksum=1), ip / UDP(dport=9, chksum=1) / asked.gh0st(),
                         IPv6(src="fd66::77", dst=responder.v6(8)) / ICMPv6EchoRequest(cksum=1)):
            self.assertEqual(self.wire.exchange(self.wire.ether() / question), [])
        self.assertEqual(len(self.wire.exchange(self.wire.ether() / ip / ICMP())), 1)

    def test_answers_to_groups_leave_from_an_address_of_ours(self):
        ether = self.wire.ether("33:33:00:00:00:01") / IPv6(src="fd66::77", dst="ff02::1")
        for answer in map(Ether, self.wire.exchange(ether / ICMPv6EchoRequest())):
            self.assertTrue(answer[IPv6].src.startswith("fd66::1:"), answer.summary())

    def test_vlan(self):
        tag = self.wire.ether() / Dot1Q(vlan=7) / IP(src="10.66.0.77", dst=v4(8)) / ICMP(id=1, seq=2)
        # A plain packet socket is not shown the tag.
        trace = responder.sniff(self.street.client, "/run/lab/vlan.pcap", "-Q", "in", "vlan 7")
        self.assertEqual(len(self.wire.exchange(tag)), 1)
        responder.end_sniff(trace)
        self.assertIn("vlan 7, p 0, ethertype IPv4 (0x0800), 10.66.1.8 > 10.66.0.77: ICMP echo reply, id 1, seq 2",
                      self.street.client.run("tcpdump", "-enr", "/run/lab/vlan.pcap"))

    def test_zz_it_adds_up(self):
        counters = self.server.stop()
        self.assertEqual((counters["malformed"], counters["denied"]), (5, 3), counters)

    def test_without_a_list_it_warns_first(self):
        street = responder.Street()
        server = responder.Responder(street.far, "-i", "eth0", contacts=False)
        self.assertRegex(server.said().splitlines()[0], "(?i)warning.*every address")
        street.client.run("ping", "-c", "1", "-W", "2", "10.66.77.77")
        server.stop()


class Privileges(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.street = responder.Street()
        cls.server = cls.street.responder("--metrics", "9464")

    @classmethod
    def tearDownClass(cls):
        if cls.server.process.poll() is None:
            cls.server.stop()

    def processes(self):
        """The responder and the process that serves its metrics."""
        children = [int(p) for p in os.listdir("/proc") if p.isdigit() and self.parent_of(int(p)) == self.server.pid]
        self.assertEqual(len(children), 1)
        return [self.server.pid, *children]

    @staticmethod
    def parent_of(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                return int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            return 0

    def test_nothing_is_left(self):
        for pid in self.processes():
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as file:
                    status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
                self.assertEqual(status["Uid"].split(), [str(NOBODY)] * 4)
                self.assertEqual(status["Gid"].split(), [str(NOBODY)] * 4)
                self.assertEqual(status["Groups"].strip(), "")
                for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                    self.assertEqual(int(status[name], 16), 0, name)
                self.assertEqual(status["NoNewPrivs"], "1")
                if pid == self.server.pid:  # the other one never had a packet socket
                    self.assertEqual((status["Seccomp"], int(status["CapBnd"], 16)), ("2", 0))

    def test_only_expected_descriptors(self):
        main, metrics = (list(responder.descriptors_of(pid).values()) for pid in self.processes())
        files = [name for name in main if name.startswith("/")]
        self.assertEqual(set(files), {"/dev/null", self.server.contacts_path, self.server.stdout_path,
                                      self.server.stdout_path.removesuffix(".stdout")})
        self.assertEqual([name for name in main if not name.startswith(("/", "socket:", "anon_inode:", "pipe:"))], [])
        with self.street.far.inside(), open("/proc/net/packet", encoding="ascii") as file:
            packet = {f"socket:[{line.split()[-1]}]" for line in file.readlines()[1:]}
        self.assertEqual(packet & set(metrics), set(), "the process that serves metrics has a packet socket")
        self.assertEqual({name for name in main if name.startswith("socket:")}, packet)

    def test_metrics_on_loopback_only(self):
        street = self.street
        street.client.run("ping", "-c", "3", "-i", "0.1", v4(9))
        time.sleep(0.5)  # they are brought up to date four times a second
        page = street.far.run("curl", "-sS", "-m5", "http://127.0.0.1:9464/metrics")
        values = dict(re.findall(r"^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+]+)$", page, re.MULTILINE))
        echo = [value for name, value in values.items() if "echo" in name]
        self.assertEqual([float(value) for value in echo if float(value)][:1], [3.0], page[:3000])
        self.assertNotIn(f"{street.far.name} ", page)
        listening = street.far.run("ss", "-Hltn")
        self.assertEqual([line.split()[3] for line in listening.splitlines()], ["127.0.0.1:9464"])
        refusal = responder.refused(street.far, "-i", "eth0", "--self-ip-list", v4(1), "--metrics", "0.0.0.0:9465")
        self.assertRegex(refusal, r"(?s)loopback.*where: --metrics")

    def test_signals_end_it_well(self):
        # At once: whoever has read that it answers may send any of them.
        for number in (signal.SIGTERM, signal.SIGINT):
            for reloaded in (False, True):
                other = self.street.responder(contacts=False)
                if reloaded:
                    other.process.send_signal(signal.SIGHUP)
                other.stop(number)


class Refusals(harness.Case):
    """Message, place and cure, status 2, and nothing sent."""

    def test_a_table_of_them(self):
        street = responder.Street()
        street.far.ip("link add down0 type veth peer name down1")
        paths = {"empty": "\n", "bad": "10.66.1.1\n10.66.1.\n", "bad_rules": "[[rule]]\nports = 99999\nreset = true\n",
                 "bad_population": "seed = 7\nlive = 2\n"}
        for name, text in paths.items():
            with open(f"/run/lab/{name}", "w", encoding="ascii") as file:
                file.write(text)
        own = ("-i", "eth0", "--self-ip-list", v4(1))
        table = [
            (("--self-ip-list", v4(1)), "-i"), (("-i", "eth9", *own[2:]), "eth0"),
            (("-i", "down0", *own[2:]), "set down0 up"),
            (("-i", "lo", *own[2:]), "loopback"), (("-i", "eth0", "-f", "/run/lab/none"), "/run/lab/none"),
            (("-i", "eth0", "-f", "/run/lab/empty"), "/run/lab/empty"),
            (("-i", "eth0", "-f", "/run/lab/bad"), "/run/lab/bad"),
            (("-i", "eth0", "--self-ip-list", "10.66.1.0/33"), "33"),
            ((*own, "--remote-ip-deny-file", "/run/lab/none"), "/run/lab/none"),
            ((*own, "--remote-ip-deny-list", "10.66.x"), "10.66.x"),
            ((*own, "-m", "33:33:00:00:00:01"), "33:33:00:00:00:01"), ((*own, "-m", "02:66"), "02:66"),
            ((*own, "--format", "xml"), "xml"), ((*own, "word"), "word"),
            ((*own, "--no-such-option"), "no-such-option"),
            ((*own, "--max-rate", "fast"), "fast"), ((*own, "--rotate-size", "big"), "big"),
            ((*own, "--rules", "/run/lab/none"), "/run/lab/none"), ((*own, "--rules", "/run/lab/bad_rules"), "99999"),
            ((*own, "--population", "/run/lab/bad_population"), "live"), ((*own, "--population", "live=2"), "live"),
            ((*own, "--contacts", "/run/lab/none/x"), "/run/lab/none/x"), ((*own, "--user", "nobody9"), "nobody9"),
            ((*own, "--guard", "always"), "--guard"), ((*own, "--tls-state", "/run/lab/bad"), "/run/lab/bad"),
        ]
        before = responder.frames_sent(street.far)
        for words, sign in table:
            with self.subTest(" ".join(words)):
                said = responder.refused(street.far, *words)
                self.assertRegex(said, r"^portolan: error: ")
                self.assertRegex(said, r"\n  (where|cure): ")
                self.assertIn(sign, said)
        self.assertEqual(responder.frames_sent(street.far), before)

    def test_without_rights(self):
        street = responder.Street()
        done = street.far.capture("setpriv", "--reuid", NOBODY, "--clear-groups", portolan.BINARY, "respond", "-i",
                                  "eth0", "--self-ip-list", v4(1))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("sudo", done.stderr)


class Guard(harness.Case):
    """The machine owns the address that is answered for; a server of its own listens there."""

    def setUp(self):
        self.street = responder.Street()
        self.street.far.ip("addr add 10.66.5.1/16 dev eth0")
        with self.street.far.inside():
            self.kept = socket.create_server(("10.66.5.1", 7022))
        self.addCleanup(self.kept.close)

    def talk(self):
        """Through the port that is kept, with the machine's kernel."""
        with self.street.client.inside(), socket.create_connection(("10.66.5.1", 7022), 3) as client:
            peer, _ = self.kept.accept()
            with peer:
                peer.sendall(b"mine")
                return client.recv(16)

    def frames(self, kind):
        return self.street.client.run("tcpdump", "-nr", "/run/lab/guard.pcap", kind).splitlines()

    def test_the_kernel_is_silent_and_the_kept_port_works(self):
        street = self.street
        server = responder.Responder(street.far, "-i", "eth0", "--self-ip-list", "10.66.5.1")
        trace = responder.sniff(street.client, "/run/lab/guard.pcap", "src host 10.66.5.1 and not tcp port 7022")
        for port in (80, 8080, 31000):
            said = street.client.run("curl", "-sSi", "-m5", f"http://10.66.5.1:{port}/")
            self.assertIn("401", said)
        self.assertNotIn("DUP", street.client.run("ping", "-c", "3", "-i", "0.1", "10.66.5.1"))
        street.client.capture("dig", "+tries=1", "+time=1", "@10.66.5.1", "a.example")
        self.assertEqual(self.talk(), b"mine")
        self.assertIn(portolan.GUARD_TABLE, street.far.run("nft", "list", "tables"))
        responder.end_sniff(trace)
        self.assertEqual(len(self.frames("tcp[tcpflags] == tcp-syn|tcp-ack")), 3)
        self.assertEqual(self.frames("tcp[tcpflags] & tcp-rst != 0 or icmp[0] = 3"), [])
        server.stop()
        self.assertEqual(street.far.run("nft", "list", "tables"), "")
        self.assertEqual(self.talk(), b"mine")

    def test_it_goes_with_a_kill(self):
        server = responder.Responder(self.street.far, "-i", "eth0", "--self-ip-list", "10.66.5.1")
        server.stop(signal.SIGKILL, expect=-signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self.street.far.run("nft", "list", "tables") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.street.far.run("nft", "list", "tables"), "")


harness.main(__name__)
