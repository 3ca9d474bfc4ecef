"""Keeps a register's rows on disk between reading and writing, so that memory stays the same at any length.

The staging file is a database of its own in the data folder, holds nothing of a partner's and is gone at the end.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, Self

from systems_changers.infra.identifiers import new_id

SCHEMA = """
CREATE TABLE delivery (
  row INTEGER PRIMARY KEY, host TEXT NOT NULL, key TEXT, digest TEXT NOT NULL, state TEXT NOT NULL, day TEXT NOT NULL,
  heads INTEGER, details TEXT NOT NULL
);
"""
AFTER = """
UPDATE delivery SET key = 'row:' || digest || ':' || place
  FROM (SELECT row AS at, row_number() OVER (PARTITION BY digest ORDER BY row) AS place FROM delivery WHERE key IS NULL)
  WHERE row = at;
CREATE INDEX by_key ON delivery (key, row);
CREATE INDEX by_host ON delivery (host, row);
"""


class Staged(NamedTuple):
    """One good row. `digest` covers all its cells, `state` what is kept of it, so that a change is noticed."""

    row: int
    host: str
    key: str
    digest: str
    state: str
    day: date
    heads: int | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A row whose key an earlier row has."""

    row: int
    key: str
    first: int


class Staging:
    """A staging file, open for one import."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"register-{new_id().hex}.staging"
        self._db = sqlite3.connect(self.path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_how: object) -> None:
        self._db.close()
        self.path.unlink(missing_ok=True)

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Keep good rows: (row, host, key or None, digest, state, day, heads, details as JSON)."""
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def settle(self) -> list[Repeated]:
        """Give rows without a key of their own one, and take out those that repeat a key; answers these."""
        self._db.executescript(AFTER)
        found = self._db.execute(
            "SELECT row, key, first FROM (SELECT row, key, min(row) OVER (PARTITION BY key) AS first FROM delivery) "
            "WHERE row <> first ORDER BY row"
        )
        repeated = [Repeated(*each) for each in found]
        self._db.executemany("DELETE FROM delivery WHERE row = ?", [(each.row,) for each in repeated])
        return repeated

    def hosts(self) -> list[str]:
        """Every host as written, in order."""
        return [host for (host,) in self._db.execute("SELECT DISTINCT host FROM delivery ORDER BY host")]

    def rows_of(self, host: str) -> list[int]:
        """The row numbers of one host."""
        return [row for (row,) in self._db.execute("SELECT row FROM delivery WHERE host = ? ORDER BY row", (host,))]

    def batches(self, hosts: list[str], size: int) -> Iterator[list[Staged]]:
        """The rows of some hosts, at most `size` at a time."""
        marks = ", ".join("?" * len(hosts))
        found = self._db.execute(f"SELECT * FROM delivery WHERE host IN ({marks}) ORDER BY row", hosts)  # noqa: S608 - marks only
        while rows := found.fetchmany(size):
            yield [_staged(row) for row in rows]


def _staged(row: tuple[Any, ...]) -> Staged:
    number, host, key, digest, state, day, heads, details = row
    return Staged(number, host, key, digest, state, date.fromisoformat(day), heads, json.loads(details))
