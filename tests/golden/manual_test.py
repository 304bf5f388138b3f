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
    portolan = sys.argv[1]
    said = output(portolan, "scan", "--help").stdout
    page = output(portolan, "help", "scan", "--man").stdout
    if output(portolan, "scan", "--manual").stdout != page:
        sys.exit("scan --manual and help scan --man differ")
    # Lines that declare options are indented by two, what explains them by more or after a gap.
    heads = [line.split("  ")[1] for line in said.split("\nExamples:")[0].splitlines() if re.match("  (?! )", line)]
    forms = set(re.findall(r"(?<![\w-])--?[A-Za-z?][\w-]*", "\n".join(heads)))
    declared = "\n".join(re.findall(r"^\.B (.*)", page, re.M)).replace("\\-", "-")
    missing = [form for form in forms if not re.search(rf"(?<![\w-]){re.escape(form)}(?![\w-])", declared)]
    if len(forms) < 60 or missing:
        sys.exit(f"{len(forms)} forms in the help, not in the manual: {missing}")
    if shutil.which("groff"):
        complaints = output("groff", "-man", "-Tutf8", "-ww", "-z", input=page).stderr
        if complaints:
            sys.exit(f"groff: {complaints}")
    print(f"all {len(forms)} forms of options are in the manual")


if __name__ == "__main__":
    main()
