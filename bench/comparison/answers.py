# SPDX-License-Identifier: Apache-2.0
"""How many answers a second a scanner takes in without losing any: a far end answers every SYN, at rising rates."""
import dataclasses
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
GAIN = 1.1  # over the step before, or a further one would show nothing. Of the rate asked for some reach half

TITLE = "answers: taken in without loss, when every SYN is answered"
REMARKS = [
    f"without loss: the most answers a second of a run that missed at most {TOLERATED:.2%} of them; runs climb from",
    f"{STEPS[0][0]:,} probes a second by doubling.",
    "unlimited: as fast as it goes. recorded: different results in the file for each second from the first probe to",
    "the last; and of that run: missed, of the answers that the link carried; admitted, of those missed, by counters",
    "of the scanner's own; duplicates. The scanner may use every core.",
]
METRICS = [Metric("without loss", "k/s", 1e-3, 1, "more"), Metric("recorded, unlimited", "k/s", 1e-3, 1, "more"),
           Metric("missed", "%", 100, 4), Metric("admitted", "%", 100, 1), Metric("duplicates", digits=0)]


@dataclasses.dataclass
class Outcome:
    answered: float  # a second
    recorded: float  # different results a second
    missed: float  # share of the answers
    admitted: float  # share of those missed; None when there are none, or nothing is said about them
    duplicates: int


def one_run(bed, contestant, network, rate):
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
    missed, admitted = max(0, carried - found), contestant.admits(run.said())
    return Outcome(carried / seconds, found / seconds, missed / max(carried, 1),
                   admitted / missed if missed and admitted is not None else None, len(told) - found)


def climb(bed, contestant):
    """The most answers a second without loss; 0 if the first step shows some."""
    best = 0.0
    for rate, network in STEPS:
        run = one_run(bed, contestant, network, rate)
        if run.missed > TOLERATED or run.answered < GAIN * best:
            break
        best = run.answered
    return best


def measure(bench, bed, contestant):
    run = one_run(bed, contestant, SMALL if bench.short else FULL, MAX)
    figures = {"recorded, unlimited": run.recorded, "missed": run.missed, "admitted": run.admitted,
               "duplicates": run.duplicates}
    if not bench.short:
        whole = run.answered if run.missed <= TOLERATED else 0.0
        figures["without loss"] = max(whole, climb(bed, contestant))
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
