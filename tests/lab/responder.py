# SPDX-License-Identifier: Apache-2.0
"""`portolan respond` on one wire, and a host with a real kernel opposite.

    client 10.66.0.2/16 (and .3, .4), fd66::2/64 (and ::3, ::4)  ------  far: the responder, no address in its kernel

The responder plays 10.66.1.0/24 and fd66::1:0/112. The client's further addresses are for tests that need a source
which the responder has never seen.
"""
import json
import os
import re
import select
import signal
import subprocess
import time

import netns
from portolan import BINARY

OWN = "10.66.1.0/24,fd66::1:0/112"
_COUNTER = re.compile(r"^  ([a-z][a-z0-9_]*)\s+([0-9]+)$", re.MULTILINE)
_numbered = 0


def v4(number):
    return f"10.66.1.{number}"


def v6(number):
    return f"fd66::1:{number:x}"


def link(address):
    """As clients write it before a port or a path."""
    return f"[{address}]" if ":" in address else address


class Street:
    """Both ends of the wire. `far` has no addresses unless a test gives it some."""

    def __init__(self):
        self.client, self.far = netns.Namespace("client"), netns.Namespace("far")
        self.far.sysctl(net__ipv6__conf__default__disable_ipv6=1)
        netns.veth(self.client, "eth0", self.far, "eth0")
        for number in (2, 3, 4):
            self.client.ip(f"addr add 10.66.0.{number}/16 dev eth0", f"addr add fd66::{number}/64 dev eth0 nodad")
        self.client.ip("addr add fe80::66/64 dev eth0 nodad")

    def responder(self, *words, **options):
        return Responder(self.far, "-i", "eth0", "--self-ip-list", OWN, *words, **options)


def new_path(kind):
    """Of a file in the lab's own /run, which ends with the lab."""
    global _numbered
    _numbered += 1
    return f"/run/lab/{kind}-{_numbered}"


def read_json(path):
    """Every line must be whole JSON."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def frames_sent(space, interface="eth0"):
    with space.inside(), open("/proc/net/dev", encoding="ascii") as file:
        return next(int(line.split(":")[1].split()[9]) for line in file if line.strip().startswith(interface + ":"))


class Responder:
    """Answers from construction (it returns when the program does) to stop()."""

    def __init__(self, space, *words, name=None, ready="answering on", quiet=True, contacts=True):
        self.space = space
        self.contacts_path, self._said = new_path("contacts"), new_path("respond")
        self.stdout_path = f"{self._said}.stdout"
        command = [name] if name else [BINARY, "respond"]
        command += [*words, *(["-q"] if quiet else []), *(["--contacts", self.contacts_path] if contacts else [])]
        with open(self._said, "a", encoding="utf-8") as said, open(self.stdout_path, "a", encoding="utf-8") as out:
            self.process = space.popen(*command, stdout=out, stderr=said)
        self.wait_until(lambda: ready in self.said(), 20, f"never said {ready!r}")

    @property
    def pid(self):
        return self.process.pid

    def said(self):
        with open(self._said, encoding="utf-8") as file:
            return file.read()

    def stdout(self):
        with open(self.stdout_path, encoding="utf-8") as file:
            return file.read()

    def wait_until(self, condition, seconds=10, what="it never came true"):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{what}; exit status {self.process.returncode}\n{self.said()}")
            time.sleep(0.02)

    def stop(self, number=signal.SIGINT, expect=0):
        """Ends it; gives its counters."""
        self.process.send_signal(number)
        status = self.process.wait(20)
        if status != expect:
            raise AssertionError(f"exit status {status}, expected {expect}\n{self.said()}")
        return self.counters()

    def counters(self):
        """Of the summary; those that are 0 are not in it."""
        return {name: int(value) for name, value in _COUNTER.findall(self.said())}

    def contacts(self):
        """What it has recorded so far; the last line may be on its way."""
        with open(self.contacts_path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def wait_for_contact(self, seconds=5, **members):
        """The first record whose members are these."""
        found = []

        def look():
            found[:] = [c for c in self.contacts() if all(c.get(k) == v for k, v in members.items())]
            return found
        self.wait_until(look, seconds, f"no contact with {members}")
        return found[0]


def refused(space, *words, expect=2, **options):
    """A start that must fail: what it says on stderr."""
    done = space.capture(BINARY, "respond", *words, timeout=20, **options)
    if done.returncode != expect:
        raise AssertionError(f"{words}: exit status {done.returncode}, expected {expect}\n{done.stdout}{done.stderr}")
    return done.stderr


def read_all(connection, seconds=5.0):
    """Everything that a socket says until it ends, or until it has been silent for so long."""
    said = b""
    while select.select([connection], [], [], seconds)[0]:
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        said += more
    return said


def sniff(space, path, *words):
    """tcpdump of eth0 into a file, listening when this returns, until end_sniff."""
    process = space.popen("tcpdump", "-i", "eth0", "--immediate-mode", "-U", "-w", path, *words, stderr=subprocess.PIPE,
                          text=True)
    while "listening on" not in process.stderr.readline():
        if process.poll() is not None:
            raise RuntimeError("tcpdump did not start")
    return process


def end_sniff(process):
    time.sleep(0.2)  # a frame may still be on its way to the file
    process.send_signal(signal.SIGINT)
    process.wait(10)


def memory_of(pid):
    """Resident bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def descriptors_of(pid):
    """{number: what it is}."""
    folder = f"/proc/{pid}/fd"
    return {int(number): os.readlink(f"{folder}/{number}") for number in os.listdir(folder)}
