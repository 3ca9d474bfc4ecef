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
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import coverage
import pytest

from tests.mutation.mutants import Function, Mutant, lines_of
from tests.mutation.swapping import Unfit, put_in
from tests.mutation.targets import Group
from tests.postgres import PostgresServer

SHARED = "(shared)"
"""Where coverage books what fixtures for more than one test do."""
SLACK, TIMES = 60, 10
"""A child gets this many seconds, and this many times what its tests cost without the mutant."""
MOST_DATABASES = 1000
"""That one child makes on PostgreSQL."""
Outcome = Literal["killed", "survived", "untested"]
Told = Callable[[int, Mutant, Outcome], None]


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

    def __init__(self, root: Path, mutants: Sequence[Mutant], told: Told, group: Group) -> None:
        self.root, self.mutants, self.told, self.group = root, mutants, told, group
        self.results: list[tuple[Mutant, Outcome]] = []
        self.failed: list[str] = []
        self._coverage: coverage.Coverage | None = None
        self._context = ""
        self._noticed: Counter[tuple[str, str, str]] = Counter()
        self._server: PostgresServer | None = None
        self._failure = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        asked = session.items
        if self.group.database == "sqlite":
            asked = [each for each in asked if "postgres" not in _needs(each)]
        self._warm(asked)
        ground: Ground = _answer_of_child(lambda: self._measure(asked), otherwise=Ground(failed=["(all)"]))
        self.failed = ground.failed
        items = {item.nodeid: item for item in asked if item.nodeid not in ground.failed}
        ground.seconds = {name: seconds for name, seconds in ground.seconds.items() if name in items}
        for number, mutant in enumerate(self.mutants, 1):
            with self._own_databases():
                outcome = self._outcome(mutant, ground, items)
            self.results.append((mutant, outcome))
            self.told(number, mutant, outcome)
        return True

    @contextmanager
    def _own_databases(self) -> Iterator[None]:
        """Databases that a child made on the server of all are dropped, and their numbers aren't used again."""
        if self._server is None:
            yield
            return
        first = next(self._server._numbers)
        yield
        for number in range(first, first + MOST_DATABASES):
            if number > first:
                next(self._server._numbers)
        for name in self._server_databases():
            if first < int(name.removeprefix("test_")) < first + MOST_DATABASES:
                self._server.drop_database(name)

    def _server_databases(self) -> list[str]:
        import psycopg  # slow: not loaded beside SQLite

        assert self._server is not None
        with psycopg.connect(f"host={self._server.home} user=postgres dbname=postgres") as connection:
            found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'").fetchall()
        return [name for (name,) in found]

    def _outcome(self, mutant: Mutant, ground: Ground, items: Mapping[str, pytest.Item]) -> Outcome:
        """First are tests that noticed others of the place, then one of each kind, those named like the module."""
        words, place = _words(mutant.file), (mutant.file, mutant.place.name)
        kinds: Counter[str] = Counter()
        ranked: list[tuple[int, int, int, str]] = []
        for name in ground.tests_of(mutant):
            kind = name.partition("[")[0]
            alike = len(words & _words(name.partition("::")[0]))
            ranked.append((-self._noticed[*place, name], kinds[kind], -alike, name))
            kinds[kind] += 1
        asked = [each[-1] for each in sorted(ranked, key=lambda each: each[:-1])]
        chosen = list(_within(ground, asked, self.group.seconds))
        if not chosen:
            return "untested"
        noticed_by = self._try(mutant, [items[name] for name in chosen], sum(ground.seconds[name] for name in chosen))
        if noticed_by is None:
            return "survived"
        self._noticed[*place, noticed_by] += 1
        return "killed"

    def _warm(self, items: Sequence[pytest.Item]) -> None:
        """Make what is dear and holds none of the code in question before the first fork: a database, a server."""
        for dear in ("template", "postgres"):
            able = [each for each in items if dear in _needs(each) and "guarded" not in _needs(each)]
            if able:
                able[0].session._setupstate.teardown_exact(able[0])
                self._fails(able[0], next(each for each in items if each is not able[0]))

    def _fails(self, item: pytest.Item, following: pytest.Item) -> bool:
        self._failure = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return self._failure

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that something failed."""
        self._failure = self._failure or report.failed

    def _try(self, mutant: Mutant, items: Sequence[pytest.Item], seconds: float) -> str | None:
        """Which of the tests noticed the mutant; empty where the child hung or died, None where none did."""

        def first_to_fail() -> str | None:
            try:
                put_in(mutant)
            except Unfit:
                return None
            return next((item.nodeid for item, following in _in_turn(items) if self._fails(item, following)), None)

        noticed_by: str | None = _answer_of_child(first_to_fail, seconds=int(seconds * TIMES) + SLACK, otherwise="")
        return noticed_by

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Book what a shared fixture does to every test."""
        if self._coverage is not None and fixturedef.scope != "function":
            self._coverage.switch_context(SHARED)
        try:
            made = yield
            if fixturedef.argname == "postgres":
                self._server = fixturedef.cached_result[0] if fixturedef.cached_result else None
            return made
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
            if self._fails(item, following):
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


def _needs(item: pytest.Item) -> Sequence[str]:
    names: Sequence[str] = getattr(item, "fixturenames", ())
    return names


def _in_turn(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item]]:
    """Each with the next; the first follows the last, so that the session's fixtures stay for others."""
    if items:
        items[0].session._setupstate.teardown_exact(items[0])
    yield from zip(items, [*items[1:], *items[:1]], strict=True)


def _within(ground: Ground, tests: Sequence[str], most: float) -> Iterator[str]:
    spent = 0.0
    for name in tests:
        yield name
        spent += ground.seconds[name]
        if spent > most:
            return


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
