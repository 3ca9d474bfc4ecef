"""Isolation's own cost a request, from bench/isolation_cost.py, which can also be run alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from bench.ground import Ground
from bench.readings import Goal, Reading
from bench.serving import ROOT

SAID = re.compile(r"isolation's cost\s+([+-][\d.]+) ms \(pairs' middle half ([+-][\d.]+) to ([+-][\d.]+)\)")
WALL = re.compile(r"by the wall's clock\s+([+-][\d.]+) ms")


def isolation(ground: Ground) -> list[Reading]:
    """Milliseconds more than filtering by hand; raises RuntimeError with what was said where no cost was."""
    command = [sys.executable, str(ROOT / "bench" / "isolation_cost.py"), ground.kind]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    found, wall = SAID.search(done.stdout), WALL.search(done.stdout)
    if found is None or wall is None:
        raise RuntimeError(done.stderr[-500:] or done.stdout[-500:])
    cost, *middle = (float(figure) for figure in found.groups())
    note = f"the processors' time, quietest tenth of 1,000; {wall[1]} ms by the wall's clock"
    return [Reading("isolation's own cost a request", ground.kind, cost, Goal(0.2, "ms"), note, tuple(middle))]
