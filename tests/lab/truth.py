# SPDX-License-Identifier: Apache-2.0
"""What is really open, as the kernel of the host in question says it (ss), never as a test remembers it."""
import ipaddress

TABLES = {"tcp": "-Hltn", "udp": "-Hlun", "ip": "-Hlnw"}  # what makes ss show one protocol; "ip": raw sockets


def _local(text):
    """`ss` prints 0.0.0.0:80, [::]:80, *:80 (both families), 127.0.0.53%lo:53, [fe80::1]%eth0:546."""
    address, port = text.rsplit(":", 1)
    return address.split("%")[0].strip("[]"), int(port)


def _bound_to(local, own):
    """The addresses of `own` that a socket bound to `local` answers on."""
    if local == "*":
        return own
    bound = ipaddress.ip_address(local)
    if bound.is_unspecified:
        return [a for a in own if ipaddress.ip_address(a).version == bound.version]
    return [str(bound)] if str(bound) in own else []


def listening(host, protocol):
    """[(local address as bound, port)] of the protocol's open sockets."""
    found = [_local(line.split()[3]) for line in host.run("ss", TABLES[protocol]).splitlines()]
    # A raw IPv6 socket hears IPv6 alone, yet ss prints it as if it heard both.
    return [("::" if protocol == "ip" and local == "*" else local, port) for local, port in found]


def open_ports(host, own=None):
    """{(address, protocol, port)} that answers from outside; `own` are the host's addresses (default: global ones)."""
    own = host.addresses() if own is None else own
    return {(address, protocol, port) for protocol in TABLES for local, port in listening(host, protocol)
            for address in _bound_to(local, own)}
