#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`portolan scan` of a simulated network that loses packets, held against the truth of that network.

The figures of `portolan score` are worked out again by score_check.py. In user space and with the kernel program the
hosts are the same.
"""
import json
import math
import sys

import harness
import portolan
import responder
import score_check

LOSS = 0.02
SHARES = "live=0.3,closed=0.6,silent=0.3,rejected=0.1"
ONE_IN_A_MILLION = 4.9  # standard deviations


class Town:
    """A scanner, and a far side that plays a whole network behind one gateway."""

    def __init__(self):
        bits, ports = (16, 20) if harness.LONG else (20, 10)
        self.network, self.rate = f"10.80.0.0/{bits}", 100_000 if harness.LONG else 30_000
        self.ports = ",".join(str(port) for port in (22, 80, 443, *range(8000, 8000 + ports - 3)))
        self.population = f"seed=7,{SHARES},tcp=22:0.3+80:0.5+443:0.4+8000-8100:0.05"
        street = responder.Street()
        self.client, self.far = street.client, street.far
        self.client.ip("route add 10.80.0.0/16 via 10.66.255.1")
        self.truth_path = responder.new_path("truth")
        with open(self.truth_path, "w", encoding="utf-8") as file:
            self.client.run(portolan.BINARY, "respond", "--population", self.population, "--truth", self.network,
                            self.ports, stdout=file)

    def responder(self, weather, *words):
        limits = ("--max-rate", "--rate-per-source", "--rate-per-prefix")
        unlimited = (word for limit in limits for word in (limit, "0"))
        return responder.Responder(self.far, "-i", "eth0", "--self-ip-list", self.network, "--population",
                                   self.population + weather, *unlimited, *words, contacts=False)

    def scan(self, retries):
        return portolan.scan(self.client, self.network, "-p", self.ports, "--rate", self.rate, "--retries", retries,
                             "--seed", "3", "--wait", "1", "--show", "all", "--router-mac", self.far.mac(), timeout=900)

    def score(self, path, statuses):
        text = self.client.run(portolan.BINARY, "score", "--format", "json", "--status", statuses, path,
                               self.truth_path)
        return json.loads(text)


def setUpModule():
    global town
    town = Town()


class Scores(harness.Case):
    def scan_and_score(self, retries, weather, *words):
        """The found, and score's opinion, which is not taken on trust."""
        server = town.responder(weather, *words)
        outcome = town.scan(retries)
        counters = server.stop()
        path = outcome.path
        for statuses in ("open", "open,closed,filtered,up"):
            said, checked = town.score(path, statuses), score_check.score(path, town.truth_path, statuses.split(","))
            self.assert_figures(said["total"], checked["total"])
            rows = {f"{row['port']}/{row['proto']}": row for row in said["by_port"]}
            self.assertEqual(set(rows), set(checked["ports"]))
            for port, row in rows.items():
                self.assert_figures(row, checked["ports"][port])
        total = town.score(path, "open")["total"]
        print(f"{town.network}, {retries} retries, {' '.join([weather[1:], *words])}: {total}, {outcome.seconds:.1f} s",
              file=sys.stderr)
        return outcome, total, counters

    def assert_figures(self, said, checked):
        for name, value in checked.items():
            self.assertAlmostEqual(said[name], value, places=5, msg=name)

    def assert_recall(self, total, attempts):
        """What is lost on the way there or back, each time, and no more: within chance."""
        missed = (1 - (1 - LOSS) ** 2) ** attempts
        chance = ONE_IN_A_MILLION * math.sqrt(missed * (1 - missed) / total["truth"])
        self.assertGreaterEqual(total["recall"], 1 - missed - chance - 2 / total["truth"])
        if attempts == 1:
            self.assertLessEqual(total["recall"], 1 - missed + chance)

    def assert_nothing_invented(self, total):
        self.assertGreater(total["truth"], 1000)
        self.assertEqual((total["invented"], total["duplicates"], total["precision"]), (0, 0, 1))

    def test_what_is_lost_is_missed_without_retries(self):
        _, total, _ = self.scan_and_score(0, f",loss={LOSS}")
        self.assert_nothing_invented(total)
        self.assert_recall(total, 1)

    def test_and_found_with_them(self):
        _, total, _ = self.scan_and_score(2, f",loss={LOSS}")
        self.assert_nothing_invented(total)
        self.assert_recall(total, 3)

    def test_the_kernel_program_plays_the_same_hosts(self):
        found = []
        for words in ((), ("--fast",)):  # which knows no weather
            outcome, total, counters = self.scan_and_score(1, "", *words)
            self.assert_nothing_invented(total)
            self.assertEqual(total["recall"], 1)
            found.append({status: outcome.found(status) for status in ("open", "closed", "filtered")})
            by_us = counters.get("sent", 0) / (counters["out_syn_acks"] + counters["out_resets"])
            self.assertTrue(by_us < 0.1 if words else by_us > 0.9, f"{words} {counters}")
        for status, of_user_space in found[0].items():
            self.assert_same(found[1][status], of_user_space, status)


harness.main(__name__)
