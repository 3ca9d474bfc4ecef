"""How long it takes to erase somebody: at a partner with 300 cohorts and as many experiments, among 200 partners more.

Each of those erased has a place in every cohort and wrote a share of the experiments: figures keep them without a name.
"""

from __future__ import annotations

import time

from bench.ground import Ground
from bench.readings import Goal, Reading, of_rounds
from bench.rows import Size
from bench.world import made_world
from systems_changers.core.home.service import own_data

COHORTS, OTHERS, ERASED = 300, 200, 5


def erasing(ground: Ground) -> list[Reading]:
    """Seconds from the command's first statement to the emptied log, a person at a time."""
    with made_world(ground) as world:
        world.add("full", Size(COHORTS))
        world.add_many(OTHERS, Size(3))
        rounds = []
        for number in range(ERASED):
            began = time.perf_counter()
            plan = own_data.erase_person(world.kit, "full", f"person{number}@portlaggan.example")
            rounds.append(time.perf_counter() - began)
    rows = sum(line.count for line in plan.lines)
    note = f"{rows} rows each, {COHORTS} cohorts, {OTHERS + 2} partners"
    return [of_rounds("erasing a person", ground.kind, rounds, Goal(1, "s"), note)]
