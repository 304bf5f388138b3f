#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the Debian package of a build, looks into it, and installs, uses and removes it in a throw-away root.

Usage: sudo deb_test.py [--short] [--build FOLDER] [--mirror URL]

The root is a fresh Debian 12 by debootstrap, whose dependencies apt fetches from the mirror: minutes. With --short it
is this machine's own root under an overlay, whose packages are there already: seconds. The program scans only in
network namespaces in which there is nothing but lo. Nothing is left: see roots.py.
"""
import argparse
import gzip
import os
import pathlib
import re
import shlex
import stat
import subprocess
import sys

import roots
from roots import run

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
FOUND = "Discovered open port 8080/tcp on 127.0.0.1"
SCAN = ("portolan", "scan", "127.0.0.1", "-p", "8080", "--wait", "0")
QUESTION = "portolan/group-may-scan"
CAPABILITIES = {"cap_net_raw", "cap_net_admin", "cap_bpf", "cap_perfmon", "cap_ipc_lock"}
# What packages in general leave: dpkg's and apt's own records, caches and logs.
OTHERS = re.compile(r"var/(cache|log|lib/(dpkg|apt|systemd|ucf))/|etc/(group|gshadow|passwd|shadow|sub[ug]id)-$|"
                    r"etc/ld\.so\.cache$")


def same(what, is_, should):
    if is_ != should:
        raise AssertionError(f"{what}\n  is:     {is_}\n  should: {should}")


def contains(text, part):
    if part not in text:
        raise AssertionError(f"no '{part}' in\n{text}")


class Package:
    """The file that cpack made, and what is in it."""

    def __init__(self, build, folder):
        run("cpack", "-G", "DEB", "-B", folder, "--config", build / "CPackConfig.cmake", cwd=build)
        (self.file,) = pathlib.Path(folder).glob("*.deb")
        self.files = pathlib.Path(folder) / "files"
        run("dpkg-deb", "-x", self.file, self.files)
        self.program = build / "apps/portolan/portolan"

    def field(self, name):
        return run("dpkg-deb", "-f", self.file, name).stdout.strip()

    def says(self, *words):
        """What the program answers to these words; nothing if it does not know them."""
        done = subprocess.run([self.program, *words], capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else b""

    def own_words(self):
        """Manual pages and completions that this program offers, by their places in the package."""
        commands = self.says("--help").decode().split("\nCommands:\n")[1].split("\n\n")[0]
        pages = {f"portolan-{line.split()[0]}": ("help", line.split()[0], "--man") for line in commands.splitlines()}
        pages["portolan"] = ("help", "--man")
        asked = {f"usr/share/man/man1/{name}.1.gz": words for name, words in pages.items()}
        asked["usr/share/bash-completion/completions/portolan"] = ("completion", "bash")
        asked["usr/share/zsh/vendor-completions/_portolan"] = ("completion", "zsh")
        asked["usr/share/fish/vendor_completions.d/portolan.fish"] = ("completion", "fish")
        said = {place: self.says(*words) for place, words in asked.items()}
        return {place: words for place, words in said.items() if words}


def contents(package):
    """The list of files, their modes and owners, is the golden one and what the program says of itself."""
    listed = set()
    for line in run("dpkg-deb", "-c", package.file).stdout.splitlines():
        mode, owner, _, _, _, path = line.split(maxsplit=5)
        if mode[0] != "d" or path == "./etc/portolan/":
            listed.add(f"{mode} {owner} {path[2:]}")
    golden = {line for line in (HERE / "contents.txt").read_text("utf-8").splitlines() if not line.startswith("#")}
    own = package.own_words()
    for name in "portolan.1.gz", "portolan-scan.1.gz", "completions/portolan", "_portolan", "portolan.fish":
        contains("\n".join(own), name)
    golden |= {f"-rw-r--r-- root/root {place}" for place in own}
    same("files that should not be there, and that are missing", (listed - golden, golden - listed), (set(), set()))
    for place, words in own.items():
        packed = (package.files / place).read_bytes()
        same(place, gzip.decompress(packed) if place.endswith(".gz") else packed, words)


def control(package):
    """Version, dependencies and description say what they should."""
    changelog = gzip.decompress((package.files / "usr/share/doc/portolan/changelog.Debian.gz").read_bytes()).decode()
    same("version of the changelog", re.match(r"portolan \((\S+)\)", changelog)[1], package.field("Version"))
    contains(package.says("version").decode(), package.field("Version").split("-")[0])
    for name in ("libc6 (>=", "libssl3 (>=", "libbpf1 (>=", "debconf", "adduser", "libcap2-bin"):
        contains(package.field("Depends"), name)


def lintian(package):
    """No error and no warning of Debian's own checker that has no reason in debian/lintian-overrides."""
    same("lintian", run("lintian", "--fail-on", "warning", "--allow-root", package.file, check=False).stdout, "")


def examples(package):
    """The example of a scan is one: the program takes every line of it."""
    path = package.files / "usr/share/doc/portolan/examples/portolan.conf"
    targets = run(package.program, "scan", "-sL", "--system-conf", "off", "--conf", path).stdout
    contains(targets, "192.168.1.7")
    if "\n192.168.1.1:" in "\n" + targets:
        raise AssertionError("an excluded address is listed")


def units(package):
    """systemd understands every line of the units, and the responder may do what it needs."""
    folder = package.files / "lib/systemd/system"
    for unit in sorted(folder.glob("*.service")):
        said = run("systemd-analyze", "verify", "--man=no", unit, check=False).stdout
        # The program is not where the unit says, on a machine without the package.
        wrong = [line for line in said.splitlines() if unit.name.split("@")[0] in line and "not executable" not in line]
        same(f"systemd-analyze verify {unit.name}", wrong, [])


def bounding_set(root, unit):
    text = (root.path / "lib/systemd/system" / unit).read_text("utf-8")
    names = " ".join(re.findall(r"^CapabilityBoundingSet=(.*)$", text, re.M)).lower().replace("cap_", "+").split()
    return ("setpriv", "--bounding-set=-all," + ",".join(names), "--no-new-privs")


def installed_state(root):
    program = root.path / "usr/bin/portolan"
    status = program.stat()
    known = {int(line.split(":")[2]): line.split(":")[0] for line in (root.path / "etc/group").read_text().splitlines()}
    said = run("getcap", program).stdout.strip()
    rights = set(said.rsplit(" ", 1)[1].removesuffix("=ep").split(",")) if said else set()
    return oct(stat.S_IMODE(status.st_mode)), status.st_uid, known[status.st_gid], rights


CLOSED = ("0o755", 0, "root", set())
OPENED = ("0o750", 0, "portolan", CAPABILITIES)


def answer(root, yes):
    root.run("debconf-set-selections", input=f"portolan {QUESTION} boolean {'true' if yes else 'false'}\n")


def as_user(name, *command):
    # Not setpriv, which still has root's capabilities when it looks for the program.
    return ("runuser", "-u", name, "--", *command)


def install(root, package):
    (root.path / "tmp/portolan.deb").write_bytes(package.file.read_bytes())
    root.run("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "--reinstall", "--allow-downgrades",
             "/tmp/portolan.deb")


def works_by_default(root):
    """Installed without a word, the program is root's to scan with, and everybody's to read about."""
    same("the program after its installation", installed_state(root), CLOSED)
    contains(root.alone(*SCAN).stdout, FOUND)
    contains(root.run(*as_user("nobody", "portolan", "version")).stdout, "portolan")
    refused = root.alone(*as_user("nobody", *SCAN), check=False)
    same("status of a scan without rights", refused.returncode, 2)
    enabled = list((root.path / "etc/systemd/system").rglob("portolan*"))
    same("units that are enabled", enabled, [])


def reads_manual(root, package):
    """man finds and shows each page; each shell loads its completion."""
    for page in sorted((package.files / "usr/share/man/man1").iterdir()):
        name = page.name.removesuffix(".1.gz")
        contains(root.run("man", name).stdout, "NAME")
    loads = (("bash-completion/completions/portolan", 'bash -c ". FILE && complete -p portolan"', "portolan"),
             ("zsh/vendor-completions/_portolan", "zsh -n FILE && head -n 1 FILE", "#compdef portolan"),
             ("fish/vendor_completions.d/portolan.fish", "fish -c \"source FILE; complete -C 'portolan '\"", "scan"))
    for place, command, part in loads:
        said = root.run("sh", "-c", command.replace("FILE", f"/usr/share/{place}")).stdout
        contains(said, part)


def lanes_of_members(root):
    """Each lane is a member's: the capabilities are enough for packet sockets, AF_XDP and kernel programs."""
    link = ("ip link add eth0 type veth peer name eth1 && ethtool -K eth1 gro on && "
            "ip addr add 10.9.0.1/24 dev eth0 && ip link set eth0 up && ip link set eth1 up")
    for lane, says in ("packet", "packet sockets"), ("af_xdp", "af_xdp on eth0"), ("xdp", "xdp on eth0"):
        scan = ("portolan", "scan", "10.9.0.0/28", "-p", "80", "-e", "eth0", "--router-mac", "02:00:00:00:00:09",
                "--lane", lane, "--rate", "1k", "--wait", "0")
        contains(root.alone(*as_user("member", *scan), setup=link).stdout, f"lane: {says}")


def group_may_scan(root, package):
    """After a yes members of the group scan without root, also after an upgrade; others cannot; a no takes it back."""
    answer(root, True)
    root.run("dpkg-reconfigure", "portolan")
    same("the program after a yes", installed_state(root), OPENED)
    root.run("useradd", "--no-create-home", "--groups", "portolan", "member")
    contains(root.alone(*as_user("member", *SCAN)).stdout, FOUND)
    contains(root.alone(*as_user("nobody", *SCAN), check=False).stdout, "Permission denied")
    install(root, package)
    same("the program after an upgrade", installed_state(root), OPENED)
    lanes_of_members(root)
    contains(root.alone(*as_user("member", *SCAN)).stdout, FOUND)
    contains(root.alone(*bounding_set(root, "portolan-scan@.service"), *SCAN).stdout, FOUND)
    root.run("userdel", "member")
    answer(root, False)
    root.run("dpkg-reconfigure", "portolan")
    same("the program after a no", installed_state(root), CLOSED)
    contains(root.alone(*bounding_set(root, "portolan-scan@.service"), *SCAN).stdout, FOUND)


def heeds_override(root):
    """What the administrator has laid down by dpkg-statoverride stays as it is."""
    root.run("dpkg-statoverride", "--update", "--add", "root", "root", "0700", "/usr/bin/portolan")
    answer(root, True)
    root.run("dpkg-reconfigure", "portolan")
    same("the program under an override", installed_state(root), ("0o700", 0, "root", set()))
    root.run("dpkg-statoverride", "--remove", "/usr/bin/portolan")


def responds(root):
    """The example of the responder's unit runs, with the rights that the unit leaves it."""
    unit = (root.path / "lib/systemd/system/portolan-respond.service").read_text("utf-8")
    for command in re.findall(r"^ExecStartPre=\+(.*)$", unit, re.M):
        root.run(*shlex.split(command))
    example = "/usr/share/doc/portolan/examples/respond.env"
    link = "ip link add eth0 type veth peer name eth1 && ip link set eth0 up && ip link set eth1 up"
    for _ in "start", "restart":  # which finds the records of the first
        said = root.alone(*bounding_set(root, "portolan-respond.service"), "bash", "-c",
                          f". {example}; exec portolan respond $OPTIONS --duration 1", setup=link).stdout
        contains(said, "answering on eth0")
        root.run("chown", "-R", "nobody:nogroup", "/var/log/portolan-respond")
    same("keys", oct((root.path / "var/lib/portolan-respond").stat().st_mode), "0o40700")
    if not (root.path / "var/log/portolan-respond/contacts.ndjson").exists():
        raise AssertionError(f"no records:\n{said}")


def snapshot(root):
    folders = [name for name in ("etc", "usr", "var", "lib", "opt", "srv") if (root.path / name).is_dir()]
    found = run("find", *folders, "-xdev", cwd=root.path).stdout.splitlines()
    accounts = [(root.path / "etc" / name).read_text("utf-8") for name in ("passwd", "group")]
    return {path for path in found if not OTHERS.search(path)}, accounts


def leaves_nothing(root, before):
    """Removed, the name masscan is gone with the program; purged, everything is as it was."""
    root.run("update-alternatives", "--install", "/usr/bin/masscan", "masscan", "/usr/bin/portolan", "50")
    same("masscan", os.readlink(root.path / "etc/alternatives/masscan"), "/usr/bin/portolan")
    answer(root, True)
    root.run("dpkg-reconfigure", "portolan")
    wants = root.path / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "portolan-respond.service").symlink_to("/lib/systemd/system/portolan-respond.service")
    root.run("apt-get", "remove", "--yes", "portolan")
    for name in ("usr/bin/portolan", "usr/bin/masscan", "etc/alternatives/masscan"):
        if os.path.lexists(root.path / name):
            raise AssertionError(f"/{name} is still there after the removal")
    root.run("apt-get", "purge", "--yes", "portolan")
    same("debconf's answer", root.run("debconf-show", "portolan").stdout, "")
    after = snapshot(root)
    same("files and accounts that installing and purging left", (after[0] - before[0], after[1]),
         (set(), before[1]))
    same("files that it took", before[0] - after[0], set())


def step(function, *arguments):
    print(f"{function.__doc__.splitlines()[0]}", flush=True)
    function(*arguments)


def without(root, name):
    """The throw-away root may have a masscan of its own, which would stand in the way of the alternative."""
    if run("dpkg-query", "--admindir", root.path / "var/lib/dpkg", "-W", name, check=False).returncode == 0:
        root.run("dpkg", "--purge", "--force-depends", name)


def test_inside(options):
    package = Package(options.build, options.inside / "package")
    for look in (contents, control, lintian, examples, units):
        step(look, package)
    base = options.inside / "base"
    base.mkdir()
    root = roots.overlay(base) if options.short else roots.debootstrap(base, options.mirror)
    if not options.short:
        root.run("apt-get", "install", "--yes", "--no-install-recommends", "man-db", "zsh", "fish")
    without(root, "masscan")
    dependencies(root, package)
    before = snapshot(root)
    install(root, package)
    step(works_by_default, root)
    step(reads_manual, root, package)
    step(group_may_scan, root, package)
    step(heeds_override, root)
    step(responds, root)
    step(leaves_nothing, root, before)
    print("All of it passed.")
    return 0


def dependencies(root, package):
    """Installs what the package depends on, so that what is new afterwards is the package's own."""
    names = [part.split("|")[0].split("(")[0].strip() for part in package.field("Depends").split(",")]
    root.run("apt-get", "install", "--yes", "--no-install-recommends", "--no-upgrade", *names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build/release")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--inside", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return test_inside(options)
    if os.geteuid() != 0:
        print("skipped: to install a package, even in a throw-away root, needs root")
        return roots.SKIPPED
    return roots.inside(pathlib.Path(__file__).resolve(), sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
