#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Results converted from form to form as users do it, and held against masscan's own --readscan where it is installed.

Usage: convert_test.py PORTOLAN. Sends nothing: masscan runs in a network namespace without interfaces, and only reads.
"""
import csv
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PORTOLAN = sys.argv.pop(1)
HEADER = b"masscan/1.1\ns:1700000000\n".ljust(99, b"\0")
TRAILER = b"masscan/1.1".ljust(99, b"\0")
WHEN = struct.pack(">I", 1700000000)
V4 = bytes([192, 0, 2, 10])
V6 = b"\x06" + bytes.fromhex("20010db8000000000000000000000009")


def run(*words, expect=0, given=None):
    done = subprocess.run([PORTOLAN, *map(str, words)], capture_output=True, check=False, timeout=120, input=given)
    assert done.returncode == expect, f"{words}: status {done.returncode}, not {expect}: {done.stderr.decode()}"
    return (done.stderr if expect else done.stdout).decode()


def varint(n):
    return bytes([0x80 | n >> 7, n & 127]) if n > 127 else bytes([n])


def record(kind, body):
    return bytes([kind]) + varint(len(body)) + body


# What masscan 1.3.2 can say, in its numbers.
def a_scan():
    out = HEADER
    for proto, port, flags, ttl in ((6, 80, 0x12, 55), (17, 53, 0, 54), (132, 9, 0, 53), (6, 443, 0x12, 0)):
        out += record(6, WHEN + V4 + struct.pack(">BHBB", proto, port, flags, ttl))
        out += record(10, WHEN + struct.pack(">BHBB", proto, port, flags, ttl) + V6)
    out += record(7, WHEN + V4 + struct.pack(">BHBB", 6, 81, 0x14, 50))
    out += record(11, WHEN + struct.pack(">BHBB", 6, 81, 0x14, 50) + V6)
    for number in range(31):
        out += record(9, WHEN + V4 + struct.pack(">BHHB", 6, 80, number, 64) + b"text \\ <\"\r\n&'")
    out += record(13, WHEN + struct.pack(">BHHB", 6, 80, 4, 64) + V6 + b"y" * 300)
    return out + TRAILER


def masscan():
    if shutil.which("masscan") is None or shutil.which("unshare") is None:
        return None
    for unshare in (["unshare", "-n"], ["unshare", "-rn"]):
        if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0:
            return [*unshare, "masscan"]
    return None


class Converts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.scan = self.path / "scan.bin"
        self.scan.write_bytes(a_scan())

    def test_a_binary_file_is_written_again_as_it_was(self):
        again = self.path / "again.bin"
        run("convert", self.scan, "--read-banner-numbers", "1.3", "--write-banner-numbers", "1.3", "-oB", again)
        self.assertEqual(again.read_bytes(), a_scan())

    def test_masscan_reads_what_is_written_and_what_it_writes_is_read(self):
        program = masscan()
        if program is None:
            self.skipTest("masscan is not installed, or no namespace can be made")
        again, theirs = self.path / "again.bin", self.path / "theirs.bin"
        run("convert", self.scan, "--read-banner-numbers", "1.3", "--write-banner-numbers", "1.3", "-oB", again)
        lists = []
        for name, source in (("a", self.scan), ("b", again)):
            out = self.path / name
            subprocess.run([*program, "--readscan", source, "--show", "all", "-oL", out], capture_output=True,
                           check=True)
            lists.append(out.read_text())
        self.assertEqual(lists[0], lists[1])
        self.assertEqual(lists[0].count("\n"), 10 + 31 + 1 + 2)
        subprocess.run([*program, "--readscan", again, "--show", "all", "-oB", theirs], capture_output=True, check=True)
        self.assertEqual(theirs.read_bytes(), a_scan())
        for form in "XJDLG":
            out = self.path / f"masscan.{form}"
            subprocess.run([*program, "--readscan", self.scan, "--show", "all", f"-o{form}", out], capture_output=True,
                           check=True)
            got = run("convert", out, "-oD", "-").splitlines()
            records = [json.loads(line) for line in got if '"rec_type":"manifest"' not in line]
            kinds = [r["rec_type"] for r in records]
            self.assertEqual((kinds.count("status"), kinds.count("banner")), (10, 32), form)
            titles = [r for r in records if r["rec_type"] == "banner" and r["data"]["service_name"] == "title"]
            self.assertEqual([t["data"]["banner"] for t in titles], ["text \\ <\"\r\n&'"], form)

    def test_under_the_name_masscan_its_bytes_are_printed(self):
        program = masscan()
        if program is None:
            self.skipTest("masscan is not installed, or no namespace can be made")
        link = self.path / "masscan"
        link.symlink_to(pathlib.Path(PORTOLAN).resolve())
        for words in ([], ["--show", "all"], ["--open-only"]):
            theirs = subprocess.run([*program, "--readscan", self.scan, *words], capture_output=True, check=True)
            ours = subprocess.run([link, *words, "--read-banner-numbers", "1.3", "--readscan", self.scan],
                                  capture_output=True, check=True)
            self.assertEqual(ours.stdout, theirs.stdout, words)
            self.assertGreater(theirs.stdout.count(b"\n"), 1)

    def test_other_programs_read_every_form(self):
        paths = {form: self.path / f"out.{form}" for form in ("xml", "json", "csv")}
        run("convert", self.scan, "-oX", paths["xml"], "-oJ", paths["json"], "--output", f"csv:{paths['csv']}")
        self.assertEqual(len(json.loads(paths["json"].read_text())), 42)
        self.assertEqual(len(xml.etree.ElementTree.parse(paths["xml"]).findall("host")), 42)
        with open(paths["csv"], newline="", encoding="utf-8") as rows:
            self.assertEqual(len(list(csv.DictReader(rows))), 42)

    def test_filters_choose_by_address_port_with_its_protocol_state_and_banner(self):
        def got(*words):
            return [line for line in run("convert", self.scan, "-oL", "-", *words).splitlines() if line[0] != "#"]

        self.assertEqual(len(got()), 42)
        self.assertEqual(got("-p", "U:53", "--range", "192.0.2.0/24"), ["open udp 53 192.0.2.10 1700000000"])
        self.assertEqual(got("-p", "53"), [])
        self.assertEqual(got("--show", "closed", "--exclude", "2001:db8::/32", "--banner-types", "minecraft"),
                         ["closed tcp 81 192.0.2.10 1700000000"])
        self.assertEqual(len(got("--banner-types", "http", "-p", "80")), 4)
        self.assertEqual(len(got("--exclude-ports", "80")), 8)
        listed = self.path / "addresses"
        listed.write_text("# those\n2001:db8::9 ; here\n\n")
        self.assertEqual(len(got("-iL", listed, "--open-only")), 5)

    def test_readscan_of_scan_is_the_same_and_shows_what_is_open(self):
        words = ("-oL", "-", "--readscan", self.scan, self.scan)
        text = run("scan", "192.0.2.10", "-p", "80,81", *words)
        self.assertEqual(text.count("\nopen tcp 80"), 2)
        self.assertNotIn("closed", text)
        self.assertNotIn("2001", text)
        self.assertEqual(run("scan", "-p", "443", "--readscan", self.scan).splitlines(),
                         ["Discovered open port 443/tcp on 192.0.2.10", "Discovered open port 443/tcp on 2001:db8::9"])

    def test_torn_files_are_read_and_damage_is_named(self):
        torn = run("convert", "-", "-oL", "-", given=a_scan()[:99 + 20])
        self.assertEqual(torn.count("\nopen"), 1)
        damaged = a_scan()[:99 + 15] + b"\xc8\x01\x00"
        said = run("convert", "-", "-oL", self.path / "out", given=damaged, expect=2)
        self.assertIn("standard input, byte 114", said)
        self.assertIn("the 1 records before it", said)
        self.assertTrue((self.path / "out").read_text().endswith("# end\n"))

    def test_bad_requests_are_refused_before_anything_is_written(self):
        for words, says in ((("-oL", "x"), "no files were given"),
                            ((self.scan, "-oB", self.scan), "read and written at once"),
                            ((self.path / "nowhere", "-oL", self.path / "x"), "cannot open"),
                            ((self.scan, "--banner-types", "htp"), "no banner type 'htp'"),
                            ((self.scan, "--range", "10.0.0.256"), "256"),
                            ((self.scan, "--output", "x"), "cannot be told"),
                            (("-", "-"), "read twice"),
                            ((self.scan, "--range", "example.com"), "does not filter")):
            self.assertIn(says, run("convert", *words, expect=2))
        self.assertEqual(self.scan.read_bytes(), a_scan())
        self.assertFalse((self.path / "x").exists())


if __name__ == "__main__":
    unittest.main()
