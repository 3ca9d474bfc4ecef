"""The faults that are made are real ones, are told apart, and reach whatever runs the code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest

from tests.mutation import targets
from tests.mutation.__main__ import ROOT, Results, is_equivalent, sample, score, table
from tests.mutation.equivalents import EQUIVALENT
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.swapping import put_in

SOURCE = '''"""A shop."""
from contextlib import contextmanager
from logging import getLogger

log = getLogger()
LEAST = 3


class Till:
    """Counts."""

    drawer = 2

    def taken(self, amount: int, *, tip: int = 1) -> int:
        """What is in it then."""
        if amount > LEAST and tip:
            return amount + tip
        raise ValueError("too little")


@contextmanager
def opened(names):
    if not names:
        log.info("opened %s", names)
    names.append("open")
    yield
    names.pop()
'''
Plant = Callable[[str], list[Mutant]]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A module of its own, and its mutants."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(source: str) -> list[Mutant]:
        path = tmp_path / "planted_shop.py"
        path.write_text(source, encoding="utf-8")
        invalidate_caches()
        return mutants_of(path, tmp_path)

    yield write
    sys.modules.pop("planted_shop", None)


def said(mutants: list[Mutant]) -> list[str]:
    return [" / ".join(line for line in mutant.difference() if line[0] == "+") for mutant in mutants]


def test_each_fault_is_one_small_change(plant: Plant) -> None:
    made = said(plant(SOURCE))
    assert made == [
        "+ LEAST = 4",
        "+ LEAST = 2",
        "+ drawer = 3",
        "+ drawer = 1",
        "+ def taken(self, amount: int, *, tip: int=2) -> int:",
        "+ def taken(self, amount: int, *, tip: int=0) -> int:",
        "+ if amount > LEAST or tip:",
        "+ if amount >= LEAST and tip:",
        "+ if amount <= LEAST and tip:",
        "+ return None",
        "+ return amount - tip",
        "+ pass",
        "+ if names:",
        "+ pass",
        "+ names.append('')",
        "+ pass",
        "+ pass",
    ]


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("x = not a", ["+ x = a"]),
        ("x = a is None", ["+ x = a is not None"]),
        ("x = True", ["+ x = False"]),
        ("x = (1, '')", ["+ x = (2, '')", "+ x = (0, '')", "+ x = (1, 'XX')"]),
        ("x = 'a mark'", []),
        ("x = f(a, key=b)", []),
        ("x = frozenset({1})", ["+ x = frozenset({2})", "+ x = frozenset({0})"]),
        ("def f():\n    return g(a, key=b)", ["+ return None", "+ return g(a)"]),
        ("def f():\n    q.where(a, b)", ["+ pass", "+ q", "+ q.where(b)", "+ q.where(a)"]),
        ("class A:\n    @declared_attr\n    def f(cls):\n        return 1", []),
        ("x = [a for a in b if a]", ["+ x = [a for a in b if not a]"]),
        ("x: int = 1", ["+ x: int = 2", "+ x: int = 0"]),
        ("x = msg('Hello %(name)s', name=1)", []),
        ("__all__ = ['a']", []),
        ("def f():\n    with held(a):\n        g()", ["+ if True:", "+ pass"]),
        ("def f():\n    for a in b:\n        continue", ["+ break"]),
        ("def f(a):\n    a.b = c", ["+ pass"]),
        ("@dataclass\nclass A:\n    b: int = 1", []),
    ],
)
def test_what_is_changed_and_what_is_not(plant: Plant, source: str, faults: list[str]) -> None:
    assert said(plant(source)) == faults


def test_a_tree_is_whole_again_after_each(plant: Plant) -> None:
    mutants = plant(SOURCE)
    assert said(mutants) == said(mutants)


@pytest.mark.parametrize(
    ("fault", "before", "after"),
    [
        ("+ LEAST = 4", ["5", "open"], ["too little", "open"]),
        ("+ return amount - tip", ["5", "open"], ["3", "open"]),
        ("+ drawer = 3", ["2", "open"], ["3", "open"]),
        ("+ def taken(self, amount: int, *, tip: int=2) -> int:", ["5", "open"], ["6", "open"]),
        ("+ names.append('')", ["5", "open"], ["5", ""]),
    ],
)
def test_a_fault_reaches_what_runs(plant: Plant, fault: str, before: list[str], after: list[str]) -> None:
    """Also what was imported before it, and what stands behind a decorator."""
    mutants = plant(SOURCE)
    shop: Any = import_module("planted_shop")
    till, opened = shop.Till(), shop.opened

    def seen() -> list[str]:
        names: list[str] = []
        with opened(names):
            open_ = names[0]
        if "drawer" in fault:
            return [str(till.drawer), open_]
        try:
            return [str(till.taken(4)), open_]
        except ValueError as error:
            return [str(error), open_]

    assert seen() == before
    put_in(next(mutant for mutant, words in zip(mutants, said(mutants), strict=True) if words == fault))
    assert seen() == after


def test_a_sample_is_drawn_by_its_seed() -> None:
    mutants = mutants_of(ROOT / "systems_changers/infra/scrubbing.py", ROOT)
    assert sample(mutants, 0, 1) == sample(mutants, 99, 1) == mutants
    assert sample(mutants, 5, 1) == sample(mutants, 5, 1) != sample(mutants, 5, 2)
    assert len(sample(mutants, 5, 1)) == 5


def test_the_table_adds_up() -> None:
    mutants = mutants_of(ROOT / "systems_changers/infra/scrubbing.py", ROOT)[:4]
    results: Results = [
        (mutants[0], "killed"),
        (mutants[1], "killed"),
        (mutants[2], "survived"),
        (mutants[3], "untested"),
    ]
    assert score(results) == 50
    assert table(["systems_changers/infra/scrubbing.py"], results)[1].split() == [
        "systems_changers/infra/scrubbing.py", "4", "2", "2", "50.0%",
    ]  # fmt: skip


def test_every_target_is_there() -> None:
    paths = [path for group in targets.GROUPS for path in (*group.modules, *group.tests)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_what_counts_as_equivalent_is_still_made_from_its_module_and_has_a_reason() -> None:
    made = {each.module: mutants_of(ROOT / each.module, ROOT) for each in EQUIVALENT}
    gone = [each for each in EQUIVALENT if not any(each.is_met_by(mutant) for mutant in made[each.module])]
    assert gone == []
    assert all(len(each.reason) > 15 for each in EQUIVALENT)
    assert any(is_equivalent(mutant) for mutant in made[EQUIVALENT[0].module])
    assert not all(is_equivalent(mutant) for mutant in made[EQUIVALENT[0].module])
