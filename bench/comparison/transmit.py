# SPDX-License-Identifier: Apache-2.0
"""The greatest rate at which probes leave: over veth, to a far end that drops them in its driver and counts."""
import functools
import time

from comparison.bed import OTHER
from comparison.book import Metric, Table
from comparison.contestants import MAX, Task
from comparison.runs import Run

NETWORK = "10.0.0.0/8"
ENOUGH = 15_000_000  # probes, of the network's 16,777,216: after these a scan may be at its end

TITLE = "transmit: greatest rate of probes, counted where they arrive"
REMARKS = [
    "same core: the far end's work is done in softirq on the sending core; other core: by a kernel thread on the last.",
    "A CPU second is one of the scanner's process and of ksoftirqd on its cores; with the same core, the far end's",
    "work is in it. Every contestant is pinned to the sending cores with all its threads.",
]
METRICS = [Metric("arrived", "M/s", 1e-6, 3, "more"), Metric("per CPU second", "M", 1e-6, 3, "more")]


def window(judge, run, seconds):
    """(probes a second, probes a CPU second) of a stretch in the middle of a run."""
    begin, spent = judge.look(), run.spent()
    end, spent_end = begin, spent
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and end["probes"] < ENOUGH:
        time.sleep(0.02)
        if run.is_over():
            break
        end, spent_end = judge.look(), run.spent()
    probes, nanos = end["probes"] - begin["probes"], end["now_ns"] - begin["now_ns"]
    if probes == 0:
        run.fail("nothing arrived while it was measured")
    return probes * 1e9 / nanos, probes / max(spent_end - spent, 1e-3)


def measure(bench, bed, contestant, cores, histogram=False):
    seconds, warm_up = (0.2, 0.05) if bench.short else (1.0, contestant.warm_up)
    with bed.judge(histogram=histogram) as judge:
        run = Run(bed, contestant.command(bed, Task(NETWORK, rate=MAX, wait=5, cores=cores)), cores)
        try:
            run.wait_until(lambda: judge.look()["probes"] > 0, 20)
            time.sleep(warm_up)
            rate, per_cpu = window(judge, run, seconds)
        finally:
            run.stop()
    return {"arrived": rate, "per CPU second": per_cpu}


def counts(cores):
    """1, 2, 4 ... and all."""
    return sorted({1 << i for i in range(cores.bit_length()) if 1 << i <= cores} | {cores}) if cores else []


def run(bench):
    table = Table(TITLE, METRICS, REMARKS)
    contests = []
    for place in bench.places()[-1:] if bench.short else bench.places():
        free = len(bench.cores.all) - (place == OTHER)
        for count in counts(free):
            bed, cores = bench.bed(place, count), tuple(bench.cores.sending(count))
            condition = (f"sending on core{'s' if count > 1 else ''} {', '.join(map(str, cores))}, far end on "
                         + (f"core {bench.cores.far}" if place == OTHER else "the same"))
            contests += [(condition, c, functools.partial(measure, bench, bed, c, cores)) for c in bench.contestants()]
    bench.in_turn(table, contests)
    return table
