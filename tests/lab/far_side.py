# SPDX-License-Identifier: Apache-2.0
"""One wire, the scanner at one end, lab_counter at the other: a gateway behind which every address is answered for.

    scanner 10.99.0.2/24, fd00:99::2/64  ------  gateway 10.99.0.1, fd00:99::1 (and whatever else is asked for)

The far side has no addresses in its kernel: all that comes back is lab_counter's, by its rule, or a forger's.
"""
import ipaddress
import json
import os
import signal
import subprocess

import netns

GATEWAY_V4, GATEWAY_V6 = "10.99.0.1", "fd00:99::1"
COUNTER = os.environ.get("LAB_COUNTER", f"{netns.BUILD}/tests/lab/lab_counter")


class Wire:
    def __init__(self):
        self.scanner, self.far = netns.Namespace("scanner"), netns.Namespace("far")
        self.far.sysctl(net__ipv6__conf__default__disable_ipv6=1)
        # Only what the scanner sends is to be seen: its kernel announces nothing by itself.
        self.scanner.sysctl(net__ipv6__conf__default__addr_gen_mode=1)
        netns.veth(self.scanner, "eth0", self.far, "eth0")
        self.scanner.ip("addr add 10.99.0.2/24 dev eth0", "addr add fd00:99::2/64 dev eth0 nodad",
                        f"route add default via {GATEWAY_V4}", f"route add ::/0 via {GATEWAY_V6}")

    def counter(self, *spaces, neighbors=True, open_every=0, reset=False, pairs=None):
        return Counter(self.far, spaces, neighbors, open_every, reset, pairs)


class Counter:
    """Counts from construction to stop(), which gives its account as a dictionary (lab_counter's JSON)."""

    def __init__(self, far, spaces, neighbors, open_every, reset, pairs):
        self.open_every = open_every
        command = [COUNTER, "eth0", "--open-every", open_every]
        command += [word for space in spaces for word in ("--space", space)]
        command += ["--pairs", pairs] if pairs else []
        command += ["--neighbors"] if neighbors else []
        command += ["--reset"] if reset else []
        self._process = far.popen(*command, stdout=subprocess.PIPE, text=True)
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError("lab_counter did not start")

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        text = self._process.communicate(timeout=60)[0]
        account = json.loads(text)
        account["seen"] = {int(times): count for times, count in account["seen"].items()}
        return account

    def is_open(self, address, port):
        """The counter's own rule, for TCP and UDP ports and (port 0) for echo requests."""
        return (int(ipaddress.ip_address(address)) % 2**32 + port) % 2**32 % self.open_every == 0


def block(prefix, first, last, protocol="tcp"):
    return f"{prefix},{first}-{last},{protocol}"
