# SPDX-License-Identifier: Apache-2.0
"""The bed of bench/respond: a veth pair between two namespaces, who answers on it, and one measurement."""
import contextlib
import dataclasses
import gzip
import json
import os
import random
import signal
import statistics
import subprocess
import tempfile
import time

import netns

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BENCH_BUILD", f"{ROOT}/build/release")
PORTOLAN = os.environ.get("PORTOLAN", f"{BUILD}/apps/portolan/portolan")
TOOLS = os.environ.get("BENCH_TOOLS", f"{BUILD}/bench_responder")
SENDER, ANSWERER = 0, 1  # the core that each is pinned to
NO_LIMITS = ("--max-rate", "0", "--rate-per-source", "0", "--rate-per-prefix", "0")
EVERYBODY = "seed=1,live=1,tcp=*:1,personalities=linux:1"


def tool(name):
    return f"{TOOLS}/{name}"


def build_what_is_missing():
    names = ("syn_flood", "garbage_flood", "plain_loop")
    if all(os.access(path, os.X_OK) for path in (PORTOLAN, *map(tool, names))):
        return
    owner = os.stat(ROOT)

    def as_owner():
        if os.geteuid() == 0:
            os.setgid(owner.st_gid)
            os.setuid(owner.st_uid)

    for command in (["cmake", "--preset", "release"],
                    ["cmake", "--build", "--preset", "release", "--target", "portolan", *names]):
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, preexec_fn=as_owner)


def open_softirq_threads():
    """What says how long each core's ksoftirqd has run: to be opened before the namespaces hide it."""
    opened = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                name = file.read().strip()
            if name.startswith("ksoftirqd/"):
                opened[int(name[10:])] = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY)
    return [opened[core] for core in sorted(opened)]


def softirq_is_apart():
    """Whether this kernel keeps softirq out of the time of the process that it interrupts."""
    paths = {"/proc/config.gz": gzip.open, f"/boot/config-{os.uname().release}": open}
    for path, opener in paths.items():
        with contextlib.suppress(OSError):
            with opener(path, "rt") as file:
                return "CONFIG_IRQ_TIME_ACCOUNTING=y" in file.read()
    return True


def scattered(count=65536):
    """Addresses that lie alone in 16.0.0.0 to 111.255.255.255, the same ones every time."""
    draw = random.Random(1)
    return sorted(draw.sample(range(16 << 24, 112 << 24), count))


def dotted(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


@dataclasses.dataclass
class Ask:
    """Who is asked, and how the one who answers is told that this is him."""
    name: str
    addresses: list
    words: tuple


def asks():
    one, net16 = [10 << 24 | 1], [10 << 24 | i for i in range(65536)]
    draw = random.Random(2)
    net8 = [10 << 24 | draw.getrandbits(24) for _ in range(65536)]
    return {ask.name: ask for ask in (
        Ask("one address", one, ("--self-ip-list", "10.0.0.1")),
        Ask("a /16", net16, ("--self-ip-list", "10.0.0.0/16")),
        Ask("65,536 scattered", scattered(), ("--self-ip-file", "/run/lab/scattered")),
        Ask("population, a /32", one, ("--self-ip-list", "10.0.0.1", "--population", EVERYBODY)),
        Ask("population, a /8", net8, ("--self-ip-list", "10.0.0.0/8", "--population", EVERYBODY)))}


@dataclasses.dataclass
class Contestant:
    name: str
    command: tuple  # an Ask's words go behind it; the plain loop answers for all
    in_kernel: bool = False  # the answers are made where the frames arrive: on the sender's core
    in_driver: bool = False  # and the far side needs a program in its driver


def ours(*words):
    return (PORTOLAN, "respond", "-i", "near0", "-q", "--status", "no", *NO_LIMITS, *words)


CONTESTANTS = {c.name: c for c in (
    Contestant("plain loop", (tool("plain_loop"), "near0")),
    Contestant("user space", ours()),
    Contestant("--fast=driver", ours("--fast=driver"), True, True),
    Contestant("--fast=generic", ours("--fast=generic"), True))}


@dataclasses.dataclass
class Figures:
    """One run. Rates are answers: a second, and a second of processor time that went into answering."""
    rate: float
    core_rate: float
    made_rate: float
    share: float
    process: float
    sender: float
    threads: tuple  # ksoftirqd of each core
    softirq: tuple  # of each core, by the kernel's sampling
    right: int
    repeated: int
    wrong: int


class Bed:
    def __init__(self, softirq_threads=()):
        self.softirq_threads, self.softirq_apart = softirq_threads, softirq_is_apart()
        self.near, self.far = netns.Namespace("near"), netns.Namespace("far")
        for space in (self.near, self.far):
            space.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
        self.near.ip("link add near0 numrxqueues 1 numtxqueues 1 type veth "
                     f"peer name far0 numrxqueues 1 numtxqueues 1 netns {self.far.path}")
        for space, name in ((self.near, "near0"), (self.far, "far0")):
            space.run("ethtool", "-K", name, "tx", "off")
            space.ip(f"link set {name} up")
        # Frames that XDP sends arrive only where the driver polls.
        self.near.run("ethtool", "-K", "near0", "gro", "on")
        # The kernel of the near side throws away what the answerer has seen: it is nobody here.
        self.near.nft("table netdev quiet { chain in { type filter hook ingress device near0 priority 0; "
                      "policy drop; }; }")
        self.mac = self.near.mac("near0")
        self.errors = tempfile.TemporaryFile("w+")

    def write_targets(self, ask):
        path = "/run/lab/targets"
        with open(path, "w", encoding="ascii") as file:
            file.writelines(dotted(a) + "\n" for a in ask.addresses)
        if ask.words[0] == "--self-ip-file":
            os.replace(path, ask.words[1])
            path = ask.words[1]
        return path

    def start(self, *command):
        """The answerer, pinned, when it listens."""
        self.errors.seek(0)
        self.errors.truncate()
        process = self.near.popen("taskset", "-c", ANSWERER, *command, stdout=subprocess.PIPE, stderr=self.errors)
        deadline = time.monotonic() + 20
        ours = command[0] == PORTOLAN
        if not ours:
            process.stdout.readline()
        while ours and "answering on" not in self.said():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(map(str, command))}\n{self.said()}")
            time.sleep(0.02)
        time.sleep(0.1)  # it enters its sandbox
        return process

    def said(self):
        return os.pread(self.errors.fileno(), 1 << 16, 0).decode()

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)
        process.stdout.close()
        if status != 0:
            raise RuntimeError(f"the answerer ended with {status}\n{self.said()}")

    def measure(self, contestant, ask, seconds, warm_up):
        targets = self.write_targets(ask)
        answerer = self.start(*contestant.command, *(ask.words if contestant.command[0] == PORTOLAN else ()))
        place = ["--in-driver"] if contestant.in_driver else []
        threads = [word for fd in self.softirq_threads for word in ("--watch-file", fd)]
        report = self.far.run("taskset", "-c", SENDER, tool("syn_flood"), "far0", self.mac, targets, "--seconds",
                              seconds, "--warm-up", warm_up, "--watch", answerer.pid, *place, *threads,
                              pass_fds=self.softirq_threads)
        self.stop(answerer)
        return self.figures(contestant, json.loads(report))

    def figures(self, contestant, r):
        softirq = tuple(core["softirq"] for core in r["cores"])
        core, who = (SENDER, "sender") if contestant.in_kernel else (ANSWERER, "process")
        spent = r[who]["busy"] + sum(r["threads"][core:core + 1])
        if self.softirq_apart:
            spent += sum(softirq[core:core + 1])
        return Figures(r["answers"] / r["seconds"], r["answers"] / max(spent, 0.01), r["made"] / r["seconds"],
                       r["right"] / max(r["total_made"], 1), r["process"]["busy"] / r["seconds"],
                       r["sender"]["busy"] / r["seconds"], tuple(t / r["seconds"] for t in r["threads"]),
                       tuple(s / r["seconds"] for s in softirq), r["right"], r["repeated"], r["wrong"])


def median(runs, name):
    return statistics.median(getattr(run, name) for run in runs)
