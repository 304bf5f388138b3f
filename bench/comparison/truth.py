# SPDX-License-Identifier: Apache-2.0
"""What a scan finds of what is there, at several rates and with losses on the way: recall, precision, duplicates.

Without losses the far end is `portolan respond` with a population, and `--truth` says what is there. With losses it is
the judge, which is a different program with a rule of its own, so that neither is taken on the other's word.
"""
import functools
import json
import signal
import time

from comparison import bed as beds
from comparison.book import Metric, Table
from comparison.contestants import MAX, PORT, Task
from comparison.machine import PORTOLAN
from comparison.runs import Failed, Run

POPULATION = f"seed=7,live=0.2,tcp={PORT}:0.1,closed=0.5"
NO_LIMITS = ("--max-rate", "0", "--rate-per-source", "0", "--rate-per-prefix", "0")
LOSS, OPEN_EVERY = 0.02, 50
SMALL, USUAL, LARGE = "10.80.0.0/22", "10.80.0.0/16", "10.80.0.0/12"
LOSSY, TRUTH = "/run/lab/truth-lossy", "/run/lab/truth"

TITLE = "truth: what a scan of one port finds of what is there"
REMARKS = [
    f"without loss: portolan respond --fast --population {POPULATION}, held against its own --truth. With "
    f"{LOSS:.0%} loss",
    f"each way: the judge answers for one address in {OPEN_EVERY}; a single probe should find "
    f"{(1 - LOSS) ** 2:.4f}, three {1 - (1 - (1 - LOSS) ** 2) ** 3:.6f}. masscan's --retries 2",
    "sends nine. rate: probes a second that arrived, in the middle of the scan. The scanner may use every core.",
]
METRICS = [Metric("recall", digits=6), Metric("precision", digits=6), Metric("duplicates", digits=0),
           Metric("rate", "k/s", 1e-3, 1), Metric("wall", "s", digits=2)]


class Townsfolk:
    """`portolan respond` at the far end, from construction to close()."""

    def __init__(self, bed, network, place):
        self._path = "/run/lab/respond"
        with open(self._path, "w", encoding="utf-8") as said:
            self._process = bed.far.popen(PORTOLAN, "respond", "-i", bed.far_device, "-q", "--status", "no",
                                          "--self-ip-list", network, "--population", POPULATION, f"--fast={place}",
                                          *NO_LIMITS, stdout=said, stderr=said)
        deadline = time.monotonic() + 20
        while "answering on" not in self.said():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"the responder did not start: {self.said()}")
            time.sleep(0.02)
        time.sleep(0.1)  # it enters its sandbox

    def said(self):
        with open(self._path, encoding="utf-8") as file:
            return file.read()

    def close(self):
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def write_truths(bed, networks, lossy_network):
    for network in networks:
        with open(path_of(network), "w", encoding="utf-8") as file:
            bed.near.run(PORTOLAN, "respond", "--population", POPULATION, "--truth", network, PORT, stdout=file,
                         timeout=600)
    base, bits = lossy_network.split("/")
    first = int.from_bytes(map(int, base.split(".")), "big")
    with open(LOSSY, "w", encoding="utf-8") as file:
        for address in range(first, first + (1 << 32 - int(bits))):
            if beds.is_open(address, PORT, OPEN_EVERY):
                text = ".".join(map(str, address.to_bytes(4, "big")))
                file.write(json.dumps({"ip": text, "port": PORT, "proto": "tcp", "status": "open"}) + "\n")


def path_of(network):
    return f"{TRUTH}-{network.replace('/', '-')}"


def scan(bed, contestant, network, rate, retries, truth):
    cores, meter = tuple(bed.cores.all), bed.far_frames()
    task = Task(network, rate=rate, retries=retries, wait=1, cores=cores[:1])
    run = Run(bed, contestant.command(bed, task), cores)
    seconds = run.wait(200, meter.look)
    meter.look()
    listed = contestant.as_list(task.results)
    score = json.loads(bed.near.run(PORTOLAN, "score", "--format", "json", listed, truth))["total"]
    return {"recall": score["recall"], "precision": score["precision"], "duplicates": score["duplicates"],
            "rate": meter.rate, "wall": seconds}


def calm(bed, contestant, network, rate):
    with Townsfolk(bed, network, contestant.far_place), bed.receiving(contestant):
        return scan(bed, contestant, network, rate, 0, path_of(network))


def stormy(bed, contestant, network, rate, retries):
    judge = bed.judge(answer_every=OPEN_EVERY, lose=LOSS, place=contestant.far_place)
    with judge, bed.receiving(contestant):
        return scan(bed, contestant, network, rate, retries, LOSSY)


def named(rate):
    return "as fast as it goes" if rate is MAX else f"{rate:,} a second"


def run(bench):
    table, bed = Table(TITLE, METRICS, REMARKS), bench.bed()
    usual, large = (SMALL, SMALL) if bench.short else (USUAL, LARGE)
    write_truths(bed, {usual, large}, usual)
    contests = []
    for rate in (MAX,) if bench.short else (10_000, 100_000, 500_000, MAX):
        for c in bench.contestants(slow=rate == 10_000):
            contests.append((f"{usual}, {named(rate)}", c, functools.partial(calm, bed, c, usual, rate)))
    if not bench.short:
        contests += [(f"{large}, {named(MAX)}", c, functools.partial(calm, bed, c, large, MAX))
                     for c in bench.contestants()]
    for rate in (MAX,) if bench.short else (100_000, MAX):
        for retries in (0,) if bench.short else (0, 2):
            condition = f"{usual}, {named(rate)}, {LOSS:.0%} loss each way, {retries} retries"
            contests += [(condition, c, functools.partial(stormy, bed, c, usual, rate, retries))
                         for c in (bench.ours if bench.short else bench.contestants())]
    bench.in_turn(table, contests)
    return table


def faults(table):
    """What no rate, load or weather excuses in ours; for --short."""
    for (condition, name), row in table.rows.items():
        if name not in table.ours:
            continue
        if min(row["precision"]) < 1 or max(row["duplicates"]) > 0:
            yield f"{condition}, {name}: something was invented or told twice"
        if "loss" not in condition and min(row["recall"]) < 1:
            yield f"{condition}, {name}: recall {min(row['recall'])}"
