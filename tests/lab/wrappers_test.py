#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""masscan's wrappers start the program under masscan's name, and understand what it says.

Not part of ./test, since they come from the npm registry:

    npm install --prefix /tmp/wrappers masscan@0.1.3
    sudo WRAPPERS=/tmp/wrappers tests/lab/wrappers_test.py
"""
import json
import os
import sys

import harness
import netns
import portolan
import services

WRAPPERS = os.environ.get("WRAPPERS", "")
# https://www.npmjs.com/package/masscan: NDJSON on standard output, its status on standard error.
SCRIPT = """
const {Masscan} = require('masscan');
const scan = new Masscan({ports: '80-90,443', range: ['127.0.0.1'], rate: 20, wait: 1}, '/run/lab/masscan');
const told = {status: [], stats: [], error: []};
scan.on('status', s => told.status.push(s));
scan.on('stats', s => told.stats.push(s));
scan.on('error', e => told.error.push(e.message));
scan.scan().then(() => console.log(JSON.stringify(told)), e => { console.error(e.message); process.exit(1); });
"""


def setUpModule():
    global machine
    machine = netns.Namespace("machine")
    services.listeners(machine, tcp=[80, 443], addresses=["127.0.0.1"])
    os.symlink(os.path.abspath(portolan.BINARY), "/run/lab/masscan")


class Wrappers(harness.Case):
    def test_npms_masscan(self):
        done = machine.capture("node", "-e", SCRIPT, cwd="/run/lab",
                               env={**os.environ, "NODE_PATH": f"{WRAPPERS}/node_modules"})
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["error"], [], "it takes each line that it does not know for an error")
        self.assertEqual({(s["ip"], s["proto"], s["port"], s["data"]["status"]) for s in told["status"]},
                         {("127.0.0.1", "tcp", 80, "open"), ("127.0.0.1", "tcp", 443, "open")})
        self.assertGreater(len(told["stats"]), 0)
        for stats in told["stats"]:
            self.assertLessEqual({"state", "rate", "progress"}, set(stats))


if __name__ == "__main__" and not os.path.isdir(f"{WRAPPERS}/node_modules"):
    sys.exit("WRAPPERS must name the folder where npm installed them: see the head of this file")
harness.main(__name__)
