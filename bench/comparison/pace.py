# SPDX-License-Identifier: Apache-2.0
"""Whether the rate that was asked for is the rate on the wire, and how evenly: measured where the probes arrive."""
import functools
import time

from comparison import transmit
from comparison.book import Metric, Table
from comparison.contestants import Task
from comparison.runs import Run

NETWORK = "10.0.0.0/8"
RATES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
SHARE = 0.9  # of a contestant's own greatest rate
SLOWEST = 10_000  # what a contestant of the slow kind is asked for at most
TITLE = "pace: the rate asked for against the rate that arrived"
REMARKS = ["From the first probe to the last of a few seconds, its start included. Busiest millisecond: the most",
           "probes that arrived in any, by a clock that starts with the first; evenly spread it would be `even`."]
METRICS = [Metric("arrived", "/s", digits=1), Metric("error", "%", 100, 3),
           Metric("busiest ms", digits=0), Metric("even", digits=1)]


def measure(bench, contestant, rate):
    bed, cores = bench.bed(), tuple(bench.cores.sending(1))
    seconds = 0.3 if bench.short else 3.0
    with bed.judge(histogram=True) as judge:
        run = Run(bed, contestant.command(bed, Task(NETWORK, rate=rate, wait=0, cores=cores)), cores)
        try:
            run.wait_until(lambda: judge.look()["probes"] > 0, 20)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and not run.is_over():
                time.sleep(0.02)
            seen = judge.look()
        finally:
            run.stop()
    if seen["probes"] < 2:
        run.fail(f"{seen['probes']} probes in {seconds} s")
    arrived = (seen["probes"] - 1) * 1e9 / max(seen["last_ns"] - seen["first_ns"], 1)
    return {"arrived": arrived, "error": abs(arrived / rate - 1), "busiest ms": seen["busiest_ms"],
            "even": max(rate / 1000, 1)}


def near_its_limit(bench, contestant):
    """Of what it reaches with this judge, whose histogram takes time from the sender's core, too."""
    cores = tuple(bench.cores.sending(1))
    greatest = transmit.measure(bench, bench.bed(), contestant, cores, histogram=True)["arrived"]
    return measure(bench, contestant, round(SHARE * greatest))


def run(bench):
    table = Table(TITLE, METRICS, REMARKS)
    contests = []
    for rate in (10_000,) if bench.short else RATES:
        contests += [(f"{rate:,} a second", c, functools.partial(measure, bench, c, rate))
                     for c in bench.contestants(slow=rate <= SLOWEST)]
    if bench.short:
        bench.in_turn(table, contests)
        return table
    contests += [(f"{SHARE:.0%} of its own greatest rate", c, functools.partial(near_its_limit, bench, c))
                 for c in bench.contestants()]
    bench.in_turn(table, contests)
    return table
