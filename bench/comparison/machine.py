# SPDX-License-Identifier: Apache-2.0
"""What a measurement stands on: programs built and peers installed, and a description of the machine for the record."""
import os
import platform
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BENCH_BUILD", f"{ROOT}/build/release")
PORTOLAN = os.environ.get("PORTOLAN", f"{BUILD}/apps/portolan/portolan")
JUDGE = os.environ.get("BENCH_JUDGE", f"{BUILD}/bench_judge/bench_judge")
PEERS = {"masscan": "masscan", "zmap": "zmap", "nmap": "nmap"}  # program: Debian's package


def _shell(script):
    """A few lines of the tree's own shell functions (tools/lib.sh)."""
    subprocess.run(["bash", "-euo", "pipefail", "-c", f'root=$1; . "$root/tools/lib.sh"; {script}', "bench", ROOT],
                   check=True)


def install_missing():
    missing = [package for program, package in PEERS.items() if not shutil.which(program)]
    if not missing:
        return
    try:
        _shell(f"require_debian_12; install_missing {' '.join(missing)}")
    except subprocess.CalledProcessError:
        print(f"goes on without: {', '.join(missing)}", file=sys.stderr)


def build_missing():
    if not all(os.access(path, os.X_OK) for path in (PORTOLAN, JUDGE)):
        _shell("build release portolan bench_judge")


def _said(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
    except OSError:
        return ""
    return done.stdout.strip()


def _first(pattern, text):
    found = re.search(pattern, text, re.M)
    return found[1].strip() if found else "not found"


def _read(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def versions():
    return {
        "portolan": _first(r"(\S.*)", _said(PORTOLAN, "version")),
        "masscan": _first(r"Masscan version (\S+)", _said("masscan", "--version")),
        "zmap": _first(r"zmap (\S+)", _said("zmap", "--version")),
        "nmap": _first(r"Nmap version (\S+)", _said("nmap", "--version")),
    }


def mitigations():
    """Those of the processor's faults that cost the kernel time, by name."""
    folder = "/sys/devices/system/cpu/vulnerabilities"
    states = {name: _read(f"{folder}/{name}") for name in sorted(os.listdir(folder))} if os.path.isdir(folder) else {}
    return [name for name, state in states.items() if state.startswith("Mitigation")]


def describe():
    return {
        "cpu": _first(r"^model name\s*:\s*(.*)$", _read("/proc/cpuinfo")),
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "distribution": _first(r'^PRETTY_NAME="(.*)"$', _read("/etc/os-release")),
        "mitigations": mitigations(),
        "bpf_jit": _read("/proc/sys/net/core/bpf_jit_enable"),
        "portolan_binary": PORTOLAN,
        "versions": versions(),
    }


def load():
    return round(os.getloadavg()[0], 2)
