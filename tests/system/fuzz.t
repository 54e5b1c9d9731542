#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nonsense for every system call, on the debug kernel: it lives, and no memory
is lost. IKOS_FUZZ_SEED chooses another run."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, ok, run  # noqa: E402

SEED = int(os.environ.get("IKOS_FUZZ_SEED", "1"))

for who, seed in (("nobody", SEED), ("root", SEED + 100000)):
    r = run("/sysfuzz", str(seed), "60", "2000", *(["root"] * (who == "root")),
            timeout=240,
            options=["--debug",
                     "--add", os.path.join(PROGRAMS, "sysfuzz") + ":/sysfuzz"])
    ok(r.status == 0 and re.search(rb"children of seeds", r.out),
       f"120,000 random calls by {who}, seed {seed}", r)
done()
