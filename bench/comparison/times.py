# SPDX-License-Identifier: Apache-2.0
"""How long the smallest of scans takes: a /24 on one port, from start to end, by the clock."""
import functools

from comparison.bed import is_open
from comparison.book import Metric, Table
from comparison.contestants import DEFAULT_WAIT, LEAST_WAIT, PORT, Task
from comparison.runs import Run

NETWORK, RATE = "10.80.0.0/24", 10_000
HALF = sum(is_open(0x0a500000 + i, PORT, 2) for i in range(256))  # of the addresses answer when every second one does
TITLE = f"times: {NETWORK} on one port, start to end"
REMARKS = [f"{RATE:,} probes a second are asked for. {HALF} of the 256 addresses answer, or all of them, at once. The",
           "least wait is the shortest that lets a contestant find them: 0.1 s of ours, 1 s of masscan and zmap (they",
           "count in seconds), and nmap -T5 --min-rate. Ours ends at once when every target has answered."]
METRICS = [Metric("wall", "s", digits=2, ratio="less"), Metric("missed", digits=0)]


def measure(bench, contestant, wait, answer_every):
    bed, cores = bench.bed(), tuple(bench.cores.all)
    with bed.judge(answer_every=answer_every, place=contestant.far_place), bed.receiving(contestant):
        run = Run(bed, contestant.command(bed, Task(NETWORK, rate=RATE, wait=wait, cores=cores[:1])), cores)
        seconds = run.wait(120)
    there = 256 if answer_every == 1 else HALF
    return {"wall": seconds, "missed": there - len(set(contestant.addresses("/run/lab/results")))}


def run(bench):
    table = Table(TITLE, METRICS, REMARKS)
    conditions = {"every second answers, the least wait": (LEAST_WAIT, 2)}
    if not bench.short:
        conditions["every second answers, waits as they are by default"] = (DEFAULT_WAIT, 2)
        conditions["all answer, waits as they are by default"] = (DEFAULT_WAIT, 1)
    bench.in_turn(table, [(condition, c, functools.partial(measure, bench, c, *how))
                          for condition, how in conditions.items() for c in bench.contestants(slow=True)])
    return table
