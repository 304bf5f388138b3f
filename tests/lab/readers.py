# SPDX-License-Identifier: Apache-2.0
"""Files of results as programs that are not ours read them: each reader gives [(address, protocol, port)].

A reader raises when the file is not whole: a kill, a rotation or an append must leave none such.
"""
import csv
import ipaddress
import json
import os
import re
import sqlite3
import struct
import subprocess

import portolan

PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp"}


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return [(r["ip"], p["proto"], p["port"]) for r in json.load(file) for p in r["ports"]]


def read_xml(path):
    done = subprocess.run(["xmllint", "--noout", path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{path}: {done.stderr}")
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    return [(a, p, int(n)) for a, ports in
            re.findall(r'<address addr="([^"]+)" addrtype="ipv[46]"/>.*?<ports>(.*?)</ports>', text)
            for p, n in re.findall(r'protocol="(\w+)" portid="(\d+)"', ports)]


def read_csv(path):
    with open(path, encoding="ascii", newline="") as file:
        return [(r["ip"], r["proto"], int(r["port"])) for r in csv.DictReader(file, strict=True)]


def _lines(path, pattern, others="$."):
    """The groups of each line; a line that is neither a record nor one of the others fails."""
    found = []
    with open(path, encoding="ascii", newline="") as file:
        for line in file.read().splitlines(keepends=True):
            match = re.fullmatch(pattern + r"\n", line)
            if match:
                found.append(match)
            elif not re.fullmatch(others + r"\n", line):
                raise AssertionError(f"{path}: {line!r} is no record")
    return found


def read_grepable(path):
    record = r"(?:Timestamp: \d+\t)?Host: (\S+) \(\)\tPorts: (\d+)/\w+/(\w+)/[^\n]*"
    return [(m[1], m[3], int(m[2])) for m in _lines(path, record, "#[^\n]*")]


def read_list(path):
    return [(m[3], m[1], int(m[2])) for m in _lines(path, r"open (\w+) (\d+) (\S+) \d+", "#[^\n]*")]


def read_unicornscan(path):
    record = r"([A-Z]+) open\t[^\[\n]*\[ *(\d+)\]\t\tfrom (\S+)  ttl \d+ "
    return [(m[3], m[1].lower(), int(m[2])) for m in _lines(path, record, "#[^\n]*")]


def read_pairs(path):
    return [(m[1], "tcp", int(m[2])) for m in _lines(path, r"\[?([0-9a-f.:]+?)\]?:(\d+)")]


def read_text(path):
    return [(m[3], m[2], int(m[1])) for m in _lines(path, r"Discovered open port (\d+)/(\w+) on (\S+)")]


def read_templated(path):
    return [(m[1], m[2], int(m[3])) for m in _lines(path, r"<([0-9a-f.:]+)> (\w+) (\d+)")]


def read_hosts(path):
    """[address]: the form has nothing else."""
    return [m[1] for m in _lines(path, r"([0-9a-f.:]+)")]


def read_ndjson(path):
    return [(r["ip"], r["proto"], r["port"]) for r in portolan.read_ndjson(path)]


def read_sqlite(path):
    with sqlite3.connect(path) as db:
        if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise AssertionError(f"{path}: SQLite finds it damaged")
        rows = db.execute("SELECT ip, proto, port FROM results").fetchall()
    db.close()
    return rows


def read_binary(path):
    """masscan's records of open ports, by its format and not by our reader."""
    with open(path, "rb") as file:
        left = file.read()
    if not left.startswith(b"masscan/1.1\n"):
        raise AssertionError(f"{path}: begins with {left[:12]!r}")
    found = []
    while left:
        kind, size = left[0], left[1]
        body, left = left[2:2 + size], left[2 + size:]
        if len(body) != size or kind not in (6, 10, 109):
            raise AssertionError(f"{path}: a record of type {kind} with {len(body)} of {size} bytes")
        if kind == 6:
            address, protocol, port = struct.unpack(">4x4sBH2x", body)
        elif kind == 10:
            protocol, port, address = struct.unpack(">4xBH2xx16s", body)
        if kind != 109:
            found.append((str(ipaddress.ip_address(address)), PROTOCOLS[protocol], port))
    return found


# By the ending that outputs() gives the file.
READERS = {".json": read_json, ".xml": read_xml, ".csv": read_csv, ".gnmap": read_grepable, ".list": read_list,
           ".ndjson": read_ndjson, ".bin": read_binary, ".sqlite": read_sqlite, ".unicorn": read_unicornscan}
# Forms that only --output-format names; a scan has one of them (here CSV, by its ending).
NAMED = {"pairs": read_pairs, "text": read_text, "<{ip}> {proto} {port}": read_templated}


def outputs(base):
    """The words that make a scan write all of READERS and BASE.hosts at once."""
    return ["-oA", base, "-oD", f"{base}.ndjson", "-oB", f"{base}.bin", "-oS", f"{base}.sqlite",
            "-oU", f"{base}.unicorn", "-oH", f"{base}.hosts", "--output-filename", f"{base}.csv"]


def read_all(base):
    """{ending: results} of the files that are there. A document that has no header yet is not."""
    return {ending: read(base + ending) for ending, read in READERS.items() if os.path.exists(base + ending)}
