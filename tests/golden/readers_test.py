#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Other people's programs read what is written: xmllint by nmap's own DTD, ndiff, libnmap, jq, csv, sqlite3, openssl.

Usage: readers_test.py PORTOLAN. Sends nothing. masscan as a reader is in convert_test.py, a Redis server and zstd in
the lab. The DTD is that of the package nmap, never a copy.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from libnmap.parser import NmapParser

SOURCE = pathlib.Path(__file__).resolve().parent / "formats" / "source.ndjson"
DTD = "/usr/share/nmap/nmap.dtd"
TRUE = [json.loads(line) for line in SOURCE.read_text(encoding="utf-8").splitlines()]
STATUS = [(r["ip"], r["proto"], r["port"], r["data"]["status"]) for r in TRUE if r["rec_type"] == "status"]
BANNERS = [(r["ip"], r["proto"], r["port"], r["data"]["service_name"]) for r in TRUE if r["rec_type"] == "banner"]
# nmap's form knows ports of these protocols, and of others only whether a host is up.
PORTS = {(ip, proto, port, state) for ip, proto, port, state in STATUS if proto in ("tcp", "udp", "sctp")}


def output_of(*words, status=0, given=None):
    done = subprocess.run([str(w) for w in words], capture_output=True, check=False, timeout=120, input=given)
    assert done.returncode == status, f"{words}: status {done.returncode}: {done.stderr.decode()}"
    return done.stdout.decode()


class Readers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def convert(self, name, *words):
        path = self.folder / name
        output_of(PORTOLAN, "convert", SOURCE, "--output", path, *words)
        return path

    def test_xmllint_finds_nmaps_dialect_valid_and_masscans_well_formed(self):
        for name, words in (("full.xml", ()), ("styled.xml", ("--webxml",)), ("none.xml", ("--range", "198.51.100.1"))):
            nmap = self.convert(name, "--xml-dialect", "nmap", *words)
            output_of("xmllint", "--noout", "--dtdvalid", DTD, nmap)
            output_of("xmllint", "--noout", self.convert(f"masscan-{name}", *words))

    def test_xml_tells_every_result_and_banner(self):
        hosts = xml.etree.ElementTree.parse(self.convert("x.xml")).findall("host")
        told = [(h.find("address").get("addr"), p.get("protocol"), int(p.get("portid")), p)
                for h in hosts for p in h.findall("ports/port")]
        self.assertEqual([(*t[:3], t[3].find("state").get("state")) for t in told[:len(STATUS)]], STATUS)
        self.assertEqual([(*t[:3], t[3].find("service").get("name")) for t in told[len(STATUS):]], BANNERS)

    def test_libnmap_reads_hosts_and_ports(self):
        report = NmapParser.parse_fromfile(str(self.convert("x.xml", "--xml-dialect", "nmap")))
        self.assertEqual({h.address for h in report.hosts}, {s[0] for s in STATUS})
        self.assertEqual(len(report.hosts), len({s[0] for s in STATUS}), "one host for an address")
        told = {(h.address, s.protocol, s.port, s.state) for h in report.hosts for s in h.services}
        self.assertLessEqual(PORTS, told)
        self.assertLessEqual({t[:3] for t in told} - {s[:3] for s in PORTS},
                             {b[:3] for b in BANNERS} | {("192.0.2.10", "ip", 47)})

    def test_ndiff_sees_what_has_changed(self):
        # Debian 12's ndiff stumbles over a port with two scripts, in nmap's own files too: one banner a port.
        one = ("--xml-dialect", "nmap", "--banner-types", "http,dns-ver,ftp,X509")
        full = self.convert("a.xml", *one)
        less = self.convert("b.xml", *one, "--exclude-ports", "443")
        output_of("ndiff", full, full)
        said = output_of("ndiff", full, less, status=1)
        self.assertIn("-443/tcp", said)
        self.assertNotIn("-80/tcp", said)

    def test_jq_and_json_read_the_same(self):
        array = self.convert("x.json")
        rows = output_of("jq", "-c", ".[] | select(.ports[0].status) | [.ip, .ports[0].proto, .ports[0].port, "
                                     ".ports[0].status]", array).splitlines()
        self.assertEqual([tuple(json.loads(r)) for r in rows], STATUS)
        services = [(r["ip"], r["ports"][0]["proto"], r["ports"][0]["port"], r["ports"][0]["service"]["name"])
                    for r in json.loads(array.read_text(encoding="utf-8")) if "service" in r["ports"][0]]
        self.assertEqual(services, BANNERS)
        lines = self.convert("x.ndjson")
        self.assertEqual(output_of("jq", "-r", "select(.rec_type == \"status\") | .data.status", lines).split(),
                         [s[3] for s in STATUS])
        self.assertEqual(output_of("jq", "length", self.convert("none.json", "--range", "198.51.100.1")), "0\n")

    def test_csv_is_read_by_names(self):
        with open(self.convert("x.csv"), encoding="ascii", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        told = [(r["ip"], r["proto"], int(r["port"]), r["status"]) for r in rows]
        self.assertEqual(told[:len(STATUS)], STATUS)
        self.assertEqual([r["service"] for r in rows[len(STATUS):]], [b[3] for b in BANNERS])
        self.assertEqual({len(r) for r in rows}, {10})

    def test_sqlite3_finds_the_database_whole(self):
        path = self.convert("x.sqlite")
        self.assertEqual(output_of("sqlite3", path, "PRAGMA integrity_check; PRAGMA foreign_key_check"), "ok\n")
        told = output_of("sqlite3", "-readonly", path, "SELECT ip, proto, port, status FROM results ORDER BY rowid")
        self.assertEqual([tuple(r.split("|")) for r in told.split()], [(*s[:2], str(s[2]), s[3]) for s in STATUS])

    def test_openssl_reads_the_certificate(self):
        certificate = self.folder / "x.pem"
        output_of(PORTOLAN, "convert", SOURCE, "--output", f"certs:{certificate}")
        self.assertIn("CN = host.example", output_of("openssl", "x509", "-in", certificate, "-noout", "-subject"))


if __name__ == "__main__":
    PORTOLAN = sys.argv.pop(1)
    unittest.main()
