# SPDX-License-Identifier: Apache-2.0
"""What ten million single addresses cost: peak memory, and the time until the first probe has left."""
import functools
import os

from comparison.book import Metric, Table
from comparison.contestants import Task
from comparison.runs import Run

PATH = "/run/lab/targets"
COUNT, FEW = 10_000_000, 20_000
FIRST, SPACING, SCATTER = 16 << 24, 160, 7_368_787  # from 16.0.0.0 to 111.94.8.0, in an order that jumps
TITLE = "memory: targets given as a list of single addresses"
METRICS = [Metric("peak", "MiB", digits=1, ratio="less"), Metric("first probe after", "s", digits=2, ratio="less")]


def room():
    """Bytes that a contestant may take: zmap 2.1.1 wants 8 GB for these, and the machine has other work."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4


def write_targets(count):
    """`count` different addresses, far apart, neither sorted nor at random."""
    with open(PATH, "w", encoding="ascii") as file:
        for i in range(count):
            n = i * SCATTER % count
            a = FIRST + n * SPACING + n % SPACING
            file.write(f"{a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}.{a & 255}\n")


def measure(bench, contestant):
    bed, cores = bench.bed(), tuple(bench.cores.all)
    with bed.judge() as judge:
        command = contestant.command(bed, Task(targets_file=PATH, rate=10_000, wait=0, cores=cores[:1]))
        run = Run(bed, ["prlimit", f"--as={room()}", *command], cores)
        try:
            run.wait_until(lambda: judge.look()["probes"] > 0, 300)
            seen = judge.look()
            run.wait_until(lambda: judge.look()["probes"] >= 1000, 60)
        finally:
            run.stop()
    return {"peak": run.peak, "first probe after": seen["first_ns"] * 1e-9 - run.began}


def run(bench):
    count = FEW if bench.short else COUNT
    write_targets(count)
    remarks = [f"{count:,} addresses; up to 1,000 probes. Memory is the kernel's VmHWM of the process; three quarters",
               "of what is free is all that a contestant gets."]
    table = Table(TITLE, METRICS, remarks)
    bench.in_turn(table, [("", c, functools.partial(measure, bench, c)) for c in bench.contestants()])
    return table
