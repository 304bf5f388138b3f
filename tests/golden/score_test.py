#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Truth and score as users run them, and against a program that shares nothing with them (tests/lab/score_check.py).

Usage: score_test.py PORTOLAN. Sends nothing.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import score_check  # noqa: E402

PORTOLAN = sys.argv.pop(1)
POPULATION = ("seed=7,live=0.3,unreachable=0.1,tarpit=0.02,syn-proxy=0.02,ack-only=0.02,tcp=22:0.3+80:0.5+*:0.01,"
              "closed=0.5,rejected=0.1,udp=53:0.5")


def run(*words, expect=0):
    done = subprocess.run([PORTOLAN, *words], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == expect, f"{words}: status {done.returncode}, not {expect}: {done.stderr}"
    return done.stdout if expect != 2 else done.stderr


class Scores(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        cls.truth = cls.path / "truth.ndjson"
        cls.truth.write_text(run("respond", "--population", POPULATION, "--truth", "10.0.0.0/21", "fd00::/120",
                                 "20-25,80,U:53-54,I:0"), encoding="utf-8")
        cls.lines = [json.loads(line) for line in cls.truth.read_text(encoding="utf-8").splitlines()]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def write(self, name, lines):
        path = self.path / name
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return str(path)

    # What a scan that loses some, tells some again and makes some up would have written, in each form.
    def results(self, form):
        rng = random.Random(5)
        told = [t for t in self.lines if rng.random() > 0.03]
        told += rng.sample(told, 40)
        told += [{"ip": f"10.9.0.{i}", "port": 22, "proto": "tcp", "status": "open"} for i in range(7)]
        rng.shuffle(told)
        return self.write(form.__name__, [form(t) for t in told])

    def test_truth_is_the_same_every_time_and_has_every_status(self):
        again = run("respond", "--population", POPULATION, "--truth", "10.0.0.0/21", "fd00::/120",
                    "20-25,80,U:53-54,I:0")
        self.assertEqual(again, self.truth.read_text(encoding="utf-8"))
        self.assertEqual({t["status"] for t in self.lines}, {"open", "closed", "filtered"})
        self.assertGreater(len(self.lines), 5000)

    def test_both_programs_agree(self):
        def ndjson(t):
            return json.dumps({"ip": t["ip"], "timestamp": "1", "port": t["port"], "proto": t["proto"],
                               "rec_type": "status", "data": {"status": t["status"], "reason": "x", "ttl": 3}},
                              separators=(",", ":"))

        def masscan_json(t):
            port = {"port": t["port"], "proto": t["proto"], "status": t["status"], "reason": "syn-ack", "ttl": 64}
            return json.dumps({"ip": t["ip"], "timestamp": "1", "ports": [port]}) + ","

        def plain_list(t):
            return f"{t['status']} {t['proto']} {t['port']} {t['ip']} 1700000000"

        for form in (ndjson, masscan_json, plain_list):
            path = self.results(form)
            for statuses in ("open,up", "open", "closed,filtered"):
                ours = json.loads(run("score", "--format", "json", "--status", statuses, path, str(self.truth)))
                theirs = score_check.score(path, self.truth, tuple(statuses.split(",")))
                self.assertGreater(theirs["total"]["missed"], 0)
                self.assertEqual({k: ours["total"][k] for k in theirs["total"]}, theirs["total"], (form, statuses))
                ports = {f"{p['port']}/{p['proto']}": {k: p[k] for k in theirs["total"]} for p in ours["by_port"]}
                self.assertEqual(ports, theirs["ports"])

    def test_shortfalls_have_a_status_of_their_own(self):
        path = self.write("half", [json.dumps(t) for t in self.lines[::2]])
        run("score", "--status", "all", "--min-recall", "40%", "--min-precision", "1", path, str(self.truth))
        run("score", "--status", "all", "--min-recall", "0.6", path, str(self.truth), expect=1)
        extra = self.write("extra", [json.dumps(t) for t in self.lines] +
                           ['{"ip":"192.0.2.1","port":9,"proto":"tcp","status":"open"}'])
        run("score", "--status", "all", "--min-precision", "1", extra, str(self.truth), expect=1)

    def test_missed_and_invented_are_named(self):
        extra = self.write("one", ["open tcp 9 2001:db8::9 1", "open tcp 9 192.0.2.1 1"])
        text = run("score", "--list-missed", "1", "--list-invented", "5", extra, str(self.truth))
        self.assertEqual(text.count("\nmissed "), 1)
        self.assertIn("invented open 192.0.2.1:9/tcp\n", text)
        self.assertIn("invented open [2001:db8::9]:9/tcp\n", text)

    def test_bad_input_is_refused_with_its_place(self):
        bad = self.write("bad", ["open tcp 9 192.0.2.1 1", "open tcp nine 192.0.2.1 1"])
        self.assertIn("bad:2", run("score", bad, str(self.truth), expect=2))
        for words, says in ((["score"], "both needed"), (["score", "a"], "both needed"),
                            (["score", "a", "b", "c"], "more than two"), (["score", "-", "-"], "cannot be both"),
                            (["score", str(self.path / "nowhere"), str(self.truth)], "nowhere"),
                            (["score", "--min-recall", "2", "a", "b"], "is no share"),
                            (["score", "--status", "ajar", "a", "b"], "ajar")):
            self.assertIn(says, run(*words, expect=2))


if __name__ == "__main__":
    unittest.main()
