# SPDX-License-Identifier: Apache-2.0
"""How many answers a second a scanner takes in without losing any: a far end answers every SYN, at rising rates."""
import functools

from comparison.bed import SAME
from comparison.book import Metric, Table
from comparison.contestants import MAX, Task
from comparison.runs import Run

# Rates to climb, and the networks that make about a second of them.
STEPS = [(50_000, "10.0.0.0/15"), (100_000, "10.0.0.0/15"), (200_000, "10.0.0.0/14"), (400_000, "10.0.0.0/13"),
         (800_000, "10.0.0.0/12"), (1_600_000, "10.0.0.0/11"), (3_200_000, "10.0.0.0/10")]
FULL, SMALL = "10.0.0.0/12", "10.0.0.0/20"
TOLERATED = 1e-4  # the share of answers that may be missing: peers lose one or two at the start
KEPT_UP = 0.8  # of the rate that was asked for, or a further step would show nothing

TITLE = "answers: taken in without loss, when every SYN is answered"
REMARKS = [
    f"without loss: the most answers a second of a run that missed at most {TOLERATED:.2%} of them, climbing from "
    f"{STEPS[0][0]:,} probes a second by doubling.",
    "unlimited: as fast as it goes. recorded: different results in the file for each second from the first probe to",
    "the last. missed: of the answers that the link carried. The scanner may use every core.",
]
METRICS = [Metric("without loss", "k/s", 1e-3, 1, "more"), Metric("recorded, unlimited", "k/s", 1e-3, 1, "more"),
           Metric("missed, unlimited", "%", 100, 4), Metric("duplicates")]


def one_run(bed, contestant, network, rate):
    """(answers a second, recorded a second, share missed, duplicates)"""
    cores = tuple(bed.cores.all)
    with bed.judge(answer_every=1, histogram=True, place=contestant.far_place) as judge, bed.receiving(contestant):
        lost = bed.lost_answers()
        run = Run(bed, contestant.command(bed, Task(network, rate=rate, wait=1, cores=cores[:1])), cores)
        run.wait(120)
        seen = judge.look()
        carried = seen["answers"] - (bed.lost_answers() - lost)
    told = contestant.addresses("/run/lab/results")
    seconds = max(seen["last_ns"] - seen["first_ns"], 1) * 1e-9
    found = len(set(told))
    return carried / seconds, found / seconds, max(0, carried - found) / max(carried, 1), len(told) - found


def climb(bed, contestant):
    """The most answers a second without loss; 0 if the first step shows some."""
    best = 0.0
    for rate, network in STEPS:
        answered, _, missed, _ = one_run(bed, contestant, network, rate)
        if missed > TOLERATED:
            break
        best = max(best, answered)
        if answered < KEPT_UP * rate:
            break
    return best


def measure(bench, bed, contestant):
    _, recorded, missed, duplicates = one_run(bed, contestant, SMALL if bench.short else FULL, MAX)
    figures = {"recorded, unlimited": recorded, "missed, unlimited": missed, "duplicates": duplicates}
    if not bench.short:
        figures["without loss"] = climb(bed, contestant)
    return figures


def run(bench):
    table = Table(TITLE, METRICS, REMARKS)
    contests = []
    for place in bench.places()[-1:] if bench.short else bench.places():
        bed = bench.bed(place)
        condition = "far end on " + ("the sender's core" if place == SAME else f"core {bench.cores.far}")
        contestants = bench.contestants()
        if not bench.short:
            contestants += [c.with_offloads() for c in contestants if not c.offloads and not c.absent]
        contests += [(condition, c, functools.partial(measure, bench, bed, c)) for c in contestants]
    bench.in_turn(table, contests)
    return table
