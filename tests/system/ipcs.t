#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What ipcs, ipcmk and ipcrm of util-linux print and do, and the files below
/proc that tell of System V IPC: the same as on this machine's Linux, there in a
name space of its own, so that its objects stay as they are."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, done, equal, ok, run  # noqa: E402

TOOLS = [shutil.which(name) for name in ("ipcs", "ipcmk", "ipcrm")]
LIMITS = "shmmax shmall shmmni sem msgmax msgmnb msgmni shm_rmid_forced"
MARK = "=== "

# Runs with the objects of programs/sysv.c. Each step is a title and a command.
LOOKING = [f"ipcs {options}" for options in (
    "-a", "-m", "-s", "-q", "-m -t", "-m -p", "-m -c", "-s -t", "-s -c",
    "-q -t", "-q -p", "-q -c", "-l", "-u", "-a -b", "-a --human", "-m -i 0",
    "-m -i 1", "-m -i 4", "-s -i 0", "-s -i 1", "-q -i 0", "-m -i 77",
    "-s -i 77", "-q -i 77")]
LOOKING += [f"cat /proc/sysvipc/{kind}" for kind in ("shm", "sem", "msg")]
LOOKING += [f"cat /proc/sys/kernel/{name}" for name in LIMITS.split()]


def nobody(command):
    return f"busybox su -s /bin/sh nobody -c '{command}'"


REMOVING = [nobody("ipcs -a"), nobody("ipcs -m -i 0"), nobody("ipcs -m -i 4"),
            nobody("ipcrm -m 0"), nobody("ipcrm -M 0x494b0001"),
            nobody("ipcrm -s 0 -q 0"), nobody("ipcrm -m 4 -s 2 -q 2"),
            nobody("busybox dd if=/dev/null of="
                   "/proc/sys/kernel/shm_rmid_forced"),
            "ipcs -a", "ipcrm -m 3", "ipcrm -m 3", "ipcrm -M 0x494b0001",
            "ipcrm -M 0x494b0001", "ipcs -m", "ipcrm -S 0x494b0004 -q 0",
            "ipcrm -Q 0x494b0005", "ipcrm -m 99999 -s 99999 -q 99999",
            "ipcs -a", "ipcmk -M 8192 -p 0640", "ipcmk -S 4", "ipcmk -Q",
            "ipcmk -M 0", "ipcs -a", "ipcrm -a", "ipcs -a", "ipcs -u",
            "cat /proc/sysvipc/shm"]
# Again with the objects: those whose maker lives stay, then it ends.
FORCED = ["ipcs -m", "echo 1 >/proc/sys/kernel/shm_rmid_forced", "ipcs -m",
          "ipcmk -M 4096", "ipcs -m", "cat /proc/sys/kernel/shm_rmid_forced",
          "echo 2 >/proc/sys/kernel/shm_rmid_forced", "ipcrm -m 1", "ipcs -m"]
AFTER = ["ipcs -m", "ipcs -u", "ipcrm -a", "ipcmk -M 4096", "ipcs -m",
         "echo 0 >/proc/sys/kernel/shm_rmid_forced", "ipcmk -M 4096", "ipcs -m",
         "echo 1 >/proc/sys/kernel/shm_rmid_forced", "ipcs -m"]


def steps(commands):
    return "".join(f'echo "{MARK}{c}"\n{c}\necho "status $?"\n'
                   for c in commands)


def script(sysv):
    """The whole of it; the programs it starts are children of @sysv."""
    def inner(commands):
        return f"cat >inner <<'END'\n{steps(commands)}END\n{sysv} busybox sh inner\n"
    return ("export LC_ALL=C TZ=UTC\ncd \"$1\"\nexec 2>&1\n" +
            inner(LOOKING + REMOVING) + inner(FORCED) + steps(AFTER))


# --- what differs from run to run -----------------------------------------------

def pids(m):
    return m.group(1) + "".join(
        (x if int(x) == 0 else "PID").rjust(7) for x in m.group(2, 3)) + \
        m.group(4).rstrip(" ")


def normal(title, text):
    text = re.sub(r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} 20\d\d\b",
                  "TIME", text)
    text = re.sub(r"\b[A-Z][a-z]{2} ?[ \d]\d [\d:]{5,8}\b", "TIME", text)
    text = re.sub(r"\b((?:[lc]|ls|lr)pid=)[1-9]\d*", r"\1PID", text)
    if "ipcs" in title and "-i" in title:  # of each semaphore: the last pid
        text = re.sub(r"^(\d+ +\d+ +\d+ +\d+ +)[1-9]\d* *$", r"\1PID", text,
                      flags=re.M)
    if title.endswith("-p"):
        text = re.sub(r"^(\d+ +\w+) +(\d+) +(\d+)( *)$", pids, text,
                      flags=re.M)
    if "sysvipc" in title:
        text = re.sub(r"\b1[6-9]\d{8}\b", "SECONDS", text)
        fields = {"shm": 4, "msg": 5}.get(title[-3:])
        if fields:
            text = re.sub(rf"^((?: *-?\d+){{{fields}}}) +(\d+) +(\d+)( .*)$",
                          pids, text, flags=re.M)
    # ipcmk's keys
    return re.sub(r"^0x(?!494b|00000000)[0-9a-f]{8} ", "RANDOM     ", text,
                  flags=re.M)


def sections(output):
    """[(title, normalised text)] in the order of the script."""
    parts = output.split(MARK)[1:]
    return [(p.partition("\n")[0],
             normal(p.partition("\n")[0], p.partition("\n")[2])) for p in parts]


# --- both systems ---------------------------------------------------------------------

def on_linux():
    program = os.path.join(PROGRAMS, "sysv")
    with tempfile.TemporaryDirectory() as cwd:
        os.chmod(cwd, 0o755)
        p = subprocess.run(["unshare", "-i", "busybox", "sh", "-s", cwd],
                           input=script(program).encode(), cwd=cwd, timeout=60,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return p.stdout.decode(errors="replace")


def on_ikos():
    libs = set(re.findall(r"/\S+", subprocess.run(
        ["ldd", *TOOLS], stdout=subprocess.PIPE, text=True).stdout))
    files = [f"{x}:{x}" for x in libs if not x.endswith(":")]
    files += [f"{os.path.realpath(x)}:/usr/bin/{os.path.basename(x)}"
              for x in TOOLS]
    files.append(os.path.join(PROGRAMS, "sysv") + ":/sysv")
    options = [x for f in files for x in ("--add", f)]
    return run("/bin/busybox", "sh", "-c", script("/sysv"), "sh", "/tmp",
               options=options)


def own_objects():
    return [len(open(f"/proc/sysvipc/{kind}").readlines())
            for kind in ("shm", "sem", "msg")]


if not all(TOOLS) or subprocess.run(["unshare", "-i", "true"],
                                    stderr=subprocess.DEVNULL).returncode:
    ok(True, "ipcs # SKIP no util-linux, or not root")
    done()
before = own_objects()
want = sections(on_linux())
r = on_ikos()
got = sections(r.out.decode(errors="replace"))
commands = LOOKING + REMOVING + FORCED + AFTER
equal([t for t, _ in want], commands, "Linux goes through all of it")
equal([t for t, _ in got], commands, "IKOS goes through all of it", r)
for (title, linux), (_, ikos) in zip(want, got):
    ok(linux == ikos, title, "Linux:", linux, "IKOS:", ikos)
equal(own_objects(), before, "this machine's own objects are as they were")
done()
