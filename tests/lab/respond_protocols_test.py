#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""All protocols that the responder plays, over TCP and UDP, IPv4 and IPv6, on their usual port and on any other.

A Python socket says one request; the contact log must name the protocol, and an answer must have come back. The table
is printed. That it is all protocols is held against the folders of src/proto.
"""
import concurrent.futures
import os
import re
import select
import socket
import sys
import time

import asked
import harness
import responder
from asked import ASKED, TCP, UDP

SOURCE = {4: "10.66.0.2", 6: "fd66::2"}
OTHER_PORT = 31000  # and those above it: nobody's usual port
PROTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/proto")


def played():
    """{(protocol, transport)} as the records of the servers say."""
    found = set()
    for folder in os.scandir(PROTO):
        path = f"{folder.path}/server.cc"
        if folder.is_dir() and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                record = file.read().rsplit(" Server k", 1)[1]
            name = re.search(r'\.name = "([a-z0-9]+)"', record)[1]
            found |= {(name, transport) for transport in (TCP, UDP) if f".{transport} = true" in record}
    return found


class Question:
    """One cell of the table."""

    def __init__(self, protocol, transport, family, usual):
        self.protocol, self.transport, self.family, self.usual = protocol, transport, family, usual
        port, self.request, _ = ASKED[protocol, transport]
        row = list(ASKED).index((protocol, transport))
        self.port = port if usual else OTHER_PORT + row
        self.server = (responder.v4 if family == 4 else responder.v6)(10 + row)
        self.said = b""

    def ask(self):
        kind = socket.SOCK_STREAM if self.transport == TCP else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET if self.family == 4 else socket.AF_INET6, kind) as client:
            client.bind((SOURCE[self.family], 0))
            client.settimeout(5)
            client.connect((self.server, self.port))
            client.sendall(self.request)
            self.said = self._greeting_and_answer(client)

    def _greeting_and_answer(self, client):
        """A server that speaks first says two things."""
        said, deadline = b"", time.monotonic() + 3
        while select.select([client], [], [], 0.3 if said else max(0, deadline - time.monotonic()))[0]:
            more = client.recv(65536)
            if not more:
                break
            said += more
        return said

    def matches(self, record):
        return (record["server_ip"], record["server_port"], record["proto"]) == \
            (self.server, self.port, self.transport)


def all_questions():
    return [Question(protocol, transport, family, usual) for (protocol, transport), row in ASKED.items()
            for family in (4, 6) for usual in ((True, False) if row[2] else (True,))]


def ask_all(questions):
    """TCP first: who has completed a handshake may be told more over UDP than he said."""
    for transport in (TCP, UDP):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(Question.ask, (q for q in questions if q.transport == transport)))


def verdict(question, records):
    names = {record.get("protocol") for record in records if question.matches(record)} - {None}
    if names == {question.protocol}:
        return "yes" if question.said else "mute"
    return "/".join(sorted(names)) or "-"


def table(verdicts):
    columns = [(transport, family, usual) for transport in (TCP, UDP) for family in (4, 6) for usual in (True, False)]
    lines = ["            " + "".join(f"{t}{f} {'usual' if u else 'other':<7}" for t, f, u in columns)]
    for protocol in sorted({key[0] for key in verdicts}):
        cells = (verdicts.get((protocol, *column), "") for column in columns)
        lines.append(f"{protocol:<12}" + "".join(f"{cell:<12}" for cell in cells).rstrip())
    return "\n".join(lines)


class Protocols(harness.Case):
    def test_a_request_for_each_protocol(self):
        self.assert_same(set(ASKED), played(), "asked.py and src/proto")

    def test_every_protocol_is_recognised_and_answers(self):
        street = responder.Street()
        server = street.responder("--rate-per-source", "0", "--rate-per-prefix", "0")
        questions = all_questions()
        with street.client.inside():
            ask_all(questions)
        server.stop()
        records = [r for r in server.contacts() if r["rec_type"] == "conversation" or r["proto"] == "udp"]
        verdicts = {(q.protocol, q.transport, q.family, q.usual): verdict(q, records) for q in questions}
        print("\n" + table(verdicts), file=sys.stderr)
        self.assertEqual({key: said for key, said in verdicts.items() if said != "yes"}, {})


harness.main(__name__)
