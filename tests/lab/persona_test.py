#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Started under the name masscan: standard output as masscan has it, byte for byte, and its status line. And what the
program says of itself and of a scan to those who ask: --ndjson-status, --iflist, -v, -sn."""
import json
import os
import re
import shutil
import subprocess
import time

import far_side
import harness
import portolan

THEIRS = "/usr/bin/masscan"
OURS = "/run/lab/masscan"
OPEN_EVERY = 3
RUNNING = re.compile(r"rate:[ 0-9]{3}\.\d\d-kpps, [ 0-9]{2,3}\.\d\d% done,[ 0-9]{4}:\d\d:\d\d remaining, found=\d+ {7}")
WAITING = re.compile(r"rate:[ 0-9]{3}\.\d\d-kpps, 100\.00% done, waiting \d+-secs, found=\d+ {7}")


def setUpModule():
    global wire, counter
    wire = far_side.Wire()
    counter = wire.counter(open_every=OPEN_EVERY, reset=True)
    os.symlink(portolan.BINARY, OURS)
    os.chdir("/run/lab")  # for paused.conf


def run(program, *words, expect=0):
    done = wire.scanner.capture(program, *words)
    if done.returncode != expect:
        raise AssertionError(f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def masscan(*words, ours):
    """What masscan prints until it has printed all of these lines; it does not end by itself in every container."""
    path = "/run/lab/masscan.out"
    with open(path, "wb") as out:
        process = wire.scanner.popen(THEIRS, *words, stdout=out, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and process.poll() is None and not ours <= lines(read(path)):
            time.sleep(0.1)
        process.kill()
        process.wait()
    return lines(read(path))


def lines(text):
    return set(text.splitlines(True))


def read(path):
    with open(path, "rb") as file:
        return file.read()


class AsMasscan(harness.Case):
    def test_standard_output_is_masscans_byte_for_byte(self):
        if shutil.which(THEIRS) is None:
            self.skipTest("masscan is not installed")
        words = ("10.208.0.0/28", "-p80,60000,U:53", "--rate", "500", "--wait", "1", "--show", "all")
        ours = wire.scanner.popen(OURS, *words, "--nostatus", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        said = ours.communicate(timeout=30)[0]
        self.assertEqual(len(said.splitlines()), 16 * 2 + sum(counter.is_open(f"10.208.0.{i}", 53) for i in range(16)))
        theirs = masscan(*words, ours=lines(said))
        self.assertEqual(harness.difference(theirs, lines(said)).partition("invented")[2], "")
        self.assertGreater(len(theirs), len(lines(said)) // 2)  # it may have lost some
        for kind in (b" open port 80/tcp ", b" closed port 60000/tcp ", b" open port 53/udp "):
            self.assertTrue(any(kind in line for line in theirs), kind)

    def test_neighbours_are_said_as_masscan_says_them(self):
        said = run(OURS, "10.99.0.1", "--arp", "--wait", "1").stdout
        self.assertEqual(said, "Discovered up port 0/arp on 10.99.0.1 (02:77:00:00:00:01)".ljust(79) + "\n")

    def test_the_status_line_is_masscans(self):
        done = wire.scanner.popen(OURS, "10.208.0.0/26", "-p80,U:53", "--rate", "40", "--wait", "2",
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = done.communicate(timeout=30)[1].decode()
        lines = [line.rpartition("\n")[2] for line in said.split("\r")[:-1]]
        self.assertTrue(any(RUNNING.fullmatch(line) for line in lines), said)
        self.assertTrue(any(WAITING.fullmatch(line) for line in lines), said)
        self.assertEqual([line for line in lines if not RUNNING.fullmatch(line) and not WAITING.fullmatch(line)], [])

    def test_beside_a_file_nothing_is_printed_unless_it_is_asked_for(self):
        words = ("10.208.0.0/29", "-p80", "--rate", "2000", "--wait", "0.2")
        self.assertEqual(run(OURS, *words, "-oL", "/run/lab/beside").stdout, "")
        said = run(OURS, *words, "-oL", "/run/lab/beside", "--interactive").stdout
        self.assertEqual(len(said.splitlines()), sum(counter.is_open(f"10.208.0.{i}", 80) for i in range(8)))
        self.assertTrue(all(len(line) == 79 for line in said.splitlines()), said)

    def test_colours_are_ours_and_there_when_they_are_asked_for(self):
        said = run(OURS, "10.208.0.0/29", "-p80", "--wait", "0.2", "--color", "always").stdout
        self.assertIn("\x1b[32mopen", said)


class ForPrograms(harness.Case):
    def test_status_objects_are_json_and_add_up(self):
        done = run(portolan.BINARY, "scan", "10.208.0.0/26", "-p80,U:53", "--rate", "50", "--wait", "1.5",
                   "--ndjson-status", "--lane", "packet")
        objects = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertGreaterEqual(len(objects), 3)
        states = [o["state"] for o in objects]
        self.assertEqual(sorted(set(states), key=states.index), ["running", "waiting", "complete"])
        for o in objects:
            self.assertEqual(o["schema"], 1)
            syn = o["progress"]["syn"]
            self.assertEqual((syn["total"], syn["sent"] + syn["remaining"]), (128, 128))
        last = objects[-1]
        tcp, udp = (sum(counter.is_open(f"10.208.0.{i}", port) for i in range(64)) for port in (80, 53))
        self.assertEqual(last["found"], {"tcp": tcp, "udp": udp})
        self.assertEqual(last["progress"]["found"], tcp + udp)
        self.assertEqual((last["counters"]["open"], last["counters"]["closed"]), (tcp + udp, 64 - tcp))
        self.assertEqual(last["counters"]["probes"], 128)
        self.assertEqual(last["frames"]["kernel_dropped"], 0)
        rates = [o["rate"]["pps"] for o in objects if o["state"] == "running"]
        self.assertTrue(any(40 < r < 130 for r in rates), rates)  # resets to open ports are frames too

    def start(self, *words):
        return wire.scanner.popen(portolan.BINARY, "scan", *words, "--ndjson-status", "--checkpoint", "off",
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def test_rounds_are_counted_and_end_when_asked(self):
        process = self.start("10.208.0.1", "-p80", "--infinite", "--wait", "0")
        rounds = [json.loads(process.stderr.readline())["round"] for _ in range(3)]
        process.terminate()
        process.communicate(timeout=30)
        self.assertEqual(rounds, [1, 2, 3])

    def test_who_only_listens_says_so(self):
        process = self.start("10.208.0.1", "-p80", "--rate", "0", "--wait", "0")
        self.assertEqual(json.loads(process.stderr.readline())["state"], "listening")
        process.terminate()
        rest = [json.loads(line)["state"] for line in process.communicate(timeout=30)[1].splitlines()]
        self.assertEqual(rest[-1], "stopped")


class Told(harness.Case):
    def test_interfaces_and_routers(self):
        said = run(portolan.BINARY, "scan", "--iflist").stdout
        row = next(line for line in said.splitlines() if " eth0 " in line)
        for word in ("ethernet", "up", "1500", wire.scanner.mac(), "10.99.0.2/24", "fd00:99::2/64", "; 10.99.0.1",
                     "fd00:99::1"):
            self.assertIn(word, row)
        self.assertEqual(run(OURS, "-W").stdout, said)

    def test_the_plan(self):
        said = run(portolan.BINARY, "scan", "10.208.0.1", "-p80", "--seed", "7", "--wait", "0.2", "-v").stderr
        for fact in ("seed +7", "targets +1", r"path +eth0 from 10\.99\.0\.2 via 10\.99\.0\.1"):
            self.assertRegex(said, f"(?m)^  {fact}$")
        self.assertNotIn("bad_cookie", said)
        self.assertRegex(run(portolan.BINARY, "scan", "10.208.0.1", "-p80", "--wait", "0.2", "-vv").stderr,
                         "(?m)^  bad_cookie +0$")

    def test_hosts_alone(self):
        outcome = portolan.scan(wire.scanner, "-sn", "10.208.0.0/28", "--wait", "0.5", "--rate", "2000")
        self.assert_same(outcome.up(), {f"10.208.0.{i}" for i in range(16) if counter.is_open(f"10.208.0.{i}", 0)})


harness.main(__name__)
