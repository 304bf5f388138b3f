#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Configuration files as users write them, as masscan writes them, and as --echo does.

Usage: config_test.py PORTOLAN. Sends nothing, and could not: it runs in a namespace without interfaces.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import nowhere

PORTOLAN = os.path.abspath(sys.argv.pop(1))
ROOT = pathlib.Path(__file__).resolve().parents[2]

# What masscan 1.0 left in paused.conf: values that mean nothing, and blanks behind the rate.
PAUSED_BY_MASSCAN_1_0 = """
# resume information
resume-index = 37


seed = 123
rate = 1000.00
shard = 1/1
# ADAPTER SETTINGS
adapter = 
adapter-ip = 0.0.0.0
adapter-mac = 00:00:00:00:00:00
router-mac = 00:00:00:00:00:00
# OUTPUT/REPORTING SETTINGS
output-format = xml
show = open,,
output-filename = found.xml
rotate = 0
rotate-dir = .
rotate-offset = 0
rotate-filesize = 0
pcap = 
# TARGET SELECTION (IP, PORTS, EXCLUDES)
retries = 0
ports = 80,443
range = 10.0.0.0/28
range = 10.0.1.5-10.0.1.9

capture = cert
nocapture = html
nocapture = heartbleed
nocapture = ticketbleed
min-packet = 60
"""

# The form of masscan 1.3.
ECHO_OF_MASSCAN_1_3 = """seed = 123
rate = 100       
shard = 1/1
banners = false
noreset = false
nocapture = servername
nocapture = servername

adapter-port = 40000-40015
output-filename = <redis>
output-format = redis
redis = 10.9.9.9 6379
output-append = true
# TARGET SELECTION (IP, PORTS, EXCLUDES)
ports = 80,U:53,S:9,I:0
range = 10.0.0.0/24
range = 2001:db8::-2001:db8::ff
"""


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="config.")
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = pathlib.Path(self.folder.name, name)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run_scan(self, *words, stdin="", expect=0, system="off"):
        command = [PORTOLAN, "scan", *(["--system-conf", system] if system else []), *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60,
                              cwd=self.folder.name)
        self.assertEqual(done.returncode, expect, f"{words}: {done.stderr}")
        return done

    def echo(self, *words, **more):
        return self.run_scan("--echo", *words, **more).stdout

    def test_the_example_of_the_package_is_one(self):
        listed = self.run_scan("-c", str(ROOT / "packaging/examples/portolan.conf"), "-sL").stdout.split()
        self.assertIn("192.168.1.7:22", listed)
        self.assertIn("192.168.2.99:53/udp", listed)
        self.assertFalse([line for line in listed if line.startswith("192.168.1.1:")])

    def test_what_is_echoed_reads_back(self):
        for words in (["10.0.0.0/29", "-p", "80,U:53", "--seed", "5"],
                      ["10.0.0.0/30", "2001:db8::/126", "-p1-3", "-sS", "-sU", "--exclude", "10.0.0.1", "--seed", "7",
                       "--shard", "1/2", "--noshow", "closed", "-n", "-Pn", "--rate", "10k", "--offline"],
                      ["10.0.0.1:80\n10.0.0.2", "-p", "9", "--seed", "1", "--output-format", " {ip}\t", "-oX", "a b",
                       "--stylesheet", '"x"', "--redis", "10.0.0.9", "--redis-pwd", "secret word "]):
            first = self.echo(*words)
            path = self.file("echo.conf", first)
            self.assertEqual(self.echo("-c", path), first)
            self.assertEqual(self.echo("--conf", "-", stdin=first), first)
            self.assertEqual(self.run_scan("-sL", "-c", path).stdout, self.run_scan("-sL", *words).stdout)
            for form in ("--echo-all", "--echo-cidr"):
                again = self.file("again.conf", self.run_scan(form, *words).stdout)
                self.assertEqual(self.run_scan("-sL", "-c", again).stdout, self.run_scan("-sL", *words).stdout, form)

    def test_echo_all_says_every_default(self):
        said = self.run_scan("--echo-all", "-c", self.file("a.conf", "ttl = 9\n")).stdout.splitlines()
        self.assertIn("ttl = 9", said)
        for line in ("# rate = 100", "# interactive = false", "# wait = 10", "# exclude = "):
            self.assertIn(line, said)
        self.assertFalse([line for line in said if line.startswith("# ttl")])

    def test_echo_cidr_says_what_lists_hold(self):
        targets = self.file("targets", "10.0.0.0-10.0.0.6\n10.0.1.0/24\n10.0.0.9:443/udp\n")
        said = self.run_scan("--echo-cidr", "-iL", "-", "--exclude", "10.0.0.4", "-p80",
                             stdin=pathlib.Path(targets).read_text(encoding="utf-8")).stdout.splitlines()
        self.assertEqual(said, ["exclude = 10.0.0.4", "ports = 80", "range = 10.0.0.0/30", "range = 10.0.0.5/32",
                                "range = 10.0.0.6/32", "range = 10.0.1.0/24", "range = 10.0.0.9:443/udp"])
        # Neighbours that are special and not: taken by name, they must not come back as a part of something wider.
        words = ["9.0.0.0/8", "10.0.0.0/8", "11.0.0.0/8", "127.0.0.0/8", "126.0.0.0/8", "-p80", "--no-exclude-file"]
        said = self.run_scan("--echo-cidr", *words).stdout
        self.assertEqual([line for line in said.splitlines() if line.startswith("range")],
                         [f"range = {n}.0.0.0/8" for n in (9, 10, 11, 126, 127)])

    def test_the_last_word_counts_and_lists_add_up(self):
        inner = self.file("inner.conf", "ports = 3\nttl = 3\n")
        outer = self.file("outer.conf", f"ports = 2\nttl = 2\nconf = {inner}\nrange = 10.0.0.2\n")
        self.assertEqual(self.echo("10.0.0.1", "-p1", "-c", outer, "--ttl", "4", "-p5"),
                         "range = 10.0.0.1\nports = 1\nports = 2\nttl = 2\nports = 3\nttl = 3\nrange = 10.0.0.2\n"
                         "ttl = 4\nports = 5\n")
        cleared = self.file("cleared.conf", "ports =\nrange =\ninteractive = no\n")
        self.assertEqual(self.echo("10.0.0.1", "-p1", "--interactive", "-c", cleared, "-p5", "10.0.0.3"),
                         "ports = 5\nrange = 10.0.0.3\n")

    def test_the_system_file_is_read_first_and_named(self):
        system = self.file("system.conf", "rate = 50\nexclude = 10.0.0.1\n# remark\nexclude = 10.0.0.2\n")
        done = self.run_scan("--echo", "--rate", "9", "10.0.0.0/30", system=system)
        self.assertEqual(done.stderr, f"portolan: {system} sets: rate, exclude\n")
        self.assertEqual(done.stdout, "rate =\nrate = 50\nexclude = 10.0.0.1\nexclude = 10.0.0.2\nrate = 9\n"
                                      "range = 10.0.0.0/30\n")
        # Read back beside the same system file nothing is said twice.
        again = self.run_scan("--echo", "-c", self.file("echo.conf", done.stdout), system=system)
        self.assertEqual(again.stdout.split("rate = 50")[1], done.stdout.split("rate = 50")[1])
        listed = self.run_scan("-sL", "10.0.0.0/30", "-p80", system=system).stdout
        self.assertNotIn("10.0.0.1:", listed)
        quiet = self.run_scan("--echo", "-p80", system=self.file("empty.conf", "# nothing\n"))
        self.assertEqual(quiet.stderr, "")
        self.run_scan("--readrange", "-", stdin="10.0.0.1", system=system)

    @unittest.skipUnless(os.geteuid() == 0, "another /etc needs a mount")
    def test_the_system_file_has_its_place(self):
        masscan = os.path.join(self.folder.name, "masscan")
        os.symlink(PORTOLAN, masscan)
        for folder, command in (("portolan", f"{PORTOLAN} scan"), ("masscan", masscan)):
            inside = (f"mount -t tmpfs tmpfs /etc && mkdir /etc/{folder} && "
                      f"echo 'ttl = 9' > /etc/{folder}/{folder}.conf && exec {command} 10.0.0.1 --echo")
            done = subprocess.run(["unshare", "-mn", "sh", "-c", inside], capture_output=True, text=True, check=False)
            if "unshare" in done.stderr or "mount" in done.stderr:
                self.skipTest(done.stderr)
            self.assertEqual((done.stdout, done.stderr), ("ttl =\nttl = 9\nrange = 10.0.0.1\n",
                                                          f"portolan: /etc/{folder}/{folder}.conf sets: ttl\n"))

    def test_a_paused_scan_of_masscan_1_0(self):
        path = self.file("paused.conf", PAUSED_BY_MASSCAN_1_0)
        said = self.echo("-c", path).splitlines()
        self.assertEqual(said, ["resume-index = 37", "seed = 123", "rate = 1000.00", "shard = 1/1",
                                "output-format = xml", "show = open", "output-filename = found.xml", "retries = 0",
                                "ports = 80,443", "range = 10.0.0.0/28", "range = 10.0.1.5-10.0.1.9",
                                "nocapture = html", "nocapture = heartbleed", "nocapture = ticketbleed"])
        self.assertEqual(len(self.run_scan("-sL", "-c", path).stdout.split()), 2 * 21)
        self.assertEqual(self.run_scan("-sL", "--resume", path).stdout, self.run_scan("-sL", "-c", path).stdout)

    def test_a_configuration_of_masscan_1_3(self):
        said = self.echo("-c", self.file("scan.conf", ECHO_OF_MASSCAN_1_3)).splitlines()
        self.assertEqual(said, ["seed = 123", "rate = 100", "shard = 1/1", "noreset = false",
                                "nocapture = servername", "nocapture = servername",
                                "source-port = 40000-40015", "output-format = redis", "redis = 10.9.9.9 6379",
                                "append-output = true", "ports = 80,U:53,S:9,I:0", "range = 10.0.0.0/24",
                                "range = 2001:db8::-2001:db8::ff"])

    @unittest.skipUnless(shutil.which("masscan") and os.geteuid() == 0, "needs masscan and a network namespace")
    def test_masscan_itself(self):
        for words in (["10.0.0.0/28", "10.0.1.5-10.0.1.9", "-p80,U:53", "--rate", "100", "--seed", "7"],
                      ["10.0.0.0/28", "-p80,443", "--rate", "100000", "--exclude", "10.0.0.5", "-oX", "a.xml",
                       "--rotate", "3600", "--rotate-size", "5k", "--ping", "--seed", "5", "--source-ip", "10.1.2.3",
                       "--router-mac", "00-11-22-33-44-55", "--retries", "2", "--open-only", "--shard", "1/3"],
                      ["2001:db8::/124", "-p1", "--pcap", "x.pcap", "--redis", "1.2.3.4", "--seed", "9",
                       "--source-port", "40000-40015", "--append-output"]):
            done = subprocess.run(["unshare", "-n", "masscan", *words, "--echo"], capture_output=True, text=True,
                                  check=False, timeout=20)
            if done.returncode != 0 or "seed" not in done.stdout:
                self.skipTest(done.stderr)
            said = self.echo("-c", self.file("masscan.conf", done.stdout))
            for line in done.stdout.splitlines():
                name, _, value = (part.strip() for part in line.partition("="))
                if name in ("seed", "ports", "range", "retries", "rotate", "shard"):
                    self.assertIn(f"{name} = {value}\n", said, words)

    def test_ranges(self):
        text = "10.0.0.9, 10.0.0.0/29 # a remark\n2001:db8::2-2001:db8::3\n10.0.0.4-10.0.0.8\n2001:db8::1\n"
        path = self.file("list", text)
        said = self.run_scan("--readrange", path).stdout.splitlines()
        self.assertEqual(said, ["10.0.0.0-10.0.0.9", "2001:db8::1-2001:db8::3"])
        for name in ("--read-range", "--readranges", "--read-ranges"):
            self.assertEqual(self.run_scan(name, "-", stdin=text).stdout.splitlines(), said)
        said = self.run_scan("--readrange", path, "--echo-cidr", "--exclude", "10.0.0.0", "10.0.1.1").stdout
        self.assertEqual(said.splitlines(), ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/30", "10.0.0.8/31", "10.0.1.1/32",
                                             "2001:db8::1/128", "2001:db8::2/127"])


if __name__ == "__main__":
    nowhere.enter()
    unittest.main()
