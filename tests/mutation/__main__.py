"""`python -m tests.mutation` tells how many small faults the tests notice where a fault would cost people most.

It fails where a group's score is below the least. A sample is drawn by its seed alone, so it can be drawn again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutation.equivalents import EQUIVALENT
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.targets import GROUPS, LEAST, Group
from tests.mutation.trial import Outcome, Trial

ROOT = Path(__file__).resolve().parents[2]
Results = Sequence[tuple[Mutant, Outcome]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers 1 where a group is below the least, 2 where a group couldn't be tried to its end."""
    options = _options(arguments)
    chosen = [group for group in GROUPS if options.group in (None, group.name)]
    answers = [_run(group, options) for group in chosen]
    return max(answers)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--group", choices=[group.name for group in GROUPS], help="one of the groups alone")
    parser.add_argument("--module", default="", help="only the modules whose path holds this")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants a group, drawn by the seed; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def _run(group: Group, options: argparse.Namespace) -> int:
    modules = [module for module in group.modules if options.module in module]
    every = [mutant for module in modules for mutant in mutants_of(ROOT / module, ROOT)]
    judged = [mutant for mutant in every if not is_equivalent(mutant)]
    drawn = sample(judged, options.sample, options.seed)
    print(f"{group.name}: {len(drawn)} of {len(judged)} mutants, {len(every) - len(judged)} equivalent ones left out, "
          f"seed {options.seed}", flush=True)  # fmt: skip
    began, trial = time.monotonic(), Trial(ROOT, drawn, _tell, group)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        pytest.main(
            [*group.tests, "--db", group.database, "-q", "-s", "--no-header", "--no-summary", "-p", "no:cacheprovider",
             f"--basetemp={folder}/tests", "-o", "tmp_path_retention_policy=failed"], plugins=[trial],
        )  # fmt: skip
    if trial.failed:
        print("not asked, because they fail here without any mutant:", *trial.failed, sep="\n  ")
    if len(trial.results) < len(drawn):
        return 2
    print(*table(modules, trial.results), f"{time.monotonic() - began:.0f} seconds", sep="\n", flush=True)
    return int(score(trial.results) < LEAST)


def is_equivalent(mutant: Mutant) -> bool:
    """Whether the mutant is listed as one that changes nothing."""
    return any(each.is_met_by(mutant) for each in EQUIVALENT)


def sample(mutants: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """So many of the mutants, in their order."""
    if not size or size >= len(mutants):
        return list(mutants)
    kept = sorted(random.Random(seed).sample(range(len(mutants)), size))
    return [mutants[at] for at in kept]


def _tell(number: int, mutant: Mutant, outcome: Outcome) -> None:
    if outcome == "killed":
        print(".", end="", flush=True)
    else:
        where = f"{mutant.file}:{mutant.lines.start} {mutant.place.name}"
        print(f"\n{number} {outcome} {where}", *mutant.difference(), sep="\n    ", flush=True)


def score(results: Results) -> float:
    """How many of a hundred were noticed."""
    return 100 * sum(outcome == "killed" for _, outcome in results) / max(1, len(results))


def table(modules: Sequence[str], results: Results) -> list[str]:
    """Module, mutants, killed, survived and score, and all of them together."""
    rows = [(module, [each for each in results if each[0].file == module]) for module in modules]
    lines = [f"{'module':<58}{'mutants':>8}{'killed':>8}{'survived':>9}{'score':>8}"]
    for name, some in [*rows, ("all", list(results))]:
        killed = sum(outcome == "killed" for _, outcome in some)
        lines.append(f"{name:<58}{len(some):>8}{killed:>8}{len(some) - killed:>9}{score(some):>7.1f}%")
    return lines


if __name__ == "__main__":
    sys.exit(main())
