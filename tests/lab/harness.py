# SPDX-License-Identifier: Apache-2.0
"""What the lab's tests have in common: one lab a test file, in private namespaces, and readable differences.

A test file ends with `harness.main(__name__)`. Its options: those of unittest, --long (the full sizes that take
minutes), --runs N (the whole file N times in a row, each in a lab of its own).
"""
import argparse
import os
import sys
import unittest

import netns

LONG = False


def difference(found, true):
    """Empty when equal; else what is missing and what was invented, sorted, the first few of each."""
    lines = [f"{name}: {len(items)}: {', '.join(map(str, sorted(items)[:12]))}"
             for name, items in (("missing", true - found), ("invented", found - true)) if items]
    return "\n".join(lines)


class Case(unittest.TestCase):
    longMessage = True

    def assert_same(self, found, true, what=""):
        self.assertTrue(true, f"{what}: the truth is empty, this test would prove nothing")
        self.assertEqual(difference(found, true), "", what)


def _once(module, words, chosen):
    def run():
        outcome = unittest.main(module=module, argv=[sys.argv[0], *words], exit=False, verbosity=chosen.verbosity,
                                warnings="ignore").result  # processes are left to the lab on purpose
        return 0 if outcome.wasSuccessful() and outcome.testsRun > 0 else 1
    return run


def _in_child(body):
    """private() ends its process, so each run has one of its own."""
    child = os.fork()
    if child == 0:
        netns.private(body)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(name):
    if name != "__main__":
        return
    global LONG
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--long", action="store_true")
    arguments.add_argument("--runs", type=int, default=1)
    arguments.add_argument("--verbosity", type=int, default=2)
    chosen, words = arguments.parse_known_args()
    sys.modules["harness"].LONG = LONG = chosen.long  # "harness" is what the test files have imported
    body = _once("__main__", words, chosen)
    if chosen.runs == 1:
        netns.private(body)
    failed = 0
    for run in range(1, chosen.runs + 1):
        status = _in_child(body)
        failed += status != 0
        print(f"run {run} of {chosen.runs}: {'failed' if status else 'passed'}, {failed} failed so far", flush=True)
    sys.exit(1 if failed else 0)
