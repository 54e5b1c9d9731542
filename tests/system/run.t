#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/ikos run: what it prints and how it ends."""

import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, equal, ok, run  # noqa: E402

BB = "/bin/busybox"

r = run(BB, "sh", "-c", "cat /proc/self/maps", direct=False)
equal(r.status, 0, "cat /proc/self/maps ends with 0", r)
lines = r.out.decode().splitlines()
form = re.compile(r"[0-9a-f]{8,16}-[0-9a-f]{8,16} [r-][w-][x-][ps] "
                  r"[0-9a-f]{8} [0-9a-f]{2,}:[0-9a-f]{2} \d+ *(\S.*)?")
ok(lines and all(form.fullmatch(line) for line in lines),
   "it prints lines of /proc/PID/maps and nothing else", r)
for what, pattern in (("text", rf"r-xp .* {BB}$"), ("data", rf"rw-p .* {BB}$"),
                      ("heap", r"rw-p 00000000 00:00 0 +\[heap\]$"),
                      ("stack", r"rw-p 00000000 00:00 0 +\[stack\]$")):
    ok(any(re.search(pattern, line) for line in lines),
       f"the maps show the {what}", r)
ends = [int(x, 16) for line in lines for x in line.split()[0].split("-")]
ok(ends == sorted(ends), "the areas are in order and do not overlap", r)

equal(run(BB, "false").status, 1, "busybox false ends with 1")
equal(run(BB, "sh", "-c", "exit 42").status, 42, "exit 42 ends with 42")
r = run(BB, "sh", "-c", "kill -TERM $$")
equal(r.status, 143, "a program killed by SIGTERM gives 128+15", r)
r = run("/no/such/program")
equal(r.status, 127, "a program that is not there gives 127", r)
ok(b"No such file" in r.err, "and says so on standard error", r)

null = os.path.join(PROGRAMS, "null_write")
r = run("/x", options=["--add", null + ":/x"])
equal(r.status, 139, "a program that dereferences NULL gives 139", r)

r = run(BB, "sh", "-c", r"printf 'a\nb\r\n\020\000\377'; echo oops >&2; exit 3")
equal((r.out, r.err, r.status), (b"a\nb\r\n\x10\x00\xff", b"oops\n", 3),
      "both outputs come through byte for byte", r)
blob = bytes(range(256)) * 300
r = run(BB, "cat", stdin=blob)
ok(r.out == blob and r.status == 0, "standard input comes through byte for byte",
   f"status {r.status}, {len(r.out)} of {len(blob)} bytes")
r = run(BB, "sh", "-c", "test -t 0 || test -t 1 || echo plain")
equal(r.out, b"plain\n", "pipes are no terminals", r)

equal(run(BB, "sleep", "1000", timeout=15, patience=1).status, 124,
      "the time limit gives 124")
r = run(BB, "true", options=["--append", "crash=panic"])
equal(r.status, 125, "a kernel panic gives 125", r)
ok(b"crash=panic was on the command line" in r.err,
   "and its sentence is on standard error", r)
ok("start_kernel" in r.log or "kernel_init" in r.log,
   "the backtrace in the log names functions", r)
r = run(BB, "true", options=["--append", "crash=null"])
equal(r.status, 125, "a NULL dereference in the kernel panics", r)
with tempfile.NamedTemporaryFile() as big:
    big.truncate(100 << 20)
    r = run(BB, "true", options=["-m", "150M", "--add", big.name])
    ok(b"too little memory: give the machine more than -m 150M" in r.err,
       "files that do not fit are not left out in silence", r)
    big.truncate(1)
    os.utime(big.name, (1, 981173106))
    r = run(BB, "date", "-ur", "/x", "+%F %T",
            options=["--add", big.name + ":/x"])
    equal(r.out, b"2001-02-03 04:05:06\n", "a file that is added keeps its time", r)
r = run(BB, "true", options=["--kernel", "/bin/true"], timeout=30)
equal(r.status, 126, "what is no kernel gives 126", r)
done()
