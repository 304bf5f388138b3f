#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The plainest services: TCP ports that accept and hang up, UDP ports and IP protocols that send back what they got.

Usage: listeners.py [--tcp 22,80] [--udp 7] [--ip 253] [--address 127.0.0.1]...  v4 and v6. Writes "ready" when all are
open.
"""
import argparse
import selectors
import socket


def numbers(text):
    return [int(word) for word in text.split(",") if word]


def bound(kind, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, kind)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    opened.bind((address, port))
    opened.setblocking(False)
    return opened


def hang_up(listener):
    listener.accept()[0].close()


def echo(port):
    data, sender = port.recvfrom(65535)
    port.sendto(data, sender)


def raw(address, protocol):
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_RAW, protocol)


def echo_packet(opened):
    data, sender = opened.recvfrom(65535)
    payload = data if opened.family == socket.AF_INET6 else data[(data[0] & 15) * 4:]  # IPv4 comes with its header
    opened.sendto(payload, sender)


def serve(waiting):
    while True:
        for key, _ in waiting.select():
            try:
                key.data(key.fileobj)
            except OSError:
                pass  # the other side is gone already


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--tcp", type=numbers, default=[])
    arguments.add_argument("--udp", type=numbers, default=[])
    arguments.add_argument("--ip", type=numbers, default=[])
    arguments.add_argument("--address", action="append")
    chosen = arguments.parse_args()
    waiting = selectors.DefaultSelector()
    for address in chosen.address or ["0.0.0.0", "::"]:
        for port in chosen.tcp:
            listener = bound(socket.SOCK_STREAM, address, port)
            listener.listen(128)
            waiting.register(listener, selectors.EVENT_READ, hang_up)
        for port in chosen.udp:
            waiting.register(bound(socket.SOCK_DGRAM, address, port), selectors.EVENT_READ, echo)
        for protocol in chosen.ip:
            waiting.register(raw(address, protocol), selectors.EVENT_READ, echo_packet)
    print("ready", flush=True)
    serve(waiting)


main()
