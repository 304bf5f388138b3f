# SPDX-License-Identifier: Apache-2.0
"""A network namespace without interfaces, for tests that expect nothing to be sent: what is accepted by mistake stays.

A test that finds no way into one may only go on if it has no right to send raw packets anyway.
"""
import ctypes
import os
import sys

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def enter():
    """This process and its children are in a namespace of their own from now on; or the program ends here."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        if libc.unshare(CLONE_NEWNET) != 0:
            sys.exit(f"no network namespace can be made ({os.strerror(ctypes.get_errno())}), and nothing may be sent")
        return
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return  # no namespaces for this user, and no right to raw packets either
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
