#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Answers that almost prove themselves: each ends in a named counter and none in the results.

The "honest" ones come from the same forger with nothing altered and must be believed; without them the others would
prove nothing.
"""
import far_side
import forge
import harness
import portolan

FAMILIES = {"IPv4": ("10.206.0.0/29", 8), "IPv6": ("fd00:206::/125", 8)}
TCP, SCTP = ("-p", "1000-1003"), ("-p", "S:1000-1003")
UDP, DNS, PING = ("-p", "U:7000-7003"), ("-p", "U:53"), ("--ping",)
BELIEVED = [
    ("honest syn-ack", TCP, "open"),
    ("honest rst", TCP, "closed"),
    ("honest icmp error", TCP, "closed filtered"),
    ("honest dns answer", DNS, "open"),
    ("honest udp answer", UDP, "open"),
    ("honest echo reply", PING, "up open"),
    ("honest init-ack", SCTP, "open"),
]
# Forgery, the scan, the counters of which one must hold every forgery.
REFUSED = [
    ("syn-ack, wrong cookie", TCP, [portolan.BAD_COOKIE]),
    ("syn-ack, cookie off by one", TCP, [portolan.BAD_COOKIE]),
    ("syn-ack of another address", TCP, [portolan.BAD_COOKIE, portolan.BAD_SOURCE_PORT]),
    ("syn-ack of another port", TCP, [portolan.BAD_COOKIE, portolan.BAD_SOURCE_PORT]),
    ("syn-ack to another port of ours", TCP, [portolan.BAD_SOURCE_PORT, portolan.NOT_OURS, portolan.BAD_COOKIE]),
    ("rst, wrong cookie", TCP, [portolan.BAD_COOKIE]),
    ("icmp error, other sequence number", TCP, [portolan.BAD_QUOTE]),
    ("icmp error, other target", TCP, [portolan.BAD_QUOTE]),
    ("icmp error, other port", TCP, [portolan.BAD_QUOTE]),
    ("icmp error, udp, other identification", UDP, [portolan.BAD_QUOTE]),
    ("icmp error, udp, other port of ours", UDP, [portolan.BAD_QUOTE]),
    ("dns answer, wrong cookie", DNS, [portolan.BAD_COOKIE]),
    ("udp answer of another address", UDP, [portolan.BAD_SOURCE_PORT, portolan.NOT_A_TARGET]),
    ("udp answer of another port", UDP, [portolan.BAD_SOURCE_PORT, portolan.NOT_A_TARGET]),
    ("udp answer to another port of ours", UDP, [portolan.BAD_SOURCE_PORT, portolan.NOT_OURS]),
    ("echo reply, wrong cookie", PING, [portolan.BAD_COOKIE]),
    ("init-ack, wrong cookie", SCTP, [portolan.BAD_COOKIE]),
    ("syn-ack, cut short", TCP, [portolan.MALFORMED]),
]


def setUpModule():
    global wire
    wire = far_side.Wire()


class Forged(harness.Case):
    def scan(self, forgery, target, words):
        neighbors, forger = wire.counter(), forge.Forger(wire.far, forgery)
        outcome = portolan.scan(wire.scanner, target, *words, "--rate", "300", "--wait", "0.5", "--show", "all")
        neighbors.stop()
        return outcome, forger.stop()

    def test_honest_answers_are_believed(self):
        for forgery, words, states in BELIEVED:
            for family, (target, addresses) in FAMILIES.items():
                with self.subTest(forgery, family=family):
                    outcome, sent = self.scan(forgery, target, words)
                    self.assertEqual(sent, outcome.count(portolan.PROBES))
                    self.assertEqual(sent % addresses, 0)
                    self.assertEqual(len(outcome.records), sent, outcome.stderr)
                    self.assertLessEqual({r["data"]["status"] for r in outcome.records}, set(states.split()))

    def test_forged_answers_are_counted_and_refused(self):
        for forgery, words, names in REFUSED:
            for family, (target, _) in FAMILIES.items():
                with self.subTest(forgery, family=family):
                    outcome, sent = self.scan(forgery, target, words)
                    self.assertEqual(sent, outcome.count(portolan.PROBES), "each probe gets one forgery")
                    self.assertEqual(outcome.records, [], "a forgery was believed")
                    counters = outcome.counters()
                    # A counter that stayed at zero may be left out of the summary.
                    self.assertEqual(sum(counters.get(name, 0) for name in names), sent, outcome.stderr)


harness.main(__name__)
