#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every option that --help names stands in the manual page too, which man can format without a complaint.

Usage: manual_test.py PORTOLAN
"""

import re
import shutil
import subprocess
import sys


def output(*command, **more):
    return subprocess.run(command, capture_output=True, check=True, text=True, **more)


def main():
    for command, least in (("scan", 60), ("respond", 40)):
        check(sys.argv[1], command, least)


def check(portolan, command, least):
    said = output(portolan, command, "--help").stdout
    page = output(portolan, "help", command, "--man").stdout
    if output(portolan, command, "--manual").stdout != page:
        sys.exit(f"{command} --manual and help {command} --man differ")
    # Lines that declare options are indented by two, what explains them by more or after a gap.
    heads = [line.split("  ")[1] for line in said.split("\nExamples:")[0].splitlines() if re.match("  (?! )", line)]
    forms = set(re.findall(r"(?<![\w-])--?[A-Za-z?][\w-]*", "\n".join(heads)))
    declared = "\n".join(re.findall(r"^\.B (.*)", page, re.M)).replace("\\-", "-")
    missing = [form for form in forms if not re.search(rf"(?<![\w-]){re.escape(form)}(?![\w-])", declared)]
    if len(forms) < least or missing:
        sys.exit(f"{command}: {len(forms)} forms in the help, not in the manual: {missing}")
    if shutil.which("groff"):
        complaints = output("groff", "-man", "-Tutf8", "-ww", "-z", input=page).stderr
        if complaints:
            sys.exit(f"groff: {complaints}")
    print(f"{command}: all {len(forms)} forms of options are in the manual")


if __name__ == "__main__":
    main()
