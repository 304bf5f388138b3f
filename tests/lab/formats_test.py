#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Files of every format, as other programs read them: at the end, empty, appended to, after a kill at any moment."""
import ipaddress
import os
import random
import signal
import subprocess
import time

import far_side
import harness
import netns
import portolan
import readers
import services
from far_side import block

PREFIX = "10.210.0.0/20"
SHORT_KILLS, LONG_KILLS = 6, 200
TRUE = {(a, "tcp", p) for a in ("127.0.0.1", "::1") for p in (1, 80, 443)}


def setUpModule():
    global machine, wire
    machine = netns.Namespace("machine")
    services.listeners(machine, tcp=[1, 80, 443], addresses=["127.0.0.1", "::1"])
    wire = far_side.Wire()


class Formats(harness.Case):
    def setUp(self):
        self.folder = f"/run/lab/{self.id().rsplit('.', 1)[1]}"
        os.makedirs(self.folder)

    def path(self, name):
        return f"{self.folder}/{name}"

    def scan(self, *words):
        done = machine.capture(portolan.BINARY, "scan", "127.0.0.1", "::1", "--rate", "5k", "--wait", "1",
                               "--checkpoint", "off", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def wait_for_a_result(self, path):
        deadline = time.monotonic() + 20
        while not os.path.exists(path) or not readers.read_list(path):
            self.assertLess(time.monotonic(), deadline, f"{path}: no results")
            time.sleep(0.01)

    def test_every_format_tells_the_truth(self):
        self.scan("-p", "1-500", *readers.outputs(self.path("x")))
        for ending, found in readers.read_all(self.path("x")).items():
            self.assert_same(set(found), TRUE, ending)
            self.assertEqual(len(found), len(TRUE), f"{ending}: each once")
        self.assertEqual(len(readers.read_all(self.path("x"))), len(readers.READERS))
        self.assertEqual(sorted(readers.read_hosts(self.path("x.hosts"))), sorted(a for a, _, _ in TRUE))

    def test_nothing_found_is_a_whole_file(self):
        self.scan("-p", "2-9", *readers.outputs(self.path("x")))
        self.assertEqual(readers.read_all(self.path("x")), {ending: [] for ending in readers.READERS})

    def test_appended_to(self):
        for ports in ("1", "80,443"):
            self.scan("-p", ports, *readers.outputs(self.path("x")), "--append-output")
        for ending, found in readers.read_all(self.path("x")).items():
            self.assertEqual(sorted(found), sorted(TRUE), ending)
        self.assertEqual(len(readers.read_hosts(self.path("x.hosts"))), len(TRUE))

    def test_forms_that_only_have_a_name(self):
        for form, read in readers.NAMED.items():
            path = self.path(str(len(form)))
            for ports in ("1", "80,443"):
                self.scan("-p", ports, "--output-format", form, "--output-filename", path, "--append-output")
            self.assertEqual(sorted(read(path)), sorted(TRUE), form)

    def test_nmaps_dialect_is_read_by_ndiff(self):
        for name, ports in (("a.xml", "1-500"), ("b.xml", "1-79")):
            self.scan("-p", ports, "-oX", self.path(name), "--xml-dialect", "nmap")
        self.assert_same(set(readers.read_xml(self.path("a.xml"))), TRUE)
        done = subprocess.run(["ndiff", self.path("a.xml"), self.path("b.xml")], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("-80/tcp", done.stdout)
        self.assertNotIn("-1/tcp", done.stdout)

    def test_killed_at_any_moment(self):
        chance = random.Random(3)
        counter = wire.counter(block(PREFIX, 80, 80), open_every=1)
        targets = {str(a) for a in ipaddress.ip_network(PREFIX)}
        found = dict.fromkeys(readers.READERS, 0)
        for kill in range(LONG_KILLS if harness.LONG else SHORT_KILLS):
            base = self.path(f"k{kill}")
            process = wire.scanner.popen(portolan.BINARY, "scan", PREFIX, "-p80", "--rate", "20k", "--wait", "5",
                                         "--checkpoint", "off", *readers.outputs(base),
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if kill % 2:  # the others fall anywhere, also into the opening of the files
                self.wait_for_a_result(f"{base}.list")
            time.sleep(chance.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            portolan.wait_for_scribes()
            for ending, results in readers.read_all(base).items():
                addresses = {address for address, _, _ in results}
                self.assertLessEqual(addresses, targets, f"{ending}: only what was there")
                self.assertEqual(len(results), len(addresses), f"{ending}: each once")
                found[ending] += len(results)
            for name in os.listdir(self.folder):
                os.unlink(self.path(name))
        counter.stop()
        print(f"found before a kill: {found}")
        for ending, count in found.items():
            self.assertGreater(count, 0, f"{ending}: nothing was found before any kill, which would prove nothing")


harness.main(__name__)
