"""Tries mutants inside one pytest run: its collection and its session's fixtures are made once, each mutant is a fork.

A mutant meets the tests that run its lines, quickest first, until one fails; a child that hangs or dies is noticed too.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import coverage
import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import Function, Mutant, lines_of
from tests.mutation.swapping import Unfit, put_in

SHARED = "(shared)"
"""Where coverage books what fixtures for more than one test do."""
SLACK, TIMES = 60, 20
"""A child gets this many seconds, and this many times what its tests cost without the mutant."""
MOST_SECONDS = 6
"""Of the processor's time. Tests beyond that are not asked any more, and the mutant counts as survived."""
Outcome = Literal["killed", "survived", "untested"]


@dataclass
class Ground:
    """What the tests do without a mutant: how long each takes, and which of them run each line."""

    seconds: dict[str, float] = field(default_factory=dict)
    by_line: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's lines, quickest first."""
        lines = self.by_line.get(mutant.file, {})
        found = {test for line in self._read_by(mutant) for test in lines.get(line, ())}
        if SHARED in found:
            found = set(self.seconds)
        return sorted(found & self.seconds.keys(), key=self.seconds.__getitem__)

    def _read_by(self, mutant: Mutant) -> Iterable[int]:
        """The lines that meet the mutant: of a function's defaults the whole of it, of a name the whole module."""
        node = mutant.place.node
        if not isinstance(node, Function):
            return self.by_line.get(mutant.file, {})
        return lines_of(node) if mutant.parent is node.args else mutant.lines


class Trial:
    """A pytest plugin that runs no tests itself; `results` holds what became of each mutant."""

    def __init__(self, root: Path, mutants: Sequence[Mutant], told: Callable[[int, Mutant, Outcome], None]) -> None:
        self.root, self.mutants, self.told = root, mutants, told
        self.results: list[tuple[Mutant, Outcome]] = []
        self.failed: list[str] = []
        self._coverage: coverage.Coverage | None = None
        self._context = ""
        self._noticed: Counter[tuple[str, str, str]] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        _warm(session.items)
        ground: Ground = _answer_of_child(lambda: self._measure(session.items), otherwise=Ground(failed=["(all)"]))
        self.failed = ground.failed
        if self.failed:
            return True
        for number, mutant in enumerate(self.mutants, 1):
            outcome = self._outcome(mutant, ground, items)
            self.results.append((mutant, outcome))
            self.told(number, mutant, outcome)
        return True

    def _outcome(self, mutant: Mutant, ground: Ground, items: Mapping[str, pytest.Item]) -> Outcome:
        """First asked are tests that noticed others of the place, then those named like the module, then quick ones."""
        words, place = _words(mutant.file), (mutant.file, mutant.place.name)
        asked = sorted(
            ground.tests_of(mutant),
            key=lambda name: (-self._noticed[*place, name], -len(words & _words(name.partition("::")[0]))),
        )
        chosen = list(_within(ground, asked))
        if not chosen:
            return "untested"
        noticed_by = _try(mutant, [items[name] for name in chosen], sum(ground.seconds[name] for name in chosen))
        if noticed_by is None:
            return "survived"
        self._noticed[*place, noticed_by] += 1
        return "killed"

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Book what a shared fixture does to every test."""
        if self._coverage is not None and fixturedef.scope != "function":
            self._coverage.switch_context(SHARED)
        try:
            return (yield)
        finally:
            if self._coverage is not None:
                self._coverage.switch_context(self._context)

    def _measure(self, items: Sequence[pytest.Item]) -> Ground:
        ground = Ground()
        files = sorted({str(self.root / mutant.file) for mutant in self.mutants})
        self._coverage = measured = coverage.Coverage(data_file=None, config_file=False, include=files)
        measured.start()
        for item, following in _in_turn(items):
            self._context = item.nodeid
            measured.switch_context(item.nodeid)
            began = time.process_time()
            if _fails(item, following):
                ground.failed.append(item.nodeid)
            ground.seconds[item.nodeid] = time.process_time() - began
        measured.stop()
        data = measured.get_data()
        ground.by_line = {
            Path(file).relative_to(self.root).as_posix(): data.contexts_by_lineno(file)
            for file in data.measured_files()
        }
        return ground


def _words(path: str) -> set[str]:
    """The words of a file's name and of its folder's."""
    return set(re.split(r"[_/.]", "/".join(path.split("/")[-2:]))) - {"test", "py"}


def _warm(items: Sequence[pytest.Item]) -> None:
    """Make the session's dear fixtures, a migrated database among them, before the first fork."""
    dear = [item for item in items if "template" in getattr(item, "fixturenames", ())]
    if dear:
        other = next(item for item in items if item is not dear[0])
        _fails(dear[0], other)


def _in_turn(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    if items:
        items[0].session._setupstate.teardown_exact(items[0])
    yield from zip(items, [*items[1:], None], strict=True)


def _fails(item: pytest.Item, following: pytest.Item | None) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def _within(ground: Ground, tests: Sequence[str]) -> Iterator[str]:
    spent = 0.0
    for name in tests:
        yield name
        spent += ground.seconds[name]
        if spent > MOST_SECONDS:
            return


def _try(mutant: Mutant, items: Sequence[pytest.Item], seconds: float) -> str | None:
    """Which of the tests noticed the mutant; empty where the child hung or died, None where none did."""

    def first_to_fail() -> str | None:
        try:
            put_in(mutant)
        except Unfit:
            return None
        return next((item.nodeid for item, following in _in_turn(items) if _fails(item, following)), None)

    noticed_by: str | None = _answer_of_child(first_to_fail, seconds=int(seconds * TIMES) + SLACK, otherwise="")
    return noticed_by


def _answer_of_child(work: Callable[[], Any], *, seconds: int = 0, otherwise: Any = None) -> Any:
    """What a fork finds out, so that nothing of it stays in this process; `otherwise` where it didn't live to tell."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _hush()
        signal.alarm(seconds)
        with suppress(BaseException), os.fdopen(writing, "wb") as pipe:
            pickle.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(told) if told else otherwise


def _hush() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(nowhere, stream.fileno())
