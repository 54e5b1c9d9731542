#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What free, top and pmap make of /proc: figures that fit together."""

import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import done, equal, ok, run  # noqa: E402

BB = "/bin/busybox"


def numbers(text, name):
    """The figures behind a name at the beginning of a line."""
    m = re.search(rf"^{re.escape(name)}(.*)$", text, re.M)
    return [int(x) for x in re.findall(r"\d+", m.group(1))] if m else []


# 128 MiB in a file: they are shared, cached, used, and no longer free.
r = run(BB, "sh", "-c", "free; dd if=/dev/zero of=/tmp/big bs=1M count=128"
        " 2>/dev/null; free; rm /tmp/big; free")
equal(r.status, 0, "free ends with 0", r)
lines = [[int(x) for x in re.findall(r"\d+", line)]
         for line in r.out.decode().splitlines() if line.startswith("Mem:")]
ok(len(lines) == 3 and all(len(x) == 6 for x in lines),
   "it prints six figures, three times", r)
if len(lines) == 3:
    before, during, after = lines
    ok(480 << 10 <= before[0] <= 512 << 10,
       "the total is what the machine has, less the kernel", before)
    ok(all(x[0] == before[0] for x in lines), "and does not change", lines)
    ok(all(abs(x[0] - x[1] - x[2] - x[4]) <= 64 for x in lines),
       "total = used + free + cache", lines)
    ok(all(0 < x[5] <= x[0] for x in lines), "what is available is less", lines)
    big = 128 << 10
    ok(all(abs(during[i] - before[i] - d) < 1024
           for i, d in ((2, -big), (3, big), (4, big), (5, -big))),
       "a file of 128 MiB: less free, more shared and cached", lines)
    ok(abs(after[2] - before[2]) < 1024, "it goes, the memory comes back",
       lines)
equal(numbers(r.out.decode(), "Swap:"), [0, 0, 0], "there is no swap", r)

r = run(BB, "sh", "-c", "sleep 100 & top -b -n1; kill $!")
out = r.out.decode()
equal(r.status, 0, "top -b -n1 ends with 0", r)
mem = numbers(out, "Mem:")
ok(len(mem) == 5 and 480 << 10 <= mem[0] + mem[1] <= 512 << 10,
   "its memory: used + free is all", out)
cpu = numbers(out, "CPU:")
ok(len(cpu) == 7 and 90 <= sum(cpu) <= 101, "its shares of the CPU sum up", out)
ok(re.search(r"^Load average: \d+\.\d\d \d+\.\d\d \d+\.\d\d \d+/\d+ \d+$", out,
             re.M), "its load average", out)
rows = {m.group(4): m for m in re.finditer(
    r"^ *(\d+) +(\d+) +root +([RS])[ <N]* +\d+ +\d+% +\d+% +(\S+)", out, re.M)}
ok("/init" in rows and rows["/init"].group(1) == "1", "init is process 1", out)
ok("top" in rows and rows["top"].group(3) == "R", "top itself runs", out)
ok("sleep" in rows and rows["sleep"].group(3) == "S", "sleep sleeps", out)

# Debian's pmap, with the libraries that the build host has.
pmap = shutil.which("pmap")
if not pmap:
    ok(True, "pmap # SKIP not installed here")
    done()
libs = re.findall(r"/\S+", subprocess.run(
    ["ldd", pmap], stdout=subprocess.PIPE, text=True).stdout)
options = [x for lib in libs for x in ("--add", f"{lib}:{lib}")]
r = run(BB, "sh", "-c", "/pmap -x $$; cat /proc/$$/smaps_rollup; :",
        options=[*options, "--add", os.path.realpath(pmap) + ":/pmap"])
out = r.out.decode()
equal(r.status, 0, "pmap -x ends with 0", r)
rows = re.findall(r"^[0-9a-f]{16} +(\d+) +(\d+) +(\d+) ([r-][w-][x-][s-]-)"
                  r" +(\S.*)$", out, re.M)
ok(any(x[4] == "busybox" and x[3] == "r-x--" for x in rows), "the text", out)
ok(any("stack" in x[4] and x[3] == "rw---" for x in rows), "the stack", out)
ok(all(int(x[0]) >= int(x[1]) >= int(x[2]) for x in rows),
   "no more is resident than mapped, nor dirty than resident", out)
sums = [sum(int(x[i]) for x in rows) for i in range(3)]
equal(numbers(out, "total kB"), sums, "the total is the sum", out)
ok(numbers(out, "Rss:") and abs(numbers(out, "Rss:")[0] - sums[1]) <= 64,
   "and what smaps_rollup says", out)
done()
