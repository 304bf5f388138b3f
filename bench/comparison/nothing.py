# SPDX-License-Identifier: Apache-2.0
"""How fast probes are made when nothing is sent. What a peer cannot do is said and not guessed:

  masscan 1.3.2  --offline fails on Linux ("bad packet template"), so its own --benchmark of the permutation alone
                 stands for it: an upper bound, since a sender cannot be faster than the first of its steps.
  zmap 2.1.1     --dryrun prints each packet as text, and it is timed with that, into /dev/null.
"""
import functools
import re

from comparison.bed import NEAR, SOURCE
from comparison.book import Metric, Table
from comparison.contestants import Portolan
from comparison.machine import PORTOLAN
from comparison.runs import Failed, Run

NETWORK = "11.0.0.0/8"
TITLE = "nothing: making probes that are not sent"
REMARKS = [f"ours: {NETWORK} on two ports, --offline, by its own account. masscan: its --benchmark of the permutation",
           "alone, since its --offline fails; so it is flattered. zmap: --dryrun, which prints each packet, into",
           "/dev/null. One core."]
METRICS = [Metric("made", "M/s", 1e-6, 2, "more"), Metric("peak", "MiB", digits=1)]


def ours(bench, run_of):
    network = "11.0.0.0/12" if bench.short else NETWORK
    run, _ = run_of(PORTOLAN, "scan", network, "-p", "80,443", "--offline", "--rate", "unlimited", "--wait", 0,
                    "--no-exclude-file", "--seed", 1)
    found = re.search(r"([0-9.]+) a second", run.said())
    if not found:
        raise Failed("it does not say how fast it was")
    return {"made": float(found[1]), "peak": run.peak}


def masscan(_, run_of):
    run, _ = run_of("masscan", "--benchmark", status=1)
    found = re.search(r"blackrock-1.*?=\s*([0-9.]+)-million", run.said(), re.S)
    if not found:
        raise Failed("it does not say how fast it was")
    return {"made": float(found[1]) * 1e6, "peak": run.peak}


def zmap(bench, run_of):
    count = 100_000 if bench.short else 2_000_000
    run, seconds = run_of("sh", "-c", 'exec zmap "$@" >/dev/null 2>&1', "zmap", "--dryrun", "-p", 80, "-i", NEAR, "-G",
                          "02:00:00:00:00:02", "-S", SOURCE, "-b", "/dev/null", "-n", count, "-T", 1, "-r", 0, "-B",
                          "100G", "--cooldown-time", 0, "-q", "--seed", 1, NETWORK)
    return {"made": count / seconds, "peak": run.peak}


MAKERS = {"masscan": masscan, "zmap": zmap}


def run(bench):
    table, cores = Table(TITLE, METRICS, REMARKS), bench.cores.sending(1)

    def run_of(*command, status=0):
        run = Run(bench.bed(), command, cores)
        return run, run.wait(120, status=status)

    contests = [("", Portolan(), functools.partial(ours, bench, run_of))]
    contests += [("", peer, functools.partial(MAKERS[peer.name], bench, run_of)) for peer in bench.peers
                 if peer.name in MAKERS]
    bench.in_turn(table, contests)
    return table
