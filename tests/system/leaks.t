#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each program of tests/user on the debug kernel: what was in use before it is
in use after it, and no more."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, TOP, done, ok, run  # noqa: E402

USER = os.path.join(TOP, "build", "tests", "user")
# tty wants a terminal.
names = sorted(n for n in os.listdir(USER) if "." not in n and n != "tty")
r = run("/leaks", *("/tests/" + n for n in names), timeout=600, options=[
    "--debug", "--add", os.path.join(PROGRAMS, "leaks") + ":/leaks",
    "--add", USER + ":/tests"])
lines = r.out.decode(errors="replace").splitlines()
seen = 0
for i, line in enumerate(lines):
    m = re.match(r"(not )?ok \d+ - (.*)", line)
    if m:
        seen += 1
        why = [x for x in lines[max(0, i - 12):i] if x.startswith("#")]
        ok(not m.group(1), m.group(2), *why)
ok(r.status == 0 and seen == len(names), "all of them were run", r)
done()
