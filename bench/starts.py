"""How long a start takes: a server up to its first answer, and the command up to its help, in turn with the floor's."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.ground import Ground
from bench.loaded import FRONT, KIT, LIST, floor_url
from bench.readings import Goal, Reading, of_rounds
from bench.rows import Size
from bench.serving import Ask, serving
from bench.world import made_world

COMMAND = Path(sys.executable).with_name("systems-changers")


def cold_start(ground: Ground) -> list[Reading]:
    """From the server's command to its first page, the kit's over the floor's; the first round is not counted."""
    with ExitStack() as closing:
        world = closing.enter_context(made_world(ground))
        world.add("thirty", Size())
        floor = {"BENCH_FLOOR": closing.enter_context(floor_url(ground))}
        rounds = [
            (
                _start("bench.serve_floor:app", floor, LIST),
                _start(KIT, world.environment, FRONT),
            )
            for _ in range(ground.effort.starts + 1)
        ][1:]
    return [
        _started("cold start to first answer ÷ floor's", ground, [(mine.wall, floor.wall) for floor, mine in rounds]),
        _started("the same in CPU", ground, [(mine.cpu, floor.cpu) for floor, mine in rounds]),
    ]


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds up to the first answer: by the clock, and of CPU, which a crowded machine stretches less."""

    wall: float
    cpu: float


def _start(target: str, environment: dict[str, str], first: Ask) -> Start:
    with serving(target, environment, first) as server:
        return Start(server.first_answer, server.cpu_at_first_answer)


def _started(figure: str, ground: Ground, rounds: Sequence[tuple[float, float]]) -> Reading:
    note = f"fastest {min(kit for kit, _ in rounds):.2f} ÷ {min(floor for _, floor in rounds):.2f} s"
    return of_rounds(figure, ground.kind, [kit / floor for kit, floor in rounds], Goal(1.8), note)


def help_text(ground: Ground) -> list[Reading]:
    """`systems-changers --help` over importing click; no database is touched."""
    bare = [sys.executable, "-c", "import click"]
    rounds = [(_run(bare), _run([str(COMMAND), "--help"])) for _ in range(3 * ground.effort.starts + 1)][1:]
    ratios = [command / click for click, command in rounds]
    note = f"fastest {1000 * min(command for _, command in rounds):.0f} ms"
    return [of_rounds("systems-changers --help ÷ import click", "", ratios, Goal(3), note)]


def _run(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began
