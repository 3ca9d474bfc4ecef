"""Every figure of the table, by name, and the run that measures those that are asked for.

A figure that breaks is shown as not measured, with the reason, and the others are measured all the same.
"""

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import structlog

from bench import apart, backups, erasing, inside, loaded, registers, starts, statements
from bench.ground import POSTGRESQL, QUICK, SQLITE, Effort, Ground, standing
from bench.installed import installed
from bench.readings import Reading, print_table

Measure = Callable[[Ground], Iterable[Reading]]
ON_EACH: dict[str, Measure] = {
    "statements": statements.statements,
    "words": inside.words,
    "plugins": inside.quiet_plugins,
    "partners": inside.crowd,
    "cold": starts.cold_start,
    "isolation": apart.isolation,
    "backup": backups.backups,
    "erasing": erasing.erasing,
}
NAMES = (*loaded.FIGURES, *ON_EACH, "register", "help", "install")


def main() -> int:
    """Measure what is asked for and print it; 1 when a figure could not be measured."""
    given = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    effort = QUICK if given.quick else Effort()
    kinds = [SQLITE, POSTGRESQL] if given.database == "both" else [given.database]
    readings: list[Reading] = []
    for kind in kinds:
        with standing(kind, effort) as ground:
            readings += _on(ground, given.only, given.register)
    if "help" in given.only:
        with standing(SQLITE, effort) as ground:
            readings += _careful("help", "", lambda: starts.help_text(ground))
    if given.install:
        readings += _careful("install", "", installed)
    print()
    print_table(readings)
    return int(any(reading.value is None for reading in readings))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the kit against the floor.")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--database", choices=[SQLITE, POSTGRESQL, "both"], default="both")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds; the spread grows")
    parser.add_argument("--install", action="store_true", help="also install the wheel into a fresh environment")
    parser.add_argument(
        "--register", type=Path, metavar="FILE", help="a register to import instead of the invented one"
    )
    given = parser.parse_args()
    given.install = given.install or "install" in (given.only or ())
    given.only = given.only or [name for name in NAMES if name != "install"]
    return given


def _on(ground: Ground, only: list[str], register: Path | None) -> Iterator[Reading]:
    pages = [name for name in loaded.FIGURES if name in only]
    if pages:
        yield from _careful("pages", ground.kind, lambda: loaded.served(ground, pages, _careful))
    for name, measure in ON_EACH.items():
        if name in only:
            yield from _careful(name, ground.kind, partial(measure, ground))
    if "register" in only:
        yield from _careful("register", ground.kind, lambda: registers.register(ground, register))


def _careful(name: str, kind: str, measure: Callable[[], Iterable[Reading]]) -> Iterator[Reading]:
    """What a measure yields; one that breaks is a reading without a value, and the run goes on."""
    try:
        for reading in measure():
            print(".", end="", file=sys.stderr, flush=True)
            yield reading
    except Exception as error:  # noqa: BLE001 - a figure that can't be measured is told, and the others are measured
        traceback.print_exc(limit=-3)
        yield Reading(name, kind, None, None, f"{type(error).__name__}: {error}".replace("\n", " ")[:300])
