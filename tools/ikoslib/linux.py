# SPDX-License-Identifier: MIT
"""The other guest: Debian's Linux for cloud machines, in the same QEMU, with
the same init and busybox. It is what tests and costs are compared with."""

import glob
import os
import re
import subprocess

from . import cpio
from .initramfs import Problem

# Linux finds no /dev in an initramfs: (path, mode, major, minor).
DEVICES = (
    ("dev/console", 0o600, 5, 1), ("dev/full", 0o666, 1, 7),
    ("dev/kmsg", 0o644, 1, 11), ("dev/mem", 0o640, 1, 1),
    ("dev/null", 0o666, 1, 3), ("dev/random", 0o666, 1, 8),
    ("dev/tty", 0o666, 5, 0), ("dev/ttyS0", 0o600, 4, 64),
    ("dev/ttyS1", 0o600, 4, 65), ("dev/urandom", 0o666, 1, 9),
    ("dev/zero", 0o666, 1, 5),
)
LINKS = (
    ("dev/fd", "/proc/self/fd"), ("dev/stderr", "/proc/self/fd/2"),
    ("dev/stdin", "/proc/self/fd/0"), ("dev/stdout", "/proc/self/fd/1"),
)


def find_kernel(top):
    """The kernel, fetched from Debian's archive when it is not there yet."""
    place = os.path.join(top, "build", "linux", "boot", "vmlinuz-*")
    if not glob.glob(place):
        done = subprocess.run([os.path.join(top, "tools", "bench",
                                            "fetch-linux")])
        if done.returncode:
            raise Problem("there is no Linux to run")
    return sorted(glob.glob(place))[-1]


def command_line(log_on_terminal):
    """The kernel's words: its fastest settings, four levels of page tables,
    quiet."""
    console = "ttyS0" if log_on_terminal else "ttyS1"
    return ["mitigations=off", "init_on_alloc=0", "no5lvl", "panic=-1",
            "loglevel=6", "console=" + console]


def write_devices(out):
    a = cpio.Archive(out)
    for path, mode, major, minor in DEVICES:
        a.device(path, mode, (major, minor))
    for path, target in LINKS:
        a.symlink(path, target)
    a.directory("dev/shm", 0o1777)
    a.close()


def panic(log):
    """Why Linux panicked, or None."""
    m = re.search(rb"Kernel panic - (.*)", log)
    return m.group(1).decode(errors="replace").strip() if m else None
