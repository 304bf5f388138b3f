# SPDX-License-Identifier: Apache-2.0
"""One request of every protocol that the responder plays, as a client of it would begin. Only bytes."""
import ssl
import struct
import zlib

TCP, UDP = "tcp", "udp"


def client_hello(name="table.example"):
    """What Python's own TLS client says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    out = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def dns_query(name="example.com", kind=1, number=0x1234, cls=1):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, cls)


def over_tcp(message):
    return struct.pack(">H", len(message)) + message


def rpc_call(procedure=0, version=2, program=100000, number=0x5A000001, body=b""):
    return struct.pack(">10I", number, 0, 2, program, version, procedure, 0, 0, 0, 0) + body


def record_marked(call):
    return struct.pack(">I", 0x80000000 | len(call)) + call


def stun_binding(attributes=b""):
    return struct.pack(">HHI", 1, len(attributes), 0x2112A442) + b"transaction." + attributes


def netbios(message):
    return struct.pack(">I", len(message)) + message


def smb1_negotiate(dialects=(b"NT LM 0.12",), number=7):
    listed = b"".join(b"\x02" + dialect + b"\0" for dialect in dialects)
    header = b"\xffSMB" + struct.pack("<BIBHH8sHHHHH", 0x72, 0, 0x18, 0xC853, 0, bytes(8), 0, 0xFFFF, 0xFEFF, 0, number)
    return netbios(header + b"\0" + struct.pack("<H", len(listed)) + listed)


def smb2_header(command, number=0):
    return b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 0, 0, command, 1, 0, 0, number, 0xFEFF, 0, 0, bytes(16))


def smb2_negotiate(*dialects, guid=b"0123456789abcdef"):
    body = struct.pack("<HHHHI16sQ", 36, len(dialects), 1, 0, 0x7F, guid, 0)
    return netbios(smb2_header(0) + body + struct.pack(f"<{len(dialects)}H", *dialects))


def gh0st():
    packed = zlib.compress(b"hello")
    return b"Gh0st" + struct.pack("<II", 13 + len(packed), 5) + packed


_LDAP_SEARCH = bytes.fromhex("3025 020103 6320 0400 0a0100 0a0100 020100 020100 010100 870b") + b"objectclass0\0"
_SNMP_GET = bytes.fromhex("3026 020101 0406 7075626c6963 a019 020107 020100 020100 300e 300c 06082b06010201010100 0500")
_SIP = "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/{} b;rport\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@e>\r\nCall-ID: f\r\n" \
    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
_MYSQL_LOGIN = bytes.fromhex("2a00000185a60f00000000012d") + bytes(23) + b"root\0" + b"\x04abcd"

# (protocol, transport): usual port, request, whether it is known on any other port too.
ASKED = {
    ("dns", TCP): (53, over_tcp(dns_query()), True),
    ("dns", UDP): (53, dns_query(), True),
    ("ftp", TCP): (21, b"USER root\r\nPASS toor\r\nSYST\r\n", False),
    ("gh0st", TCP): (8000, gh0st(), True),
    ("gh0st", UDP): (8000, gh0st(), True),
    ("http", TCP): (80, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
    ("http", UDP): (80, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
    ("imap", TCP): (143, b"a1 CAPABILITY\r\na2 LOGIN u p\r\n", True),
    ("ldap", TCP): (389, bytes.fromhex("300c020101600702010304008000"), True),
    ("ldap", UDP): (389, _LDAP_SEARCH, True),
    ("mdns", UDP): (5353, dns_query("_services._dns-sd._udp.local", kind=12), False),
    ("memcached", TCP): (11211, b"version\r\n", True),
    ("memcached", UDP): (11211, b"\0\1\0\0\0\1\0\0version\r\n", True),
    ("mqtt", TCP): (1883, bytes.fromhex("100d00044d5154540402003c000161"), True),
    ("mysql", TCP): (3306, _MYSQL_LOGIN, False),
    ("ntp", UDP): (123, b"\x23" + bytes(47), True),
    ("pop3", TCP): (110, b"CAPA\r\nUSER u\r\nPASS p\r\n", True),
    ("quic", UDP): (443, b"\xc3\x1a\x2a\x3a\x4a\x08destinat\x04sour\x00\x44\x9e".ljust(1200, b"p"), True),
    ("rdp", TCP): (3389, bytes.fromhex("030000130ee000000000000100080003000000"), True),
    ("redis", TCP): (6379, b"*1\r\n$4\r\nPING\r\n", True),
    ("rpc", TCP): (111, record_marked(rpc_call()), True),
    ("rpc", UDP): (111, rpc_call(), True),
    ("sip", TCP): (5060, _SIP.format("TCP").encode(), True),
    ("sip", UDP): (5060, _SIP.format("UDP").encode(), True),
    ("smb", TCP): (445, smb2_negotiate(0x0202, 0x0210, 0x0311), True),
    ("smb", UDP): (445, smb2_negotiate(0x0202, 0x0210), True),
    ("smtp", TCP): (25, b"EHLO x\r\nMAIL FROM:<a@b>\r\nQUIT\r\n", True),
    ("snmp", UDP): (161, _SNMP_GET, True),
    ("ssdp", UDP): (1900, b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\n'
                          b"ST: ssdp:all\r\n\r\n", True),
    ("ssh", TCP): (22, b"SSH-2.0-OpenSSH_9.2\r\n", True),
    ("ssh", UDP): (22, b"SSH-2.0-OpenSSH_9.2\r\n", True),
    ("stun", TCP): (3478, stun_binding(), True),
    ("stun", UDP): (3478, stun_binding(), True),
    ("telnet", TCP): (23, b"\xff\xfb\x18root\r\nsecret\r\n", True),
    ("tftp", UDP): (69, b"\0\1file\0octet\0", True),
    ("tls", TCP): (443, client_hello(), True),
    ("vnc", TCP): (5900, b"RFB 003.008\n", True),
}
