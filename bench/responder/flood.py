# SPDX-License-Identifier: Apache-2.0
"""bench/respond --flood: what a flood costs the responder in memory, and others in answers."""
import json
import os
import re
import socket
import threading
import time

from bed import ANSWERER, PORTOLAN, ROOT, SENDER, Bed, tool

CLIENT, HOST = "10.1.0.1", "10.0.0.1"
MAX_RATE = 100_000  # frames a second: the default of --max-rate, over which everybody loses


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1])


class Client:
    """Ten pings and ten connections a second from a source of its own, until stopped."""

    def __init__(self, bed):
        self._bed, self._stop = bed, threading.Event()
        self.connected = self.refused = 0
        self._ping = bed.far.popen("ping", "-i", "0.1", "-W", "1", "-q", HOST, stdout=-1, text=True)
        self._connector = threading.Thread(target=self._connect_all)
        self._connector.start()

    def _connect_all(self):
        with self._bed.far.inside():
            due = time.monotonic()
            while not self._stop.is_set():
                try:
                    # Shorter than the second after which the kernel would ask again.
                    socket.create_connection((HOST, 80), timeout=0.9).close()
                    self.connected += 1
                except OSError:
                    self.refused += 1
                due = max(due + 0.1, time.monotonic())
                time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        """(pings lost, pings, connections lost, connections)"""
        self._stop.set()
        self._connector.join()
        time.sleep(1)
        self._ping.send_signal(2)
        said = self._ping.communicate(timeout=5)[0]
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", said).groups())
        return sent - received, sent, self.refused, self.connected + self.refused


class Watch:
    """The most memory that the process had resident while this watched."""

    def __init__(self, pid):
        self._pid, self._stop, self.most = pid, threading.Event(), 0
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self):
        while not self._stop.wait(0.1):
            self.most = max(self.most, resident(self._pid))

    def stop(self):
        self._stop.set()
        self._thread.join()
        return self.most


def counter(said, name):
    found = re.search(rf"^\s*{name}\s+(\d+)$", said, re.M)
    return int(found[1]) if found else 0


def one_flood(bed, responder, targets, count, rate, title):
    watch, client = Watch(responder.pid), Client(bed)
    time.sleep(0.5)
    sent = json.loads(bed.far.run("taskset", "-c", SENDER, tool("garbage_flood"), "far0", bed.mac, targets,
                                  f"{ROOT}/fuzz/corpus", "--count", count, "--rate", rate, timeout=3600))
    lost = client.stop()
    most = watch.stop()
    frames = sent["syns"] + sent["garbage"]
    print(f"{title}: {sent['syns']:,} SYNs and {sent['garbage']:,} frames of garbage in {sent['seconds']:.1f} s, "
          f"{frames / sent['seconds']:,.0f} a second, {sent['refused']} refused by the kernel\n"
          f"  the client meanwhile: {lost[0]} of {lost[1]} pings lost, {lost[2]} of {lost[3]} connections lost\n"
          f"  resident: at most {most:,} kB", flush=True)
    return frames / sent["seconds"], lost


def flood(count):
    bed = Bed()
    bed.far.ip(f"addr add {CLIENT}/8 dev far0")
    bed.near.nft("flush ruleset")
    targets = "/run/lab/targets"
    with open(targets, "w", encoding="ascii") as file:
        file.writelines(f"10.0.{i >> 8}.{i & 255}\n" for i in range(65536))
    print(f"{PORTOLAN}, limits as they are by default; sender on core {SENDER}, responder on core {ANSWERER}; "
          f"load {os.getloadavg()[0]:.1f}", flush=True)
    responder = bed.start(PORTOLAN, "respond", "-i", "near0", "-q", "--status", "no", "--self-ip-list", "10.0.0.0/16")
    time.sleep(1)
    before = resident(responder.pid)
    print(f"resident before: {before:,} kB", flush=True)
    reached, _ = one_flood(bed, responder, targets, count, 0, "as fast as it goes")
    rate = int(min(reached / 10, 0.8 * MAX_RATE))
    _, lost = one_flood(bed, responder, targets, min(count, rate * 20), rate, "at 10 % of that")
    time.sleep(2)
    after = resident(responder.pid)
    print(f"resident after: {after:,} kB ({after - before:+,} kB)")
    bed.stop(responder)
    print(f"alive to the end; exit status 0\n{bed.said()}")
    return 1 if lost[0] or lost[2] else 0
