# SPDX-License-Identifier: Apache-2.0
"""A child that stays outside the lab's process namespace, where the kernel's own threads can be seen.

From inside it is asked for the threads whose name is something, or begins with it and goes on with no digit: it pins
them to a core and opens what says how long they have run. It ends with the process that made it.
"""
import contextlib
import ctypes
import os
import signal
import socket

PR_SET_PDEATHSIG = 1


def _threads(beginning):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                name = file.read().rstrip("\n")
            if name.startswith(beginning) and not name[len(beginning):][:1].isdigit():
                yield int(pid)


def _serve(end):
    while request := end.recv(256).decode():
        beginning, core = request.split()
        opened = []
        for pid in _threads(beginning):
            with contextlib.suppress(OSError):
                if core != "any":
                    os.sched_setaffinity(pid, {int(core)})
                opened.append(os.open(f"/proc/{pid}/schedstat", os.O_RDONLY))
        socket.send_fds(end, [str(len(opened)).encode()], opened[:64])
        for fd in opened:
            os.close(fd)


class Outside:
    """To be made before the namespaces are."""

    def __init__(self):
        self._end, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            self._end.close()
            try:
                _serve(other)
            finally:
                os._exit(0)
        other.close()

    def threads(self, beginning, core="any"):
        """Open schedstat files of those threads, which are on that core from now on."""
        self._end.send(f"{beginning} {core}".encode())
        return list(socket.recv_fds(self._end, 16, 64)[1])
