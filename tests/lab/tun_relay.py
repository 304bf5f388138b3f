#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A point-to-point IP link: two tun devices in two namespaces and one process that carries packets between them.

Usage (by the lab): tun_relay.py NAMESPACE_A NAMESPACE_B, paths of namespaces; each gets a device "tun0".
Writes "ready" when both exist. They go away with this process.
"""
import ctypes
import fcntl
import os
import select
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000


def open_tun(namespace):
    descriptor = os.open(namespace, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET) != 0:
        sys.exit(f"setns {namespace}: {os.strerror(ctypes.get_errno())}")
    os.close(descriptor)
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
    return tun


def carry(source, sink):
    while True:
        try:
            packet = os.read(source, 65535)
        except OSError:  # nothing more for now, or the device is not up yet
            return
        try:
            os.write(sink, packet)
        except OSError:
            pass  # the far device is down or full: a link may lose


def main():
    a, b = (open_tun(path) for path in sys.argv[1:3])
    print("ready", flush=True)
    while True:
        for readable in select.select([a, b], [], [])[0]:
            carry(readable, b if readable == a else a)


main()
