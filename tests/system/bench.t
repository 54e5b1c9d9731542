#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark runs, and what it counts is the same in a second boot. What the
figures are is no test: `make bench` shows them beside their budgets."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import TOP, done, equal, ok  # noqa: E402

sys.path.insert(0, os.path.join(TOP, "tools", "bench"))
import rows  # noqa: E402


def repeats(a, b):
    """Within 1 %, and one instruction more or less of a small figure."""
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return abs(a - b) <= max(1, min(a, b) / 100)


results = []
for number in ("first", "second"):
    text, status, err = rows.run("ikos")
    equal(status, 0, f"the {number} run ends well", err, text)
    results.append(rows.parse(text))
first, second = results
equal(sorted(set(rows.budgets()) - set(first)), [],
      "every budget has its row")
for name in first:
    a, b = first[name], second.get(name, "nothing")
    ok(repeats(a, b), f"{name} repeats", f"first {a}, second {b}")
done()
