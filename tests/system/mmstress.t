#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Threads and forks that do everything to one address space at once, on the
debug kernel with all its checks. MMSTRESS_OPS: how many operations in all
(default 4000; a million is the long form)."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, ok, run  # noqa: E402

OPS = int(os.environ.get("MMSTRESS_OPS", "4000"))
SEED = os.environ.get("MMSTRESS_SEED", "1")
CPUS = os.environ.get("MMSTRESS_CPUS", "1 2 4 8").split()

for cpus in CPUS:
    threads = max(4, int(cpus) + 1)
    r = run("/mmstress", "-t", str(threads), "-n", str(OPS), "-s", SEED,
            timeout=60 + OPS // 20, options=[
                "--debug", "-s", cpus, "--append", "panic_on_warn", "--add",
                os.path.join(PROGRAMS, "mmstress") + ":/mmstress"])
    ok(r.status == 0 and b" 0 mistakes" in r.out,
       f"{threads} threads on {cpus} CPUs find their own pages, {OPS} times", r)
    ok("lockdep:" not in r.log and "validate_mm" not in r.log,
       f"no complaint of the lock checker nor of validate_mm, {cpus} CPUs", r)
done()
