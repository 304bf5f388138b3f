# SPDX-License-Identifier: Apache-2.0
"""Private network namespaces that leave no trace.

private(main) runs main in a child with network, mount and process namespaces of its own. The child is process 1 of
its process namespace and dies with its parent, so whatever way a test ends (return, ctrl-c, kill -9), every process
it started, every link, every firewall table and every file in the lab's /run is gone with it. Nothing has a name
outside: no /run/netns, no pid files.

Nothing here ever runs in the machine's own network namespace: the inodes of the namespace we started in, and of
process 1's, are kept, and every entry into a namespace compares against them and refuses.
"""
import contextlib
import ctypes
import ipaddress
import json
import os
import select
import signal
import subprocess
import sys
import traceback

CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
SKIPPED = 77  # what ctest reads as "skipped"
BUILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/release")  # where the programs are

_libc = ctypes.CDLL(None, use_errno=True)
_forbidden = set()  # inodes of the network namespaces that are the machine's


class Refused(RuntimeError):
    """Something would have run in the machine's own network namespace."""


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def _setns(descriptor):
    _check(_libc.setns(descriptor, CLONE_NEWNET), "setns")


def _mount(source, target, kind, flags=0):
    _check(_libc.mount(source.encode(), target.encode(), kind.encode(), flags, None), f"mount {target}")


def _die_with_parent():
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def _inode(path="/proc/self/ns/net"):
    return os.stat(path).st_ino


def guard():
    """Raises unless this process is in a network namespace that the lab made."""
    if not _forbidden or _inode() in _forbidden:
        raise Refused("refused: this is the machine's own network namespace")


def _remember_home():
    _forbidden.add(_inode())
    with contextlib.suppress(OSError):
        _forbidden.add(_inode("/proc/1/ns/net"))


def _inside(main, parent_gone):
    _die_with_parent()
    if select.select([parent_gone], [], [], 0)[0]:
        os._exit(1)  # the parent died before it could take us along
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    guard()
    _mount("none", "/", "none", MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc")
    _mount("lab", "/run", "tmpfs")
    for folder in ("/run/lab", "/run/sshd", "/run/lock"):
        os.makedirs(folder, 0o755)
    return main()


def _child(main, parent_gone):
    code = 1
    try:
        code = _inside(main, parent_gone) or 0
    except SystemExit as leaving:
        code = leaving.code or 0
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # the child never returns into the parent's code
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def private(main):
    """Runs main() in namespaces of its own and exits this process with what it returned."""
    if os.geteuid() != 0:
        print("skipped: the lab makes network namespaces and needs root (sudo)", file=sys.stderr)
        sys.exit(SKIPPED)
    _remember_home()
    _unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID)
    parent_gone, held = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(held)
        _child(main, parent_gone)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(child, signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child has it from the terminal too, and decides
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)


class Namespace:
    """One network namespace, alive as long as this object (or a process in it) is.

    Processes are children of the lab and die with it. Not for threads: entering changes the calling thread.
    """

    def __init__(self, name):
        self.name = name
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        _unshare(CLONE_NEWNET)
        self._fd = os.open("/proc/self/ns/net", os.O_RDONLY)
        _setns(home)
        os.close(home)
        self.inode = os.fstat(self._fd).st_ino
        self.run("ip", "link", "set", "lo", "up")

    @property
    def path(self):
        """What `ip link ... netns` takes in place of a name."""
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    def _enter(self):
        _setns(self._fd)
        guard()

    @contextlib.contextmanager
    def inside(self):
        """This thread is in the namespace for the length of the block; sockets opened there stay there."""
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            self._enter()
            yield
        finally:
            _setns(home)
            os.close(home)

    def _prepare_child(self):
        _die_with_parent()
        self._enter()

    def popen(self, *command, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen([str(word) for word in command], preexec_fn=self._prepare_child, **options)

    def fork(self, body):
        """body() in a child in the namespace, which ends with it (and with the lab); the child's process id."""
        child = os.fork()
        if child == 0:
            try:
                self._prepare_child()
                body()
            except BaseException:  # the child never returns into the parent's code
                traceback.print_exc()
            os._exit(0)
        return child

    def capture(self, *command, timeout=60, **options):
        """Runs to the end; gives the CompletedProcess with stdout and stderr as text, whatever the exit status."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([str(word) for word in command], preexec_fn=self._prepare_child, text=True,
                              timeout=timeout, **options)

    def run(self, *command, **options):
        """Runs to the end and gives its stdout; raises with its stderr when it fails."""
        done = self.capture(*command, **options)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {' '.join(map(str, command))}: {done.stderr.strip()}")
        return done.stdout

    def ip(self, *lines):
        """A batch of `ip` commands, one a line."""
        self.run("ip", "-batch", "-", input="\n".join(lines) + "\n")

    def nft(self, rules):
        self.run("nft", "-f", "-", input=rules)

    def sysctl(self, **values):
        """net__ipv4__ip_forward=1: two underscores stand for the dot."""
        with self.inside():
            for name, value in values.items():
                with open("/proc/sys/" + name.replace("__", "/"), "w", encoding="ascii") as file:
                    file.write(str(value))

    def links(self):
        return json.loads(self.run("ip", "-j", "link", "show"))

    def mac(self, interface="eth0"):
        return next(link["address"] for link in self.links() if link["ifname"] == interface)

    def anycast(self, interface="eth0"):
        """Addresses that the host answers for without owning them: a router for its subnets' (RFC 4291, 2.6.1)."""
        with self.inside(), open("/proc/net/anycast6", encoding="ascii") as file:
            rows = [line.split() for line in file]
        return [str(ipaddress.IPv6Address(int(row[2], 16))) for row in rows if row[1] == interface]

    def addresses(self):
        """Global addresses of every interface, as text."""
        return [address["local"] for link in json.loads(self.run("ip", "-j", "addr", "show"))
                for address in link.get("addr_info", []) if address["scope"] == "global"]


def veth(left, left_name, right, right_name):
    """A pair of interfaces between two namespaces, both up, with checksums that are finished before they leave."""
    left.ip(f"link add {left_name} type veth peer name {right_name} netns {right.path}")
    for space, name in ((left, left_name), (right, right_name)):
        space.sysctl(**{f"net__ipv6__conf__{name}__accept_dad": 0, f"net__ipv6__conf__{name}__router_solicitations": 0})
        # A veth leaves checksums to hardware that is not there; a packet socket would see them unfinished.
        space.run("ethtool", "-K", name, "tx", "off")
        space.ip(f"link set {name} up")
