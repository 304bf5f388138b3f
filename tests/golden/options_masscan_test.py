#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs each name that masscan has for an option (masscan_options.txt), and holds docs/options-masscan.md against it.

Usage: options_masscan_test.py PORTOLAN [--write]      (--write: makes the page anew)

Each name must work (exit status 0) or be refused with a reason and a cure (exit status 2); none may be unknown.
Nothing is sent: the words around list targets, or ask the program about itself, in a namespace without interfaces.
"""
import concurrent.futures
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import nowhere

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "options-masscan.md"


def a_capture():
    """One UDP datagram to port 53, in a pcap of raw IP packets."""
    payload = b"hello"
    udp = struct.pack(">HHHH", 40000, 53, 8 + len(payload), 0) + payload
    head = [0x4500, 20 + len(udp), 0, 0, 64 << 8 | 17, 0, 0xc000, 0x0209, 0xc000, 0x0201]
    total = sum(head)
    head[5] = 0xffff ^ (total + (total >> 16)) & 0xffff
    packet = struct.pack(">10H", *head) + udp
    return (struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
            + struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)


AROUND = "-sL 192.0.2.1 -p 80"
FILES = {"targets": b"192.0.2.2\n", "exclude": b"192.0.2.2\n", "payloads": b'udp 53 "hello"\n', "empty.conf": b"",
         "paused.conf": b"rate = 100\nrange = 192.0.2.1\nports = 80\n",
         "capture.pcap": a_capture(),
         "results.bin": b"masscan/1.1\ns:1700000000\n".ljust(99, b"\0") + b"masscan/1.1".ljust(99, b"\0")}

HEAD = """# masscan's options, one by one

Every option of masscan, long and short, with all its names: what it is here. This page is made by a test that runs each
of the names ([masscan_options.txt](../tests/golden/masscan_options.txt)), and CI holds it against the program:
`tests/golden/options_masscan_test.py PORTOLAN --write` makes it anew. What masscan accepts and ignores is either done
here or refused; a refusal ends the program with exit status 2 before anything is sent, and says what is in the right
column.

`portolan scan --nmap` says the same of nmap's options; `portolan scan --help` says more about those that work.

| option of masscan | here | how |
|---|---|---|
"""


def rows():
    for line in (HERE / "masscan_options.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            typed, bar, around = line.partition(" |")
            yield typed.split(), (around.strip() if bar else AROUND).split()


def name_of(typed):
    """--rate=100 is --rate, --hello-string[80]=x is --hello-string, -p80 is -p."""
    if typed.startswith("--"):
        return re.match(r"--[a-z0-9-]*", typed).group()
    known = ("-oX -oG -oL -oJ -oD -oB -oU -oH -oR -oA -oN -oS -iL -iR -sI -T -c -e -i -g -p -S -b").split()
    return next((k for k in known if typed.startswith(k) and len(typed) > len(k)), typed)


def run(portolan, typed, around):
    with tempfile.TemporaryDirectory(prefix="options.") as folder:
        for name, content in FILES.items():
            pathlib.Path(folder, name).write_bytes(content)
        words = [w.replace("{dir}", folder) for w in [*around, typed]]
        environment = {key: os.environ[key] for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ}
        done = subprocess.run([portolan, "scan", *words], cwd=folder, env={"PATH": "/usr/bin:/bin", **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    said = done.stderr.decode()
    cure = re.search(r"^  cure: (.*)$", said, re.M)
    if done.returncode == 0:
        return "works", ""
    if done.returncode == 2 and re.search(r"error: portolan scan does not take ", said) and cure:
        return "refused", cure.group(1)
    return "FAULT", f"{typed}: exit status {done.returncode}: {said}"


def meanings(portolan):
    """The first sentence of the help, by each form that the help begins an entry with."""
    said = subprocess.run([portolan, "scan", "--help"], capture_output=True, check=True, text=True).stdout
    found, forms, text = {}, [], ""
    for line in [*said.split("\nExamples:")[0].splitlines(), "  -"]:
        if re.match(r"  -", line):
            for form in forms:
                found[form] = re.split(r"(?<=[a-z0-9)])\. | \[(?![0-9a-f]*:)", " ".join(text.split()) + " [")[0]
            head, _, text = line[2:].partition("  ")
            forms = re.findall(r"(?<![\w-])--?[A-Za-z0-9?][\w-]*", head)
        elif line.startswith("   "):
            text += " " + line
    return found


def joined(outcomes):
    """Names of a row that have one outcome together, in the order of the row."""
    groups = {}
    for typed, outcome in outcomes:
        groups.setdefault(outcome, []).append(name_of(typed))
    return [(names, *outcome) for outcome, names in groups.items()]


def page(portolan):
    table = list(rows())
    jobs = [(typed, around) for names, around in table for typed in names]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = dict(zip([t for t, _ in jobs], pool.map(lambda job: run(portolan, *job), jobs)))
    faults = [how for here, how in results.values() if here == "FAULT"]
    says = meanings(portolan)
    lines = []
    for names, _ in table:
        for together, here, how in joined([(typed, results[typed]) for typed in names]):
            how = how or next((says[n] for n in together if n in says), "").rstrip(".")
            how = how.replace("|", "\\|")
            lines.append(f"| {' '.join(f'`{n}`' for n in together)} | {here} | {how} |")
    works = sum(here == "works" for here, _ in results.values())
    tally = f"\nOf these {len(jobs)} names {works} work and {len(jobs) - works - len(faults)} are refused.\n"
    return HEAD + "\n".join(lines) + "\n" + tally, faults


def main():
    words = [w for w in sys.argv[1:] if w != "--write"]
    if len(words) != 1:
        sys.exit(__doc__)
    nowhere.enter()
    made, faults = page(os.path.abspath(words[0]))
    if faults:
        sys.exit("\n".join(faults))
    if "--write" in sys.argv:
        PAGE.write_text(made, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != made:
        there, now = PAGE.read_text(encoding="utf-8").splitlines(), made.splitlines()
        for line in sorted(set(now) ^ set(there)):
            print(("page:    " if line in there else "program: ") + line)
        sys.exit(f"{PAGE.name} is not what the program says: {sys.argv[0]} PORTOLAN --write makes it anew")
    print(made.splitlines()[-1])


if __name__ == "__main__":
    main()
