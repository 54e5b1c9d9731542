#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A session with the real shell, through GRUB, as a user types it."""

import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Session, done, equal, ok  # noqa: E402

PROMPT = b"root@ikos:~# "

s = Session()
if not ok(s.expect(PROMPT, 120) is not None, "the shell's prompt comes up"):
    for line in s.all.decode(errors="replace").splitlines()[-40:]:
        print("#  ", line)
    s.p.kill()
    done()


def command(text, timeout=60):
    """Type a line; what it printed, without the echo."""
    s.send(text.encode() + b"\n")
    out = s.expect(PROMPT, timeout)
    if out is None:
        return "(no prompt came back) " + s.text.decode(errors="replace")
    out = re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", out)
    lines = out.decode(errors="replace").replace("\r\n", "\n")
    return lines.partition("\n")[2]


out = command("cat /proc/self/maps")
ok("[heap]" in out and "[stack]" in out and "r-xp" in out,
   "cat /proc/self/maps", out)
out = command("free")
ok(re.search(r"^Mem: +\d+ +\d+ +\d+ ", out, re.M), "free", out)
out = command("ls -lR / | sort | wc -l", 120)
# As on Linux, ls cannot follow the descriptors it is just closing.
out = out.strip().splitlines()[-1:]
ok(out and out[0].isdigit() and int(out[0]) > 300, "ls -lR / | sort | wc -l", out)
out = command("ps")
ok(re.search(r"^ *1 root .*init", out, re.M) and
   re.search(r"\bps\b", out, re.M),
   "ps", out)
out = command("i=0; for x in $(seq 200); do /bin/true && i=$((i+1)); done; echo $i",
              120)
equal(out.strip(), "200", "a loop of 200 forks")
begin = time.monotonic()
s.send(b"sleep 100\n")
time.sleep(1.5)
s.send(b"\x03")
back = s.expect(PROMPT, 20)
ok(back is not None and time.monotonic() - begin < 30, "^C ends sleep 100",
   s.text)
equal(command("echo $?").strip(), "130", "and the shell sees 128+SIGINT")
s.send(b"sleep 100\n")
time.sleep(1)
s.send(b"\x1a")
ok("Stopped" in (s.expect(PROMPT, 20) or b"").decode(), "^Z stops a job")
out = command("jobs")
ok("sleep 100" in out, "jobs lists it", out)
out = command("bg; sleep 1; kill %1; wait; echo done")
ok("done" in out, "bg and kill", out)
s.send(b"echo abcX\x7f\x7fd\n")
out = s.expect(PROMPT, 20) or b""
ok(b"\nabd" in out.replace(b"\r", b""), "backspace edits the line", out)
s.send(b"cat\n")
time.sleep(1)
s.send(b"hello\n\x04")
out = s.expect(PROMPT, 20) or b""
ok(out.replace(b"\r", b"").count(b"hello\n") == 2, "^D ends cat's input", out)
out = command("echo one two > /tmp/f; wc -w < /tmp/f; rm /tmp/f; ls /tmp/f")
ok("2\n" in out and "No such file" in out, "redirection and rm", out)
out = command("dmesg | grep -c IKOS")
ok(out.strip().isdigit() and int(out) >= 1, "dmesg shows the log", out)
out = command("top -b -n1 | head -5")
ok("Mem:" in out and "CPU:" in out, "top -b -n1", out)
out = command("tar -cf /tmp/x.tar /etc && tar -tf /tmp/x.tar | grep -c etc/")
ok(out.strip().splitlines()[-1:] and int(out.strip().splitlines()[-1]) > 3,
   "tar", out)
out = command("dd if=/dev/zero of=/tmp/z bs=4k count=256 2>&1; ls -l /tmp/z; rm /tmp/z")
ok("256+0 records out" in out and "1048576" in out, "dd", out)
out = command("find /etc -name passwd; uname -srm; date +%Y")
ok("/etc/passwd" in out and "x86_64" in out and re.search(r"^20\d\d$", out, re.M),
   "find, uname and date", out)
out = command("mkdir -p /tmp/d/e; cp /etc/passwd /tmp/d/e; mv /tmp/d/e/passwd "
              "/tmp/d/p; ln -s p /tmp/d/l; ln /tmp/d/p /tmp/d/h; cat /tmp/d/l "
              "| cmp - /tmp/d/h && echo same; rm -r /tmp/d; ls /tmp")
ok("same" in out, "mkdir, cp, mv, ln, cmp and rm -r", out)
out = command("grep -c root < /etc/passwd; printf 'b\\na\\n' | sort | head -1")
ok("1\na\n" in out, "grep and sort", out)
s.send(b"vi /tmp/v\n")
time.sleep(2)
s.send(b"ihello vi\x1b")
time.sleep(1)
s.send(b":wq\n")
s.expect(PROMPT, 20)
equal(command("cat /tmp/v").strip(), "hello vi", "vi writes a file")
s.send(b"exit\n")
equal(s.close(), 0, "exit powers the machine off")
done()
