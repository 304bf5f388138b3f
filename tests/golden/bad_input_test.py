#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `portolan` on every case of bad_input.txt and holds what it says against the table.

In a network namespace without interfaces: a case that is accepted by mistake scans nobody.

Usage: bad_input_test.py PORTOLAN TABLE [NAME...]      (NAME: only the cases whose name holds it)
"""

import collections
import os
import re
import shlex
import subprocess
import sys
import tempfile

import nowhere

Case = collections.namedtuple("Case", "line name files stdin arguments words")

UNESCAPE = {r"\n": "\n", r"\t": "\t"}


def unescape(text):
    text = re.sub(r"\\[nt]", lambda m: UNESCAPE[m.group()], text)
    return re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m.group(1), 16)), text).encode("latin-1")


def read_case(number, lines):
    name, files, stdin, arguments, words = None, {}, b"", None, []
    for line in lines:
        key, _, rest = line.partition(" ")
        if key == ":":
            name = rest
        elif key == "file":
            path, _, text = rest.partition(" ")
            files[path] = None if text == "dir" else unescape(text)
        elif key == "stdin":
            stdin = unescape(rest)
        elif key == "$":
            arguments = shlex.split(rest)
        elif key in ("what", "where", "cure"):
            words.append((key, rest))
        else:
            sys.exit(f"line {number}: '{line}' is not understood")
    if name is None or arguments is None or not any(key == "what" for key, _ in words):
        sys.exit(f"line {number}: a case needs a name, arguments and what must be said")
    return Case(number, name, files, stdin, arguments, words)


def read_table(path):
    cases, block = [], []
    with open(path, encoding="utf-8") as table:
        for number, line in enumerate([*table, "\n"], 1):
            line = line.rstrip("\n")
            if line.startswith("#"):
                continue
            if line:
                block.append(line)
            elif block:
                cases.append(read_case(number - len(block), block))
                block = []
    repeated = [n for n, count in collections.Counter(c.name for c in cases).items() if count > 1]
    if repeated:
        sys.exit(f"more than one case is called {repeated}")
    return cases


def run(portolan, case):
    with tempfile.TemporaryDirectory(prefix="bad_input.") as folder:
        for path, content in case.files.items():
            target = os.path.join(folder, path)
            if content is None:
                os.mkdir(target)
            else:
                with open(target, "wb") as out:
                    out.write(content)
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        return subprocess.run([portolan, *case.arguments], cwd=folder, input=case.stdin, env=environment,
                              capture_output=True, timeout=30)


def faults(case, result):
    said = result.stderr.decode("utf-8", "replace")
    lines = said.splitlines()
    parts = {"what": [l for l in lines if l.startswith("portolan: error: ")],
             "where": [l for l in lines if l.startswith("  where: ")],
             "cure": [l for l in lines if l.startswith("  cure: ")]}
    found = []
    if result.returncode != 2:
        found.append(f"exit status {result.returncode}, not 2")
    if result.stdout:
        found.append(f"standard output is not empty: {result.stdout[:200]!r}")
    if len(parts["what"]) != 1:
        found.append(f"{len(parts['what'])} errors, not 1")
    for key in ("where", "cure"):
        if len(parts[key]) != 1:
            found.append(f"{len(parts[key])} lines of {key}, not 1")
    for key, words in case.words:
        if not any(words in line for line in parts[key]):
            found.append(f"no '{words}' in its {key}")
    return found, said


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    nowhere.enter()
    portolan, table, wanted = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    cases = [c for c in read_table(table) if not wanted or any(w in c.name for w in wanted)]
    failed = 0
    for case in cases:
        found, said = faults(case, run(portolan, case))
        if found:
            failed += 1
            print(f"{table}:{case.line}: {case.name}: {'; '.join(found)}")
            print(f"$ portolan {shlex.join(case.arguments)}\n{said}")
    print(f"{len(cases) - failed} of {len(cases)} bad inputs were refused as the table says")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
