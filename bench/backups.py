"""What a backup and a restore that is checked cost beside the plain copy of the same database, in turn.

In the same large instance: pages while a backup is taken, and how long the doctor looks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.attendance import fill
from bench.ground import Ground
from bench.meanwhile import pages_meanwhile
from bench.readings import Goal, Reading, of_rounds
from bench.starts import COMMAND
from bench.world import World, made_world
from systems_changers.core.home.service import backup
from systems_changers.infra.settings import Settings

BACKUP, RESTORE, DOCTOR = Goal(1.5), Goal(3.0), Goal(5, "s")
PARTNERS, QUICK_PARTNERS = 1000, 40
ROUNDS = 5


def backups(ground: Ground) -> Iterator[Reading]:
    """Rounds of plain copy, backup and checked restore, one after the other so that the machine's noise meets all."""
    partners = PARTNERS if ground.effort.rounds >= ROUNDS else QUICK_PARTNERS
    with made_world(ground) as world:
        rows = fill(world.settings.owner_url, partners)
        kept = ground.new_folder()
        taken, restored = [], []
        for number in range(ground.effort.rounds):
            plain = _timed(partial(_plain, world, ground, kept))
            file = kept / f"{number}{backup.SUFFIX}"
            taken.append(_timed(partial(backup.take_backup, world.settings, file)) / plain)
            restored.append(_timed(partial(backup.check_backup, file, world.settings)) / plain)
            file.unlink()
        note = f"{rows:,} rows of attendance"
        yield of_rounds("backup ÷ plain copy", ground.kind, taken, BACKUP, note)
        yield of_rounds("restore, checked ÷ plain copy", ground.kind, restored, RESTORE, note)
        yield pages_meanwhile(ground, world, rows)
        yield doctor(ground, world, rows)


def doctor(ground: Ground, world: World, rows: int) -> Reading:
    """Seconds of the command, from its start to its last check."""
    command, environment = [str(COMMAND), "doctor", "--json"], os.environ | world.environment
    run = partial(subprocess.run, command, env=environment, stdout=subprocess.DEVNULL, check=False)
    seconds = [_timed(run) for _ in range(ground.effort.rounds)]
    return of_rounds("doctor", ground.kind, seconds, DOCTOR, f"{rows:,} rows of attendance")


def _timed(work: Callable[[], object]) -> float:
    os.sync()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _plain(world: World, ground: Ground, folder: Path) -> None:
    """The database's file, or what COPY says of each table, written and brought to the disk, and away again."""
    target = folder / "plain"
    if ground.server is None:
        shutil.copyfile(world.data / "systems-changers.db", target)
    else:
        _dump(ground, world.settings, target)
    handle = os.open(target, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    target.unlink()


def _dump(ground: Ground, settings: Settings, target: Path) -> None:
    assert ground.server is not None
    program = ground.server.program / "pg_dump"
    address = settings.owner_url.replace("+psycopg", "")
    with target.open("wb") as out:
        subprocess.run([str(program), "--format=plain", address], stdout=out, check=True)
