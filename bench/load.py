"""Loads two servers in turn for bounded rounds and says what a request costs each, in units of the fixed loop.

In turn, so that both see the same minutes; the quietest three fifths of the rounds count.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from statistics import median

from bench.processes import busy_seconds, cpu_seconds, spin
from bench.serving import PATIENCE, ROOT, Ask, Server

CONNECTIONS = 4
DONE = re.compile(r"(\d+) requests in")
NUMBER = "{number}"
"""What stands in a body for a number that no other request has: a form that was taken is not taken again."""
EACH_ANEW = """
local body, number = {body}, 0
function request()
  number = number + 1
  return wrk.format("POST", nil, nil, (string.gsub(body, "{{number}}", "{begin}x" .. number)))
end
"""
BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request cost in one round: `spins` is its CPU in units of the fixed loop."""

    spins: float
    outside: float
    rate: float


@dataclass(frozen=True, slots=True)
class Side:
    """One of two things compared: a server and what it is asked."""

    server: Server
    ask: Ask


@dataclass(frozen=True, slots=True)
class Comparison:
    """One side's cost over the other's: the ratio of medians, and each round's own ratio."""

    ratio: float
    rounds: tuple[float, ...]
    mine: float
    floor: float
    sizes: tuple[int, int] = field(default=(0, 0))

    @property
    def note(self) -> str:
        """What the ratio is made of."""
        mine, floor = (f"{size / 1000:.0f} KB" for size in self.sizes)
        return f"{self.mine:.2f} ÷ {self.floor:.2f} spins, {mine} ÷ {floor}"


def compare(mine: Side, floor: Side, *, rounds: int, seconds: float) -> Comparison:
    """Load both in turn for `rounds` rounds of `seconds` each."""
    sizes = (len(mine.server.check(mine.ask).body), len(floor.server.check(floor.ask).body))
    for side in (mine, floor):
        _click(side, 0.5)
    costs = [(measure(floor, seconds), measure(mine, seconds)) for _ in range(rounds)]
    costs.sort(key=lambda pair: pair[0].outside + pair[1].outside)
    quiet = costs[: max(3, rounds * 3 // 5)]
    below, above = median(pair[0].spins for pair in quiet), median(pair[1].spins for pair in quiet)
    return Comparison(above / below, tuple(pair[1].spins / pair[0].spins for pair in quiet), above, below, sizes)


def measure(side: Side, seconds: float) -> Cost:
    """One round on one side."""
    pid, unit = side.server.process.pid, spin()
    used, busy, own = cpu_seconds(pid), busy_seconds(), _children()
    done = _click(side, seconds)
    used = cpu_seconds(pid) - used
    outside = busy_seconds() - busy - used - (_children() - own)
    return Cost(used / done / ((unit + spin()) / 2), outside / seconds, done / seconds)


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _click(side: Side, seconds: float) -> int:
    """Load it and answer how many requests were answered; errors end the run."""
    wrk = shutil.which("wrk")
    done, bad = _wrk(wrk, side, seconds) if wrk else _own(side, seconds)
    if bad or not done:
        message = f"{side.ask.path}: {bad} of {done} answers were errors"
        raise RuntimeError(message)
    return done


def _wrk(program: str, side: Side, seconds: float) -> tuple[int, int]:
    headers = [part for name, value in side.ask.headers.items() for part in ("-H", f"{name}: {value}")]
    command = [program, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", *headers]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if side.ask.body is not None:
            script.write(EACH_ANEW.format(body=json.dumps(side.ask.body), begin=time.time_ns()))
            script.flush()
            command += ["-s", script.name]
        said = _said([*command, side.server.base + side.ask.path])
    done, bad = DONE.search(said), BAD.search(said)
    return int(done[1]) if done else 0, int(bad[1]) if bad else 0


def _own(side: Side, seconds: float) -> tuple[int, int]:
    headers = [part for name, value in side.ask.headers.items() for part in ("--header", f"{name}: {value}")]
    command = [sys.executable, str(ROOT / "bench" / "clicks.py"), side.server.base + side.ask.path, *headers]
    command += ["--seconds", str(seconds), "--connections", str(CONNECTIONS)]
    if side.ask.body is not None:
        command += ["--body", side.ask.body]
    said = json.loads(_said(command))
    return said["done"], said["bad"]


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
