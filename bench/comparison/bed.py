# SPDX-License-Identifier: Apache-2.0
"""The bed of bench/compare: a veth pair between two namespaces, the judge or a responder at its far end.

    near: the scanner, 192.0.2.1  ----  far: a router, 192.0.2.2, behind which every address lies

The far end's work is either on the sender's core, in softirq, as veth does it by itself (`same`), or on a core of its
own, by a NAPI thread of the kernel that is pinned there (`other`), which is nearer to a real network card.
"""
import contextlib
import itertools
import json
import os
import re
import select
import socket
import subprocess
import time

import netns
from comparison.machine import JUDGE

NEAR, SOURCE, ROUTER = "near0", "192.0.2.1", "192.0.2.2"
SAME, OTHER = "same", "other"


class Cores:
    """Who works where. `far` is the last core, which no scanner has when the far end works on another core."""

    def __init__(self):
        self.all = sorted(os.sched_getaffinity(0))
        self.far = self.all[-1]

    def sending(self, count):
        return self.all[:count]


class Bed:
    """Lives as long as the lab: its parts end with the process."""

    _made = 0

    def __init__(self, outside, place, queues):
        self.place, self.queues, self.cores, self._outside = place, queues, Cores(), outside
        self._softirqd = {core: outside.threads(f"ksoftirqd/{core}") for core in self.cores.all}
        # Kernel threads are named after it, and other benches have theirs.
        self.far_device = f"b{os.stat('/proc/self/ns/net').st_ino % 0x10000:04x}{Bed._made}"
        Bed._made += 1
        self.near, self.far = netns.Namespace("near"), netns.Namespace("far")
        for space in (self.near, self.far):
            space.sysctl(net__ipv6__conf__all__disable_ipv6=1, net__ipv6__conf__default__disable_ipv6=1)
        count = f"numrxqueues {queues} numtxqueues {queues}"
        self.near.ip(f"link add {NEAR} {count} type veth peer name {self.far_device} {count} netns {self.far.path}")
        for space, name in ((self.near, NEAR), (self.far, self.far_device)):
            # A veth leaves checksums to hardware that is not there. Frames that XDP sends arrive only where the
            # driver polls, which it does with GRO.
            space.run("ethtool", "-K", name, "tx", "off", "gro", "on")
            space.ip(f"link set {name} up")
        self.mac, self.router_mac = self.near.mac(NEAR), self.far.mac(self.far_device)
        self.near.ip(f"addr add {SOURCE}/24 dev {NEAR}",
                     f"neigh replace {ROUTER} lladdr {self.router_mac} dev {NEAR} nud permanent",
                     f"route add default via {ROUTER}")
        self._spare_the_kernel()
        self._chatter = self._open_chatter()
        if place == OTHER:
            self._give_far_end_a_core()

    def _spare_the_kernel(self):
        """The near kernel throws away what the scanner has seen: it would answer with resets, at everybody's cost."""
        self.near.nft(f"table netdev quiet {{ chain in {{ type filter hook ingress device {NEAR} priority 0; "
                      "policy drop; }; }")

    def _give_far_end_a_core(self):
        folder = "/run/lab/sys"
        os.makedirs(folder, exist_ok=True)
        self.far.run("mount", "-t", "sysfs", "sysfs", folder)  # of the far namespace
        with open(f"{folder}/class/net/{self.far_device}/threaded", "w", encoding="ascii") as file:
            file.write("1")
        self.far.run("umount", folder)
        if not self._outside.threads(f"napi/{self.far_device}", self.cores.far):
            raise RuntimeError("the kernel gave the far end no thread")

    def _open_chatter(self):
        with self.far.inside():
            chatter = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            chatter.bind((self.far_device, 0))
        return chatter

    def chat(self):
        """A broadcast frame of no meaning, as every link has some: masscan 1.3.2 does not end on a link without."""
        experimental = (0x88b5).to_bytes(2, "big")  # IEEE 802: for local experiments
        self._chatter.send(b"\xff" * 6 + bytes.fromhex(self.router_mac.replace(":", "")) + experimental + bytes(46))

    def softirq_time(self, cores):
        """Seconds so far of the kernel's threads that finish what was begun on these cores."""
        return sum(int(os.pread(fd, 64, 0).split()[0]) for core in cores for fd in self._softirqd[core]) * 1e-9

    def judge(self, **options):
        return Judge(self.far, self.far_device, **options)

    @contextlib.contextmanager
    def receiving(self, contestant):
        """The near end as the contestant has it best. In it, the far end answers by a program in its `place`:

        driver   of a veth: takes a program in the near end's driver, too, which has to have its offloads on
        generic  before the stack: with offloads off, for those who receive by libpcap, whose ring of a few MiB has
                 places as large as an offload may make a frame: some 30 (masscan 1.3.2 then loses most of any burst)
        """
        words = [(offload, "on" if contestant.offloads else "off") for offload in ("gro", "gso", "tso")]
        self.near.run("ethtool", "-K", NEAR, *itertools.chain(*words))
        if contestant.has_driver or not contestant.offloads:
            yield
            return
        with Judge(self.near, NEAR, let_pass=True):
            yield

    def far_frames(self):
        return FrameMeter(self)

    def lost_probes(self):
        """Frames so far that the near end sent and the far end had no room for."""
        return _lost(self.near, NEAR)

    def lost_answers(self):
        return _lost(self.far, self.far_device)


def _lost(space, device):
    """Of what a device sent, what its other end's ring had no room for."""
    said = space.run("ethtool", "-S", device)
    refused = sum(int(n) for n in re.findall(r"xdp_tx_errors: (\d+)", said))
    return refused + json.loads(space.run("ip", "-j", "-s", "link", "show", device))[0]["stats64"]["tx"]["dropped"]


class FrameMeter:
    """How fast frames came to the far end, to how closely it is looked; for where no judge is."""

    MIDDLE = (0.05, 0.95)  # of the frames: single ones may come before the scan and after it

    def __init__(self, bed):
        with bed.far.inside():
            self._file = open("/proc/net/dev", encoding="ascii")
        self._name = bed.far_device + ":"
        self._seen = [(time.monotonic(), self._read())]

    def _read(self):
        self._file.seek(0)
        return next(int(line.split()[2]) for line in self._file if line.strip().startswith(self._name))

    def look(self):
        count = self._read()
        if count != self._seen[-1][1]:
            self._seen.append((time.monotonic(), count))

    @property
    def rate(self):
        """Frames a second; None when it was over before it could be seen."""
        begin, end = self._seen[0][1], self._seen[-1][1]
        least, most = (begin + share * (end - begin) for share in self.MIDDLE)
        middle = [sample for sample in self._seen if least <= sample[1] <= most]
        if len(middle) < 2:
            return None
        (first, at_first), (last, at_last) = middle[0], middle[-1]
        return (at_last - at_first) / (last - first)


class Judge:
    """The program in the driver of a device, from construction to close()."""

    def __init__(self, space, device, answer_every=0, lose=0.0, histogram=False, let_pass=False,
                 place="driver"):
        words = ["--answer-every", answer_every, "--lose", round(lose * 65536)]
        words += ["--histogram"] * histogram + ["--pass"] * let_pass + ["--generic"] * (place == "generic")
        self._process = space.popen(JUDGE, device, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the judge did not start: {self._process.stderr.read()}")

    def _ask(self, word):
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], 10)[0]:
            raise RuntimeError("the judge is silent")
        return self._process.stdout.readline()

    def look(self):
        return json.loads(self._ask("look"))

    def reset(self):
        self._ask("reset")

    def close(self):
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def mix(z):
    """What judge.bpf.c draws from."""
    mask = (1 << 64) - 1
    z = (z + 0x9e3779b97f4a7c15) & mask
    z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & mask
    z = ((z ^ z >> 27) * 0x94d049bb133111eb) & mask
    return z ^ z >> 31


def is_open(address, port, answer_every):
    return mix(address << 16 | port) % answer_every == 0
