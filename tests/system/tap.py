# SPDX-License-Identifier: MIT
"""TAP output and ways to run the guest, for the tests of this folder."""

import os
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
IKOS = os.path.join(TOP, "tools", "ikos")
PROGRAMS = os.path.join(TOP, "build", "tests", "system")

# The machine may be a busy one: a time limit is for what hangs, no test of speed.
PATIENCE = 4

count = 0
failures = 0


def ok(passed, name, *details):
    """One test; @details are shown when it fails."""
    global count, failures
    count += 1
    print(("ok" if passed else "not ok"), count, "-", name, flush=True)
    if not passed:
        failures += 1
        for d in details:
            for line in str(d).splitlines()[-40:]:
                print("#  ", line, flush=True)
    return passed


def equal(got, want, name, *details):
    return ok(got == want, name, f"expected: {want!r}", f"got:      {got!r}",
              *details)


def done():
    print(f"1..{count}")
    sys.exit(1 if failures else 0)


class Result:
    def __init__(self, status, out, err, log):
        self.status, self.out, self.err, self.log = status, out, err, log

    def __str__(self):
        return (f"status {self.status}\nstdout {self.out!r}\n"
                f"stderr {self.err!r}\nkernel log:\n{self.log[-3000:]}")


def run(*program, options=(), stdin=subprocess.DEVNULL, timeout=120, direct=True,
        patience=PATIENCE):
    """Run one program in the guest; @stdin: bytes, or as for subprocess."""
    log = os.path.join(TOP, "build", f"system-test-{os.getpid()}.log")
    cmd = [IKOS, "run", "--timeout", str(patience * timeout), "--log", log]
    if direct:
        cmd.append("--direct")
    cmd += list(options)
    if program:
        cmd += ["--"] + list(program)
    feed = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       **feed)
    try:
        with open(log, errors="replace") as f:
            text = f.read()
        os.unlink(log)
    except OSError:
        text = "(none)"
    return Result(p.returncode, p.stdout, p.stderr, text)


class Session:
    """The interactive shell, driven over pipes."""

    def __init__(self, *options):
        self.p = subprocess.Popen([IKOS, "run", *options],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        os.set_blocking(self.p.stdout.fileno(), False)
        self.text = b""  # all that came and was not consumed
        self.all = b""

    def expect(self, marker, timeout=60):
        """Wait for @marker; returns what came before it, or None."""
        end = time.monotonic() + PATIENCE * timeout
        while marker not in self.text:
            data = self.p.stdout.read()
            if data:
                self.text += data
                self.all += data
            elif data == b"" or time.monotonic() > end:
                return None
            else:
                time.sleep(0.02)
        before, _, self.text = self.text.partition(marker)
        return before

    def send(self, data):
        self.p.stdin.write(data)
        self.p.stdin.flush()

    def close(self, timeout=30):
        """Wait for the machine to end; its status, or None."""
        try:
            out, _ = self.p.communicate(timeout=PATIENCE * timeout)
            self.all += out or b""
            return self.p.returncode
        except subprocess.TimeoutExpired:
            self.p.kill()
            return None
