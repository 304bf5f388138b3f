#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the command line says about results, held against what comes out: a real Redis server, --flush, --interactive,
--show and its kin, --packet-trace."""
import os
import re
import socket
import subprocess
import time

import harness
import netns
import portolan
import services

OPEN = {("127.0.0.1", 80), ("127.0.0.1", 443), ("::1", 80), ("::1", 443)}
REDIS_PORT = 7379


def setUpModule():
    global machine
    machine = netns.Namespace("machine")
    services.listeners(machine, tcp=[80, 443], addresses=["127.0.0.1", "::1"])
    services.listeners(machine, tcp=[90])  # on every address of 127.0.0.0/8
    redis_server("hush")


def redis_server(password):
    """A real server in a folder of its own, on loopback of the lab; the lab ends it."""
    folder = "/run/lab/redis"
    os.makedirs(folder)
    process = machine.popen("redis-server", "--port", REDIS_PORT, "--bind", "127.0.0.1", "--dir", folder, "--save", "",
                            "--requirepass", password, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while machine.capture("redis-cli", "-p", REDIS_PORT, "-a", password, "--no-auth-warning",
                          "PING").stdout != "PONG\n":
        if time.monotonic() > deadline or process.poll() is not None:
            raise RuntimeError("redis-server does not answer")
        time.sleep(0.05)
    return process


class Outputs(harness.Case):
    def scan(self, *words, targets=("127.0.0.1", "::1"), ports="80-83,443", **options):
        done = machine.capture(portolan.BINARY, "scan", *targets, "-p", ports, "--wait", "1", "--checkpoint", "off",
                               *words, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def path(self, name):
        return f"/run/lab/{self.id().rsplit('.', 1)[1]}-{name}"

    def test_a_redis_server_gets_them_under_masscans_keys(self):
        folder = self.path("empty")
        os.makedirs(folder)
        self.scan("-oR", f"127.0.0.1:{REDIS_PORT}", "--redis-pwd", "hush", cwd=folder)
        self.assertEqual(os.listdir(folder), [], "a server is no file")

        def members(key):
            return set(machine.run("redis-cli", "-p", REDIS_PORT, "-a", "hush", "--no-auth-warning", "SMEMBERS",
                                   key).split())
        self.assert_same(members("host"), {a for a, _ in OPEN})
        for address in ("127.0.0.1", "::1"):
            self.assert_same(members(address), {"80/tcp", "443/tcp"})
            (value,) = members(f"{address}:80/tcp")
            self.assertRegex(value, r"^\d{10}:1:18:64$")
        machine.run("redis-cli", "-p", REDIS_PORT, "-a", "hush", "--no-auth-warning", "FLUSHALL")
        self.scan("--redis", f"127.0.0.1:{REDIS_PORT}", "--redis-pwd", "hush", "--output-format", "redis")
        self.assert_same(members("host"), {a for a, _ in OPEN}, "as masscan says it")

    def test_a_wrong_password_stops_before_anything_is_sent(self):
        done = machine.capture(portolan.BINARY, "scan", "127.0.0.1", "-p80", "-oR", f"127.0.0.1:{REDIS_PORT}",
                               "--redis-pwd", "guess", "--checkpoint", "off")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("WRONGPASS", done.stderr)

    def test_flush_writes_each_result_by_itself(self):
        """Standard output is a socket that keeps the limits of writes."""
        def writes(*words):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            process = machine.popen(portolan.BINARY, "scan", "127.2.0.0/24", "-p90", "--rate", "100k", "--wait", "1",
                                    "--checkpoint", "off", "-oH", "-", *words, stdout=theirs,
                                    stderr=subprocess.DEVNULL)
            theirs.close()
            pieces = []
            while piece := ours.recv(1 << 20):
                pieces.append(piece.count(b"\n"))
            self.assertEqual(process.wait(20), 0)
            self.assertEqual(sum(pieces), 256)
            return pieces

        self.assertEqual(writes("--flush"), [1] * 256)
        self.assertGreater(max(writes()), 1, "without it several results leave together")

    def test_interactive_prints_what_the_file_gets(self):
        sentences = sorted(f"Discovered open port {port}/tcp on {address}" for address, port in OPEN)
        quiet = self.scan("-oD", self.path("a"))
        self.assertEqual(quiet.stdout, "", "a file is written, and this is no terminal")
        self.assertEqual(sorted(self.scan("-oD", self.path("b"), "--interactive").stdout.splitlines()), sentences)
        self.assertEqual(sorted(self.scan().stdout.splitlines()), sentences)
        self.assertEqual(self.scan("--nointeractive", "-oD", self.path("c")).stdout, "")
        mixed = self.scan("-oD", "-", "--interactive").stdout
        self.assertNotIn("Discovered", mixed, "sentences never come into a file's form")
        self.assertEqual(len(portolan.read_ndjson(self.path("b"))), len(OPEN))

    def test_show_chooses_states(self):
        every = {(a, p): "open" if p in (80, 443) else "closed" for a in ("127.0.0.1", "::1") for p in (80, 81, 443)}
        for words, states in (([], {"open"}), (["--show", "closed"], {"closed"}),
                              (["--show", "all"], {"open", "closed"}),
                              (["--show", "open,closed", "--noshow", "open"], {"closed"}),
                              (["--show", "all", "--open-only"], {"open"}), (["--open"], {"open"}),
                              (["--output-show", "all", "--output-noshow", "closed"], {"open"})):
            path = self.path("x")
            self.scan("-oD", path, *words, ports="80,81,443")
            told = {(r["ip"], r["port"]): r["data"]["status"] for r in portolan.read_ndjson(path)}
            self.assertEqual(told, {k: v for k, v in every.items() if v in states}, words)

    def test_packet_trace_has_a_line_for_each_frame_on_standard_error(self):
        done = self.scan("--packet-trace", targets=["127.0.0.1"], ports="80,81")
        end = r"(?=.{21} )\[127\.0\.0\.1\]:(\d+) *"
        frame = re.compile(rf"(SENT|RCVD) \(\d+\.\d{{4}}\) TCP  {end} > {end} ([A-Z-]+)")
        seen = [m.groups() for m in map(frame.fullmatch, done.stderr.splitlines()) if m]
        self.assertEqual(len(seen), len([line for line in done.stderr.splitlines() if line[:4] in ("SENT", "RCVD")]))
        self.assertEqual({(way, there, flags) for way, _, there, flags in seen if way == "SENT" and flags == "SYN"},
                         {("SENT", "80", "SYN"), ("SENT", "81", "SYN")})
        self.assertEqual({(port, flags) for way, port, _, flags in seen if way == "RCVD" and flags != "SYN"}
                         & {("80", "SYN-ACK"), ("81", "RST-ACK")},
                         {("80", "SYN-ACK"), ("81", "RST-ACK")})
        self.assertNotIn("SENT", done.stdout)


harness.main(__name__)
