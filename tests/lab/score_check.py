#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Scores a scan without portolan: the same figures as `portolan score --format json`, from Python's own json and sets.

Usage: score_check.py RESULTS TRUTH [STATUS,...]
Reads NDJSON (portolan -oD and --truth, masscan -oD and -oJ) and lists (-oL); prints one JSON object with the totals and
each port. For tests: two programs that share nothing but docs/formats/truth.md must agree.
"""
import collections
import ipaddress
import json
import sys

WORDS = ("truth", "found", "missed", "invented", "duplicates")


def records(path, statuses):
    """(address, protocol, port, status) of each result in a file, in its order."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip().rstrip(",")
            if not line or line[0] in "#[]" or line == "{finished: 1}":
                continue
            for record in of_object(json.loads(line)) if line[0] == "{" else of_list(line.split()):
                if record[3] in statuses:
                    yield record


def of_object(o):
    if "ip" not in o or o.get("rec_type", "status") != "status":
        return
    address = ipaddress.ip_address(o["ip"])
    for port in o.get("ports", [o]):
        status = port.get("status") or port.get("data", {}).get("status")
        if status:
            yield address, port["proto"], int(port["port"]), status


def of_list(words):
    if words[0] != "banner":
        yield ipaddress.ip_address(words[3]), words[1], int(words[2]), words[0]


def tally(told, truth):
    told_set = set(told)
    found = len(told_set & truth)
    row = dict(zip(WORDS, (len(truth), found, len(truth) - found, len(told_set) - found, len(told) - len(told_set))))
    row["recall"] = found / len(truth) if truth else 1.0
    row["precision"] = found / len(told_set) if told_set else 1.0
    return row


def by_port(all_of_them):
    ports = collections.defaultdict(list)
    for record in all_of_them:
        ports[record[1], record[2]].append(record)
    return ports


def score(results_path, truth_path, statuses=("open", "up")):
    told = list(records(results_path, statuses))
    truth = set(records(truth_path, statuses))
    told_ports, truth_ports = by_port(told), by_port(truth)
    ports = {f"{port}/{protocol}": tally(told_ports[protocol, port], set(truth_ports[protocol, port]))
             for protocol, port in sorted(set(told_ports) | set(truth_ports))}
    return {"total": tally(told, truth), "ports": ports}


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    wanted = tuple(sys.argv[3].split(",")) if len(sys.argv) == 4 else ("open", "up")
    print(json.dumps(score(sys.argv[1], sys.argv[2], wanted)))
