#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that give up more memory than there is (MADV_FREE): it is taken
back before anybody is killed, and nothing that was written again is lost."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, ok, run  # noqa: E402

ADD = ["--add", os.path.join(PROGRAMS, "lazyfree") + ":/lazyfree"]


def lazyfree(name, memory, cpus, *args, options=()):
    r = run("/lazyfree", *map(str, args), timeout=300, options=[
        "-m", memory, "-s", str(cpus), *options, *ADD])
    text = r.out.decode(errors="replace")
    found = [tuple(map(int, m)) for m in re.findall(
        r"(\d+) pages gone, (\d+) kept, (\d+) mistakes", text)]
    processes = args[1] if len(args) > 1 else 1
    ok(r.status == 0 and len(found) == processes
       and not any(m for _, _, m in found), name + ": nothing is lost", r)
    ok("Out of memory" not in r.log and "lockdep" not in r.log
       and "validate_mm" not in r.log, name + ": no complaint, no victim", r)
    return sum(g for g, _, _ in found), sum(k for _, k, _ in found)


gone, kept = lazyfree("plenty of memory", "256M", 1, 32)
ok(gone == 0 and kept > 0, "nothing goes without need", f"{gone} gone")
gone, kept = lazyfree("one process, twice the memory", "128M", 1, 256)
ok(gone > 10000 and kept > 1000, "as much goes as has to",
   f"{gone} gone, {kept} kept")
lazyfree("three processes, debug", "128M", 1, 64, 3, 1, 2, options=["--debug"])
lazyfree("threads on 2 CPUs, debug", "128M", 2, 64, 3, 2, 2, options=["--debug"])
lazyfree("threads on 4 CPUs", "128M", 4, 64, 3, 2, 2)
done()
