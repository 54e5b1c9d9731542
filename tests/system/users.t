#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Another user in the interactive shell: su, and what it may not."""

import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PROGRAMS, Session, done, equal, ok  # noqa: E402

PROMPT = b"root@ikos:~# "
NOBODY = "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)"

s = Session("--direct", "--add", os.path.join(PROGRAMS, "creds") + ":/creds")
if not ok(s.expect(PROMPT, 120) is not None, "the shell's prompt comes up",
          s.all.decode(errors="replace")):
    s.p.kill()
    done()


def command(text, prompt=PROMPT):
    """Type a line; what it printed, without the echo."""
    s.send(text.encode() + b"\n")
    out = s.expect(prompt, 60)
    if out is None:
        return "(no prompt came back) " + s.text.decode(errors="replace")
    out = re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", out)
    return out.decode(errors="replace").replace("\r\n", "\n").partition(
        "\n")[2].strip()


def as_nobody(text):
    return command(f"su -s /bin/sh nobody -c '{text}'")


def refused(text, why, name):
    out = as_nobody(text + "; echo status $?")
    ok(why in out and "status 0" not in out, name, out)


DENIED, NOT_PERMITTED = "Permission denied", "Operation not permitted"

equal(command("id -u; id -un").split(), ["0", "root"], "id: root")
equal(as_nobody("id"), NOBODY, "su -s /bin/sh nobody -c id")
equal(as_nobody("echo $HOME $USER; pwd").split()[1:], ["nobody", "/root"],
      "who has a name")
equal(as_nobody("grep -c . /etc/passwd"), "2", "reads what is for all")
equal(as_nobody("/creds"), "65534 65534 65534  65534 65534 65534",
      "and has no other id left")
command("echo secret > /root/s; echo text > /tmp/t; chmod 666 /tmp/t")
refused("cat /root/s", DENIED, "root's directory is shut")
refused("echo x >> /etc/passwd", DENIED, "a file of root's cannot be written")
refused("echo x > /etc/new", DENIED, "nor one made beside it")
refused("rm -f /tmp/t", NOT_PERMITTED, "/tmp is sticky")
refused("chmod 777 /tmp/t", NOT_PERMITTED, "somebody else's mode")
refused("chown nobody /tmp/t", NOT_PERMITTED, "somebody else's owner")
refused("kill 1", NOT_PERMITTED, "kill 1")
refused("cat /proc/1/environ", DENIED, "init's environment")
refused("ls /proc/1/fd", DENIED, "init's descriptors")
refused("renice -n -5 1", NOT_PERMITTED, "init's priority")
refused("mount -t tmpfs none /mnt", "denied", "mount")
refused("hostname x", NOT_PERMITTED, "the machine's name")
ok(NOT_PERMITTED in as_nobody("date -s 2001-01-01"), "the clock")
refused("dmesg -c", NOT_PERMITTED, "to clear the log")
refused("echo 1 > /proc/sys/vm/overcommit_memory", DENIED, "a setting")
refused("chroot / id", NOT_PERMITTED, "chroot")
refused("mknod /tmp/n c 1 3", NOT_PERMITTED, "a device")
refused("su -c id", "suid", "su back")
refused("poweroff -f", NOT_PERMITTED, "to stop the machine")
ok("nobody" in as_nobody("touch /tmp/n; ls -l /tmp/n; rm /tmp/n"),
   "its own files in /tmp come and go")
ok(re.search(r"^ *\d+ nobody .*ps", as_nobody("ps"), re.M),
   "ps tells who runs what")

# Programs that run as their owner.
command("cp /creds /tmp/c; chown nobody:nogroup /tmp/c; chmod 6755 /tmp/c")
equal(command("/tmp/c"), "0 65534 65534  0 65534 65534",
      "a set-user-ID and set-group-ID program")
command("chown root:root /tmp/c; chmod 4755 /tmp/c")
equal(as_nobody("/tmp/c"), "65534 0 0  65534 65534 65534",
      "root's, run by nobody")
command("mkdir /mnt/n; mount -t tmpfs -o nosuid none /mnt/n; cp -p /tmp/c /mnt/n")
ok("rws" in command("ls -l /mnt/n/c"), "the bit is copied")
equal(as_nobody("/mnt/n/c"), "65534 65534 65534  65534 65534 65534",
      "on a nosuid mount it means nothing")
equal(as_nobody("echo x >> /tmp/c; ls -l /tmp/c | cut -c1-10").split()[-1],
      "-rwsr-xr-x", "who cannot write it does not take the bit away")

# A shell of another user's.
OTHER = b"nobody@ikos:/root$ "
command("su -s /bin/sh nobody", OTHER)
equal(command("id", OTHER), NOBODY, "su gives a shell")
ok(DENIED in command("ls /root", OTHER), "of that user's")
command("exit")
equal(command("id -un"), "root", "exit leads back")
s.send(b"exit\n")
equal(s.close(), 0, "exit powers the machine off")
done()
