"""How fast a register of past deliveries goes in, and whether a long one needs more memory than a short one.

The register is invented, in the shape of a real one: 1,983 rows at 505 hosts, some head counts blank, some zero.
`--register FILE` reads another for the first figure.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bench.ground import Ground
from bench.processes import most_resident
from bench.readings import Goal, Reading
from bench.starts import COMMAND
from bench.world import made_world

ROWS, HOSTS = 1_983, 505
FIRST = date(2012, 1, 18)
HEADS = ("slug", "tag_name", "start_date", "attendance", "host_name", "country", "latitude", "longitude", "url")


@dataclass(frozen=True, slots=True)
class Import:
    """What one import came to; `megabytes` is the most memory that its process held."""

    seconds: float
    cpu: float
    megabytes: float
    created: int
    refused: int


def write_register(file: Path, rows: int) -> None:
    """An invented register."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADS)
        for number in range(rows):
            host, day = number % HOSTS, FIRST + timedelta(days=number % 2_400)
            heads = "" if number % 9 == 0 else str(0 if number % 40 == 1 else 5 + number % 60)
            slug = f"{day.isoformat()}-place-{host}-{number}"
            writer.writerow([slug, "first,second" if number % 5 == 0 else "first", day.isoformat(), heads,
                             f"Institute of Place {host}", "GB", f"{50 + host / 100:.4f}", f"{host / 100 - 5:.4f}",
                             f"https://example.org/{slug}/"])  # fmt: skip


def register(ground: Ground, given: Path | None = None) -> list[Reading]:
    """The short register, then the long one in an instance of its own."""
    short, long = ground.folder / "short.csv", ground.folder / "long.csv"
    write_register(short, ROWS)
    write_register(long, ground.effort.long_register)
    small, large = _import(ground, given or short), _import(ground, long)
    rate = large.created / large.seconds
    note = f"{large.created:,} rows in {large.seconds:.0f} s, {large.cpu:.0f} of CPU"
    return [
        Reading("register import, 1,983 rows", ground.kind, small.seconds, Goal(4, "s"),
                f"{small.created:,} made, {small.refused} refused, {small.cpu:.1f} s of CPU"),
        Reading("long register", ground.kind, rate, Goal(2_000, "rows/s", more=True), note),
        Reading("its memory ÷ the short one's", ground.kind, large.megabytes / small.megabytes, Goal(1.25),
                f"{large.megabytes:.0f} ÷ {small.megabytes:.0f} MB at most"),
    ]  # fmt: skip


def _import(ground: Ground, file: Path) -> Import:
    """One `import register`, as a person would run it; raises RuntimeError with what it said when it fails."""
    with made_world(ground) as world:
        command = [str(COMMAND), "import", "register", str(file), "--data",
                   str(world.data), "--create-partners", "--yes", "--json"]  # fmt: skip
        out, errors = ground.folder / "import.out", ground.folder / "import.err"
        began = time.perf_counter()
        with out.open("wb") as said, errors.open("wb") as complained:
            process = subprocess.Popen(command, stdout=said, stderr=complained, stdin=subprocess.DEVNULL)
            megabytes, ended = 0.0, 0
            while not ended:
                megabytes = max(megabytes, most_resident(process.pid))
                ended, status, used = os.wait4(process.pid, os.WNOHANG)
                time.sleep(0.02)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(errors.read_text("utf-8")[-1500:] or out.read_text("utf-8")[-1500:])
    answer = json.loads(out.read_text("utf-8"))
    return Import(seconds, used.ru_utime + used.ru_stime, megabytes, answer["created"], len(answer["errors"]))
