# SPDX-License-Identifier: Apache-2.0
"""One run of a scanner: started on its cores, watched, and ended; what it cost."""
import contextlib
import os
import signal
import subprocess
import time


def run_time(pid):
    """Seconds of processor time of all threads of a process that live, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    return total * 1e-9


def peak_memory(pid):
    """MiB, of the process since it began to be this program."""
    with contextlib.suppress(OSError, StopIteration):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    return 0.0


class Failed(RuntimeError):
    """A contestant could not do what it was asked: said in its row, and the others go on."""


class Run:
    """A scanner at work in the near namespace. Its words go to a file, for when it fails."""

    def __init__(self, bed, command, cores, cwd="/run/lab"):
        self.bed, self.command, self.cores = bed, [str(word) for word in command], cores
        self.peak = 0.0
        self._said = open("/run/lab/said", "w+", encoding="utf-8", errors="replace")
        self.began = time.monotonic()
        self.process = bed.near.popen("taskset", "-c", ",".join(map(str, cores)), *self.command, cwd=cwd,
                                      stdout=self._said, stderr=subprocess.STDOUT)

    def said(self):
        self._said.seek(0)
        return self._said.read()

    def spent(self):
        """Seconds of the process, and of the kernel's threads that finish its sending on its cores."""
        return run_time(self.process.pid) + self.bed.softirq_time(self.cores)

    def is_over(self):
        return self.process.poll() is not None

    def look(self):
        self.peak = max(self.peak, peak_memory(self.process.pid))

    def fail(self, what):
        self.kill()
        tail = " / ".join(line for line in self.said().strip().splitlines()[-3:])
        raise Failed(f"{what}: {tail[-300:]}" if tail else what)

    def wait(self, timeout, each=None, status=0):
        """To its end; seconds from its start. `each` is called all the while; `status` is its exit status."""
        deadline, chat = self.began + timeout, 0
        while not self.is_over():
            if time.monotonic() > chat:
                self.bed.chat()
                chat = time.monotonic() + 0.05
            if time.monotonic() > deadline:
                self.fail(f"not done after {timeout:.0f} s")
            self.look()
            if each:
                each()
            time.sleep(0.002)
        seconds = time.monotonic() - self.began
        if self.process.returncode != status:
            self.fail(f"exit status {self.process.returncode}")
        return seconds

    def wait_until(self, condition, timeout):
        deadline = time.monotonic() + timeout
        while not condition():
            if self.is_over():
                self.fail(f"ended early, exit status {self.process.returncode}")
            if time.monotonic() > deadline:
                self.fail(f"nothing after {timeout:.0f} s")
            self.look()
            time.sleep(0.005)

    def stop(self):
        """Politely, then not; for runs that are longer than what is measured of them."""
        self.look()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        if not self.is_over():
            self.process.kill()
            self.process.wait(10)
