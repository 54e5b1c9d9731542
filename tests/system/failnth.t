#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""System calls with each of their allocations failing in turn, and processes
killed in the middle, on the debug kernel: nothing half done, nothing left."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, ok, run  # noqa: E402

for part in ("failnth_ipc", "failnth_mm", "failnth_files", "failnth_unix",
             "unixstorm", "kill9"):
    r = run("/" + part, timeout=300, options=[
        "--debug", "--add", f"{os.path.join(PROGRAMS, part)}:/{part}"])
    lines = r.out.decode(errors="replace").splitlines()
    tests = 0
    for i, line in enumerate(lines):
        m = re.match(r"(not )?ok \d+ - (.*)", line)
        if m:
            tests += 1
            why = [x for x in lines[max(0, i - 12):i] if x.startswith("#")]
            ok(not m.group(1), f"{part}: {m.group(2)}", *why)
    ok(r.status == 0 and f"1..{tests}" in lines, f"{part}: it ends well", r)
done()
