# SPDX-License-Identifier: Apache-2.0
"""Who is compared: ours by each of its lanes, and the peers; how each is told the same task, and how its results read.

What a peer cannot be told is in its class. All of them send one 54 to 60 byte SYN a target, from the same address,
to the same router's MAC address, which nobody has to ask for.
"""
import copy
import dataclasses
import re
import shutil
import subprocess

from comparison.bed import NEAR, SOURCE
from comparison.machine import PORTOLAN

PORT = 80
MAX = None  # a rate: as fast as it goes
DEFAULT_WAIT, LEAST_WAIT = "default", "least"
EMPTY = "/dev/null"
NOT_BUILT, NOT_INSTALLED = "not in this build", "not installed"
LANES = ("xdp", "af_xdp", "packet")


@dataclasses.dataclass
class Task:
    network: str = ""
    targets_file: str = ""  # in place of a network
    rate: float = MAX
    retries: int = 0
    wait: object = 1  # seconds, or one of the two words
    cores: tuple = (0,)
    results: str = "/run/lab/results"


def plain(rate):
    """masscan takes 1e+06 for something else, and says nothing."""
    return f"{rate:.10f}".rstrip("0").rstrip(".")


def _waits(task, least):
    return {DEFAULT_WAIT: None, LEAST_WAIT: least}.get(task.wait, task.wait)


class Contestant:
    name = ""
    is_ours = False
    absent = ""  # why it cannot take part at all
    warm_up = 0.3  # seconds from its first probe until it is at full speed
    has_driver = False  # puts a program of its own into the driver
    offloads = False  # whether the interface that it receives from has its offloads on: see Bed.receiving
    slow = False  # not for rates over 10,000 a second

    @property
    def far_place(self):
        """Where the far end's program answers."""
        return "driver" if self.offloads else "generic"

    def with_offloads(self):
        other = copy.copy(self)
        other.name, other.offloads = f"{self.name}, offloads on", True
        return other

    def command(self, bed, task):
        raise NotImplementedError

    def addresses(self, path):
        """Those found open, as often as they were told."""
        raise NotImplementedError

    def admits(self, said):
        """How many answers it says that it lost; None if it says nothing about that."""
        return None

    def as_list(self, path):
        """A file that `portolan score` reads."""
        listed = path + ".list"
        with open(listed, "w", encoding="ascii") as file:
            file.write("#masscan\n")
            file.writelines(f"open tcp {PORT} {address} 0\n" for address in self.addresses(path))
        return listed


def _listed(path):
    with open(path, "rb") as file:
        return [match[1].decode() for match in re.finditer(rb"^open tcp \d+ (\S+)", file.read(), re.M)]


class Portolan(Contestant):
    is_ours = True

    def __init__(self, lane=None):
        self.lane = lane
        self.name = f"portolan {lane}" if lane else "portolan"
        self.has_driver = self.offloads = lane in ("xdp", "af_xdp")

    def command(self, bed, task):
        rate = "unlimited" if task.rate is MAX else plain(task.rate)
        words = [PORTOLAN, "scan", *(["-iL", task.targets_file] if task.targets_file else [task.network]),
                 "-p", PORT, "--rate", rate, "--retries", task.retries, "-i", NEAR, "--router-mac", bed.router_mac,
                 "--status", "no", "--no-exclude-file", "-oL", task.results]
        wait = _waits(task, 0.1)
        words += ["--wait", wait] if wait is not None else []
        words += ["--lane", self.lane] if self.lane else []
        return words + (["--cpus", ",".join(map(str, task.cores))] if knows("cpus") else [])

    def addresses(self, path):
        return _listed(path)

    def admits(self, said):
        return sum(int(n) for n in re.findall(r"^ *(?:kernel_dropped|unjudged) +(\d+)$", said, re.M))


class Masscan(Contestant):
    """1.3.2 sends from one thread. Its --retries N sends (N + 1) squared probes: it is asked for what it calls N.

    The pauses between its retries are counted in probes at the rate it was asked for, reached or not. So with retries
    "as fast as it goes" is a million a second, or a scan of seconds takes it a quarter of an hour.
    """

    name = "masscan"
    warm_up = 1.5

    def command(self, bed, task):
        greatest = 1_000_000 if task.retries else 100_000_000
        words = ["masscan", *(["-iL", task.targets_file] if task.targets_file else [task.network]), f"-p{PORT}",
                 "--rate", greatest if task.rate is MAX else plain(task.rate), "--retries", task.retries,
                 "--adapter", NEAR, "--adapter-ip", SOURCE, "--adapter-port", 61000, "--router-mac", bed.router_mac,
                 "-oL", task.results]
        wait = _waits(task, 1)  # with 0 it ends before the last answers are in
        return words + (["--wait", wait] if wait is not None else [])

    def addresses(self, path):
        return _listed(path)


class Zmap(Contestant):
    """With an empty list of exclusions, as many sender threads as cores, and the repeats as probes back to back."""

    name = "zmap"

    def command(self, bed, task):
        # Without a limit: a bandwidth that nobody has, since a rate of 0 alone is its default.
        rate = ["-r", 0, "-B", "100G"] if task.rate is MAX else ["-r", int(task.rate)]
        words = ["zmap", "-p", PORT, "-i", NEAR, "-G", bed.router_mac, "-S", SOURCE, "-C", EMPTY, "-b", EMPTY, *rate,
                 "-P", task.retries + 1, "-T", len(task.cores), f"--cores={','.join(map(str, task.cores))}",
                 "-o", task.results, "-q", "--disable-syslog",
                 "--max-sendto-failures", 1_000_000_000]
        wait = _waits(task, 1)  # with 0 it finds nothing in a /24
        words += ["--cooldown-time", wait] if wait is not None else []
        return words + (["-w", task.targets_file] if task.targets_file else [task.network])

    def addresses(self, path):
        with open(path, encoding="ascii") as file:
            return [line.strip() for line in file if line[:1].isdigit()]


class Nmap(Contestant):
    """Keeps a state for each target, and does not reach high rates; it has no time to wait that could be set."""

    name = "nmap"
    slow = True

    def command(self, bed, task):
        rate = [] if task.rate is MAX else ["--min-rate", int(task.rate), "--max-rate", int(task.rate)]
        least = ["--min-rate", 10000, "-T5"] if task.wait == LEAST_WAIT else []
        return ["nmap", "-sS", "-Pn", "-n", "-p", PORT, "--max-retries", task.retries, *rate, *least, "-e", NEAR,
                "-oG", task.results, *(["-iL", task.targets_file] if task.targets_file else [task.network])]

    def addresses(self, path):
        with open(path, encoding="ascii") as file:
            return re.findall(r"^Host: (\S+) .*\d+/open/", file.read(), re.M)


_help = None


def knows(option):
    """Whether this build of ours has an option; None or the line of its help."""
    global _help
    if _help is None:
        _help = subprocess.run([PORTOLAN, "scan", "--help"], capture_output=True, text=True, timeout=20).stdout
    return re.search(rf"^ +--{option}\b", _help, re.M)


def all_of_ours():
    if not knows("lane"):
        absent = [Portolan(lane) for lane in LANES]
        for contestant in absent:
            contestant.absent = NOT_BUILT
        return [Portolan(), *absent]
    return [Portolan(lane) for lane in LANES]


def peers():
    all_of_them = [Masscan(), Zmap(), Nmap()]
    for peer in all_of_them:
        peer.absent = "" if shutil.which(peer.name) else NOT_INSTALLED
    return all_of_them
