# SPDX-License-Identifier: Apache-2.0
"""Real servers as plain children of the lab, each with its own configuration in the lab's private /run.

No service of the machine is touched: nothing is enabled, reloaded or read from /etc. Every function gives the
process when its ports are open, and raises with the server's own words when they do not open.
"""
import os
import subprocess
import time

import truth

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"


def _folder(host, what):
    path = f"/run/lab/{host.name}-{what}"
    os.makedirs(path, 0o755)
    return path


def _write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def _open_ports(host):
    return {(protocol, port) for protocol in truth.TABLES for _, port in truth.listening(host, protocol)}


def _start(host, folder, command, expected):
    log = open(f"{folder}/log", "w+", encoding="utf-8", errors="replace")
    process = host.popen(*command, stdout=log, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 10
    while not expected <= _open_ports(host):
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise RuntimeError(f"{host.name}: {command[0]} does not listen on {sorted(expected)}: {log.read()}")
        time.sleep(0.02)
    return process


def nginx(host, ports):
    folder = _folder(host, "nginx")
    listens = "".join(f"listen {port}; listen [::]:{port} ipv6only=on; " for port in ports)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind}; "
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = _write(f"{folder}/nginx.conf", f"""
        daemon off; master_process off; pid {folder}/pid; error_log stderr;
        events {{ worker_connections 512; }}
        http {{ access_log off; {temporary} server {{ {listens} return 200 "{host.name}\\n"; }} }}
        """)
    return _start(host, folder, ["nginx", "-e", "stderr", "-c", config], {("tcp", port) for port in ports})


def sshd(host, port=22):
    folder = _folder(host, "sshd")
    os.chmod(folder, 0o700)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/key"], check=True,
                   stdin=subprocess.DEVNULL)
    config = _write(f"{folder}/sshd_config", f"Port {port}\nHostKey {folder}/key\nPidFile {folder}/pid\n"
                                             "UsePAM no\nPasswordAuthentication no\nMaxStartups 1000\n")
    return _start(host, folder, ["/usr/sbin/sshd", "-D", "-e", "-f", config], {("tcp", port)})


def dnsmasq(host):
    folder = _folder(host, "dnsmasq")
    config = _write(f"{folder}/dnsmasq.conf", "no-resolv\nno-hosts\nno-poll\nuser=root\ncache-size=0\n"
                                              "address=/lab.test/192.0.2.1\nlocal=/#/\n")
    command = ["dnsmasq", "--keep-in-foreground", "--log-facility=-", f"--conf-file={config}",
               f"--pid-file={folder}/pid"]
    return _start(host, folder, command, {("tcp", 53), ("udp", 53)})


def listeners(host, addresses=(), **ports):
    """listeners(host, tcp=[22], udp=[7], ip=[253]): on all addresses, or on those given."""
    folder = _folder(host, f"listeners{len(os.listdir('/run/lab'))}")
    command = [PYTHON, f"{HERE}/listeners.py"]
    for address in addresses:
        command += ["--address", address]
    for protocol, numbers in ports.items():
        command += [f"--{protocol}", ",".join(map(str, numbers))]
    return _start(host, folder, command, {(protocol, port) for protocol in ports for port in ports[protocol]})


def tun_link(left, right):
    """A device "tun0" in both, joined; gone when the process ends."""
    relay = left.popen(PYTHON, f"{HERE}/tun_relay.py", left.path, right.path, stdout=subprocess.PIPE, text=True)
    if relay.stdout.readline() != "ready\n":
        raise RuntimeError("the tun link did not come up")
    return relay
