#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ways to boot, and sizes of memory."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import done, equal, ok, run  # noqa: E402

SIZES = (("128M", 128), ("2G", 2048), ("8G", 8192))


def boots(name, mib, options, direct):
    r = run("/bin/busybox", "cat", "/proc/meminfo", options=options,
            direct=direct, timeout=240)
    if not equal(r.status, 0, f"{name}: boots and runs a program", r):
        return
    m = re.search(rb"MemTotal: +(\d+) kB", r.out)
    total = int(m.group(1)) if m else 0
    # Page structures take under 1 %, the kernel and its tables a few MiB.
    ok(mib * 1024 * 0.985 - 8192 < total <= mib * 1024,
       f"{name}: MemTotal is right ({total} kB)", r)


for size, mib in SIZES:
    boots(f"PVH, {size}", mib, ["-m", size], True)
boots("GRUB from BIOS, 512M", 512, [], False)
boots("GRUB from UEFI, 512M", 512, ["--uefi"], False)
boots("GRUB from BIOS, 8G", 8192, ["-m", "8G"], False)
boots("a plain CPU without SMEP, SMAP, 1 GiB pages", 512,
      ["--cpu", "qemu64"], True)
boots("counting instructions", 512, ["--icount"], True)
done()
