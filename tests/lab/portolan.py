# SPDX-License-Identifier: Apache-2.0
"""The program under test: runs it in a namespace and reads what it says. Every name that it may change is here."""
import dataclasses
import json
import os
import re
import subprocess
import time

import netns

BINARY = os.environ.get("PORTOLAN", f"{netns.BUILD}/apps/portolan/portolan")

# Names of counters in the end summary on stderr ("name  count" lines).
PROBES, RETRIES, RESETS = "probes", "retries", "resets"
RECEIVED, DUPLICATES = "received", "duplicates"
BAD_COOKIE, BAD_SOURCE_PORT, BAD_QUOTE = "bad_cookie", "bad_source_port", "bad_quote"
NOT_A_TARGET, IRRELEVANT, NOT_OURS = "not_a_target", "irrelevant", "not_ours"
MALFORMED = "malformed"
GUARD_TABLE = "portolan"  # what the kernel guard's nftables table has in its name

_COUNTER = re.compile(r"^\s*([a-z][a-z0-9_-]*(?: [a-z0-9_-]+)*)\s{2,}([0-9][0-9,]*)\s*$")


def _results(lines):
    found = []
    for line in lines:
        record = json.loads(line)  # a line that is not JSON fails the test
        if record["rec_type"] == "status":
            found.append(record)
    return found


def read_ndjson(path):
    """Status records of a result file; every line must be whole."""
    with open(path, encoding="utf-8") as file:
        return _results(file.read().splitlines())


@dataclasses.dataclass
class Outcome:
    status: int
    stdout: str
    stderr: str
    seconds: float
    records: list
    path: str = ""  # of the result file

    def count(self, name):
        counters = self.counters()
        if name not in counters:
            raise AssertionError(f"no counter {name!r} in the summary:\n{self.stderr}")
        return counters[name]

    def counters(self):
        matches = (_COUNTER.match(line) for line in self.stderr.splitlines())
        return {m[1]: int(m[2].replace(",", "")) for m in matches if m}

    def found(self, status="open"):
        """{(address, protocol, port)} in that state; protocols named as the lab's truth names them."""
        return {(r["ip"], r["proto"], r["port"]) for r in self.records if r["data"]["status"] == status}

    def up(self):
        """{address} of hosts that answered without ports (ping, ARP, NDP)."""
        return {r["ip"] for r in self.records if r["data"]["status"] in ("up", "open")}


def wait_for_scribes(timeout=30):
    """Until no process is left that ends what a killed scan had ordered to be written (src/output/scribe.h)."""
    deadline = time.monotonic() + timeout
    while any(_is_scribe(pid) for pid in filter(str.isdigit, os.listdir("/proc"))):
        if time.monotonic() > deadline:
            raise AssertionError("a scribe lives on after its scan")
        time.sleep(0.01)


def _is_scribe(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return "(portolan-scribe) " in (stat := file.read()) and ") Z" not in stat
    except OSError:
        return False  # it has just ended


_numbered = 0


def _command(words):
    global _numbered
    _numbered += 1
    path = f"/run/lab/found-{_numbered}.ndjson"
    kept = [] if "--checkpoint" in words or "--resume" in words else ["--checkpoint", f"{path}.paused"]
    return [BINARY, "scan", *map(str, words), *kept, "-oD", path], path


def scan(space, *words, timeout=300, expect=0, **options):
    """Runs a scan to its end in the namespace; `expect` is its exit status (None: any)."""
    command, path = _command(words)
    began = time.monotonic()
    done = space.capture(*command, timeout=timeout, **options)
    outcome = Outcome(done.returncode, done.stdout, done.stderr, time.monotonic() - began,
                      read_ndjson(path) if os.path.exists(path) else [], path)
    if expect is not None and outcome.status != expect:
        raise AssertionError(f"{' '.join(command)}\nexit status {outcome.status}, expected {expect}\n"
                             f"{done.stdout}{done.stderr}")
    return outcome


class Running:
    """A scan that a test watches, signals or kills."""

    def __init__(self, space, *words):
        self.command, self.path = _command(words)
        self._stderr = open(f"{self.path}.stderr", "w+", encoding="utf-8")
        self._began = time.monotonic()
        self.process = space.popen(*self.command, stdout=subprocess.DEVNULL, stderr=self._stderr)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=60):
        """The Outcome; what was said so far when it was killed."""
        status = self.process.wait(timeout)
        self._stderr.seek(0)
        return Outcome(status, "", self._stderr.read(), time.monotonic() - self._began, read_ndjson(self.path),
                       self.path)

    def wait_for_records(self, count=1, timeout=30):
        """Until the result file holds that many lines."""
        deadline = time.monotonic() + timeout
        while not os.path.exists(self.path) or sum(1 for _ in open(self.path, "rb")) < count:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"{' '.join(self.command)}: no {count} results")
            time.sleep(0.02)
