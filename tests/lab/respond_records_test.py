#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the responder writes down is what its pages promise, and its rules are what their page says."""
import os
import re
import signal
import socket

import asked
import harness
import responder
from asked import ASKED, UDP
from responder import v4, v6

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/formats/contacts.md")
_FLOW = {"rec_type", "time", "time_ns", "flow", "client_ip", "server_ip", "proto"}
ALWAYS = {"contact": _FLOW | {"ask", "deed", "payload_size", "answer_size"},
          "conversation": _FLOW | {"client_port", "server_port", "ttl", "duration_ns", "ending", "segments_in",
                                   "segments_out", "bytes_in", "bytes_out"}}


def documented():
    """({rec_type: members}, {facts}) of the page."""
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    contact, rest = text.split("## Example: a conversation")
    conversation, facts = rest.split("## Facts")

    def first_cells(part):
        rows = (line.split("|")[1] for line in part.splitlines() if line.startswith("| `"))
        return {name for row in rows for name in re.findall(r"`([a-z0-9_]+)`", row)}
    return {"contact": first_cells(contact), "conversation": first_cells(conversation)}, first_cells(facts)


class Recorded(harness.Case):
    def setUp(self):
        self.street = responder.Street()
        os.makedirs("/run/lab/written", exist_ok=True)
        os.chmod("/run/lab/written", 0o777)

    def talk(self, address, port, said=b"", kind=socket.SOCK_STREAM, silence=0.3):
        with self.street.client.inside():
            client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        with client:
            client.settimeout(5)
            client.connect((address, port))
            client.sendall(said)
            return responder.read_all(client, silence)


class Json(Recorded):
    def test_every_member_and_fact_is_documented(self):
        server = self.street.responder("--payload-cap", "8")
        for (_, transport), (port, request, _) in ASKED.items():
            kind = socket.SOCK_DGRAM if transport == UDP else socket.SOCK_STREAM
            for make in (v4, v6):
                self.talk(make(5), port, request, kind, 0.02)
        self.talk(v4(6), 80, b"GET /\xff\xfe\"\\\n HTTP/1.1\r\nHost: \x00\x01\r\nUser-Agent: \xe2\x98\x83\r\n\r\n")
        self.street.client.run("ping", "-c", "1", v4(5))
        server.stop()
        members, facts = documented()
        kinds, found = set(), set()
        for record in responder.read_json(server.contacts_path):
            kinds.add(record["rec_type"])
            self.assertEqual(set(record) - members[record["rec_type"]], set(), record)
            self.assertEqual(ALWAYS[record["rec_type"]] - set(record), set(), record)
            self.assertRegex(record["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
            self.assertLessEqual(len(record.get("payload", "")), 12)
            found |= set(record.get("facts", {}))
        self.assertEqual(kinds, {"contact", "conversation"})
        self.assertEqual(found - facts, set())
        self.assertGreater(len(found), 40)

    def test_rotation_by_size(self):
        path = "/run/lab/written/contacts"
        server = self.street.responder("--contacts", path, "--rotate-size", "4k", "--rotate-keep", "3", contacts=False)
        for number in range(60):
            self.talk(v4(7), 1000 + number, asked.stun_binding(), socket.SOCK_DGRAM, 0)
        server.wait_until(lambda: os.path.exists(path + ".3"), what="no third file")
        counters = server.stop()
        self.assertFalse(os.path.exists(path + ".4"))
        lines = [responder.read_json(path + end) for end in (".3", ".2", ".1", "")]
        times = [record["time_ns"] for file in lines for record in file]
        self.assertEqual(times, sorted(times))
        for end in (".3", ".2", ".1"):
            self.assertLess(os.path.getsize(path + end), 3 * 4096)
        self.assertNotIn("journal_contacts_lost", counters)

    def test_the_log_on_standard_output(self):
        server = self.street.responder("--format", "json", quiet=False)
        self.talk(v4(8), 80, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        server.stop()
        self.assertEqual(server.stdout(), open(server.contacts_path, encoding="utf-8").read())


class Capture(Recorded):
    FIELDS = ("frame.comment", "frame.packet_flags_direction", "ip.src", "ip.dst", "tcp.checksum.status",
              "ip.checksum.status", "udp.checksum.status")

    def test_tshark_reads_it(self):
        path = "/run/lab/written/seen.pcapng"
        server = self.street.responder("--pcap", path)
        self.talk(v4(9), 80, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.talk(v4(9), 53, asked.dns_query(), socket.SOCK_DGRAM)
        server.stop()
        read = self.street.client.run("tshark", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o",
                                      "ip.check_checksum:TRUE", "-Y", f"ip.addr == {v4(9)} && !arp", "-T", "fields",
                                      "-E", "separator=;", *(word for field in self.FIELDS for word in ("-e", field)))
        frames = [dict(zip(self.FIELDS, line.split(";"))) for line in read.splitlines()]
        flows = {c["flow"] for c in server.contacts() if c["server_ip"] == v4(9) and c["proto"] != "arp"}
        self.assertEqual({frame["frame.comment"] for frame in frames}, {f"flow {flow}" for flow in flows})
        self.assertEqual(len(flows), 2)
        for frame in frames:
            ours = frame["ip.src"] == v4(9)
            self.assertEqual(int(frame["frame.packet_flags_direction"], 0), 2 if ours else 1, frame)
            self.assertNotIn("0", [frame[field] for field in self.FIELDS[4:]], frame)
        self.assertGreaterEqual(len(frames), 8)


class Rules(Recorded):
    RULE = "[[rule]]\nname = '{name}'\nports = {port}\npattern = 'HELLO (\\S+)\\r\\n'\nanswer = '{name} {{1}}\\r\\n'\n"

    def write(self, text):
        with open("/run/lab/rules.toml", "w", encoding="utf-8") as file:
            file.write(text)

    def reload(self, server, sign):
        said = len(server.said())
        server.process.send_signal(signal.SIGHUP)
        server.wait_until(lambda: sign in server.said()[said:], what=f"it never said {sign!r}")
        return server.said()[said:]

    def hello(self):
        return self.talk(v4(11), 4711, b"HELLO you\r\n")

    def test_answers_and_reload(self):
        self.write(self.RULE.format(name="first", port=4711))
        server = self.street.responder("--rules", "/run/lab/rules.toml")
        self.assertEqual(self.hello(), b"first you\r\n")
        self.write(self.RULE.format(name="second", port=4711) +
                   "[[rule]]\ntransport = 'udp'\nports = 17\nanswer = '{client}\\n'\n")
        self.reload(server, "2 rules read")
        self.assertEqual(self.hello(), b"second you\r\n")
        self.assertEqual(self.talk(v4(11), 17, b"?" * 20, socket.SOCK_DGRAM), b"10.66.0.2\n")
        self.write("[[rule]]\nports = 4711\n\nanswer = 'x'\npattern = '('\n")
        said = self.reload(server, "the old rules stay in force")
        self.assertRegex(said, r"rules\.toml.*5")
        self.assertEqual(self.hello(), b"second you\r\n")
        server.stop()

    def test_a_flow_goes_to_a_real_server(self):
        self.street.far.ip("addr add 127.0.0.2/8 dev lo")
        with self.street.far.inside():
            real = socket.create_server(("127.0.0.2", 7000))
        self.addCleanup(real.close)
        self.write("[[rule]]\nports = 22\nforward = '127.0.0.2:7000'\nproxy_protocol = 1\n")
        server = self.street.responder("--rules", "/run/lab/rules.toml")
        with self.street.client.inside(), socket.create_connection((v4(12), 22), 5) as client:
            client.sendall(b"to the real one")
            real.settimeout(5)
            peer, _ = real.accept()
            with peer:
                peer.settimeout(5)
                said = b""
                while b"real one" not in said:
                    said += peer.recv(4096)
                self.assertRegex(said, rb"^PROXY TCP4 10\.66\.0\.2 10\.66\.1\.12 \d+ 22\r\nto the real one$")
                peer.sendall(b"from the real one")
                self.assertEqual(client.recv(4096), b"from the real one")
        told = server.wait_for_contact(rec_type="conversation", server_ip=v4(12))
        self.assertTrue(told["forwarded"])
        server.stop()


harness.main(__name__)
