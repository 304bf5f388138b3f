#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The lab, the demo and a scan leave nothing behind, even when they are killed: no process, link, table, mount, name.

The only test that runs in the machine's own namespace; it starts nothing there but the programs that leave it at once,
and only reads.
"""
import os
import signal
import subprocess
import sys
import time
import unittest
import uuid

import netns
import portolan

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lab.py")
MARK = "PORTOLAN_LAB_MARK"


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def machine():
    """What a program could leave behind."""
    names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    links = sorted(line.split(": ")[1] for line in output("ip", "-o", "link").splitlines())
    with open("/proc/self/mountinfo", encoding="ascii", errors="replace") as file:
        mounts = sorted(line.split()[4] for line in file)
    return {"names": names, "links": links, "tables": output("nft", "list", "tables"), "mounts": mounts}


def marked(mark):
    """Processes, of whatever namespace, that inherited the mark."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if mark.encode() in file.read() and int(pid) != os.getpid():
                    found.append(int(pid))
        except OSError:
            pass  # it ended, or is a kernel thread
    return found


class Trace(unittest.TestCase):
    def setUp(self):
        self.before = machine()
        self.mark = str(uuid.uuid4())

    def start(self, *command):
        return subprocess.Popen(command, env={**os.environ, MARK: self.mark}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def check_nothing_is_left(self):
        deadline = time.monotonic() + 5
        while marked(self.mark) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(marked(self.mark), [], "processes are left")
        self.assertEqual(machine(), self.before)

    def test_lab(self):
        lab = self.start(LAB, "--", "true")
        text, _ = lab.communicate(timeout=60)
        self.assertEqual(lab.returncode, 0, text)
        self.check_nothing_is_left()

    def test_killed_lab(self):
        lab = self.start(LAB, "--", "sh", "-c", "echo up; exec sleep 600")
        self.assertEqual(lab.stdout.readline(), "up\n")
        self.assertGreater(len(marked(self.mark)), 5, "the lab has servers")
        lab.kill()
        lab.wait()
        self.check_nothing_is_left()

    def test_demo(self):
        demo = self.start(portolan.BINARY, "demo")
        text, _ = demo.communicate(timeout=60)
        self.assertEqual(demo.returncode, 0, text)
        self.check_nothing_is_left()

    def test_killed_demo(self):
        demo = self.start(portolan.BINARY, "demo")
        while "It runs" not in demo.stdout.readline():
            self.assertIsNone(demo.poll())
        demo.kill()
        demo.wait()
        self.check_nothing_is_left()

    def test_lab_refuses_the_machines_own_network(self):
        code = "import netns, lab; netns._remember_home(); lab.Lab()"
        done = subprocess.run([sys.executable, "-c", code], cwd=os.path.dirname(LAB), capture_output=True, text=True,
                              check=False)
        self.assertIn("refused", done.stderr)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit(netns.SKIPPED)
    unittest.main(verbosity=2, warnings="ignore")
