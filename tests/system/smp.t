#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One, two, four and eight CPUs: all come up, however the kernel was booted,
and everything works as on one."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import TOP, done, equal, ok, run  # noqa: E402

SHELL = ["/bin/busybox", "sh", "-c"]
COUNT = SHELL + ["grep -c ^processor /proc/cpuinfo; nproc;"
                 " grep -c '^cpu[0-9]' /proc/stat"]

# A storm of processes and pipes; what comes out does not depend on who ran.
STORM = SHELL + ["""
for i in 1 2 3 4 5 6 7 8 9 10; do
	( j=0
	while [ $j -lt 5 ]; do
		echo line $i $j | cat | grep -q "line $i $j" || echo lost
		j=$((j + 1))
	done ) &
done
wait
for i in 1 2 3 4; do md5sum /bin/busybox & done >/tmp/sums
wait
sort -u /tmp/sums | wc -l
sleep 60 & kill $!; wait $!; echo killed $?
(trap 'echo trapped; exit 3' TERM; kill -TERM $(exec sh -c 'echo $PPID'); :)
echo $?
"""]
STORM_OUT = b"1\nkilled 143\ntrapped\n3\n"


def comes_up(name, cpus, want, options=(), direct=True):
    r = run(*COUNT, options=["-s", str(cpus), *options], direct=direct,
            timeout=240)
    equal((r.status, r.out.split()), (0, [b"%d" % want] * 3),
          f"{name}: {want} of {cpus} CPUs", r)


for cpus in (1, 2, 4, 8):
    comes_up("PVH", cpus, cpus)
comes_up("PVH, debug", 4, 4, ["--debug"])
comes_up("GRUB from BIOS", 4, 4, direct=False)
comes_up("GRUB from UEFI", 4, 4, ["--uefi"], direct=False)
comes_up("a plain CPU", 2, 2, ["--cpu", "qemu64"])
comes_up("maxcpus=3", 4, 3, ["--append", "maxcpus=3"])
comes_up("nosmp", 4, 1, ["--append", "nosmp"])

for cpus in (1, 2, 4):
    r = run(*STORM, options=["-s", str(cpus)], timeout=240)
    equal((r.status, r.out), (0, STORM_OUT),
          f"processes, pipes and signals on {cpus} CPUs", r)

for cpus, seed in ((2, 11), (4, 12)):
    r = run("/bin/true", options=[
        "--debug", "-s", str(cpus), "--append", f"ktest ktest.seed={seed}"],
        timeout=400)
    m = re.search(r"# Totals: pass:(\d+) fail:(\d+)", r.log)
    ok(m and int(m.group(1)) and m.group(2) == "0",
       f"the kernel's own tests on {cpus} CPUs", r)

for cpus in (2, 4):
    r = run("/x", options=["-s", str(cpus), "--add", os.path.join(
        TOP, "build", "tests", "user", "tlb_shootdown") + ":/x"], timeout=240)
    ok(r.status == 0 and b"not ok" not in r.out,
       f"no store lands in a page that is gone, {cpus} CPUs", r)

r = run("/bin/true", options=["-s", "4", "--append", "crash=panic"],
        timeout=120)
ok(r.status == 125 and r.log.count("Kernel panic:") == 2,
   "a panic of one of four CPUs is told once and ends them all", r)
done()
