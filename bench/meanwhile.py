"""How much longer a facilitator waits for a page while a backup is taken: the same page, asked without a pause.

The backup is taken as whoever keeps the instance would: by the command, in a process beside the server.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench.ground import Ground
from bench.loaded import KIT
from bench.readings import Goal, Reading, of_rounds
from bench.rows import Size
from bench.serving import Ask, Server, serving
from bench.starts import COMMAND
from bench.world import World

GOAL = Goal(1.25)
ALONE = 2.0
"""Seconds before and after each backup."""


def pages_meanwhile(ground: Ground, world: World, rows: int) -> Reading:
    """The median page during a backup over the median before and after it, a round each."""
    world.add("thirty", Size())
    ask = Ask("/p/thirty/home/", world.people["thirty", "facilitator"].cookie)
    file = ground.new_folder() / "meanwhile.zip"
    with serving(KIT, world.environment, ask) as kit:
        rounds = [_round(kit, ask, world, file) for _ in range(ground.effort.rounds)]
    alone = median(alone for alone, _ in rounds)
    note = f"{rows:,} rows of attendance, {1000 * alone:.1f} ms a page alone"
    return of_rounds("pages during a backup ÷ alone", ground.kind, [both / one for one, both in rounds], GOAL, note)


def _round(kit: Server, ask: Ask, world: World, file: Path) -> tuple[float, float]:
    before = _waits(kit, ask, _until(ALONE))
    command = [str(COMMAND), "backup", str(file)]
    backup = subprocess.Popen(command, env=os.environ | world.environment, stdout=subprocess.DEVNULL)
    during = _waits(kit, ask, lambda: backup.poll() is not None)
    if backup.returncode:
        raise RuntimeError("the backup failed")
    file.unlink()
    return median([*before, *_waits(kit, ask, _until(ALONE))]), median(during)


def _until(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _waits(kit: Server, ask: Ask, over: Callable[[], bool]) -> list[float]:
    """Seconds of each answer, one after the other on one connection."""
    parts = urlsplit(kit.base)
    connection, waited = HTTPConnection(str(parts.hostname), parts.port, timeout=30), []
    while not over():
        began = time.perf_counter()
        connection.request("GET", ask.path, headers=ask.headers)
        answer = connection.getresponse()
        answer.read()
        waited.append(time.perf_counter() - began)
        if answer.status != ask.status:
            message = f"{ask.path} answered {answer.status}"
            raise RuntimeError(message)
    connection.close()
    return waited
