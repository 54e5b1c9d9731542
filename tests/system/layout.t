#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where things are in an address space, and /dev/mem."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, equal, ok, run  # noqa: E402

BB = "/bin/busybox"
NAMES = ("code", "heap", "mmap", "stack", "vdso", "AT_RANDOM")
ADD = ["--add", os.path.join(PROGRAMS, "where") + ":/where"]
# The dynamic linker's own program: position-independent, with an interpreter.
PIE = ["--add", "/lib64/ld-linux-x86-64.so.2:/lib64/ld-linux-x86-64.so.2",
       "--add", "/lib/x86_64-linux-gnu/libc.so.6:/lib/x86_64-linux-gnu/libc.so.6",
       "--add", "/bin/cat:/cat"]
RUNS = 400


def places(*command, append=""):
    options = ADD + (["--append", append] if append else [])
    r = run(*command, options=options)
    rows = [[int(x, 16) for x in line.split()]
            for line in r.out.decode(errors="replace").splitlines()
            if re.fullmatch(r"[0-9a-f]+( [0-9a-f]+){5}", line)]
    return r, rows


def random_bits(column):
    """Bits that are now 0, now 1."""
    ones = zeroes = 0
    for x in column:
        ones |= x
        zeroes |= ~x
    return bin(ones & zeroes & (1 << 64) - 1).count("1")


# --- entropy -------------------------------------------------------------------

r, rows = places("/where", str(RUNS))
equal(len(rows), RUNS, f"{RUNS} programs run", r)
column = dict(zip(NAMES, zip(*rows)))
# Bits above the page, and for the stack those within it, 16-byte aligned.
for name, least in (("mmap", 28), ("stack", 22), ("heap", 13)):
    bits = random_bits(x >> 12 for x in column[name])
    ok(bits >= least, f"{name}: at least {least} bits of its page are random",
       f"{bits} bits")
    ok(len(set(column[name])) > RUNS * 0.95 or least < 20,
       f"{name}: hardly ever the same twice")
ok(random_bits(x & 4095 for x in column["stack"]) >= 8,
   "stack: 8 bits within its page are random")
ok(all(x & 15 == column["stack"][0] & 15 for x in column["stack"]),
   "and it stays aligned")
distances = {v - (s & ~4095) for v, s in zip(column["vdso"], column["stack"])}
ok(len(distances) > 50, "vdso: its distance from the stack is random",
   len(distances))
ok(random_bits(column["AT_RANDOM"]) == 64, "AT_RANDOM: 64 random bits")

r = run(BB, "sh", "-c", "for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j;"
        " do for j in 1 2; do /cat /proc/self/maps; done; done", options=PIE)
starts = [int(line.split("-")[0], 16)
          for line in r.out.decode(errors="replace").splitlines()
          if re.search(r" 00000000 .* /cat$", line)]
bits = random_bits(x >> 12 for x in starts)
ok(len(starts) == 40 and bits >= 28,
   "a PIE's page: at least 28 bits are random", f"{bits} bits", r)

# --- none ----------------------------------------------------------------------------

fixed = r"""
[0-9a-f]+-[0-9a-f]+ rw-p 00000000 00:00 0 +\[heap\]
(?:.*\n)*?7ffff7[0-9a-f]+-7ffff7[0-9a-f]+ r--p 00000000 00:00 0 +\[vvar\]
7ffff7[0-9a-f]+-7ffff7[0-9a-f]+ r-xp 00000000 00:00 0 +\[vdso\]
(?:.*\n)*?[0-9a-f]+-7ffff7fff000 .*
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 +\[stack\]
"""
r = run("/cat", "/proc/self/maps", options=PIE + ["--append", "norandmaps"])
text = r.out.decode(errors="replace")
ok(text.startswith("555555554000-"), "norandmaps: a PIE is at 0x555555554000", r)
ok(re.search(fixed, text), "the stack ends at 0x7ffffffff000, the mappings"
   " at 0x7ffff7fff000", r)
r, rows = places("/where", "3", append="norandmaps")
ok(len(rows) == 3 and len({tuple(x[:5]) for x in rows}) == 1,
   "all runs are alike", r)
ok(len({x[5] for x in rows}) == 3, "but for AT_RANDOM", r)

r = run(BB, "sh", "-c",
        "cd /proc/sys/kernel; cat randomize_va_space;"
        " echo 0 >randomize_va_space; cat randomize_va_space; /where 2;"
        " echo 1 >randomize_va_space; /where 2", options=ADD)
lines = r.out.decode(errors="replace").splitlines()
equal(lines[:2], ["2", "0"], "randomize_va_space is 2 and can be set", r)
rows = [line.split() for line in lines[2:]]
ok(len(rows) == 4 and rows[0][:5] == rows[1][:5], "0: nothing is random", r)
ok(len(rows) == 4 and rows[2][1] == rows[3][1] and
   all(rows[2][i] != rows[3][i] for i in (2, 3)),
   "1: all but the heap is", r)
r = run(BB, "sh", "-c", "echo 1 >/proc/sys/vm/legacy_va_layout; echo 0"
        " >/proc/sys/kernel/randomize_va_space; cat /proc/self/maps >/dev/null;"
        " /where 1", options=ADD)
ok(r.out.split()[2:3] and r.out.split()[2].startswith(b"2aaaaaa"),
   "legacy_va_layout: mappings grow up from 0x2aaaaaaab000", r)

# --- a run that repeats ----------------------------------------------------------------

a, b, c = (places("/where", "20", append=f"seed={n}")[1] for n in (7, 7, 8))
ok(a and a == b, "seed=7 twice: 20 programs are at the same places, AT_RANDOM"
   " too", a[:2], b[:2])
ok(c and a != c, "seed=8: elsewhere")
r1, r2 = (run(BB, "sh", "-c", "/where 5; cat /proc/self/maps /proc/self/stat"
              " /proc/uptime /proc/meminfo /proc/sys/kernel/random/uuid",
              options=ADD + ["--icount", "--append", "seed=7"])
          for _ in range(2))
ok(r1.out and r1.out == r2.out,
   "with --icount, too: times and memory, everything is the same", r1, r2)

# --- without a vdso -----------------------------------------------------------------------

r, rows = places("/where", "1", append="vdso=0")
equal(rows and rows[0][4], 0, "vdso=0: there is none", r)

# --- /dev/mem --------------------------------------------------------------------------------

r = run("/devmem", options=["--add", os.path.join(PROGRAMS, "devmem") +
                            ":/devmem"])
lines = r.out.decode(errors="replace").splitlines()
for line in lines:
    m = re.match(r"(not )?ok \d+ - (.*)", line)
    if m:
        ok(not m.group(1), "/dev/mem: " + m.group(2), r)
ok(lines and re.fullmatch(r"1\.\.\d+", lines[-1]), "/dev/mem: all were run", r)
done()
