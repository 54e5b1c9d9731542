# SPDX-License-Identifier: MIT
"""Figures of the benchmark: where they are kept and how they are read."""

import math
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TOP, "build", "user", "bench")
# One instruction a nanosecond; without erms a page is cleared and copied by
# one instruction for eight bytes; the layout is the same in every run.
OPTIONS = ("--icount", "--cpu", "max,-erms", "-m", "2G", "--append",
           "norandmaps")
GUESTS = {"ikos": "IKOS", "linux": "Linux"}


def results_file(guest):
    return os.path.join(TOP, "build", "bench", guest + ".txt")


def committed_linux():
    return os.path.join(TOP, "docs", "bench-linux.txt")


def budgets():
    """{row: instructions}, in the order in which people read them."""
    found = {}
    with open(os.path.join(TOP, "tools", "bench", "budgets")) as f:
        for line in f:
            if not line.startswith("#"):
                name, value = line.split()
                found[name] = int(value)
    return found


def titles():
    """{row: what it measures}, told by the program itself."""
    text = subprocess.run([PROGRAM, "--list"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return dict(line.split(None, 1) for line in text.splitlines())


def parse(text):
    """{row: instructions, or a string that says why there is none}."""
    found = {}
    for line in text.splitlines():
        words = line.split(None, 3)
        if len(words) >= 3 and words[0] == "bench":
            found[words[1]] = (int(words[2]) if words[2] != "n/a"
                               else "n/a: " + " ".join(words[3:]))
    return found


def about(text):
    """The lines of a results file that say where it comes from."""
    return [line[2:] for line in text.splitlines() if line.startswith("# ")]


def command(guest, rows=()):
    """The words that run the benchmark, beginning at the top folder."""
    return ["tools/" + guest, "run", *OPTIONS, "--add", "build/user/bench",
            "--", "/bench", "-m", *rows]


def run(guest, rows=(), more=()):
    """Run the benchmark in @guest; (its output, exit status, what it said on
    standard error). @more: further options for tools/ikos."""
    cmd = command(guest, rows)
    log = os.path.join(TOP, "build", f"bench-{guest}.log")
    cmd[2:2] = ["--timeout", "1200", "--log", log, *more]
    done = subprocess.run(cmd, cwd=TOP, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout, done.returncode, done.stderr


def geometric_mean(numbers):
    return math.exp(sum(math.log(n) for n in numbers) / len(numbers))
