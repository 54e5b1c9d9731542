# SPDX-License-Identifier: MIT
"""Write cpio archives in the "newc" format, cpio(5), the same bytes for the
same input: owner root, inode numbers in order, time 0 of what is made here and
its own of what is added."""

import os
import stat


class Archive:
    def __init__(self, out):
        self.out = out
        self.ino = 0
        self.dirs = set()

    def _pad(self, n):
        self.out.write(b"\0" * (-n % 4))

    def _entry(self, name, mode, data=b"", rdev=(0, 0), nlink=1, mtime=0):
        self.ino += 1
        encoded = name.encode("utf-8", "surrogateescape") + b"\0"
        fields = (self.ino, mode, 0, 0, nlink,
                  min(max(int(mtime), 0), 0xffffffff), len(data), 0, 0,
                  rdev[0], rdev[1], len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % f for f in fields)
        self.out.write(header + encoded)
        self._pad(len(header) + len(encoded))
        self.out.write(data)
        self._pad(len(data))

    def parents(self, name):
        parts = name.split("/")[:-1]
        for i in range(1, len(parts) + 1):
            self.directory("/".join(parts[:i]))

    def directory(self, name, mode=0o755, mtime=0):
        name = name.strip("/")
        if not name or name in self.dirs:
            return
        self.parents(name)
        self.dirs.add(name)
        self._entry(name, stat.S_IFDIR | mode, nlink=2, mtime=mtime)

    def file(self, name, data, mode=0o644, mtime=0):
        name = name.strip("/")
        self.parents(name)
        self._entry(name, stat.S_IFREG | mode, data, mtime=mtime)

    def symlink(self, name, target, mtime=0):
        name = name.strip("/")
        self.parents(name)
        self._entry(name, stat.S_IFLNK | 0o777,
                    target.encode("utf-8", "surrogateescape"), mtime=mtime)

    def device(self, name, mode, rdev):
        """A character device; @rdev: (major, minor)."""
        self.parents(name)
        self._entry(name, stat.S_IFCHR | mode, rdev=rdev)

    def add(self, src, dst):
        """Add the host's file, link or whole folder @src as @dst."""
        st = os.lstat(src)
        perm = stat.S_IMODE(st.st_mode)
        if stat.S_ISDIR(st.st_mode):
            self.directory(dst, perm, st.st_mtime)
            for entry in sorted(os.listdir(src)):
                self.add(os.path.join(src, entry),
                         dst.rstrip("/") + "/" + entry)
        elif stat.S_ISLNK(st.st_mode):
            self.symlink(dst, os.readlink(src), st.st_mtime)
        elif stat.S_ISREG(st.st_mode):
            with open(src, "rb") as f:
                self.file(dst, f.read(), perm, st.st_mtime)
        # Sockets and devices of the host mean nothing in the guest.

    def close(self):
        self._entry("TRAILER!!!", 0)
        self.out.write(b"\0" * (-self.out.tell() % 512))
