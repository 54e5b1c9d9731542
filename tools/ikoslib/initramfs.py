# SPDX-License-Identifier: MIT
"""Build the initramfs: a base that is the same for every run (init, busybox,
a few files in /etc) and what this run adds."""

import os
import struct
import subprocess

from . import cpio

BUSYBOX_PLACES = ("/bin/busybox", "/usr/bin/busybox")

ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n"
              "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
    "hostname": "ikos\n",
    "profile": "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
               ":/sbin:/bin\n"
               "export PS1='\\u@\\h:\\w\\$ '\n",
    "motd": "",
}


class Problem(Exception):
    """Something the user can mend; its text says how."""


def is_static_elf(path):
    """Whether @path is an x86-64 ELF program without an interpreter."""
    with open(path, "rb") as f:
        head = f.read(64)
        if len(head) < 64 or head[:5] != b"\x7fELF\x02":
            return False
        phoff, = struct.unpack_from("<Q", head, 32)
        phentsize, phnum = struct.unpack_from("<HH", head, 54)
        for i in range(phnum):
            f.seek(phoff + i * phentsize)
            kind, = struct.unpack("<I", f.read(4))
            if kind == 3:  # PT_INTERP
                return False
    return True


def find_busybox():
    for path in BUSYBOX_PLACES:
        if os.path.exists(path):
            if is_static_elf(path):
                return path
            raise Problem(f"{path} is not static: install the package"
                          " busybox-static")
    raise Problem("busybox is not here: install the package busybox-static")


def write_base(out, init):
    """Write the part that all runs share to the binary file @out."""
    busybox = find_busybox()
    a = cpio.Archive(out)
    for d in ("dev", "proc", "sys", "etc", "bin", "sbin", "usr/bin",
              "usr/sbin", "var", "run", "mnt", "home"):
        a.directory(d)
    a.directory("tmp", 0o1777)
    a.directory("root", 0o700)
    a.add(init, "init")
    with open(busybox, "rb") as f:
        a.file("bin/busybox", f.read(), 0o755)
    applets = subprocess.run([busybox, "--list-full"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    for applet in applets.split():
        if applet != "bin/busybox" and os.path.basename(applet) != "init":
            a.symlink(applet, "/bin/busybox")
    for name, text in sorted(ETC.items()):
        a.file("etc/" + name, text.encode())
    a.close()


def write_run(out, job, adds, roots):
    """Write what one run adds: the job for init, files and whole trees."""
    a = cpio.Archive(out)
    for name, data in sorted(job.items()):
        a.file("etc/ikos/" + name, data)
    for root in roots:
        if not os.path.isdir(root):
            raise Problem(f"--root {root}: not a folder")
        for entry in sorted(os.listdir(root)):
            a.add(os.path.join(root, entry), entry)
    for src, dst in adds:
        if not os.path.lexists(src):
            raise Problem(f"--add {src}: no such file")
        # What a link leads to is what the user means.
        a.add(os.path.realpath(src), dst)
    a.close()
