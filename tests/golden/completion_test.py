#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What bash, zsh and fish offer after these words, asked of the shells themselves with the scripts that we print.

Usage: completion_test.py PORTOLAN
"""
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

# What is typed; what must be among the offers; what may not be. A shell marks folders by a slash.
LINES = (
    ("portolan ", {"scan", "ctl", "respond", "convert", "completion", "help"}, {"--rate", "file.bin"}),
    ("portolan sc", {"scan", "score"}, {"ctl"}),
    ("portolan scan --ra", {"--rate", "--randomize-hosts"}, {"--ports", "--banners", "--max-rate"}),
    ("portolan scan --max-ra", {"--max-rate"}, {"--rate"}),
    ("portolan scan --banne", {"--banner-types"}, {"--banners"}),
    ("portolan scan -o", {"-oL", "-oX"}, {"-oN", "--output-format"}),
    ("portolan scan --lane ", {"auto", "xdp", "af_xdp", "packet"}, {"file.bin", "--rate"}),
    ("portolan scan --LANE x", {"xdp"}, {"auto"}),
    ("portolan scan --packet_trace ", {"yes", "no"}, {"file.bin"}),
    ("portolan scan --output-show open,cl", {"open,closed"}, {"open,open"}),
    ("portolan scan -iL fi", {"file.bin"}, {"yes"}),
    ("portolan scan -c fi", {"file.bin"}, set()),
    ("portolan scan --system-conf o", {"off"}, set()),
    ("portolan scan --rotate-dir f", {"folder/"}, {"file.bin"}),
    ("portolan scan -e l", {"lo"}, {"file.bin"}),
    ("portolan scan --adapter ", {"lo"}, set()),
    ("portolan scan --wait f", {"forever"}, set()),
    ("portolan scan --rate 10k 10.0.0.1 --checkpoint-i", {"--checkpoint-interval"}, set()),
    ("portolan scan --lane xdp -- --ra", set(), {"--rate"}),
    ("portolan scan --readscan file.bin f", {"file.bin"}, set()),
    ("portolan convert f", {"file.bin"}, {"--flush"}),
    ("portolan convert --output-form", {"--output-format"}, set()),
    ("portolan ctl ", {"status", "rate", "exclude"}, {"file.bin"}),
    ("portolan respond --perso", {"--personality"}, set()),
    ("portolan respond --fast ", {"auto", "driver", "generic"}, set()),
    ("portolan score file.bin f", {"file.bin"}, set()),
    ("portolan help ", {"scan", "convert"}, set()),
    ("portolan completion ", {"bash", "zsh", "fish"}, {"file.bin"}),
    ("portolan frobnicate ", set(), {"scan", "--rate"}),
    ("masscan --ra", {"--rate"}, {"scan"}),
    ("masscan --shard 1/2 --lane ", {"auto", "xdp"}, set()),
    ("masscanned --perso", {"--personality"}, {"--rate"}),
    ("not-ours/masscan --ra", set(), {"--rate"}),
)
# A value in the option's own word: bash and zsh offer the value alone, fish the whole word.
GLUED = (
    ("portolan scan --lane=", {"auto", "packet"}),
    ("portolan scan --lane:x", {"xdp"}),
    ("portolan scan --show=open,c", {"open,closed"}),
    ("portolan scan --includefile=fi", {"file.bin"}),
    ("portolan scan --adapter[1]=l", {"lo"}),
)
# A masscan that is masscan's gets names of files, as it would without us; from bash itself, so not in this test.
NOT_OURS = ("not-ours/masscan -iL f", {"file.bin"})


class Bash:
    """Calls the function as readline would, with the words parted as bash parts them."""

    def __init__(self, script):
        self.script = script

    def offers(self, line):
        words = [word for word in re.split(r"([=:]+)|\s+", line) if word]
        if line[-1].isspace():
            words.append("")
        asked = ('. "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2))\n'
                 '_portolan "$2" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"\n'
                 'for reply in "${COMPREPLY[@]}"; do [ -d "$reply" ] && reply+=/; echo "$reply"; done')
        done = subprocess.run(["bash", "--norc", "-uc", asked, "bash", self.script, *words], capture_output=True,
                              check=True, text=True)
        if done.stderr:
            raise AssertionError(f"bash: {line}: {done.stderr}")
        return set(done.stdout.splitlines())


class Fish:
    def __init__(self, script):
        self.script = script

    def offers(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", self.script, line],
                              capture_output=True, check=True, text=True)
        if done.stderr:
            raise AssertionError(f"fish: {line}: {done.stderr}")
        return {offer.split("\t")[0] for offer in done.stdout.splitlines()}


class Zsh:
    """An interactive zsh on a terminal of its own, whose compadd also tells us what is added.

    The script is found by its name, as where the package puts it; that it can be sourced too is seen first.
    """
    TAP = r"""
PROMPT='' RPROMPT='' zle_bracketed_paste=()
autoload -Uz compinit && compinit -D -u
unsetopt beep
compadd() {
  local -a __hits
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    builtin compadd -A __hits "$@"
    local hit
    for hit in "$__hits[@]"; do print -r -- "<$IPREFIX|$hit>" >>$TOLD; done
  fi
  builtin compadd "$@"
}
_quiet() { compstate[list]='' compstate[insert]='' }
comppostfuncs=(_quiet)
_tell() { print -r -- "<end>" >>$TOLD; BUFFER=''; CURSOR=0 }
zle -N _tell
_list() { zle list-choices; _tell }
zle -N _list
bindkey '^T' _list
"""

    def __init__(self, script):
        self.folder = tempfile.TemporaryDirectory()
        self.told = pathlib.Path(self.folder.name) / "told"
        self.told.touch()
        start = pathlib.Path(self.folder.name) / "start"
        (pathlib.Path(self.folder.name) / "_portolan").write_bytes(pathlib.Path(script).read_bytes())
        start.write_text(f"fpath=({self.folder.name} $fpath)\nTOLD={self.told}\n{self.TAP}\nprint '<ready>' >>$TOLD\n",
                         "utf-8")
        sourced = "autoload -Uz compinit && compinit -D -u && source $1 && print $_comps[portolan] $_comps[masscan]"
        said = subprocess.run(["zsh", "-f", "-c", sourced, "zsh", script], capture_output=True, check=True, text=True)
        if (said.stdout, said.stderr) != ("_portolan _portolan\n", ""):
            raise AssertionError(f"zsh: sourced, it is not registered: {said}")
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execlp("zsh", "zsh", "-f", "-i")
        self.type(f"source {start}\n", "<ready>")

    def type(self, text, until):
        """What was told up to this line; what the terminal shows is read and let go."""
        before = self.told.stat().st_size
        os.write(self.terminal, text.encode())
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.05)[0]:
                os.read(self.terminal, 65536)
            told = self.told.read_text("utf-8")[before:]
            if f"{until}\n" in told:
                return told
        raise AssertionError(f"zsh: no answer to {text!r}")

    def offers(self, line):
        told = self.type(line + "\x14", "<end>")
        found = re.findall(r"<([^|\n]*)\|(.*)>", told)
        # What is left alone of the word that is completed is the option's, or the words before a comma.
        offers = {re.sub(r"^--[^=:]*[=:]", "", kept) + hit for kept, hit in found}
        return {offer + "/" if pathlib.Path(offer).is_dir() else offer for offer in offers}

    def close(self):
        os.write(self.terminal, b"\x04")
        os.close(self.terminal)
        os.waitpid(self.pid, 0)
        self.folder.cleanup()


def hold(shell, name, line, least, never):
    offers = shell.offers(line)
    if least - offers or never & offers:
        sys.exit(f"{name}: {line!r}\n  missing: {least - offers}\n  too much: {never & offers}\n  offers: {offers}")


def check(name, shell):
    for line, least, never in LINES:
        hold(shell, name, line, least, never)
    for line, least in GLUED:
        before = re.split("(?<=[=:])", line.split()[-1])[0] if name == "fish" else ""
        hold(shell, name, line, {before + offer for offer in least}, set())
    if name != "bash":
        hold(shell, name, *NOT_OURS, set())
    print(f"{name}: {len(LINES) + len(GLUED)} lines are completed as they should be")


def main():
    portolan = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in ("portolan", "masscan", "masscanned"):
            pathlib.Path(name).symlink_to(portolan)
        for path in (pathlib.Path("not-ours"), pathlib.Path("folder")):
            path.mkdir()
        pathlib.Path("not-ours/masscan").touch(0o755)
        pathlib.Path("file.bin").touch()
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
        for name, kind in (("bash", Bash), ("fish", Fish), ("zsh", Zsh)):
            script = pathlib.Path(folder) / f"script.{name}"
            script.write_bytes(subprocess.run([portolan, "completion", name], capture_output=True, check=True).stdout)
            subprocess.run([name, "-n", script], check=True)
            shell = kind(script)
            check(name, shell)
            if name == "zsh":
                shell.close()


if __name__ == "__main__":
    main()
