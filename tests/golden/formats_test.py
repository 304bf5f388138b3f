#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The bytes of every format: one file of results (formats/source.ndjson) written in each of them.

Usage: formats_test.py PORTOLAN [--write]. What must come out stands in formats/: NAME for the results, NAME.empty for
none. --write takes what comes out now; read the difference before it is committed. Sends nothing.
"""
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent / "formats"
SOURCE = FOLDER / "source.ndjson"
NOTHING = ["--range", "198.51.100.0/24"]  # nobody of whom is in the source

# What is written: --output FORMAT, and more words.
FORMS = {
    "xml": ["xml"],
    "webxml.xml": ["xml", "--webxml"],
    "nmap.xml": ["xml", "--xml-dialect", "nmap"],
    "json": ["json"],
    "ndjson": ["ndjson"],
    "gnmap": ["grepable"],
    "nmap.gnmap": ["grepable", "--xml-dialect", "nmap"],
    "list": ["list"],
    "binary": ["binary"],
    "1.3.binary": ["binary", "--write-banner-numbers", "1.3"],
    "unicornscan": ["unicornscan"],
    "hostonly": ["hostonly"],
    "certs": ["certs"],
    "csv": ["csv"],
    "pairs": ["pairs"],
    "none": ["none"],
    "sqlite": ["sqlite"],
    "text": ["text"],
    "templated": ["", "--output-format", "{ip}|{port}|{proto}|{status}|{from}|{mac}|{service}|{banner}|{{}}"],
}


def hexadecimal(content):
    """A record a line; a record begins with its type and its length, of one byte or two."""
    lines = []
    while content:
        size = content[1] + 2 if content[1] < 128 else ((content[1] & 127) << 7 | content[2]) + 3
        lines.append(content[:size].hex(" ", -4))
        content = content[size:]
    return "".join(line + "\n" for line in lines).encode()


def dump(path):
    with sqlite3.connect(path) as db:
        heads = [f"PRAGMA {name} = {db.execute(f'PRAGMA {name}').fetchone()[0]};"
                 for name in ("application_id", "user_version")]
        text = "".join(line + "\n" for line in [*heads, *db.iterdump()])
    db.close()
    return text.encode()


def convert(form, words, folder):
    """What the program makes of the source, as text that can be read and compared."""
    out = folder / "out"
    out.unlink(missing_ok=True)
    kind, *more = FORMS[form]
    to = ["--output", f"{kind}:{out}"] if kind else ["--output-filename", str(out)]
    done = subprocess.run([PORTOLAN, "convert", SOURCE.name, *to, *more, *words], cwd=FOLDER, capture_output=True,
                          check=False, timeout=60)
    assert done.returncode == 0, f"{form}: {done.stderr.decode()}"
    assert not done.stdout, f"{form}: {done.stdout.decode()}"
    if not out.exists():
        return b"no file\n"
    content = dump(out) if kind == "sqlite" else out.read_bytes()
    if kind == "binary":
        content = hexadecimal(content)
    version = re.escape(VERSION.encode())
    return re.sub(rb"(portolan |Masscan |Nmap | version=\")" + version, rb"\1VERSION", content)


def cases(folder):
    for form in FORMS:
        yield form, convert(form, [], folder)
        yield f"{form}.empty", convert(form, NOTHING, folder)


class Bytes(unittest.TestCase):
    maxDiff = None

    def test_every_format_is_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in cases(pathlib.Path(folder)):
                with self.subTest(name):
                    expected = (FOLDER / name).read_bytes()
                    # As latin-1 each byte is a letter, so that a difference is shown by lines.
                    self.assertMultiLineEqual(content.decode("latin-1"), expected.decode("latin-1"))

    def test_no_file_is_left_over(self):
        names = {n for form in FORMS for n in (form, f"{form}.empty")} | {SOURCE.name}
        self.assertEqual({p.name for p in FOLDER.iterdir()}, names)


def write():
    with tempfile.TemporaryDirectory() as folder:
        for name, content in cases(pathlib.Path(folder)):
            (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    PORTOLAN = str(pathlib.Path(sys.argv.pop(1)).resolve())
    VERSION = subprocess.run([PORTOLAN, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    if "--write" in sys.argv:
        write()
    else:
        unittest.main()
