"""The catalogue of access paths: each tries to reach another partner's rows, and leaks if any trace comes back.

A read leaks by what it returns, a write by what it changed or copied. A path that finds nothing on an unguarded
database proves nothing, so each must leak there unless `held_by` says what holds even then.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa

from systems_changers.infra.errors import KitError
from tests.isolation.ground import Case, Side

Run = Callable[[Case], object]
CLOSED = (KitError, sa.exc.SQLAlchemyError, sqlite3.Error, psycopg.Error)
"""How a guard, or the database itself, refuses."""


@dataclass(frozen=True)
class Path:
    """`only` names the one database that knows the statement; `held_by` what holds without any guard."""

    label: str
    run: Run
    writes: bool = False
    only: str | None = None
    held_by: str | None = None

    @property
    def name(self) -> str:
        return f"{'write' if self.writes else 'read'}: {self.label}"


PATHS: list[Path] = []


def read(label: str, *, only: str | None = None, held_by: str | None = None) -> Callable[[Run], Run]:
    """Register a path that returns what it could see."""

    def register(run: Run) -> Run:
        PATHS.append(Path(label, run, only=only, held_by=held_by))
        return run

    return register


def write(label: str, *, only: str | None = None, held_by: str | None = None) -> Callable[[Run], Run]:
    """Register a path that changes something; it is committed for it."""

    def register(run: Run) -> Run:
        PATHS.append(Path(label, run, writes=True, only=only, held_by=held_by))
        return run

    return register


def more_than(own: int, counted: int | None, theirs: Side) -> str:
    """A count that includes another partner's rows is a trace like any other."""
    return f"counted {counted}, {theirs.mark} included" if counted is not None and counted > own else ""
