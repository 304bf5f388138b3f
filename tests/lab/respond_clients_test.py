#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The responder asked by the clients that Debian has: each must understand what it is told, over IPv4 and IPv6."""
import re
import socket
import time

import asked
import harness
import responder
from responder import link, v4, v6

BOTH = (v4, v6)
HTTP_VERBS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "TRACE", "PATCH")
NMAP_PORTS = "22,25,80,443,3306,6379"
NMAP_NAMES = {22: "ssh", 25: "smtp", 80: "http", 443: "ssl/http", 3306: "mysql", 6379: "redis"}


def setUpModule():
    global street, server, nmap
    street = responder.Street()
    server = street.responder("-v")
    # Runs beside the other tests, since it takes longer than all of them.
    nmap = street.client.popen("nmap", "-n", "-Pn", "-sV", "--version-intensity", "3", "-S", "10.66.0.4", "-e", "eth0",
                               "-p", NMAP_PORTS, v4(200), stdout=-1, stderr=-2, text=True)


def tearDownModule():
    nmap.kill()
    server.stop()


class Clients(harness.Case):
    def ask(self, *command, expect=0, timeout=20, **options):
        """What a client says on both streams, once it has ended as expected (None: in any way)."""
        done = street.client.capture(*command, timeout=timeout, **options)
        said = done.stdout + done.stderr
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"{' '.join(map(str, command))}\n{said}\n{server.said()[-2000:]}")
        return said

    def connect(self, address, port, kind=socket.SOCK_STREAM):
        with street.client.inside():
            client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        client.settimeout(5)
        client.connect((address, port))
        self.addCleanup(client.close)
        return client

    def prove(self, source, address):
        """A handshake from this source: it may then be told more over UDP than it said."""
        with street.client.inside(), socket.create_connection((address, 80), 5, (source, 0)):
            pass


class Link(Clients):
    def test_arping(self):
        said = self.ask("arping", "-c", "1", "-I", "eth0", v4(1))
        self.assertIn(street.far.mac(), said)

    def test_nobody_else_is_answered_for(self):
        said = self.ask("arping", "-c", "1", "-w", "1", "-I", "eth0", "10.66.2.1", expect=1)
        self.assertIn("100% unanswered", said)
        self.ask("ping", "-6", "-c", "1", "-W", "1", "fd66::2:1", expect=1)

    def test_ping(self):
        for address in (v4(2), v6(2)):
            for size in (0, 56, 1400):
                said = self.ask("ping", "-c", "2", "-i", "0.1", "-W", "2", "-s", size, address)
                self.assertIn(" 0% packet loss", said)

    def test_the_kernel_learns_the_neighbour(self):
        self.ask("ping", "-6", "-c", "1", "-W", "2", v6(3))
        self.assertIn(f"lladdr {street.far.mac()}", self.ask("ip", "-6", "neigh", "show", v6(3)))


class Http(Clients):
    def test_every_verb(self):
        for address in (v4(4), v6(4)):
            for port in (80, 8080, 47000):
                for verb in HTTP_VERBS if port == 80 else ("GET",):
                    said = self.ask("curl", "-gsSi", "-m5", "-X", verb, f"http://{link(address)}:{port}/a?b")
                    # nginx, which it plays, never traces.
                    status = "405 Not Allowed" if verb == "TRACE" else "401 Unauthorized"
                    self.assertRegex(said, rf"^HTTP/1\.1 {status}\r?\n", f"{verb} {port}")
                    self.assertEqual("WWW-Authenticate: Basic" in said, verb != "TRACE")

    def test_head_has_no_body(self):
        for address in (v4(5), v6(5)):
            self.assertIn("401", self.ask("curl", "-gsSI", "-m5", f"http://{link(address)}/"))

    def test_connect_and_a_body(self):
        self.ask("curl", "-sS", "-m5", "-p", "-x", f"http://{v4(6)}:3128", "http://elsewhere.example/", expect=56)
        said = self.ask("curl", "-sSi", "-m5", "--data-binary", "x" * 5000, f"http://{v4(6)}/")
        self.assertIn(" 401 ", said)

    def test_password_reaches_the_log(self):
        self.ask("curl", "-sS", "-m5", "-u", "lab:secret", f"http://{v4(7)}/")
        told = server.wait_for_contact(rec_type="conversation", server_ip=v4(7))
        self.assertEqual((told["facts"]["http_user"], told["facts"]["http_password"]), ("lab", "secret"))

    def test_two_requests_on_one_connection(self):
        said = self.ask("curl", "-vsS", "-m5", f"http://{v4(8)}/1", f"http://{v4(8)}/2")
        self.assertIn("Re-using existing connection", said)

    def test_headers_that_trickle_in(self):
        for address in (v4(9), v6(9)):
            client = self.connect(address, 8000)
            for piece in (b"G", b"E", b"T /slow HT", b"TP/1.1\r", b"\nHost: a\r\n", b"\r", b"\n"):
                client.sendall(piece)
                time.sleep(0.03)
            self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 401"))

    def test_over_udp(self):
        for address in (v4(10), v6(10)):
            client = self.connect(address, 8888, socket.SOCK_DGRAM)
            client.sendall(b"GET /" + b"a" * 600 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 401"))


class Tls(Clients):
    def certificate(self, address, port, name):
        said = self.ask("openssl", "s_client", "-connect", f"{link(address)}:{port}", "-servername", name)
        return said[said.index("-----BEGIN"):said.index("-----END")]

    def test_curl(self):
        for address in (v4(11), v6(11)):
            for port in (443, 4433, 50001):
                said = self.ask("curl", "-gksSi", "-m5", f"https://{link(address)}:{port}/")
                self.assertRegex(said, r"^HTTP/\S+ 401")
        told = server.wait_for_contact(rec_type="conversation", server_ip=v4(11), server_port=4433)
        self.assertEqual(told["protocol"], "tls")
        self.assertEqual(told["facts"]["tls_inner"], "http")
        self.assertRegex(told["facts"]["tls_ja3"], r"^[0-9a-f]{32}$")

    def test_every_version(self):
        for version in ("-tls1_2", "-tls1_3"):
            said = self.ask("openssl", "s_client", version, "-connect", f"{v4(12)}:993")
            self.assertIn({"-tls1_2": "TLSv1.2", "-tls1_3": "TLSv1.3"}[version], said)

    def test_a_certificate_for_each_name_that_survives_a_restart(self):
        state = responder.new_path("tls")
        seen = []
        for _ in range(2):
            other = Apart("--tls-state", state)
            with other.client.inside():
                one, two = (self.certificate_of(other, name) for name in ("one.example", "two.example"))
            other.server.stop()
            seen.append((one, two))
        self.assertNotEqual(seen[0][0], seen[0][1])
        self.assertEqual(seen[0], seen[1])

    def certificate_of(self, other, name):
        done = other.client.capture("openssl", "s_client", "-connect", f"{v4(1)}:443", "-servername", name)
        self.assertIn(f"CN = {name}", done.stdout)
        return done.stdout[done.stdout.index("-----BEGIN"):done.stdout.index("-----END")]


class Apart:
    """A wire of its own, for a responder with options of its own."""

    def __init__(self, *words):
        apart = responder.Street()
        self.client, self.server = apart.client, apart.responder(*words)


class Names(Clients):
    def dig(self, *words):
        return self.ask("dig", "+tries=1", "+time=3", *words)

    def test_edns_from_a_stranger_comes_by_tcp(self):
        said = self.dig("-b", "10.66.0.3", f"@{v4(20)}", "example.com")
        for sign in ("Truncated, retrying in TCP mode", "status: NOERROR", "EDNS: version: 0", v4(20)):
            self.assertIn(sign, said)

    def test_once_he_is_known_by_udp(self):
        for source, address, kind in (("10.66.0.2", v4(21), "A"), ("fd66::2", v6(21), "AAAA")):
            self.prove(source, address)
            said = self.dig("-b", source, f"@{address}", "example.com", kind)
            self.assertNotIn("Truncated", said)
            self.assertRegex(said, rf"example\.com\.\s+\d+\s+IN\s+{kind}\s+{address}\n")
            self.assertIn("(UDP)", said)

    def test_by_tcp(self):
        for address in (v4(22), v6(22)):
            self.assertIn("status: NOERROR", self.dig("+tcp", f"@{address}", "example.com", "AAAA"))

    def test_the_version_of_bind(self):
        for address in (v4(23), v6(23)):
            self.assertRegex(self.dig(f"@{address}", "CH", "TXT", "version.bind"), r'CH\s+TXT\s+"9\.')

    def test_what_does_not_fit_in_udp(self):
        for address in (v4(24), v6(24)):
            client = self.connect(address, 53, socket.SOCK_DGRAM)
            client.sendall(asked.dns_query("a.example", kind=255))
            answer = client.recv(4096)
            self.assertLessEqual(len(answer), max(512, len(asked.dns_query("a.example"))))
            self.assertTrue(answer[2] & 0x80)


class Rpc(Clients):
    def test_dump(self):
        for address in (v4(30), v6(30)):
            for form in ("-p", "-s"):
                self.assertIn("portmapper", self.ask("rpcinfo", form, address))

    def test_null_of_each_version(self):
        for transport, address in (("tcp", v4(31)), ("udp", v4(31)), ("tcp6", v6(31)), ("udp6", v6(31))):
            for version in (("2", "3", "4") if "6" not in transport else ("3", "4")):
                said = self.ask("rpcinfo", "-T", transport, address, "100000", version)
                self.assertIn(f"version {version} ready and waiting", said)


class Smb(Clients):
    def test_every_dialect_ends_at_the_logon(self):
        for dialect in ("NT1", "SMB2_02", "SMB2_10", "SMB3_00", "SMB3_11"):
            for address in (v4(32), v6(32)):
                lowest = "NT1" if dialect == "NT1" else "SMB2_02"
                said = self.ask("smbclient", "-U", "lab%secret", "-L", address, expect=1,
                                *(f"--option=client {end} protocol={name}" for end, name in
                                  (("min", lowest), ("max", dialect))))
                self.assertIn("NT_STATUS_LOGON_FAILURE", said, dialect)
        told = server.wait_for_contact(rec_type="conversation", server_ip=v4(32), protocol="smb")
        self.assertEqual(told["facts"]["smb_user"], "lab")

    def test_on_the_port_of_netbios(self):
        self.assertIn("NT_STATUS_LOGON_FAILURE", self.ask("smbclient", "-p", "139", "-N", "-L", v4(33), expect=1))


class Stun(Clients):
    def test_turnutils(self):
        for source, address in (("10.66.0.2", v4(34)), ("fd66::2", v6(34))):
            self.prove(source, address)
            said = self.ask("turnutils_stunclient", "-L", source, address)
            self.assertIn(f"reflexive addr: {source}:", said)

    def test_stun_client(self):
        self.prove("10.66.0.2", v4(35))
        said = self.ask("stun", v4(35), "-i", "10.66.0.2", expect=None)
        self.assertIn("Primary: Open", said)


class Services(Clients):
    def both(self, number, *command, sign="(?s)", expect=0):
        """{} in a word stands for the address."""
        for make in BOTH:
            address = make(number)
            words = [word.format(link(address) if "/" in word else address) for word in command]
            said = self.ask(*words, expect=expect)
            self.assertRegex(said, sign)

    def test_ssh_reaches_the_key_exchange(self):
        self.both(40, "ssh", "-v", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
                  "UserKnownHostsFile=/dev/null", "lab@{}", "true", sign=r"SSH2_MSG_KEXINIT received", expect=255)
        told = server.wait_for_contact(rec_type="conversation", server_ip=v4(40))
        self.assertRegex(told["facts"]["ssh_hassh"], r"^[0-9a-f]{32}$")

    def test_redis(self):
        self.both(41, "redis-cli", "-h", "{}", "ping", sign=r"^PONG\n")

    def test_mqtt(self):
        self.both(42, "mosquitto_pub", "-h", "{}", "-t", "topic", "-m", "message")
        told = server.wait_for_contact(rec_type="conversation", server_ip=v4(42))
        self.assertEqual(told["facts"]["mqtt_topic"], "topic")

    def test_ldap(self):
        self.both(43, "ldapsearch", "-x", "-H", "ldap://{}/", "-s", "base", "-b", "", sign=r"result: 0 Success")

    def test_mysql(self):
        self.both(44, "mariadb", "-h", "{}", "-u", "lab", "-psecret", "--connect-timeout=5",
                  sign=r"ERROR 1045 \(28000\): Access denied for user 'lab'", expect=1)

    def test_snmp(self):
        self.prove("10.66.0.2", v4(45))
        said = self.ask("snmpget", "-v2c", "-c", "public", "-t1", "-r0", v4(45), "1.3.6.1.2.1.1.1.0")
        self.assertIn("iso.3.6.1.2.1.1.1.0 = STRING:", said)
        said = self.ask("snmpwalk", "-v1", "-c", "public", "-t1", "-r0", v4(45), "1.3.6.1.2.1.1")
        self.assertIn("iso.3.6.1.2.1.1.5.0 = STRING:", said)

    def test_tftp(self):
        self.both(46, "tftp", "{}", "-c", "get", "startup-config", "/dev/null", sign=r"File not found")

    def test_ntp(self):
        self.both(47, "ntpdate", "-q", "{}", sign=r" s\d+ no-leap")

    def test_sip(self):
        self.assertIn("SIP/2.0 200", self.ask("sipsak", "-vv", "-s", f"sip:lab@{v4(48)}"))

    def test_ftp(self):
        said = self.ask("ftp", "-n", "-v", v4(49), input="user lab secret\nquit\n")
        self.assertRegex(said, r"(?s)\n220 .*\n331 .*\n530 ")

    def test_telnet(self):
        said = self.ask("sh", "-c", f"(echo lab; sleep 0.3; echo secret; sleep 0.3) | telnet {v4(50)}", expect=None)
        self.assertRegex(said, r"(?s)login: .*incorrect")

    def test_greetings_by_port_and_after_silence(self):
        for port, sign in ((21, b"220"), (22, b"SSH-2.0-"), (25, b"220"), (110, b"+OK"), (143, b"* OK"),
                           (3306, b""), (5900, b"RFB 003"), (23, b"\xff"), (9999, b"")):
            for make in BOTH:
                began = time.monotonic()
                greeting = self.connect(make(51), port).recv(4096)
                waited = time.monotonic() - began
                self.assertTrue(greeting and greeting.startswith(sign) or port == 3306 and greeting, (port, greeting))
                self.assertTrue(waited < 1 if port != 9999 else 1.5 < waited < 4, (port, waited))

    def test_nc(self):
        self.assertIn("220 ", self.ask("nc", "-w", "1", v4(52), "25"))


class Zmap(Clients):
    """Last, by its name: nmap had all the time of the others."""

    def test_nmap_names_the_services(self):
        said = nmap.communicate(timeout=90)[0]
        found = {int(port): name for port, name in re.findall(r"^(\d+)/tcp\s+open\s+(\S+)", said, re.MULTILINE)}
        self.assertEqual(found, NMAP_NAMES, said)


harness.main(__name__)
