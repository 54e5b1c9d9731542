# SPDX-License-Identifier: MIT
"""Start QEMU on a kernel and an initramfs and join its serial line to this
process: the protocol is described at the head of user/init.c."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
import tty

from .initramfs import Problem

READY = b"\x1eIKOS\x1e"
DLE, EOT = 0x10, 0x04

EXIT_TIMEOUT, EXIT_PANIC, EXIT_NO_BOOT = 124, 125, 126
QEMU_CLEAN, QEMU_PANIC = 3, 5  # isa-debug-exit: (code << 1) | 1
OVMF = ("/usr/share/ovmf/OVMF.fd", "/usr/share/OVMF/OVMF_CODE.fd")


def qemu_command(opts, boot):
    """The command line for @opts; @boot says what to boot (list of words)."""
    qemu = shutil.which("qemu-system-x86_64")
    if not qemu:
        raise Problem("qemu-system-x86_64 is not here: install the package"
                      " qemu-system-x86")
    cmd = [qemu, "-machine", "pc,accel=tcg", "-cpu", opts.cpu,
           "-m", opts.memory, "-smp", str(opts.cpus),
           "-display", "none", "-vga", "none", "-nic", "none",
           "-no-reboot", "-monitor", "none",
           "-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1",
           "-serial", "file:" + opts.com2,
           "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
    if opts.icount:
        cmd += ["-icount", "shift=0,sleep=off"]
    if opts.uefi:
        firmware = next((f for f in OVMF if os.path.exists(f)), None)
        if not firmware:
            raise Problem("the UEFI firmware is not here: install the package"
                          " ovmf")
        cmd += ["-bios", firmware]
    if opts.gdb:
        cmd += ["-s", "-S"]
    return cmd + boot + opts.qemu


class Decoder:
    """Takes the line apart: what comes before READY, then the job's output,
    plain on a terminal, framed otherwise."""

    def __init__(self, framed, before):
        self.framed = framed
        self.before = before  # gets what comes before READY
        self.ready = False
        self.buf = b""
        self.escaped = False
        self.to = 1

    def feed(self, data):
        """Return [(descriptor, bytes)] for @data."""
        if not self.ready:
            self.buf += data
            at = self.buf.find(READY)
            if at < 0:
                keep = len(READY) - 1
                self.before(self.buf[:-keep] if keep < len(self.buf) else b"")
                self.buf = self.buf[-keep:]
                return []
            self.ready = True
            self.before(self.buf[:at])
            data = self.buf[at + len(READY):]
        if not self.framed:
            return [(1, data)]
        return self._unframe(data)

    def _unframe(self, data):
        out = []
        while data:
            if self.escaped:
                self.escaped = False
                c, data = data[0], data[1:]
                if c == DLE:
                    out.append((self.to, b"\x10"))
                else:
                    self.to = 2 if c == ord("E") else 1
                continue
            plain, sep, data = data.partition(b"\x10")
            if plain:
                out.append((self.to, plain))
            self.escaped = bool(sep)
        return out


class Machine:
    """One run. mode: "shell", "tty" or "pipe"; stdin: whether to pass ours."""

    def __init__(self, cmd, mode, stdin, timeout, before):
        self.cmd, self.mode, self.stdin = cmd, mode, stdin
        self.deadline = time.monotonic() + timeout if timeout else None
        self.decoder = Decoder(mode == "pipe", before)
        self.pending = b""
        self.raw_tty = None
        self.prefix = False  # Ctrl-A was typed
        self.quit = False
        self.timed_out = False

    def run(self):
        """Returns QEMU's exit status."""
        self.qemu = subprocess.Popen(self.cmd, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE,
                                     start_new_session=True)
        os.set_blocking(self.qemu.stdin.fileno(), False)
        try:
            self._raw()
            self._pump()
        finally:
            self._cooked()
            if self.qemu.poll() is None:
                if self.timed_out or self.quit or sys.exc_info()[0]:
                    self.qemu.kill()
            status = self.qemu.wait()
        return status

    def _raw(self):
        if self.mode != "pipe" and self.stdin and os.isatty(0):
            self.raw_tty = termios.tcgetattr(0)
            tty.setraw(0)

    def _cooked(self):
        if self.raw_tty:
            termios.tcsetattr(0, termios.TCSADRAIN, self.raw_tty)
            self.raw_tty = None

    def _pump(self):
        line = self.qemu.stdout.fileno()
        to_line = self.qemu.stdin.fileno()
        while not self.quit:
            readers = [line]
            writers = []
            if self.stdin and self.decoder.ready and len(self.pending) < 4096:
                readers.append(0)
            if self.pending:
                writers.append(to_line)
            wait = None
            if self.deadline:
                wait = self.deadline - time.monotonic()
                if wait <= 0:
                    self.timed_out = True
                    return
            r, w, _ = select.select(readers, writers, [], wait)
            if line in r:
                data = os.read(line, 65536)
                if not data:
                    return
                for fd, piece in self.decoder.feed(data):
                    self._write(fd, piece)
            if 0 in r:
                self._from_user(os.read(0, 4096))
            if to_line in w:
                self._to_line(to_line)

    def _write(self, fd, data):
        try:
            while data:
                data = data[os.write(fd, data):]
        except BrokenPipeError:
            self.quit = True

    def _to_line(self, fd):
        try:
            self.pending = self.pending[os.write(fd, self.pending):]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.pending, self.stdin = b"", False

    def _from_user(self, data):
        if not data:
            self.stdin = False
            # The end of a script that drives the terminal is ^D there.
            self.pending += (bytes([DLE, EOT]) if self.mode == "pipe"
                             else bytes([EOT]))
        elif self.mode == "pipe":
            self.pending += data.replace(b"\x10", b"\x10\x10")
        elif self.raw_tty:
            self.pending += self._keys(data)
        else:
            self.pending += data

    def _keys(self, data):
        """Ctrl-A x ends the machine, Ctrl-A Ctrl-A is one Ctrl-A."""
        out = b""
        for c in data:
            if self.prefix:
                self.prefix = False
                if c in b"xX":
                    self.quit = True
                elif c == 1:
                    out += b"\x01"
            elif c == 1:
                self.prefix = True
            else:
                out += bytes([c])
        return out


def job_status(log):
    """What init said of the job at the end of the kernel's log @log."""
    found = None
    for m in re.finditer(rb"init: (exit status|killed by signal) (\d+)", log):
        found = m
    if not found:
        return None
    n = int(found.group(2))
    return n if found.group(1) == b"exit status" else 128 + n


def exit_status(machine, qemu_status, log):
    """The exit status of `tools/ikos run`, and a sentence for the user."""
    if machine.timed_out:
        return EXIT_TIMEOUT, "the time limit was reached"
    if machine.quit:
        return 128 + signal.SIGINT, None
    if qemu_status == QEMU_PANIC:
        m = re.search(rb"Kernel panic: (.*)", log)
        why = m.group(1).decode(errors="replace").strip() if m else "?"
        return EXIT_PANIC, "kernel panic: " + why
    status = job_status(log)
    if qemu_status == QEMU_CLEAN or (qemu_status == 0 and machine.decoder.ready):
        return (0 if status is None else status), None
    return EXIT_NO_BOOT, "the kernel never came up (qemu ended with status %d)" \
        % qemu_status
