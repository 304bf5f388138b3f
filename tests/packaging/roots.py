# SPDX-License-Identifier: Apache-2.0
"""Throw-away Debian roots, and commands in them.

Everything here runs in a child with mount and process namespaces of its own (see inside()), so that whatever way a
test ends, its mounts and processes are gone with it; the folder below them is removed by the parent. Programs that
send packets get a network namespace of their own too, with lo alone in it.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77  # what ctest reads as "skipped"
HERE = pathlib.Path(__file__).resolve()
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root", "MANPAGER": "cat",
               "DEBIAN_FRONTEND": "noninteractive"}


def run(*command, check=True, **more):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, stdin=None if "input" in more else subprocess.DEVNULL, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done


def inside(script, arguments):
    """Runs script again with `--inside FOLDER` in front, in namespaces of its own. Returns its exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="portolan-package-") as folder:
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                   sys.executable, str(script), "--inside", folder, *arguments]
        with subprocess.Popen(command) as child:
            try:
                return child.wait()
            finally:
                child.kill()


class Root:
    """A Debian root below `path`, in which nothing may start a service."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        policy = self.path / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        policy.chmod(0o755)
        for kind, name in (("proc", "proc"), ("tmpfs", "tmp"), ("tmpfs", "run")):
            run("mount", "-t", kind, kind, self.path / name)
        run("mount", "--rbind", "/dev", self.path / "dev")
        run("mount", "--bind", "-o", "ro", "/sys", self.path / "sys")

    def run(self, *command, **more):
        return run("chroot", self.path, *command, env=ENVIRONMENT, **more)

    def alone(self, *command, setup="true", **more):
        """Runs the command in the root and in a network of its own, where 127.0.0.1:8080 listens."""
        return run("unshare", "--net", "sh", "-c", f'ip link set lo up && {setup} && exec "$@"', "sh", sys.executable,
                   HERE, "chroot", self.path, *command, env=ENVIRONMENT, **more)


def overlay(folder):
    """This machine's own root, seen through a layer that takes up every change."""
    run("mount", "-t", "tmpfs", "tmpfs", folder)
    parts = {name: pathlib.Path(folder) / name for name in ("upper", "work", "root")}
    for part in parts.values():
        part.mkdir()
    options = f"lowerdir=/,upperdir={parts['upper']},workdir={parts['work']}"
    mounted = run("mount", "-t", "overlay", "overlay", "-o", options, parts["root"], check=False)
    if mounted.returncode != 0:
        print(f"skipped: no overlay of this machine's root can be mounted: {mounted.stdout}")
        sys.exit(SKIPPED)
    return Root(parts["root"])


def debootstrap(folder, mirror):
    """A Debian 12 as the mirror has it today, with nothing but what is essential, and apt."""
    path = pathlib.Path(folder) / "root"
    run("debootstrap", "--variant=minbase", "bookworm", path, mirror)
    root = Root(path)
    shutil.copy("/etc/resolv.conf", path / "etc/resolv.conf")
    return root


def listen_and_run(command):
    if [name for _, name in socket.if_nameindex() if name not in ("lo", "eth0", "eth1")] or os.geteuid() != 0:
        sys.exit("refused: this is not a network made for the test")
    with socket.create_server(("127.0.0.1", 8080)):
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(listen_and_run(sys.argv[1:]))
