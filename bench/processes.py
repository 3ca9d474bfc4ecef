"""What the processes of a server cost, read from /proc: CPU seconds and memory of a whole tree.

`spin` is the unit: the CPU time of a fixed Python loop, so that a slow minute of the machine slows both sides alike.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 2**20


def spin() -> float:
    """Seconds of CPU that the fixed loop takes just now."""
    return median(_spin_once() for _ in range(5))


def _spin_once() -> float:
    began, total = time.process_time(), 0
    for number in range(60_000):
        total += number
    return time.process_time() - began


def tree(pid: int) -> list[int]:
    """A process and all below it, parents first."""
    found = [pid]
    for each in found:
        for task in (PROC / str(each) / "task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


def cpu_seconds(pid: int) -> float:
    """CPU that a tree has used so far, of processes that still live."""
    return sum(_ticks(each) for each in tree(pid)) / TICK


def _ticks(pid: int) -> int:
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) if fields else 0


def resident(pid: int) -> float:
    """Megabytes that one process keeps in memory."""
    fields = _read(PROC / str(pid) / "statm").split()
    return int(fields[1]) * PAGE / MEGABYTE if fields else 0.0


def most_resident(pid: int) -> float:
    """Megabytes that one process kept at most; what the system counts for a child holds its parent's too."""
    for line in _read(PROC / str(pid) / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def busy_seconds() -> float:
    """CPU that everything on this machine has used so far."""
    spent = [int(field) for field in _read(PROC / "stat").split("\n", 1)[0].split()[1:9]]
    idle_and_waiting = spent[3] + spent[4]
    return (sum(spent) - idle_and_waiting) / TICK


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
