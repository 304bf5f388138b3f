#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every option that --help names stands in the manual page too, which man can format without a complaint.

Usage: manual_test.py PORTOLAN
"""

import re
import subprocess
import sys

# How many forms of options each command has at least, and chapters that its page must have.
COMMANDS = (
    ("scan", 60, ("CONFIGURATION FILE", "SPURIOUS RESETS", "COMPLAINTS", "SIGNALS", "FILES")),
    ("respond", 40, ("BESIDE THE KERNEL", "SIGNALS")),
    ("convert", 20, ()),
    ("score", 8, ()),
    ("ctl", 5, ("WORDS", "FILES")),
    ("demo", 3, ()),
)
ALWAYS = ("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "EXIT STATUS", "SEE ALSO")
COLUMNS = 80


def output(*command, **more):
    return subprocess.run(command, capture_output=True, check=True, text=True, **more)


def main():
    portolan = sys.argv[1]
    for command, least, chapters in COMMANDS:
        check(portolan, command, least, chapters)
    page = output(portolan, "help", "--man").stdout
    if output(portolan, "--manual").stdout != page:
        sys.exit("--manual and help --man differ")
    format_page("portolan", page, ("COMMANDS", *ALWAYS))
    pages = set(re.findall(r"^\.BR portolan\\-(\w+)", page, re.M))
    if pages != {command for command, _, _ in COMMANDS}:
        sys.exit(f"portolan(1) names the pages {pages}")


def check(portolan, command, least, chapters):
    said = output(portolan, command, "--help").stdout
    page = output(portolan, "help", command, "--man").stdout
    if output(portolan, command, "--manual").stdout != page:
        sys.exit(f"{command} --manual and help {command} --man differ")
    if output(portolan, "help", command).stdout != said:
        sys.exit(f"{command} --help and help {command} differ")
    long = [line for line in said.splitlines() if len(line) > COLUMNS]
    if long:
        sys.exit(f"{command} --help has lines of more than {COLUMNS} columns: {long}")
    # Lines that declare options are indented by two, what explains them by more or after a gap.
    heads = [line.split("  ")[1] for line in said.split("\nExamples:")[0].splitlines() if re.match("  (?! )", line)]
    forms = set(re.findall(r"(?<![\w-])--?[A-Za-z?][\w-]*", "\n".join(heads)))
    declared = "\n".join(re.findall(r"^\.B (.*)", page, re.M)).replace("\\-", "-")
    missing = [form for form in forms if not re.search(rf"(?<![\w-]){re.escape(form)}(?![\w-])", declared)]
    if len(forms) < least or missing:
        sys.exit(f"{command}: {len(forms)} forms in the help, not in the manual: {missing}")
    format_page(command, page, (*chapters, *ALWAYS))
    print(f"{command}: all {len(forms)} forms of options are in the manual")


def format_page(name, page, chapters):
    """Without a warning of groff's, and with what a command line needs still plain ASCII: hyphens, quotes, tildes."""
    shown = output("groff", "-man", "-Tutf8", "-ww", "-rHY=0", "-P-cbou", input=page)
    if shown.stderr:
        sys.exit(f"{name}: groff: {shown.stderr}")
    if other := set(shown.stdout) - set(map(chr, range(128))):
        sys.exit(f"{name}: {other} would not be understood by a shell")
    headings = re.findall(r"^([A-Z].*\S)$", shown.stdout, re.M)
    if absent := [chapter for chapter in chapters if chapter not in headings]:
        sys.exit(f"{name}: no chapter {absent} among {headings}")


if __name__ == "__main__":
    main()
