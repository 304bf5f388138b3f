# SPDX-License-Identifier: Apache-2.0
"""How long the smallest of scans takes: a /24 on one port, from start to end, by the clock."""
import functools

from comparison.book import Metric, Table
from comparison.contestants import DEFAULT_WAIT, LEAST_WAIT, Task
from comparison.runs import Run

NETWORK, HOSTS, RATE = "10.80.0.0/24", 256, 10_000
TITLE = f"times: {NETWORK} on one port, start to end"
REMARKS = [f"{RATE:,} probes a second are asked for; all {HOSTS} addresses answer at once. The least wait is the",
           "shortest that lets a contestant find them: 0 s of ours, 1 s of masscan and zmap, nmap -T5 --min-rate."]
METRICS = [Metric("wall", "s", digits=2, ratio="less"), Metric("found", f"of {HOSTS}", digits=0)]


def measure(bench, contestant, wait):
    bed, cores = bench.bed(), tuple(bench.cores.all)
    with bed.judge(answer_every=1, place=contestant.far_place), bed.receiving(contestant):
        run = Run(bed, contestant.command(bed, Task(NETWORK, rate=RATE, wait=wait, cores=cores[:1])), cores)
        seconds = run.wait(120)
    return {"wall": seconds, "found": len(set(contestant.addresses("/run/lab/results")))}


def run(bench):
    table = Table(TITLE, METRICS, REMARKS)
    waits = {"the least wait": LEAST_WAIT} if bench.short else {"waits as they are by default": DEFAULT_WAIT,
                                                                "the least wait": LEAST_WAIT}
    bench.in_turn(table, [(condition, c, functools.partial(measure, bench, c, wait))
                          for condition, wait in waits.items() for c in bench.contestants(slow=True)])
    return table
