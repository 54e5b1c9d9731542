#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Processes by the thousand: nothing leaks, nothing falls over."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, ok, run  # noqa: E402

r = run("/spawn", "10000", timeout=600,
        options=["--add", os.path.join(PROGRAMS, "spawn") + ":/spawn"])
m = re.search(rb"lost (-?\d+) kB", r.out)
ok(r.status == 0, "10,000 times fork, exec, exit, wait", r)
ok(m and abs(int(m.group(1))) <= 64, "free memory is where it was", r)

r = run("/bin/busybox", "sh", "-c", "/bomb; echo the shell lives $?",
        timeout=300, options=[
            "-m", "128M", "--add", os.path.join(PROGRAMS, "bomb") + ":/bomb"])
ok(re.search(rb"fork: (EAGAIN|ENOMEM)", r.out),
   "a fork bomb ends with EAGAIN or ENOMEM", r)
ok(b"the shell lives 0" in r.out, "the shell lives on", r)
ok(re.search(rb"all \d+ children gone, (\d+) kB lost", r.out),
   "every child is reaped", r)

r = run("/bin/busybox", "sh", "-c", "/hog; echo the shell lives $?",
        timeout=300, options=[
            "-m", "128M", "--add", os.path.join(PROGRAMS, "hog") + ":/hog"])
ok(b"the shell lives 137" in r.out,
   "a program that eats all memory is killed, the shell lives on", r)
ok("Out of memory" in r.log, "the kernel's log tells of it", r)
done()
